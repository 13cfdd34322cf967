"""Why a right step may still learn badly: equal starts, targets out of reach, dead units."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from clearprop.definitions.layers import Dense, ReLU, Sigmoid, Tanh
from clearprop.definitions.losses import SquaredError
from clearprop.explaining.work.changes import leaves
from clearprop.explaining.work.situation import Situation

SATURATED = 0.5
"""A layer is called saturated when more than this fraction of its values is."""

REACH = {"Sigmoid": (0.0, 1.0), "Tanh": (-1.0, 1.0), "ReLU": (0.0, np.inf)}
"""The values that an activation can take."""

LARGE_INPUT = 20.0
"""Inputs beyond this are called unscaled."""


def hints_of(situation: Situation) -> tuple[str, ...]:
    """Return a sentence for each thing that hinders learning in this step."""
    return tuple(sentence for rule in RULES for sentence in rule(situation))


def _equal_units(situation: Situation) -> Iterator[str]:
    params = situation.task.layout.unpack(np.asarray(situation.position.params))
    dense = [path for path, layer in leaves(situation.task.network) if isinstance(layer, Dense)]
    for path in dense[:-1]:
        held = params
        for name in path.split(".") if path else ():
            held = held[name]
        weights = held["W"]
        if weights.shape[1] > 1 and np.array_equal(
            weights, np.repeat(weights[:, :1], weights.shape[1], 1)
        ):
            yield (
                f"all units of {path} start with the same weights, so they stay the same for ever; "
                "start from random weights"
            )


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
    from clearprop.explaining.work.situation import run

    record = run(situation)
    for path, layer in leaves(situation.task.network):
        quantity = record.quantities.get(record.aliases.get(f"{path}.y", f"{path}.y"))
        if quantity is None:
            continue
        y = np.asarray(quantity.value, float)
        if isinstance(layer, ReLU) and y.size and not np.any(y > 0):
            yield f"every unit of {path} is 0 for all rows: no gradient passes through it"
        if isinstance(layer, Sigmoid | Tanh) and y.size:
            slope = y * (1 - y) if isinstance(layer, Sigmoid) else 1 - y * y
            if np.mean(slope < 1e-4) > SATURATED:
                yield (
                    f"most units of {path} are saturated: their slope is almost 0; scale the "
                    "inputs, or start from smaller weights"
                )


def _inputs_scaled(situation: Situation) -> Iterator[str]:
    x = np.asarray(situation.batch.x, float)
    if x.size and float(np.max(np.abs(x))) > LARGE_INPUT:
        yield f"inputs reach {np.max(np.abs(x)):g}; scale them to about −1 … 1"


RULES: tuple[Callable[[Situation], Iterator[str]], ...] = (
    _equal_units, _targets_in_reach, _units_alive, _inputs_scaled,
)  # fmt: skip
