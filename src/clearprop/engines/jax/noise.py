"""The stream of random numbers in JAX's integers: the same bits as :class:`Noise`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np

from clearprop.definitions.noise import GOLDEN, Noise, mix

BITS = 53
"""Bits of a uniform number."""


@dataclass(frozen=True)
class JaxNoise(Noise):
    """A stream whose key is a JAX number; `first_row` is where a shard's rows begin in the batch.

    Where a batch is cut into shards, a draw of shape (rows, ...) takes the part of the whole
    batch's draw that belongs to the shard.
    """

    key: Any
    first_row: Any = 0
    rows: int | None = None

    def child(self, label: Any) -> JaxNoise:
        """Return another stream, a function of this one and of `label`."""
        steps = jnp.asarray(label).astype(jnp.uint64) + np.uint64(1)
        start = jnp.asarray(self.key, jnp.uint64) + steps * np.uint64(GOLDEN)
        return JaxNoise(mix(mix(start)), self.first_row, self.rows)

    def uniform(self, shape: tuple[int, ...]) -> Any:
        """Return uniform numbers in [0, 1), 53 bits each, shape `shape`, float64."""
        return self._words(shape) * 2.0**-BITS

    def mask(self, shape: tuple[int, ...], rate: float, dtype: Any) -> Any:
        """Return 0 with probability `rate` and 1 / (1 - rate) otherwise."""
        # k / 2⁵³ >= rate, in whole numbers, which processors compare faster than they convert.
        kept = self._words(shape) >= np.uint64(math.ceil(rate * 2.0**BITS))
        return kept.astype(dtype) * np.asarray(1.0 / (1.0 - rate), dtype)

    def _words(self, shape: tuple[int, ...]) -> Any:
        count = math.prod(shape)
        place = jnp.arange(1, count + 1, dtype=jnp.uint64)
        if self.rows is not None and len(shape) > 1 and shape[0] == self.rows:
            before = jnp.asarray(self.first_row).astype(jnp.uint64)
            place = place + before * np.uint64(count // self.rows)
        bits = mix(place * np.uint64(GOLDEN) + jnp.asarray(self.key, jnp.uint64))
        return (bits >> np.uint64(64 - BITS)).reshape(shape)
