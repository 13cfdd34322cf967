"""Schedules: the factor that multiplies the learning rate at each step.

A schedule is a pure function of the progress of training: ``factor(progress)``. The learning
rate of a step is the optimizer's times this factor.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Progress:
    """The progress of training at the start of a step.

    `step` and `steps` count the steps done and planned, `epoch` the epochs done, `rows_seen` the
    rows of all epochs done, `plateaus` how often patience ran out without improvement.
    """

    step: int
    steps: int
    epoch: int = 0
    rows_seen: int = 0
    plateaus: int = 0

    @property
    def fraction(self) -> float:
        """The part of all planned steps that is done, in [0, 1]."""
        return min(self.step / max(self.steps - 1, 1), 1.0)


class Schedule(ABC):
    """A rule for the learning rate over time."""

    @abstractmethod
    def factor(self, progress: Progress) -> float:
        """Return the factor of the learning rate at this step."""

    def factors(self, start: Progress, epochs: int, steps: int, rows: int) -> np.ndarray:
        """Return the factors of whole epochs of `steps` steps and `rows` rows, (epochs, steps)."""
        return np.array(
            [
                [
                    self.factor(
                        Progress(
                            start.step + epoch * steps + step,
                            start.steps,
                            start.epoch + epoch,
                            start.rows_seen + epoch * rows,
                            start.plateaus,
                        )
                    )
                    for step in range(steps)
                ]
                for epoch in range(epochs)
            ]
        )

    def outlives_plateau(self, rate: float) -> bool:
        """Return whether training goes on with a lower rate after patience ran out at `rate`."""
        return False


@dataclass(frozen=True)
class Constant(Schedule):
    """The same learning rate throughout: factor 1."""

    def factors(self, start: Progress, epochs: int, steps: int, rows: int) -> np.ndarray:
        """Return ones, without asking for each step."""
        return np.ones((epochs, steps))

    def factor(self, progress: Progress) -> float:
        """Return 1."""
        return 1.0


@dataclass(frozen=True)
class InverseScaling(Schedule):
    """scikit-learn's "invscaling": (rows seen + 1)^-power, changed after every epoch."""

    power: float = 0.5

    def factor(self, progress: Progress) -> float:
        """Return (rows seen + 1)^-power; 1 in the first epoch."""
        return (progress.rows_seen + 1.0) ** -self.power if progress.epoch > 0 else 1.0


@dataclass(frozen=True)
class Adaptive(Schedule):
    """scikit-learn's "adaptive": divide the rate when patience runs out, instead of ending.

    Training ends once the learning rate is at most `smallest`.
    """

    divisor: float = 5.0
    smallest: float = 1e-6

    def factor(self, progress: Progress) -> float:
        """Return divisor^-plateaus."""
        return self.divisor**-progress.plateaus

    def outlives_plateau(self, rate: float) -> bool:
        """Return whether `rate` is still above the smallest."""
        return rate > self.smallest


@dataclass(frozen=True)
class StepDecay(Schedule):
    """Multiply the learning rate by `by` after each `every` epochs."""

    every: int = 10
    by: float = 0.1

    def factor(self, progress: Progress) -> float:
        """Return by^(epochs // every)."""
        return self.by ** (progress.epoch // self.every)


@dataclass(frozen=True)
class Cosine(Schedule):
    """Half a cosine from 1 down to `final`: Loshchilov and Hutter 2017, eq. 5, one cycle."""

    final: float = 0.0

    def factor(self, progress: Progress, cos: Callable[[Any], Any] = math.cos) -> float:
        """Return final + (1 - final) (1 + cos(π fraction)) / 2."""
        factor: float = self.final + (1.0 - self.final) * _half_cosine(progress.fraction, cos)
        return factor


@dataclass(frozen=True)
class OneCycle(Schedule):
    """Rise from `start` to 1, then fall to `final`, on half cosines.

    `rise` is the fraction of training that rises. Source: Smith and Topin 2018. They lower the
    momentum meanwhile; here it stays the same.
    """

    rise: float = 0.3
    start: float = 0.04
    final: float = 4e-6

    def __post_init__(self) -> None:
        if not 0.0 < self.rise < 1.0:
            raise ValueError(f"OneCycle: rise must lie between 0 and 1, got {self.rise!r}")

    def factor(self, progress: Progress, cos: Callable[[Any], Any] = math.cos) -> float:
        """Return the height of the two half cosines."""
        done = progress.fraction
        factor: float = self._rising(done, cos) if done < self.rise else self._falling(done, cos)
        return factor

    def factors(self, start: Progress, epochs: int, steps: int, rows: int) -> np.ndarray:
        """Return the factors of whole epochs, (epochs, steps), as arrays."""
        step = start.step + np.arange(epochs * steps)
        done = np.minimum(step / max(start.steps - 1, 1), 1.0)
        rising, falling = self._rising(done, np.cos), self._falling(done, np.cos)
        return np.where(done < self.rise, rising, falling).reshape(epochs, steps)

    def _rising(self, done: Any, cos: Callable[[Any], Any] = math.cos) -> Any:
        return 1.0 + (self.start - 1.0) * _half_cosine(done / self.rise, cos)

    def _falling(self, done: Any, cos: Callable[[Any], Any] = math.cos) -> Any:
        falling = (done - self.rise) / (1.0 - self.rise)
        return self.final + (1.0 - self.final) * _half_cosine(falling, cos)


@dataclass(frozen=True)
class WarmUp(Schedule):
    """Another schedule whose factor rises linearly over the first `steps` steps.

    Step k (from 1) of the warm-up uses k / steps of the other schedule's factor.
    Source: Goyal et al. 2017, section 2.2.
    """

    steps: int
    then: Schedule = field(default_factory=Constant)

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise ValueError(f"WarmUp: steps must be at least 1, got {self.steps!r}")

    def factor(self, progress: Progress) -> float:
        """Return min(1, (step + 1) / steps) times the other schedule's factor."""
        return min(1.0, (progress.step + 1) / self.steps) * self.then.factor(progress)


@dataclass(frozen=True)
class Truncated(Schedule):
    """The first `part` of another schedule, for training that ends before that one does."""

    then: Schedule
    part: float

    def __post_init__(self) -> None:
        if not 0.0 < self.part <= 1.0:
            raise ValueError(f"Truncated: part must be above 0 and at most 1, got {self.part!r}")

    def factor(self, progress: Progress) -> float:
        """Return the other schedule's factor, with 1 / part times as many steps planned."""
        return self.then.factor(self._of_whole(progress))

    def factors(self, start: Progress, epochs: int, steps: int, rows: int) -> np.ndarray:
        """Return the other schedule's factors of these epochs, (epochs, steps)."""
        return self.then.factors(self._of_whole(start), epochs, steps, rows)

    def _of_whole(self, progress: Progress) -> Progress:
        return replace(progress, steps=round(progress.steps / self.part))


def _half_cosine(fraction: Any, cos: Callable[[Any], Any] = math.cos) -> Any:
    """Return 1 at 0, 0 at 1, and half a cosine between; `cos` is NumPy's for arrays."""
    return 0.5 * (1.0 + cos(math.pi * fraction))
