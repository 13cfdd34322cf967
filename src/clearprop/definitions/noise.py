"""Random numbers as a function of their place.

A generator that is called one number after another gives other numbers when the order of work, the
engine or the threads change. Here the i-th number of a stream depends only on the stream's key and
on i, so that every engine draws the same dropout masks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

GOLDEN = 0x9E3779B97F4A7C15
_MASK = 0xFFFFFFFFFFFFFFFF


def mix(bits: Any) -> Any:
    """Return SplitMix64's finaliser of each 64-bit word."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


@dataclass(frozen=True)
class Noise:
    """A stream of uniform numbers: the i-th is SplitMix64's i-th output from the key.

    Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014,
    figure 17.

    Examples
    --------
    >>> Noise(1).child(3).uniform((2, 2)).round(3)
    array([[0.058, 0.975],
           [0.635, 0.648]])
    """

    key: int

    def child(self, label: int) -> Noise:
        """Return another stream, a function of this one and of `label`."""
        start = np.array([(self.key + (label + 1) * GOLDEN) & _MASK], np.uint64)
        return Noise(int(mix(mix(start))[0]))

    def uniform(self, shape: tuple[int, ...]) -> np.ndarray:
        """Return uniform numbers in [0, 1), 53 bits each, shape `shape`, float64."""
        count = int(np.prod(shape))
        counter = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(GOLDEN)
        bits = mix(counter + np.uint64(self.key))
        return ((bits >> np.uint64(11)) * 2.0**-53).reshape(shape)

    def mask(self, shape: tuple[int, ...], rate: float, dtype: Any) -> np.ndarray:
        """Return 0 with probability `rate` and 1 / (1 - rate) otherwise."""
        kept = self.uniform(shape) >= rate
        return kept.astype(dtype) * np.asarray(1.0 / (1.0 - rate), dtype)
