"""Slips of Adam, each as the update it gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from clearprop.explaining.work.changes import (
    Make,
    change_after,
    change_optimizer,
    change_settings,
    change_state,
    optimizer_inside,
)
from clearprop.explaining.work.situation import Situation
from clearprop.explaining.work.slips.rules import (
    OtherRule,
    Rule,
    Some,
    State,
    mean,
    mean_square,
    of_rules,
    root,
    whole_mean,
)
from clearprop.explaining.work.slips.slip import Slip
from clearprop.explaining.work.wrong_parts import numbers


def _adam(
    m_of: Callable[..., Any] | None = None,
    v_of: Callable[..., Any] | None = None,
    step: Callable[..., Any] | None = None,
) -> Rule:
    """Return Adam with another m or v of (β, m, g), or another step of (m, v, c₁, c₂, g, ε)."""

    def rule(r: Any, g: Any, state: State, theta: Any, rate: Any) -> tuple[Any, State]:
        t = int(numbers(state["t"])) + 1
        m = (m_of or mean)(r.beta_1, state["m"], g)
        v = (v_of or mean_square)(r.beta_2, state["v"], g)
        c_1, c_2 = 1 - r.beta_1**t, 1 - r.beta_2**t
        moved = (step or _step)(m, v, c_1, c_2, g, r.epsilon)
        return theta - rate * moved, {"m": m, "v": v, "t": state["t"] + 1}

    return rule


def _step(m: Any, v: Any, c_1: float, c_2: float, g: Any, e: float) -> Any:
    return m / c_1 / (root(v / c_2) + e)


def _squares_of_m(r: Any, g: Any, state: State, theta: Any, rate: Any) -> tuple[Any, State]:
    t = int(numbers(state["t"])) + 1
    m = mean(r.beta_1, state["m"], g)
    v = r.beta_2 * state["v"] + (1 - r.beta_2) * (m * m)
    moved = _step(m, v, 1 - r.beta_1**t, 1 - r.beta_2**t, g, r.epsilon)
    return theta - rate * moved, {"m": m, "v": v, "t": state["t"] + 1}


def _of_betas(kept_m: int, new_m: int, kept_v: int, new_v: int) -> Rule:
    """Return Adam with β₁ or β₂ before the old m, the new in m, the old v and the new in v."""

    def rule(r: Any, g: Any, state: State, theta: Any, rate: Any) -> tuple[Any, State]:
        beta, t = {1: r.beta_1, 2: r.beta_2}, int(numbers(state["t"])) + 1
        m = beta[kept_m] * state["m"] + (1 - beta[new_m]) * g
        v = beta[kept_v] * state["v"] + (1 - beta[new_v]) * (g * g)
        of_m = beta[kept_m] if kept_m == new_m else r.beta_1
        of_v = beta[kept_v] if kept_v == new_v else r.beta_2
        moved = _step(m, v, 1 - of_m**t, 1 - of_v**t, g, r.epsilon)
        return theta - rate * moved, {"m": m, "v": v, "t": state["t"] + 1}

    return rule


def _corrected(correction: Callable[[float, int], float]) -> Rule:
    """Return Adam with other numbers that m and v are divided by."""

    def rule(r: Any, g: Any, state: State, theta: Any, rate: Any) -> tuple[Any, State]:
        t = int(numbers(state["t"])) + 1
        m, v = mean(r.beta_1, state["m"], g), mean_square(r.beta_2, state["v"], g)
        moved = _step(m, v, correction(r.beta_1, t), correction(r.beta_2, t), g, r.epsilon)
        return theta - rate * moved, {"m": m, "v": v, "t": state["t"] + 1}

    return rule


def _before(old_m: bool, old_v: bool) -> Rule:
    """Return Adam that moves by m or v of the step before."""

    def rule(r: Any, g: Any, state: State, theta: Any, rate: Any) -> tuple[Any, State]:
        t = int(numbers(state["t"])) + 1
        m, v = mean(r.beta_1, state["m"], g), mean_square(r.beta_2, state["v"], g)
        used = state["m"] if old_m else m, state["v"] if old_v else v
        moved = _step(*used, 1 - r.beta_1**t, 1 - r.beta_2**t, g, r.epsilon)
        return theta - rate * moved, {"m": m, "v": v, "t": state["t"] + 1}

    return rule


ADAM: tuple[tuple[str, str, Rule], ...] = (
    ("Adam's corrections multiplied", "m and v are divided by 1 − βᵗ; they were multiplied",
     _adam(step=lambda m, v, c, d, g, e: m * c / (root(v * d) + e))),
    ("Adam's correction of m multiplied", "m is divided by 1 − β₁ᵗ; it was multiplied",
     _adam(step=lambda m, v, c, d, g, e: m * c / (root(v / d) + e))),
    ("Adam's correction of v multiplied", "v is divided by 1 − β₂ᵗ; it was multiplied",
     _adam(step=lambda m, v, c, d, g, e: m / c / (root(v * d) + e))),
    ("Adam's m not corrected", "m is divided by 1 − β₁ᵗ",
     _adam(step=lambda m, v, c, d, g, e: m / (root(v / d) + e))),
    ("Adam's v not corrected", "v is divided by 1 − β₂ᵗ",
     _adam(step=lambda m, v, c, d, g, e: m / c / (root(v) + e))),
    ("Adam's corrections exchanged", "m is divided by 1 − β₁ᵗ and v by 1 − β₂ᵗ",
     _adam(step=lambda m, v, c, d, g, e: m / d / (root(v / c) + e))),
    ("Adam's v corrected with β₁", "v is divided by 1 − β₂ᵗ",
     _adam(step=lambda m, v, c, d, g, e: m / c / (root(v / c) + e))),
    ("Adam's corrections upside down", "the step has sqrt(1 − β₂ᵗ) / (1 − β₁ᵗ)",
     _adam(step=lambda m, v, c, d, g, e: m * c / d**0.5 / (root(v) + e))),
    ("root of 1 − β₂ᵗ missing", "the step has sqrt(1 − β₂ᵗ) / (1 − β₁ᵗ)",
     _adam(step=lambda m, v, c, d, g, e: m * d / c / (root(v) + e))),
    ("Adam's root missing", "the step divides by sqrt(v̂); v̂ was taken",
     _adam(step=lambda m, v, c, d, g, e: m / c / (v / d + e))),
    ("g not squared in v", "v is the mean of g²; g was taken",
     _adam(v_of=lambda beta, v, g: beta * v + (1 - beta) * g)),
    ("m in place of g in v", "v is the mean of g²; m² was taken", _squares_of_m),
    ("|g| in v", "v is the mean of g²; |g| was taken",
     _adam(v_of=lambda beta, v, g: beta * v + (1 - beta) * (g * g) ** 0.5)),
    ("g in place of m̂", "the gradient itself was divided by sqrt(v̂)",
     _adam(step=lambda m, v, c, d, g, e: g / (root(v / d) + e))),
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
    ("Adam's division missing", "m̂ is divided by sqrt(v̂) + ε; m̂ alone was taken",
     _adam(step=lambda m, v, c, d, g, e: m / c)),
    ("one v for each array", "every number has its own v; the array's mean square was taken",
     _adam(v_of=lambda beta, v, g: beta * v + (1 - beta) * whole_mean(g * g))),
    ("old m and v forgotten", "m and v are kept from step to step; they began at 0",
     _adam(lambda beta, m, g: (1 - beta) * g, lambda beta, v, g: (1 - beta) * (g * g))),
    ("old v forgotten", "v ← β₂ v + (1 − β₂) g²; the old v was left out",
     _adam(v_of=lambda beta, v, g: (1 - beta) * (g * g))),
    ("β₁ for both averages", "m has β₁, v has β₂", _of_betas(1, 1, 1, 1)),
    ("β₂ for both averages", "m has β₁, v has β₂", _of_betas(2, 2, 2, 2)),
    ("1 − β₁ in v", "v ← β₂ v + (1 − β₂) g²", _of_betas(1, 1, 2, 1)),
    ("1 − β₂ in m", "m ← β₁ m + (1 − β₁) g", _of_betas(1, 2, 2, 2)),
    ("β₁ before the old v", "v ← β₂ v + (1 − β₂) g²", _of_betas(1, 1, 1, 2)),
    ("β₂ before the old m", "m ← β₁ m + (1 − β₁) g", _of_betas(2, 1, 2, 2)),
    ("t times β in the corrections", "m and v are divided by 1 − βᵗ; |1 − t β| was taken",
     _corrected(lambda beta, t: abs(1 - t * beta))),
    ("βᵗ in place of 1 − βᵗ", "m and v are divided by 1 − βᵗ",
     _corrected(lambda beta, t: beta**t)),
    ("(1 − β)ᵗ in place of 1 − βᵗ", "m and v are divided by 1 − βᵗ",
     _corrected(lambda beta, t: (1 - beta) ** t)),
    ("m̂ multiplied by the root", "m̂ is divided by sqrt(v̂) + ε",
     _adam(step=lambda m, v, c, d, g, e: m / c * (root(v / d) + e))),
    ("old m and v in the step", "θ moves by the new m and v", _before(True, True)),
    ("old m in the step", "θ moves by the new m", _before(True, False)),
    ("old v in the step", "θ moves by the new v", _before(False, True)),
    ("old m forgotten", "m ← β₁ m + (1 − β₁) g; the old m was left out",
     _adam(m_of=lambda beta, m, g: (1 - beta) * g)),
)  # fmt: skip


def adam_slips(situation: Situation) -> Iterator[Slip]:
    """Yield the slips of Adam's averages, corrections and counter."""
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
                _counted(lambda t: max(t - 1, 0)),
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
                change_after(Some(situation, makes)),
                "update",
                whole=True,
            )
    yield Slip("β₁ and β₂ exchanged", "m has β₁, v has β₂", change_settings(_exchanged), "update")
    yield from of_rules(ADAM)
    yield Slip(
        "Adam's m̂ and v̂ kept as m and v",
        "m̂ and v̂ serve this step alone; m and v are kept without the correction",
        change_optimizer(partial(OtherRule, rule=_kept)),
        "update",
    )


def _kept(r: Any, g: Any, state: State, theta: Any, rate: Any) -> tuple[Any, State]:
    t = int(numbers(state["t"])) + 1
    m = mean(r.beta_1, state["m"], g) / (1 - r.beta_1**t)
    v = mean_square(r.beta_2, state["v"], g) / (1 - r.beta_2**t)
    return theta - rate * m / (root(v) + r.epsilon), {"m": m, "v": v, "t": state["t"] + 1}


def _stored(situation: Situation, state: State) -> State:
    rule: Any = optimizer_inside(situation.task.optimizer)
    t = state["t"]
    if t < 1:  # a step before the first has no averages to correct
        return state
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
