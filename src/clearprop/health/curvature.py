"""How a loss bends along a direction, from gradients on both sides."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from clearprop.backprop import run_pass
from clearprop.engines.base import Batch, TrainingTask
from clearprop.readings import numpy as xp

Slope = Callable[[np.ndarray], np.ndarray]
"""A function that returns the gradient (P,) of a loss at weights (P,), both in float64."""


def bend(slope: Slope, point: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """Return H v (P,), the Hessian's product with a direction, by central differences.

    Source: Pearlmutter 1994, eq. 2.

    >>> bend(lambda w: np.array([3.0, 1.0]) * w, np.ones(2), np.array([1.0, 0.0])).round(9)
    array([3., 0.])
    """
    step = 1e-4 * max(1.0, float(np.linalg.norm(point)) / np.sqrt(point.size))
    return (slope(point + step * direction) - slope(point - step * direction)) / (2 * step)


def curvature(slope: Slope, point: np.ndarray) -> float:
    """Return gᵀ H g / gᵀ g, the curvature along the gradient; NaN where the gradient is 0."""
    gradient = slope(point)
    steepness = float(np.linalg.norm(gradient))
    if not steepness > 0:
        return float("nan")
    unit = gradient / steepness
    return float(unit @ bend(slope, point, unit))


def curvature_at(task: TrainingTask, batch: Batch, params: np.ndarray) -> float:
    """Return the curvature of a batch's loss, penalty included, along its gradient."""
    x, t = batch.x.astype(np.float64), batch.t.astype(np.float64)
    weights = None if batch.weights is None else batch.weights.astype(np.float64)
    penalised = task.penalised.astype(np.float64)

    def slope(point: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            done = run_pass(
                xp, task.network, task.loss, task.layout.unpack(point), x, t, weights,
                batch.divisor, batch.given,
            )  # fmt: skip
            penalty = task.l2.gradient(point, penalised, batch.divisor)
            return task.layout.pack(done.gradients, np.float64) + penalty

    return curvature(slope, params.astype(np.float64))
