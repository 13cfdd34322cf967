"""The update of each step, in numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.definitions.optimizers import SGD, Adam, RMSProp, WeightDecay
from clearprop.readings import numpy as xp
from clearprop.writing.numbers import shown

if TYPE_CHECKING:
    from clearprop.descent.walk import Walk


def rule(walk: Walk) -> str:
    """Return the update rule of the walk's optimizer, g standing for the slope that is felt."""
    optimizer = walk.plan.optimizer
    if isinstance(optimizer, SGD):
        if not optimizer.momentum:
            return "x ← x − η g"
        if optimizer.nesterov:
            return "v ← μ v − η g,  x ← x + μ v − η g"
        return "v ← μ v − η g,  x ← x + v"
    if isinstance(optimizer, RMSProp):
        return "s ← ρ s + (1 − ρ) g²,  x ← x − η g / (√s + ε)"
    if isinstance(optimizer, Adam):
        return "m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,  x ← x − η m̂ / (√v̂ + ε)"
    return "x ← x + change"


def in_numbers(walk: Walk, first: int = 0, count: int | None = None) -> list[str]:
    """Return a line for each of `count` steps from step `first`, with all its numbers.

    Averages and velocities come from the optimizer, run again on what the walker felt.
    """
    last = walk.steps if count is None else min(first + count, walk.steps)
    lines = []
    for step, state in enumerate(states(walk, last)):
        if step >= first:
            lines.append(one_step(walk, step, state))
    return lines


def states(walk: Walk, count: int) -> Iterator[dict[str, Any]]:
    """Yield the optimizer's state after each of the first `count` steps."""
    optimizer = walk.plan.optimizer
    state = optimizer.init(walk.positions[0])
    for step in range(count):
        with np.errstate(all="ignore"):
            _, state = optimizer.update(
                xp, walk.felt[step], state, walk.positions[step], float(walk.rates[step])
            )
        yield state


def one_step(walk: Walk, step: int, state: dict[str, Any]) -> str:
    """Return one step as an equation with its numbers."""
    before, after = walk.positions[step], walk.positions[step + 1]
    felt, rate = walk.felt[step], float(walk.rates[step])
    if isinstance(walk.plan.optimizer, SGD) and not walk.plan.optimizer.momentum:
        return f"{_n(before)} − {shown(rate)} · {_signed(felt)} = {_n(after)}"
    inner = state["inner"] if isinstance(walk.plan.optimizer, WeightDecay) else state
    averages = ", ".join(
        f"{name} {_n(value)}"
        for name, value in zip(
            ("velocity", "square", "m", "v"),
            (inner.get(key) for key in ("velocity", "square", "m", "v")),
            strict=True,
        )
        if value is not None
    )
    averages = averages.replace("velocity", "v").replace("square", "s")
    parts = [f"g {_n(felt)}"] + [averages] * bool(averages)
    change = after - before
    sign = "−" if change.size == 1 and change[0] < 0 else "+"
    size = shown(abs(float(change[0]))) if change.size == 1 else _n(change)
    return f"{', '.join(parts)}:  {_n(before)} {sign} {size} = {_n(after)}"


def _n(values: np.ndarray) -> str:
    texts = [shown(value) for value in values.tolist()]
    return texts[0] if len(texts) == 1 else f"({', '.join(texts)})"


def _signed(values: np.ndarray) -> str:
    text = _n(values)
    return f"({text})" if text.startswith("−") else text
