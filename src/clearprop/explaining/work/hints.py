"""Why right work may still learn badly: equal units, targets out of reach, dead units, long steps.

A hint is given for what the numbers show, not for what they might become.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from clearprop.backprop import mean_loss, run_pass
from clearprop.definitions.layers import Dense, ReLU, Sigmoid, Tanh
from clearprop.definitions.losses import SquaredError
from clearprop.definitions.optimizers import SGD
from clearprop.explaining.work.changes import leaves
from clearprop.explaining.work.situation import Situation, look, run
from clearprop.readings import complex_step
from clearprop.readings import numpy as numpy_reading
from clearprop.writing.numbers import shown

SATURATED, FLAT = 0.5, 1e-4
"""A layer is called saturated when more than this fraction of its slopes is below `FLAT`."""

MOST_DEAD = 0.5
"""More dead units than this fraction are told; a few rows leave some units at 0 by chance."""

ROUNDING = 1e-12
"""Numbers that differ by less than this fraction of the largest are called the same."""

STABLE = 2.0
"""Learning rate times curvature from which on gradient descent overshoots to a higher loss."""

COMPLEX_STEP = 1e-100

REACH = {"Sigmoid": (0.0, 1.0), "Tanh": (-1.0, 1.0), "ReLU": (0.0, np.inf)}
"""The values that an activation can take."""

LARGE_INPUT = 20.0
"""Inputs beyond this are called unscaled."""


def hints_of(situation: Situation) -> tuple[str, ...]:
    """Return a sentence for each thing that hinders learning in this step."""
    return tuple(sentence for rule in RULES for sentence in rule(situation))


def _equal_units(situation: Situation) -> Iterator[str]:
    """Say that the units of a layer compute one thing, and whether they will for ever.

    Units with the same weights and bias stay the same only where their gradients are the same too.
    """
    record = run(situation, update=False)
    dense = [path for path, layer in leaves(situation.task.network) if isinstance(layer, Dense)]
    for path in dense[:-1]:
        lead = f"{path}." if path else ""
        same = {
            name: array is None or (np.shape(array)[-1] > 1 and _is_one(np.atleast_2d(array)))
            for name in ("W", "b", "dW", "db")
            for array in [look(record, situation, f"{lead}{name}")]
        }
        if same["W"] and same["b"]:
            stay = (
                "and get the same gradients, so they stay the same for ever"
                if same["dW"] and same["db"]
                else "and differ only in what they send on"
            )
            yield f"all units of {path} start with the same weights {stay}; start from random ones"


def _is_one(array: np.ndarray) -> bool:
    """Return whether all columns are the same but for rounding."""
    size = float(np.max(np.abs(array), initial=0.0))
    return bool((np.abs(array - array[:, :1]) <= ROUNDING * size).all())


def _targets_in_reach(situation: Situation) -> Iterator[str]:
    layers = [layer for _, layer in leaves(situation.task.network)]
    reach = REACH.get(type(layers[-1]).__name__) if layers else None
    if reach is None or not isinstance(situation.task.loss, SquaredError):
        return
    low, high = reach
    t = np.asarray(situation.batch.t, float)
    outside = (t < low) | (t > high)
    if outside.any():
        kind = type(layers[-1]).__name__
        yield (
            f"the target {t[outside][0]:g} is out of reach: a {kind} gives values between {low:g} "
            f"and {high:g}; scale the targets or take a linear output"
        )


def _units_alive(situation: Situation) -> Iterator[str]:
    """Say that most units of a layer pass no gradient back, or almost none."""
    record = run(situation, update=False)
    for path, layer in leaves(situation.task.network):
        y = look(record, situation, f"{path}.y" if path else "o")
        if y is None or not y.size:
            continue
        if isinstance(layer, ReLU):
            dead, units = int((~(y > 0).any(axis=0)).sum()), y.shape[1]
            if dead > MOST_DEAD * units:
                which = "every unit" if dead == units else f"{dead} of {units} units"
                yield (
                    f"{which} of {path} {'are' if dead < units else 'is'} 0 for all rows: no "
                    "gradient passes through; start from other weights, or take a smaller rate"
                )
        if isinstance(layer, Sigmoid | Tanh):
            slope = y * (1 - y) if isinstance(layer, Sigmoid) else 1 - y * y
            if np.mean(slope < FLAT) > SATURATED:
                yield (
                    f"most values of {path} are saturated: their slope is almost 0; scale the "
                    "inputs, or start from smaller weights"
                )


def _inputs_scaled(situation: Situation) -> Iterator[str]:
    """Say which column of the inputs is far from the size that weights are drawn for."""
    sizes = np.max(np.abs(np.asarray(situation.batch.x, float)), axis=0, initial=0.0)
    if sizes.size and float(np.max(sizes)) > LARGE_INPUT:
        column = int(np.argmax(sizes))
        yield (
            f"column {column} of the inputs reaches {sizes[column]:g}; scale inputs to about −1 … 1"
        )


def _rate_is_stable(situation: Situation) -> Iterator[str]:
    """Say that the step of plain gradient descent is too long for the bend of the loss.

    Along the gradient g the loss bends by κ = gᵀH g / gᵀg. A step of η g overshoots, and raises a
    loss of that bend, where η > 2/κ. The hint needs the rows' loss to rise too. Source: LeCun,
    Simard and Pearlmutter 1993, section 2.
    """
    task, rate = situation.task, situation.rate
    if rate is None or not isinstance(task.optimizer, SGD) or task.optimizer.momentum:
        return
    if task.clip_norm is not None:
        return
    with np.errstate(all="ignore"):
        gradient, curvature = _along_gradient(situation)
        if not (np.isfinite(curvature) and curvature > 0 and rate * curvature > STABLE):
            return
        start = np.asarray(situation.position.params, np.float64)
        before, after = (_height(situation, start - eta * gradient) for eta in (0.0, rate))
    if after > before or not np.isfinite(after):
        yield (
            f"the learning rate {shown(rate)} is too large here: the loss bends by "
            f"{shown(curvature)} along the gradient, so only rates below 2/{shown(curvature)} = "
            f"{shown(STABLE / curvature)} lower it; this step takes it from {shown(before)} to "
            f"{shown(after)}"
        )


def _along_gradient(situation: Situation) -> tuple[np.ndarray, float]:
    """Return the gradient (parameters,) and the second derivative of the loss along it, per length.

    The complex step differentiates the pullbacks exactly: H g = Im ∇E(θ + i h g) / h.
    """
    task, batch = situation.task, situation.batch
    start = np.asarray(situation.position.params, np.float64)

    def gradient(xp: Any, point: np.ndarray) -> np.ndarray:
        made = run_pass(
            xp, task.network, task.loss, task.layout.unpack(point), *_rows(situation),
            batch.divisor, batch.given,
        )  # fmt: skip
        found = task.layout.pack(made.gradients, point.dtype)
        return found + task.l2.gradient(point, task.penalised, batch.divisor)

    g = gradient(numpy_reading, start)
    length = float(np.linalg.norm(g))
    if not (length > 0 and np.isfinite(length)):
        return g, 0.0
    unit = g / length
    bent = gradient(complex_step, start + 1j * COMPLEX_STEP * unit).imag / COMPLEX_STEP
    return g, float(unit @ bent)


def _height(situation: Situation, point: np.ndarray) -> float:
    """Return the loss of the rows, penalty included, at other parameters."""
    task, batch = situation.task, situation.batch
    x, t, weights = _rows(situation)
    output, _ = task.network.forward(numpy_reading, task.layout.unpack(point), x, batch.given)
    loss = mean_loss(numpy_reading, task.loss, output, t, weights, batch.divisor)
    return float(loss) + float(task.l2.value(numpy_reading, point, task.penalised, batch.divisor))


def _rows(situation: Situation) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    x, t, weights = situation.batch.x, situation.batch.t, situation.batch.weights
    wide = None if weights is None else np.asarray(weights, np.float64)
    return np.asarray(x, np.float64), np.asarray(t, np.float64), wide


RULES: tuple[Callable[[Situation], Iterator[str]], ...] = (
    _equal_units, _targets_in_reach, _units_alive, _inputs_scaled, _rate_is_stable,
)  # fmt: skip
