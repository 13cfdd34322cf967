"""Choose an optimizer by name, and a learning rate that suits the landscape."""

from __future__ import annotations

import math

import numpy as np

from clearprop.definitions.optimizers import SGD, Adam, AdamW, Optimizer, RMSProp
from clearprop.descent.basins import with_rate
from clearprop.descent.landscape import Landscape

OPTIMIZERS: dict[str, Optimizer] = {
    "sgd": SGD(),
    "momentum": SGD(momentum=0.9),
    "nesterov": SGD(momentum=0.9, nesterov=True),
    "rmsprop": RMSProp(),
    "adam": Adam(),
    "adamw": AdamW(),
}
"""The optimizers by their names on the command line."""

BRISK = 0.1
PROBES = 500


def choose_optimizer(name: str, landscape: Landscape, rate: float | None = None) -> Optimizer:
    """Return the optimizer of this name, with `rate` or one that suits the landscape.

    Gradient descent is stable up to a rate of 2 / λ in a bowl of curvature λ. It gets half of
    that, where λ is the curvature that nine tenths of the box stay below, and at most 0.1. RMSProp
    and Adam take steps about as long as their rate: they get a hundredth of the box.
    """
    if name not in OPTIMIZERS:
        raise ValueError(f"optimizer must be one of {', '.join(OPTIMIZERS)}, not {name!r}")
    optimizer = OPTIMIZERS[name]
    if rate is None:
        steps_by_slope = isinstance(optimizer, SGD)
        width = landscape.size / math.sqrt(landscape.dimensions)
        rate = _stable_rate(landscape) if steps_by_slope else width / 100
        rate = _one_digit(rate)
    return with_rate(optimizer, rate)


def _stable_rate(landscape: Landscape) -> float:
    bends = landscape.curvatures(landscape.drop(PROBES, np.random.default_rng(0)))
    bends = bends[np.isfinite(bends).all(axis=(1, 2))]
    if not len(bends):
        return BRISK
    largest = float(np.quantile(np.abs(np.linalg.eigvalsh(bends)).max(axis=1), 0.9))
    return min(BRISK, 1.0 / largest) if largest > 0 else BRISK


def _one_digit(value: float) -> float:
    """Return a number rounded down to one digit."""
    size = 10.0 ** math.floor(math.log10(value))
    return float(f"{math.floor(value / size + 1e-9) * size:.0e}")
