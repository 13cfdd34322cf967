"""Derivatives that share no formula with a gradient, and how it compares with them.

The derivative of a function is taken by complex step, which is exact to rounding, or by central
differences where a user's own code cannot compute with complex numbers.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from clearprop.readings import complex_step
from clearprop.readings import numpy as numpy_reading

COMPLEX_STEP = 1e-100
CENTRAL_STEP = 6e-6
DIFFERENCES_TOLERANCE = 1e-5
FLOOR = 1e-3
"""Differences are relative to max(|g|, FLOOR); a smaller gradient counts as zero."""

Function = Callable[[Any, np.ndarray], Any]
"""A function of (reading, point) that returns a value."""

Gradient = Callable[[np.ndarray], np.ndarray]
"""The gradient by backpropagation at a point."""


@dataclass(frozen=True)
class Comparison:
    """One entry or direction: the gradient by backpropagation and by another method."""

    where: str
    backprop: float
    other: float
    at_kink: bool = False
    by_differences: bool = False
    """Whether `other` is a central difference because the complex step was wrong there."""

    @property
    def relative(self) -> float:
        """|difference| / max(|gradient|, 0.001)."""
        scale = max(abs(self.backprop), abs(self.other), FLOOR)
        difference = abs(self.backprop - self.other) / scale
        return difference if np.isfinite(difference) else np.inf


@dataclass(frozen=True)
class GradientReport:
    """What :func:`check_gradients` found; true where the gradients are right."""

    method: str
    tolerance: float
    comparisons: tuple[Comparison, ...]

    @property
    def worst(self) -> Comparison:
        """The comparison with the largest difference, except at kinks."""
        smooth = [c for c in self.comparisons if not c.at_kink] or list(self.comparisons)
        return max(smooth, key=lambda c: c.relative)

    @property
    def wrong(self) -> tuple[Comparison, ...]:
        """The comparisons that differ by more than the tolerance, except at kinks."""
        return tuple(
            c
            for c in self.comparisons
            if not c.at_kink
            and c.relative > (DIFFERENCES_TOLERANCE if c.by_differences else self.tolerance)
        )

    @property
    def kinks(self) -> tuple[Comparison, ...]:
        """The comparisons at a corner of the loss, where any slope between both sides is right."""
        return tuple(c for c in self.comparisons if c.at_kink)

    def __bool__(self) -> bool:
        return not self.wrong

    def __str__(self) -> str:
        worst, count = self.worst, len(self.comparisons)
        method = "central differences" if worst.by_differences else self.method
        verdict = "gradients are right" if self else f"{len(self.wrong)} gradients are WRONG"
        lines = [
            f"{verdict}: {count} compared with {self.method}, tolerance {self.tolerance:g}",
            f"worst: {worst.where}",
            f"  backprop             {worst.backprop: .17g}",
            f"  {method:<20} {worst.other: .17g}",
            f"  relative difference  {worst.relative:.1e}",
        ]
        if self.kinks:
            lines.append(
                f"{len(self.kinks)} at a kink, where the slope is either side's: "
                + ", ".join(c.where for c in self.kinks[:3])
            )
        return "\n".join(lines)


def compare(
    value: Function,
    gradient: Gradient,
    point: np.ndarray,
    name: Callable[[int], str],
    entries: int = 500,
    directions: int = 8,
    seed: int = 0,
    tolerance: float | None = None,
) -> GradientReport:
    """Return how `gradient` at `point` compares with derivatives of `value`."""
    method = _method(value, point)
    limit = tolerance or method.tolerance
    surroundings = _Surroundings(gradient, point, method.distance, seed)
    here = gradient(point)
    comparisons = []
    for where, direction in _directions(point.size, name, entries, directions, seed):
        ours, other = float(here @ direction), method.derivative(point, direction)
        comparison = Comparison(where, ours, other)
        if comparison.relative > limit:
            comparison = _second_look(
                value, point, direction, comparison, limit, method, surroundings
            )
        comparisons.append(comparison)
    return GradientReport(method.name, limit, tuple(comparisons))


@dataclass(frozen=True)
class _Method:
    """A method of differentiation: its tolerance, and how far away a kink disturbs it."""

    name: str
    tolerance: float
    distance: float
    derivative: Callable[[np.ndarray, np.ndarray], float]


def _method(value: Function, point: np.ndarray) -> _Method:
    """Return complex step where `value` takes complex numbers, else central differences."""

    def by_complex_step(point: np.ndarray, direction: np.ndarray) -> float:
        moved = value(complex_step, point + 1j * COMPLEX_STEP * direction)
        return float(np.imag(moved)) / COMPLEX_STEP

    def by_central_differences(point: np.ndarray, direction: np.ndarray) -> float:
        return _central(value, point, direction, CENTRAL_STEP)

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            by_complex_step(point, np.ones_like(point))
    except (TypeError, AttributeError, np.exceptions.ComplexWarning):
        # The user's own code does not take complex numbers.
        return _Method("central differences", DIFFERENCES_TOLERANCE, 1e-3, by_central_differences)
    return _Method("complex step", 1e-9, 1e-6, by_complex_step)


@dataclass(frozen=True)
class _Surroundings:
    """Points near a point, in pairs on opposite sides, each with its gradient."""

    gradient: Gradient
    point: np.ndarray
    distance: float
    seed: int

    @cached_property
    def pairs(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Six points and the gradients there."""
        rng = np.random.default_rng(self.seed)
        ways = self.distance * rng.standard_normal((3, self.point.size))
        points = [self.point + side * way for way in ways for side in (1.0, -1.0)]
        return [(point, self.gradient(point)) for point in points]


def _directions(
    size: int, name: Callable[[int], str], entries: int, directions: int, seed: int
) -> Iterator[tuple[str, np.ndarray]]:
    rng = np.random.default_rng(seed)
    chosen = np.arange(size) if size <= entries else np.sort(rng.choice(size, entries, False))
    for index in chosen:
        direction = np.zeros(size)
        direction[index] = 1.0
        yield name(int(index)), direction
    for count in range(1, directions + 1):
        direction = rng.standard_normal(size)
        yield f"random direction {count}", direction / np.linalg.norm(direction)


def _second_look(
    value: Function,
    point: np.ndarray,
    direction: np.ndarray,
    comparison: Comparison,
    limit: float,
    method: _Method,
    surroundings: _Surroundings,
) -> Comparison:
    """Return the comparison marked as a kink, decided by central differences, or unchanged."""
    around = [
        Comparison("", float(gradient @ direction), method.derivative(place, direction))
        for place, gradient in surroundings.pairs
    ]
    if all(there.relative <= limit for there in around):
        # The gradient is right on every side and wrong here: this is a kink if the slopes around it
        # differ enough. Where k kinks meet, they may differ by only 1 / sqrt(k) of the whole jump.
        slopes = [comparison.other, *(there.other for there in around)]
        jump = max(slopes) - min(slopes)
        return replace(
            comparison, at_kink=abs(comparison.backprop - comparison.other) <= 100 * jump
        )
    # A user's real() or abs() drops imaginary parts, which makes the complex step alone wrong.
    # Central differences then decide, within their own error.
    central = _central(value, point, direction, CENTRAL_STEP)
    misled = Comparison("", central, comparison.other).relative > 1e-5
    if misled and Comparison("", comparison.backprop, central).relative <= 1e-6:
        return replace(comparison, other=central, by_differences=True)
    return comparison


def _central(value: Function, point: np.ndarray, direction: np.ndarray, step: float) -> float:
    above = value(numpy_reading, point + step * direction)
    below = value(numpy_reading, point - step * direction)
    return float(above - below) / (2 * step)
