"""Slips of momentum, Nesterov, Adam and RMSProp, each as the update they give."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from clearprop.definitions.layer import Array, Namespace
from clearprop.definitions.optimizers import SGD, Adam, RMSProp
from clearprop.explaining.work.changes import (
    Make,
    change_after,
    change_optimizer,
    change_state,
    optimizer_inside,
)
from clearprop.explaining.work.situation import Outcome, Situation
from clearprop.explaining.work.slips.slip import Slip
from clearprop.explaining.work.wrong_optimizers import WrongOptimizer
from clearprop.explaining.work.wrong_parts import numbers

State = dict[str, Any]
Rule = Callable[[Any, Any, State, Any, Any], tuple[Any, State]]
"""What an update makes of rule, gradient, state, parameters and rate."""


@dataclass(frozen=True)
class OtherRule(WrongOptimizer):
    """An optimizer with another update, of plain arrays."""

    rule: Rule

    def update(
        self, xp: Namespace, grads: Array, state: State, params: Array, rate: Any
    ) -> tuple[Array, State]:
        """Return what the rule makes."""
        with np.errstate(all="ignore"):
            return self.rule(self.inner, grads, state, params, rate)


def optimizer_slips(situation: Situation) -> Iterator[Slip]:
    """Yield the slips of the optimizer that the step has."""
    if situation.rate is None:
        return
    inner = optimizer_inside(situation.task.optimizer)
    if isinstance(inner, SGD) and inner.momentum:
        yield from _of_rules(MOMENTUM)
        yield from _of_some(situation, MOMENTUM[0])
        if inner.nesterov:
            yield from _of_rules(NESTEROV)
        else:
            yield from _of_rules(PLAIN)
    if isinstance(inner, RMSProp):
        yield from _of_rules(RMSPROP)
    if isinstance(inner, Adam):
        yield from _of_adam(situation)


def _of_rules(rules: tuple[tuple[str, str, Rule], ...]) -> Iterator[Slip]:
    for name, sentence, rule in rules:
        yield Slip(name, sentence, change_optimizer(partial(OtherRule, rule=rule)), "update")


def _of_some(situation: Situation, row: tuple[str, str, Rule]) -> Iterator[Slip]:
    """Yield a slip of the biases alone, and of the weights alone."""
    name, sentence, rule = row
    paths = situation.task.layout.paths
    biases = [path for path in paths if path.rpartition(".")[2] == "b"]
    other = change_optimizer(partial(OtherRule, rule=rule))
    for words, some in (("biases", biases), ("weights", [p for p in paths if p not in biases])):
        if some and len(some) < len(paths):
            make = change_after(_Some(situation, dict.fromkeys(some, other)))
            yield Slip(f"{name} for the {words}", sentence, make, "update")


class _Some:
    """New parameters of other updates at some paths, computed when first asked for."""

    def __init__(self, situation: Situation, makes: Mapping[str, Make]) -> None:
        self._situation, self._makes = situation, makes

    def __call__(self, path: str, array: np.ndarray) -> np.ndarray:
        """Return the new parameter after its own update; other quantities as they are."""
        parameter, _, last = path.rpartition(".")
        if last != "new" or parameter not in self._makes:
            return array
        return Outcome(self._makes[parameter](self._situation), ())[path]


def _momentum(move: Callable[..., Any]) -> Rule:
    def rule(r: Any, g: Any, state: State, theta: Any, rate: Any) -> tuple[Any, State]:
        v, new = move(r.momentum, state["velocity"], g, theta, rate)
        return new, {"velocity": v}

    return rule


def _moved(velocity: Callable[..., Any], new: Callable[..., Any] | None = None) -> Rule:
    """Return the rule with a velocity of (μ, v, g, θ, η), and new parameters of (θ, v')."""

    def rule(r: Any, g: Any, state: State, theta: Any, rate: Any) -> tuple[Any, State]:
        v = velocity(r.momentum, state["velocity"], g, theta, rate)
        return (theta + v if new is None else new(theta, v)), {"velocity": v}

    return rule


MOMENTUM: tuple[tuple[str, str, Rule], ...] = (
    ("velocity forgotten", "the step was − η g, without μ v",
     _moved(lambda mu, v, g, w, eta: -eta * g)),
    ("momentum times the weight", "μ θ came in where μ v belongs",
     _moved(lambda mu, v, g, w, eta: mu * w - eta * g)),
    ("momentum times the weight, in place of the weight", "μ θ − η g became the parameter",
     _moved(lambda mu, v, g, w, eta: mu * w - eta * g, lambda w, v: v)),
    ("velocity with the wrong sign", "v ← −μ v − η g; the old velocity is kept on",
     _moved(lambda mu, v, g, w, eta: -mu * v - eta * g)),
    ("velocity subtracted", "v ← μ v − η g was subtracted; it is added",
     _moved(lambda mu, v, g, w, eta: mu * v - eta * g, lambda w, v: w - v)),
    ("gradient added to the velocity", "v ← μ v + η g was added; the gradient is subtracted",
     _moved(lambda mu, v, g, w, eta: mu * v + eta * g)),
    ("learning rate missing in the velocity", "v ← μ v − g; the gradient is taken times η",
     _moved(lambda mu, v, g, w, eta: mu * v - g)),
    ("learning rate on the velocity too", "v ← η (μ v − g): the old velocity has its η already",
     _moved(lambda mu, v, g, w, eta: eta * (mu * v - g))),
    ("momentum missing before the velocity", "v ← v − η g, without μ",
     _moved(lambda mu, v, g, w, eta: v - eta * g)),
    ("1 − μ before the velocity", "v ← (1 − μ) v − η g; it is μ v",
     _moved(lambda mu, v, g, w, eta: (1 - mu) * v - eta * g)),
    ("1 − μ before the velocity, μ before the gradient", "μ and 1 − μ were exchanged",
     _moved(lambda mu, v, g, w, eta: (1 - mu) * v - eta * mu * g)),
    ("momentum on the whole step", "v ← μ (v − η g); only the old velocity is taken times μ",
     _moved(lambda mu, v, g, w, eta: mu * (v - eta * g))),
    ("new velocity times μ added", "θ moved by μ v' in place of the new velocity v'",
     _momentum(lambda mu, v, g, w, eta: (mu * v - eta * g, w + mu * (mu * v - eta * g)))),
    ("old velocity added", "θ moved by the velocity of the step before",
     _momentum(lambda mu, v, g, w, eta: (mu * v - eta * g, w + v))),
    ("learning rate before the new velocity", "θ moved by η v'; v' has its η already",
     _momentum(lambda mu, v, g, w, eta: (mu * v - eta * g, w + eta * (mu * v - eta * g)))),
    ("velocity and gradient both subtracted", "θ ← θ + v − η g, v having its η g already",
     _momentum(lambda mu, v, g, w, eta: (mu * v - eta * g, w + mu * v - 2 * eta * g))),
)  # fmt: skip
PLAIN: tuple[tuple[str, str, Rule], ...] = (
    ("Nesterov's look-ahead in place of plain momentum", "θ ← θ + μ v − η g with the new v",
     _momentum(lambda mu, v, g, w, eta: (
         mu * v - eta * g, w + mu * (mu * v - eta * g) - eta * g))),
    ("old velocity subtracted again", "θ ← θ + v' − v: the look-ahead without its factor",
     _momentum(lambda mu, v, g, w, eta: (mu * v - eta * g, w + mu * v - eta * g - v))),
)  # fmt: skip
NESTEROV: tuple[tuple[str, str, Rule], ...] = (
    ("plain momentum in place of Nesterov's", "θ ← θ + v, without looking ahead",
     _moved(lambda mu, v, g, w, eta: mu * v - eta * g)),
    ("Nesterov's look-ahead with the wrong sign", "θ ← θ − μ v − η g",
     _momentum(lambda mu, v, g, w, eta: (
         mu * v - eta * g, w - mu * (mu * v - eta * g) - eta * g))),
    ("Nesterov's gradient missing", "θ ← θ + μ v, without − η g",
     _momentum(lambda mu, v, g, w, eta: (mu * v - eta * g, w + mu * (mu * v - eta * g)))),
    ("Nesterov's step with v for μ v", "θ ← θ + v − η g; the look-ahead is μ v",
     _momentum(lambda mu, v, g, w, eta: (mu * v - eta * g, w + mu * v - 2 * eta * g))),
    ("Nesterov's old velocity added in place of subtracted", "θ ← θ + μ v + (1 + μ) v'",
     _momentum(lambda mu, v, g, w, eta: (
         mu * v - eta * g, w + mu * v + (1 + mu) * (mu * v - eta * g)))),
)  # fmt: skip


def _adam(
    m_of: Callable[..., Any] | None = None,
    v_of: Callable[..., Any] | None = None,
    step: Callable[..., Any] | None = None,
) -> Rule:
    """Return Adam with another m or v of (β, m, g), or another step of (m, v, c₁, c₂, g, ε)."""

    def rule(r: Any, g: Any, state: State, theta: Any, rate: Any) -> tuple[Any, State]:
        t = int(numbers(state["t"])) + 1
        mean, square = m_of or _mean, v_of or _mean_square
        m, v = mean(r.beta_1, state["m"], g), square(r.beta_2, state["v"], g)
        c_1, c_2 = 1 - r.beta_1**t, 1 - r.beta_2**t
        moved = (step or _step)(m, v, c_1, c_2, g, r.epsilon)
        return theta - rate * moved, {"m": m, "v": v, "t": state["t"] + 1}

    return rule


def _mean(beta: float, m: Any, g: Any) -> Any:
    return beta * m + (1 - beta) * g


def _mean_square(beta: float, v: Any, g: Any) -> Any:
    return beta * v + (1 - beta) * (g * g)


def _root(v: Any) -> Any:
    return v**0.5


def _step(m: Any, v: Any, c_1: float, c_2: float, g: Any, e: float) -> Any:
    return m / c_1 / (_root(v / c_2) + e)


ADAM: tuple[tuple[str, str, Rule], ...] = (
    ("Adam's corrections multiplied", "m and v are divided by 1 − βᵗ; they were multiplied",
     _adam(step=lambda m, v, c, d, g, e: m * c / (_root(v * d) + e))),
    ("Adam's correction of m multiplied", "m is divided by 1 − β₁ᵗ; it was multiplied",
     _adam(step=lambda m, v, c, d, g, e: m * c / (_root(v / d) + e))),
    ("Adam's correction of v multiplied", "v is divided by 1 − β₂ᵗ; it was multiplied",
     _adam(step=lambda m, v, c, d, g, e: m / c / (_root(v * d) + e))),
    ("Adam's m not corrected", "m is divided by 1 − β₁ᵗ",
     _adam(step=lambda m, v, c, d, g, e: m / (_root(v / d) + e))),
    ("Adam's v not corrected", "v is divided by 1 − β₂ᵗ",
     _adam(step=lambda m, v, c, d, g, e: m / c / (_root(v) + e))),
    ("Adam's corrections exchanged", "m is divided by 1 − β₁ᵗ and v by 1 − β₂ᵗ",
     _adam(step=lambda m, v, c, d, g, e: m / d / (_root(v / c) + e))),
    ("Adam's v corrected with β₁", "v is divided by 1 − β₂ᵗ",
     _adam(step=lambda m, v, c, d, g, e: m / c / (_root(v / c) + e))),
    ("Adam's corrections upside down", "the step has sqrt(1 − β₂ᵗ) / (1 − β₁ᵗ)",
     _adam(step=lambda m, v, c, d, g, e: m * c / d**0.5 / (_root(v) + e))),
    ("root of 1 − β₂ᵗ missing", "the step has sqrt(1 − β₂ᵗ) / (1 − β₁ᵗ)",
     _adam(step=lambda m, v, c, d, g, e: m * d / c / (_root(v) + e))),
    ("Adam's root missing", "the step divides by sqrt(v̂); v̂ was taken",
     _adam(step=lambda m, v, c, d, g, e: m / c / (v / d + e))),
    ("g not squared in v", "v is the mean of g²; g was taken",
     _adam(v_of=lambda beta, v, g: beta * v + (1 - beta) * g)),
    ("|g| in v", "v is the mean of g²; |g| was taken",
     _adam(v_of=lambda beta, v, g: beta * v + (1 - beta) * (g * g) ** 0.5)),
    ("g in place of m̂", "the gradient itself was divided by sqrt(v̂)",
     _adam(step=lambda m, v, c, d, g, e: g / (_root(v / d) + e))),
    ("1 − β missing in m", "m ← β₁ m + (1 − β₁) g",
     _adam(m_of=lambda beta, m, g: beta * m + g)),
    ("β in place of 1 − β in m", "m ← β₁ m + (1 − β₁) g; β₁ (m + g) was taken",
     _adam(m_of=lambda beta, m, g: beta * (m + g))),
    ("β in place of 1 − β in v", "v ← β₂ v + (1 − β₂) g²; β₂ (v + g²) was taken",
     _adam(v_of=lambda beta, v, g: beta * (v + g * g))),
    ("1 − β missing in v", "v ← β₂ v + (1 − β₂) g²",
     _adam(v_of=lambda beta, v, g: beta * v + g * g)),
    ("1 − β missing in m and v", "m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g²",
     _adam(lambda beta, m, g: beta * m + g, lambda beta, v, g: beta * v + g * g)),
    ("β and 1 − β exchanged in m", "m ← β₁ m + (1 − β₁) g",
     _adam(m_of=lambda beta, m, g: (1 - beta) * m + beta * g)),
    ("β and 1 − β exchanged in m and v", "m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g²",
     _adam(lambda beta, m, g: (1 - beta) * m + beta * g,
           lambda beta, v, g: (1 - beta) * v + beta * (g * g))),
    ("old v forgotten", "v ← β₂ v + (1 − β₂) g²; the old v was left out",
     _adam(v_of=lambda beta, v, g: (1 - beta) * (g * g))),
    ("old m forgotten", "m ← β₁ m + (1 − β₁) g; the old m was left out",
     _adam(m_of=lambda beta, m, g: (1 - beta) * g)),
)  # fmt: skip


def _of_adam(situation: Situation) -> Iterator[Slip]:
    held = situation.position.optimizer_state
    steps = held.get("inner", held).get("t")
    arrays = list(situation.task.layout.paths)
    if steps is not None:
        yield Slip(
            "Adam's step counted one too high",
            "bias corrections start at t = 1 for the first step",
            _counted(lambda t: t + 1),
            "update",
        )
        if steps > 0:
            yield Slip(
                "Adam's step counted one too low",
                "bias corrections start at t = 1 for the first step",
                _counted(lambda t: t - 1),
                "update",
            )
            yield Slip(
                "Adam's m̂ and v̂ stored back",
                "m̂ and v̂ were kept as m and v, and corrected once more in this step",
                change_state(partial(_stored, situation)),
                "update",
            )
            yield Slip(
                "Adam's step count not raised",
                "t = 1 again: every step counts one higher",
                _counted(lambda t: 0),
                "update",
            )
        yield Slip(
            "Adam without bias correction",
            "m and v were used without dividing by 1 − βᵗ",
            _counted(lambda t: 10**9),
            "update",
        )
        for words, paths in (("", arrays), (", from the last back", arrays[::-1])):
            makes = {path: _counted(partial(_higher, k)) for k, path in enumerate(paths)}
            yield Slip(
                f"Adam's step counted once for each array{words}",
                "t is raised once a step; it was raised for every parameter",
                change_after(_Some(situation, makes)),
                "update",
            )
    yield Slip("β₁ and β₂ exchanged", "m has β₁, v has β₂", change_optimizer(_exchanged), "update")
    yield from _of_rules(ADAM)
    yield Slip(
        "Adam's m̂ and v̂ kept as m and v",
        "m̂ and v̂ serve this step alone; m and v are kept without the correction",
        change_optimizer(partial(OtherRule, rule=_kept)),
        "update",
    )


def _kept(r: Any, g: Any, state: State, theta: Any, rate: Any) -> tuple[Any, State]:
    t = int(numbers(state["t"])) + 1
    m = _mean(r.beta_1, state["m"], g) / (1 - r.beta_1**t)
    v = _mean_square(r.beta_2, state["v"], g) / (1 - r.beta_2**t)
    return theta - rate * m / (_root(v) + r.epsilon), {"m": m, "v": v, "t": state["t"] + 1}


def _stored(situation: Situation, state: State) -> State:
    rule: Any = optimizer_inside(situation.task.optimizer)
    t = state["t"]
    return {
        **state,
        "m": state["m"] / (1 - rule.beta_1**t),
        "v": state["v"] / (1 - rule.beta_2**t),
    }


def _higher(more: int, t: int) -> int:
    return t + more


def _exchanged(adam: Any) -> Any:
    return replace(adam, beta_1=adam.beta_2, beta_2=adam.beta_1)


def _counted(change: Callable[[int], int]) -> Make:
    return change_state(lambda state: {**state, "t": change(state["t"])})


def _rms(s_of: Callable[..., Any] | None = None, step: Callable[..., Any] | None = None) -> Rule:
    def rule(r: Any, g: Any, state: State, theta: Any, rate: Any) -> tuple[Any, State]:
        s = (s_of or _mean_square)(r.decay, state["square"], g)
        moved = (step or (lambda g, s, e: g / (_root(s) + e)))(g, s, r.epsilon)
        return theta - rate * moved, {"square": s}

    return rule


RMSPROP: tuple[tuple[str, str, Rule], ...] = (
    ("RMSProp's root missing", "the step divides by sqrt(s); s was taken",
     _rms(step=lambda g, s, e: g / (s + e))),
    ("g not squared in s", "s is the mean of g²; g was taken",
     _rms(lambda rho, s, g: rho * s + (1 - rho) * g)),
    ("1 − ρ missing in s", "s ← ρ s + (1 − ρ) g²", _rms(lambda rho, s, g: rho * s + g * g)),
    ("ρ missing in s", "s ← ρ s + (1 − ρ) g²; s + g² was taken, as in AdaGrad",
     _rms(lambda rho, s, g: s + g * g)),
    ("ρ and 1 − ρ exchanged", "s ← ρ s + (1 − ρ) g²",
     _rms(lambda rho, s, g: (1 - rho) * s + rho * (g * g))),
    ("old s forgotten", "s ← ρ s + (1 − ρ) g²; the old s was left out",
     _rms(lambda rho, s, g: (1 - rho) * (g * g))),
    ("g multiplied by the root", "the step divides by sqrt(s)",
     _rms(step=lambda g, s, e: g * (_root(s) + e))),
)  # fmt: skip
