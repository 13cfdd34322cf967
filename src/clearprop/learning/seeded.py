"""Random numbers that the page draws too: first weights, order of rows, dropout masks.

All come from :class:`~clearprop.definitions.noise.Noise`, which computes the i-th number from a key
and i alone, so that Python and the page have the same network from the same seed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from clearprop.definitions.noise import Noise

WEIGHTS, ORDERS, MASKS = 0, 1, 2
"""The streams of a seed."""


def between(low: Any, high: Any, u: Any) -> Any:
    """Return numbers in [low, high) for uniform numbers u in [0, 1)."""
    return low + (high - low) * u


class NoiseSource:
    """A source of random numbers for initializers: the k-th array is the k-th child stream."""

    def __init__(self, seed: int) -> None:
        self._noise, self._drawn = Noise(seed).child(WEIGHTS), 0

    def uniform(self, low: float, high: float, shape: tuple[int, ...]) -> np.ndarray:
        """Return uniform numbers in [low, high)."""
        return np.asarray(between(low, high, self._stream().uniform(shape)))

    def standard_normal(self, shape: tuple[int, ...]) -> np.ndarray:
        """Return normal numbers of mean 0 and variance 1; Python alone draws these."""
        return np.random.default_rng(self._stream().key).standard_normal(shape)

    def _stream(self) -> Noise:
        self._drawn += 1
        return self._noise.child(self._drawn - 1)


def orders(seed: int, epochs: int, rows: int) -> np.ndarray:
    """Return the order of the rows in each epoch, (epochs, rows)."""
    noise = Noise(seed).child(ORDERS)
    drawn = [noise.child(epoch).uniform((rows,)) for epoch in range(epochs)]
    return np.array([np.argsort(one, kind="stable") for one in drawn], np.int64)


def masks(seed: int) -> Noise:
    """Return the stream of dropout masks."""
    return Noise(seed).child(MASKS)
