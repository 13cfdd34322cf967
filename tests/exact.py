"""The same functions in fifty digits."""

from typing import Any

import mpmath as mp
import numpy as np

mp.mp.dps = 50

SPACING = float(np.finfo(np.float64).eps)


def sigmoid(z: Any) -> Any:
    """Return 1 / (1 + e⁻ᶻ)."""
    return 1 / (1 + mp.exp(-z))


def softplus(z: Any) -> Any:
    """Return ln(1 + eᶻ)."""
    return mp.log1p(mp.exp(z)) if z < 0 else z + mp.log1p(mp.exp(-z))


def softmax(o: list[Any]) -> list[Any]:
    """Return e^o / Σ e^o."""
    powers = [mp.exp(one - max(o)) for one in o]
    return [power / mp.fsum(powers) for power in powers]


def log_softmax(o: list[Any]) -> list[Any]:
    """Return ln of softmax, the largest value's as precise as the others'."""
    top = max(range(len(o)), key=lambda k: o[k])
    others = mp.fsum(mp.exp(one - o[top]) for k, one in enumerate(o) if k != top)
    return [one - o[top] - mp.log1p(others) for one in o]


def in_spacings(ours: float, exact: Any, floor: float = 0.0) -> float:
    """Return |ours - exact| in units in the last place of `exact`, or of `floor` if larger.

    Numbers that are too small for a normal float count as right within the smallest normal one.
    """
    smallest = float(np.finfo(np.float64).tiny)
    error = abs(mp.mpf(float(ours)) - exact)
    if error <= smallest:
        return 0.0
    return float(error / (max(abs(exact), floor, smallest) * SPACING))
