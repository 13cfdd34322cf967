"""Sums over shards and devices, in an order that does not depend on the number of devices.

Shards are added pairwise, in their order: ((0 + 1) + (2 + 3)) + ... Each device adds what it can.
The rest is added by all-reduces of two devices each: neighbours, then neighbours of neighbours, and
so on, log2(D) times for D devices; a sum of two numbers has no order. Where D is no power of two,
one all-reduce puts the devices' sums side by side, each one plus zeros, which is exact.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from clearprop.engines.jax.processes import AXIS


def over_shards(parts: list[Any], devices: int) -> list[Any]:
    """Return the sum of each array (shards of this device, ...) over the shards of all devices."""
    return _over_devices([added_pairwise(part) for part in parts], devices)


def added_pairwise(parts: Any) -> Any:
    """Return the sum over the first axis: neighbours are added, then their sums, and so on."""
    while len(parts) > 1:
        odd = parts[len(parts) - len(parts) % 2 :]
        parts = jnp.concatenate([parts[0 : len(parts) - len(odd) : 2] + parts[1::2], odd])
    return parts[0]


def _over_devices(parts: list[Any], devices: int) -> list[Any]:
    """Return the devices' sums added pairwise, all in one vector: one all-reduce costs least."""
    if devices == 1:
        return parts
    shapes, ends = [part.shape for part in parts], np.cumsum([part.size for part in parts])
    vector = jnp.concatenate([jnp.ravel(part) for part in parts])
    if devices & (devices - 1):
        number = jax.lax.axis_index(AXIS)
        beside = jnp.zeros((devices, vector.size), vector.dtype).at[number].set(vector)
        vector = added_pairwise(jax.lax.psum(beside, AXIS))
    else:
        for distance in (2**level for level in range(devices.bit_length() - 1)):
            pairs = [[one, one ^ distance] for one in range(devices) if not one & distance]
            vector = jax.lax.psum(vector, AXIS, axis_index_groups=pairs)
    whole = jnp.split(vector, ends[:-1])
    return [part.reshape(shape) for part, shape in zip(whole, shapes, strict=True)]
