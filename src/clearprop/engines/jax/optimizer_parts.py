"""The optimizer's averages dealt to the devices: each holds and updates its part of the vector.

The vector of parameters is filled up with zeros to as many equal parts as there are devices. Every
device has all parameters and gradients, the averages of its own part, and updates that. The parts
are put together by an all-reduce that adds zeros only, which is exact.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from clearprop.definitions.optimizers import Optimizer
from clearprop.engines.jax.partition import updates_each_by_itself
from clearprop.engines.jax.processes import AXIS
from clearprop.readings import jax as xp

OWN = PartitionSpec(AXIS)


def check_dealt(optimizer: Optimizer) -> None:
    """Raise ValueError for an optimizer in which a parameter's step depends on the others."""
    if not updates_each_by_itself(optimizer):
        raise ValueError(
            "Jax: shard_optimizer=True needs an optimizer that updates each parameter by itself "
            f"(SGD, RMSProp, Adam, AdamW, WeightDecay); {type(optimizer).__name__} may not"
        )


def update_own_part(
    optimizer: Optimizer, devices: int, gradients: Any, state: Any, params: Any, rate: Any
) -> tuple[Any, Any]:
    """Return all parameters (P,) after an update, and this device's part of the state."""
    size = params.shape[0]
    part = -(-size // devices)
    number = jax.lax.axis_index(AXIS)

    def own(vector: Any) -> Any:
        filled = jnp.pad(vector, (0, devices * part - size))
        return jax.lax.dynamic_slice(filled, (number * part,), (part,))

    moved, state = optimizer.update(xp, own(gradients), state, own(params), rate)
    return _together(moved, devices, number)[:size], state


def _together(part: Any, devices: int, number: Any) -> Any:
    beside = jnp.zeros((devices, *part.shape), part.dtype).at[number].set(part)
    return jax.lax.psum(beside, AXIS).reshape(-1)


def is_dealt(leaf: Any, size: int, devices: int) -> bool:
    """Return whether a number of the state is a vector for P = `size` parameters, filled up."""
    return np.shape(leaf) == (-(-size // devices) * devices,)


def dealt(mesh: Mesh, state: Any, size: int) -> Any:
    """Return an optimizer's state with its vectors (P,) filled up and dealt to the devices."""
    where = NamedSharding(mesh, OWN)
    missing = -size % mesh.size

    def put(leaf: Any) -> Any:
        if np.shape(leaf) != (size,):
            return leaf
        filled = np.pad(np.asarray(leaf), (0, missing))
        return jax.make_array_from_callback(filled.shape, where, lambda part: filled[part])

    return jax.tree.map(put, state)


def collected(mesh: Mesh, state: Any, size: int) -> Any:
    """Return a dealt state with whole vectors (P,), in each process."""

    def whole(leaf: Any) -> Any:
        if not is_dealt(leaf, size, mesh.size):
            return leaf
        return np.asarray(_whole(mesh, leaf))[:size]

    return jax.tree.map(whole, state)


@partial(jax.jit, static_argnames="mesh")
def _whole(mesh: Mesh, vector: Any) -> Any:
    def one(part: Any) -> Any:
        return _together(part, mesh.size, jax.lax.axis_index(AXIS))

    return jax.shard_map(
        one, mesh=mesh, in_specs=OWN, out_specs=PartitionSpec(), check_vma=False
    )(vector)  # fmt: skip
