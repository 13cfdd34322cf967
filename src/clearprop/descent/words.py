"""Optimizers, positions and schedules in a few words."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.definitions.optimizers import Optimizer, WeightDecay
from clearprop.definitions.schedules import Constant, Schedule
from clearprop.writing.numbers import constant, shown

if TYPE_CHECKING:
    from clearprop.descent.stepping import WalkPlan

_SHORT = {"momentum": "μ", "beta_1": "β₁", "beta_2": "β₂", "epsilon": "ε", "decay": "ρ"}


def told(optimizer: Optimizer, rate: bool = True) -> str:
    """Return an optimizer as text: its name, learning rate, and what is not as usual.

    >>> from clearprop import SGD, AdamW
    >>> told(SGD(0.1, momentum=0.9, nesterov=True)), told(AdamW(0.01))
    ('SGD, η 0.1, μ 0.9, Nesterov', 'AdamW, η 0.01, λ 0.01')
    """
    if isinstance(optimizer, WeightDecay):
        name, *rest = told(optimizer.optimizer, rate).split(", ")
        return ", ".join([f"{name}W", *rest, f"λ {constant(optimizer.decay)}"])
    parts = [type(optimizer).__name__] + [f"η {constant(optimizer.learning_rate)}"] * rate
    for field in fields(optimizer):  # type: ignore[arg-type]  # every optimizer is a dataclass
        value = getattr(optimizer, field.name)
        if field.name == "learning_rate" or value == field.default or field.default is MISSING:
            continue
        name = _SHORT.get(field.name, field.name)
        parts.append(name.capitalize() if value is True else f"{name} {constant(value)}")
    return ", ".join(parts)


def told_schedule(schedule: Schedule) -> str:
    """Return a schedule as text; nothing for the constant one."""
    return "" if isinstance(schedule, Constant) else repr(schedule)


def how(plan: WalkPlan) -> str:
    """Return how a walk is walked, in a few words."""
    parts = [told(plan.optimizer), told_schedule(plan.schedule)]
    parts += [f"noise {plan.noise:g}"] * (plan.noise > 0)
    return ", ".join(filter(None, parts))


def place(x: Any) -> str:
    """Return a position with four digits, and what is below 1e-5 as 0.

    >>> place([1.50000001]), place([3.0, -2e-7])
    ('1.5', '(3, 0)')
    """
    texts = [shown(round(number, 5)) for number in np.atleast_1d(np.asarray(x, float)).tolist()]
    return texts[0] if len(texts) == 1 else f"({', '.join(texts)})"


def fall(first: float, last: float) -> str:
    """Return two heights; the second as ≈ 0 if it is negligible beside the first.

    >>> fall(0.7917, 7.7e-14), fall(1.5, -0.25)
    ('0.7917 → ≈ 0', '1.5 → −0.25')
    """
    nothing = last != 0 and abs(last) < 1e-6 * abs(first) < np.inf
    return f"{shown(first)} → {'≈ 0' if nothing else shown(last)}"
