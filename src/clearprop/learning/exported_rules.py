"""How the error is sent back and how the learning rate changes, as data."""

from __future__ import annotations

import dataclasses
import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from clearprop.credit.comparison import EVERY_RULE, describe
from clearprop.credit.rules import (
    CreditRule,
    DirectFeedbackAlignment,
    ErrorAtLayer,
    FeedbackAlignment,
)
from clearprop.definitions import schedules
from clearprop.definitions.layers import Dense
from clearprop.learning.tracing import OpenSymbol, OpenTrace, different, settings_of
from clearprop.training.stopping import EarlyStopping

SCHEDULES: tuple[Any, ...] = (
    schedules.InverseScaling(), schedules.StepDecay(), schedules.Cosine(), schedules.OneCycle(),
    schedules.Adaptive(),
)  # fmt: skip
WAITING = ("patience", "tolerance")
"""What a schedule that waits for plateaus is told of early stopping."""
MOMENTS = (
    schedules.Progress(0, 1),
    schedules.Progress(5, 1), schedules.Progress(2, 20, 1, 30), schedules.Progress(15, 20, 5, 150),
    schedules.Progress(30, 20, 9, 270),
)  # fmt: skip
"""Each branch of each schedule is taken at one of these moments."""


SCALARS: dict[str, Callable[..., Any]] = {"cos": math.cos, "floor_divide": operator.floordiv}


class ScalarSymbol(OpenSymbol):
    """A single number of a schedule, which also divides to whole numbers."""

    __slots__ = ()

    def __floordiv__(self, other: Any) -> Any:
        return self.trace.apply("floor_divide", self, other)


class ScalarTrace(OpenTrace):
    """The namespace of functions of single numbers: `cos` and whole division besides."""

    kind = ScalarSymbol

    def compute(self, op: str, values: list[Any], attributes: dict[str, Any]) -> Any:
        """Return the primitive's value."""
        if op in SCALARS:
            return SCALARS[op](*values)
        return super().compute(op, values, attributes)

    def cos(self, z: Any) -> Any:
        """Return the cosine."""
        return self.apply("cos", z)


def all_schedules() -> dict[str, Any]:
    """Return the schedules as data; `Adaptive` with the patience that it waits for."""
    found = {}
    for schedule in SCHEDULES:
        programs = different(_factor(schedule, moment) for moment in MOMENTS)
        settings = _numbers(schedule)
        if isinstance(schedule, schedules.Adaptive):
            settings |= {name: getattr(EarlyStopping(), name) for name in WAITING}
        found[type(schedule).__name__] = {"settings": settings, "programs": programs}
    return found


def warm_up() -> dict[str, Any]:
    """Return the rise at the beginning of another schedule, whose factor is given."""
    rising = schedules.WarmUp(10, _Open())
    programs = different(_factor(rising, moment) for moment in MOMENTS)
    return {"settings": _numbers(rising), "programs": programs}


class _Open(schedules.Schedule):
    """The schedule inside another one, which is not known yet."""

    def factor(self, progress: schedules.Progress) -> Any:
        """Return its factor as a given number."""
        step: Any = progress.step
        return step.trace.setting("then.factor", 1.0)


def _factor(schedule: Any, moment: schedules.Progress) -> dict[str, Any]:
    trace = ScalarTrace()
    given = dataclasses.asdict(moment)
    progress = schedules.Progress(
        **{name: trace.setting(f"progress.{name}", value) for name, value in given.items()}  # type: ignore[arg-type]
    )
    twin = dataclasses.replace(schedule)
    for name, value in _numbers(schedule).items():
        object.__setattr__(twin, name, trace.setting(name, value))
    takes_cosine = isinstance(schedule, schedules.Cosine | schedules.OneCycle)
    factor = twin.factor(progress, *([trace.cos] if takes_cosine else []))
    return trace.program(factor=factor)


def _numbers(schedule: Any) -> dict[str, Any]:
    fields = {one.name: getattr(schedule, one.name) for one in dataclasses.fields(schedule)}
    return {name: value for name, value in fields.items() if isinstance(value, int | float)}


def credit_rules() -> dict[str, Any]:
    """Return the rules as data: from the error that arrived at a Dense layer to that at its input.

    `feedback` says which sizes a rule's fixed matrix has; None where it has none.
    """
    return {describe(rule): _rule(rule) for rule in EVERY_RULE}


class _Fixed(FeedbackAlignment):
    """Feedback alignment whose matrix is given."""

    def feedback(self, here: ErrorAtLayer) -> Any:
        """Return B, (I, O)."""
        xp: Any = here.xp
        return xp.named("B", np.ones((2, 3)))


class _FixedDirect(DirectFeedbackAlignment):
    """Direct feedback alignment whose matrix is given."""

    def feedback(self, here: ErrorAtLayer) -> Any:
        """Return B, (I, K)."""
        xp: Any = here.xp
        return xp.named("B", np.ones((2, 4)))


OPEN: dict[type[CreditRule], tuple[CreditRule, list[str]]] = {
    FeedbackAlignment: (_Fixed(), ["inputs", "outputs"]),
    DirectFeedbackAlignment: (_FixedDirect(), ["inputs", "network outputs"]),
}


def _rule(rule: CreditRule) -> dict[str, Any]:
    used, feedback = OPEN.get(type(rule), (rule, None))
    trace, rows = OpenTrace(), 5
    arrived: Any = {
        name: trace.named(name, np.ones((rows, width)))
        for name, width in (("error", 3), ("delta", 3), ("output_delta", 4))
    }
    params: Any = {"W": trace.named("W", np.arange(1.0, 7.0).reshape(2, 3))}
    saved = trace.named("x", np.ones((rows, 2)))
    layer = Dense(2, 3, bias=False)
    here = ErrorAtLayer("dense", 1, layer, params, saved, gradients={}, xp=trace, **arrived)
    program = trace.program(dx=used.send_back(here))
    return {"settings": settings_of(rule), "feedback": feedback, "programs": [program]}
