"""Slips of momentum, Nesterov and RMSProp, each as the update it gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from clearprop.definitions.optimizers import SGD, Adam, RMSProp
from clearprop.explaining.work.changes import change_after, optimizer_inside
from clearprop.explaining.work.situation import Outcome, Situation
from clearprop.explaining.work.slips.adam import adam_slips
from clearprop.explaining.work.slips.penalties import gradient_path
from clearprop.explaining.work.slips.rules import (
    Rule,
    State,
    mean_square,
    of_rules,
    of_some,
    root,
    whole_mean,
)
from clearprop.explaining.work.slips.slip import Slip


def optimizer_slips(situation: Situation) -> Iterator[Slip]:
    """Yield the slips of the optimizer that the step has."""
    if situation.rate is None:
        return
    inner = optimizer_inside(situation.task.optimizer)
    yield from _of_counted_rate(situation)
    if isinstance(inner, SGD) and inner.momentum:
        if inner is situation.task.optimizer and situation.task.clip_norm is None:
            yield Slip(
                "gradient taken ahead, at θ + μ v",
                "θ ← θ + μ v − η g(θ + μ v); here the gradient is that of θ",
                change_after(Ahead(situation, inner.momentum)),
                "update",
                whole=True,
            )
        yield from of_rules(MOMENTUM)
        yield from of_some(situation, MOMENTUM[0])
        if inner.nesterov:
            yield from of_rules(NESTEROV)
        else:
            yield from of_rules(PLAIN)
    if isinstance(inner, RMSProp):
        yield from of_rules(RMSPROP)
    if isinstance(inner, Adam):
        yield from adam_slips(situation)


def _of_counted_rate(situation: Situation) -> Iterator[Slip]:
    """Yield learning rates divided by the number of the step."""
    held = situation.position.optimizer_state
    t = held.get("inner", held).get("t")
    if t is None or t < 1:
        return
    for words, divisor in (("t", t + 1.0), ("√t", (t + 1.0) ** 0.5)):
        yield Slip(
            f"learning rate divided by {words}",
            "the rate is η in every step, unless there is a schedule for it",
            partial(_of_rate, divisor),
            "update",
        )


def _of_rate(divisor: float, situation: Situation) -> Situation:
    return replace(situation, rate=(situation.rate or 0.0) / divisor)


class Ahead:
    """New parameters of a gradient that is taken where the old velocity leads to."""

    def __init__(self, situation: Situation, momentum: float) -> None:
        self._situation, self._momentum = situation, momentum

    @cached_property
    def _ahead(self) -> Outcome:
        position = self._situation.position
        velocity = np.asarray(position.optimizer_state["velocity"], float)
        params = np.asarray(position.params, float) + self._momentum * velocity
        moved = replace(self._situation, position=replace(position, params=params), after=())
        return Outcome(moved, ())

    def __call__(self, path: str, array: np.ndarray) -> np.ndarray:
        """Return θ + μ v − η g(θ + μ v) for a new parameter; other quantities as they are."""
        parameter, _, last = path.rpartition(".")
        if last != "new" or parameter not in self._situation.task.layout.paths:
            return array
        ahead, layout = self._ahead, self._situation.task.layout
        held = np.asarray(ahead.situation.position.params)[layout.slices()[parameter]]
        gradient = ahead.get(f"{parameter}.descended", ahead[gradient_path(parameter)])
        return held.reshape(gradient.shape) - (self._situation.rate or 0.0) * gradient


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
    ("learning rate missing, the old velocity over it", "v ← μ v / η − g: no η in the velocity",
     _moved(lambda mu, v, g, w, eta: mu * v / eta - g)),
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


def _rms(s_of: Callable[..., Any] | None = None, step: Callable[..., Any] | None = None) -> Rule:
    def rule(r: Any, g: Any, state: State, theta: Any, rate: Any) -> tuple[Any, State]:
        s = (s_of or mean_square)(r.decay, state["square"], g)
        moved = (step or (lambda g, s, e: g / (root(s) + e)))(g, s, r.epsilon)
        return theta - rate * moved, {"square": s}

    return rule


def _before(r: Any, g: Any, state: State, theta: Any, rate: Any) -> tuple[Any, State]:
    s = state["square"]
    moved = g / (root(s) + r.epsilon)
    return theta - rate * moved, {"square": mean_square(r.decay, s, g)}


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
    ("old s in the step", "the step divides by the root of the new s",
     _before),
    ("one s for each array", "every number has its own s; the array's mean square was taken",
     _rms(lambda rho, s, g: rho * s + (1 - rho) * whole_mean(g * g))),
    ("g multiplied by the root", "the step divides by sqrt(s)",
     _rms(step=lambda g, s, e: g * (root(s) + e))),
)  # fmt: skip
