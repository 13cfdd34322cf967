"""Proof that a gradient is right, by derivatives that share none of its formulas.

The gradient of the pullbacks is compared with the derivative of the forward pass alone. That
derivative is taken by complex step, which is exact to rounding, or by central differences where a
user's own code cannot compute with complex numbers. In small networks every entry is checked. In
large ones a sample of entries is checked, and random directions through all parameters.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from clearprop.backprop import mean_loss, prepare_rows
from clearprop.definitions.layer import Layer, Tree
from clearprop.definitions.losses import Loss
from clearprop.definitions.parameters import Layout, check_parameters
from clearprop.definitions.penalty import L2
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


def check_gradients(
    network: Layer,
    loss: Loss,
    params: Tree,
    x: Any,
    t: Any,
    *,
    sample_weight: Any = None,
    l2: float | L2 = 0.0,
    given: Any = None,
    entries: int = 500,
    directions: int = 8,
    seed: int = 0,
    tolerance: float | None = None,
) -> GradientReport:
    """Return how backpropagation's gradient compares with derivatives of the forward pass.

    Parameters and inputs are checked, in float64: every entry where there are at most `entries`,
    else a random sample of that size; and `directions` random directions through all of them.

    Parameters
    ----------
    network, loss, params, x, t, sample_weight, l2, given
        As for :func:`~clearprop.backprop.backprop`.
    entries, directions : int
        How many are compared.
    seed : int
        For the sample and the directions.
    tolerance : float, optional
        Largest difference, relative to max(|g|, 0.001), that is right: 1e-9 for complex step,
        1e-5 for central differences.

    Returns
    -------
    GradientReport
        True if right; printed, it names the worst entry with both values. Source of the method:
        Squire and Trapp 1998; Martins, Sturdza and Alonso 2003.

    Examples
    --------
    >>> import clearprop as cp, numpy as np
    >>> net = cp.Chain(cp.Dense(2, 3), cp.Tanh(), cp.Dense(3, 1))
    >>> params = net.init(np.random.default_rng(0))
    >>> report = cp.check_gradients(net, cp.SquaredError(), params, [[0.5, -1.0]], [[0.2]])
    >>> bool(report), len(report.comparisons)
    (True, 23)
    """
    check_parameters(network, params)
    layout = Layout.of(params)
    vector = layout.pack(params, np.float64)
    x, t, weights = prepare_rows(network, loss, x, t, sample_weight, np.float64)
    x = x.toarray() if hasattr(x, "tocsr") else x
    penalty = l2 if isinstance(l2, L2) else L2(l2)
    penalised = layout.penalised(network)
    divisor = float(x.shape[0] if weights is None else weights.sum())
    size = layout.size

    def value(xp: Any, point: np.ndarray) -> Any:
        tree, inputs = layout.unpack(point[:size]), point[size:].reshape(x.shape)
        output, _ = network.forward(xp, tree, inputs, given)
        decay = penalty.value(xp, point[:size], penalised, divisor)
        return mean_loss(xp, loss, output, t, weights, divisor) + decay

    def gradient(point: np.ndarray) -> np.ndarray:
        tree, inputs = layout.unpack(point[:size]), point[size:].reshape(x.shape)
        output, saved = network.forward(numpy_reading, tree, inputs, given)
        row_weights = np.ones(x.shape[0]) if weights is None else weights
        delta = (row_weights / divisor)[:, None] * loss.gradient(numpy_reading, output, t)
        dx, gradients = network.pullback(numpy_reading, tree, saved, delta)
        decay = penalty.gradient(point[:size], penalised, divisor)
        return np.concatenate([layout.pack(gradients, np.float64) + decay, np.ravel(dx)])

    def name(index: int) -> str:
        if index < size:
            return layout.locate(index)
        row, column = divmod(index - size, x.shape[1])
        return f"x[{row},{column}]"

    point = np.concatenate([vector, x.ravel()])
    return compare(value, gradient, point, name, entries, directions, seed, tolerance)


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


_checked: set[tuple[type, str]] = set()


def check_loss_once(loss: Loss, rows: int, t: np.ndarray) -> None:
    """Raise ValueError if a user's own loss has a wrong gradient; each loss is checked once.

    The tests of the package check its own losses.
    """
    key = (type(loss), repr(loss))
    if type(loss).__module__.startswith("clearprop.") or key in _checked:
        return
    t = t[: min(rows, 5)]
    o = np.random.default_rng(0).standard_normal(t.shape)
    values, gradient = loss.value(numpy_reading, o, t), loss.gradient(numpy_reading, o, t)
    kind = type(loss).__name__
    if np.shape(values) != (t.shape[0],) or np.shape(gradient) != o.shape:
        raise ValueError(
            f"{kind}: for outputs of shape {o.shape}, value must have shape {(t.shape[0],)} and "
            f"gradient {o.shape}; got {np.shape(values)} and {np.shape(gradient)}"
        )

    def total(xp: Any, point: np.ndarray) -> Any:
        return np.sum(loss.value(xp, point.reshape(o.shape), t))

    def name(index: int) -> str:
        row, column = divmod(index, o.shape[1])
        return f"row {row}, output {column}"

    def slopes(point: np.ndarray) -> np.ndarray:
        return np.ravel(loss.gradient(numpy_reading, point.reshape(o.shape), t))

    report = compare(total, slopes, o.ravel(), name, directions=0)
    if not report:
        worst = report.worst
        raise ValueError(
            f"{kind}.gradient is not the derivative of {kind}.value: at {worst.where} it returns "
            f"{worst.backprop:.6g}, but {report.method} of the value gives {worst.other:.6g}"
        )
    _checked.add(key)
