"""A batch cut into shards, the shards dealt to devices: the same sum for any number of devices.

A batch is cut into `shards` parts of as many rows each, filled up with rows of weight 0. Each
device computes the gradients of its own shards, one after the other. They are added pairwise, in
the shards' order: ((0 + 1) + (2 + 3)) + ... Each device adds what it can. The rest is added by
all-reduces of two devices each: neighbours, then neighbours of neighbours, and so on, log2(D) times
for D devices; a sum of two numbers has no order. Where D is no power of two, one all-reduce puts
the devices' sums side by side, each one plus zeros, which is exact. So the order of additions is
the same on 1 device and on 8. Every device then makes the same update.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, PartitionSpec

from clearprop.backprop import run_pass
from clearprop.engines.jax.epoch import is_finite
from clearprop.engines.jax.noise import JaxNoise
from clearprop.engines.jax.optimizer_parts import OWN, is_dealt, update_own_part
from clearprop.engines.jax.processes import AXIS
from clearprop.engines.jax.step import Batch, Carry, Kept, Recipe, Rows, move, plain
from clearprop.readings import jax as xp

EVERYWHERE, DEALT = PartitionSpec(), PartitionSpec(None, None, AXIS)


def deal(order: np.ndarray, batch_size: int, shards: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of each step's shards, and how many rows each step has.

    Parameters
    ----------
    order : (epochs, rows)
        Row indices.
    batch_size, shards : int
        The rows of a step, and the shards they are cut into.

    Returns
    -------
    where : (epochs, steps, shards, rows of a shard) int32
        Row indices; -1 for a row of weight 0.
    sizes : (epochs, steps) float64
        The rows of each step that have a weight.

    Examples
    --------
    >>> where, sizes = deal(np.arange(7)[None], 5, 2)
    >>> where.tolist(), sizes.tolist()
    ([[[[0, 1, 2], [3, 4, -1]], [[5, 6, -1], [-1, -1, -1]]]], [[5.0, 2.0]])
    """
    epochs, rows = order.shape
    steps, part = -(-rows // batch_size), -(-batch_size // shards)
    padded = np.full((epochs, steps, shards * part), -1, np.int32)
    in_steps = np.full((epochs, steps * batch_size), -1, np.int32)
    in_steps[:, :rows] = order
    padded[:, :, :batch_size] = in_steps.reshape(epochs, steps, batch_size)
    sizes = (padded >= 0).sum(axis=2).astype(np.float64)
    return padded.reshape(epochs, steps, shards, part), sizes


def added_pairwise(parts: Any) -> Any:
    """Return the sum over the first axis: neighbours are added, then their sums, and so on."""
    while len(parts) > 1:
        odd = parts[len(parts) - len(parts) % 2 :]
        parts = jnp.concatenate([parts[0 : len(parts) - len(odd) : 2] + parts[1::2], odd])
    return parts[0]


@partial(jax.jit, static_argnames=("kept", "mesh"))
def run_sharded_steps(
    kept: Kept,
    mesh: Mesh,
    rows: Rows,
    carry: Carry,
    where: Any,
    sizes: Any,
    rates: Any,
    key: Any,
) -> tuple[Carry, Any, Any]:
    """Return what :func:`clearprop.engines.jax.epoch.run_steps` does, for one epoch or a part.

    `where` and `sizes` are an epoch of those of :func:`deal`; a device gets its own shards.
    """
    recipe: Recipe = kept.value
    carried = Carry(
        params=EVERYWHERE,  # type: ignore[arg-type]  # one word for all parts
        optimizer_state=EVERYWHERE,  # type: ignore[arg-type]
        network_state=EVERYWHERE,
        steps=EVERYWHERE,
        totals=EVERYWHERE,
    )
    if recipe.dealt_to > 1:
        size = recipe.partition.layout.size
        carried = carried._replace(
            optimizer_state=jax.tree.map(
                lambda leaf: OWN if is_dealt(leaf, size, recipe.dealt_to) else EVERYWHERE,
                carry.optimizer_state,
            )
        )
    run = jax.shard_map(
        partial(_run, recipe, mesh.shape[AXIS]),
        mesh=mesh,
        in_specs=(EVERYWHERE, carried, DEALT, *(EVERYWHERE,) * 3),
        out_specs=carried,
        check_vma=False,
    )
    carry = carry._replace(totals=jnp.zeros(2, jnp.float64))
    carry = run(rows, carry, where, sizes, rates, key)
    losses = carry.totals[None]
    return carry, losses, is_finite(carry, losses)


def _run(
    recipe: Recipe, devices: int, rows: Rows, carry: Carry, where: Any, sizes: Any, rates: Any,
    key: Any,
) -> Carry:  # fmt: skip
    """Return the carry after all steps, as one device computes it."""
    update = None
    if recipe.dealt_to > 1:
        update = partial(update_own_part, recipe.optimizer, devices)

    def one_step(carry: Carry, now: tuple[Any, Any, Any]) -> tuple[Carry, None]:
        shards, size, rate = now
        loss, gradients = _whole_batch(recipe, devices, rows, carry, shards, size, JaxNoise(key))
        divisor = size * rows.mean_weight
        return move(recipe, rows, carry, loss, gradients, divisor, rate, size, update), None

    carry, _ = jax.lax.scan(one_step, carry, (where[0], plain(sizes[0]), plain(rates[0])))
    return carry


def _whole_batch(
    recipe: Recipe, devices: int, rows: Rows, carry: Carry, shards: Any, size: Any, noise: JaxNoise
) -> tuple[Any, tuple[Any, ...]]:
    """Return the batch's mean loss and its gradients; `shards` are this device's, (some, part)."""
    some, part = shards.shape
    number = jax.lax.axis_index(AXIS)
    tree = recipe.partition.tree(carry.params)
    stream = noise.child(carry.steps)
    divisor = size * rows.mean_weight

    def one_shard(place_and_indices: tuple[Any, Any]) -> tuple[Any, ...]:
        place, indices = place_and_indices
        there = indices >= 0
        batch = Batch(part, indices=jnp.where(there, indices, 0))
        x, t, weights = (batch.take(array) for array in (rows.x, rows.t, rows.weights))
        counts = there.astype(x.dtype)
        # Multiplied by 1 / D here: XLA turns a division into that for some programs only.
        weights = (counts if weights is None else weights * counts) * (1.0 / divisor)
        first = (number * some + place) * part
        drawn = JaxNoise(stream.key, first, part)
        given = recipe.network.draw(drawn, part, x.shape[1], x.dtype)
        done = run_pass(xp, recipe.network, recipe.loss, tree, x, t, weights, 1.0, given)
        return done.value, *recipe.partition.parts_of(done.gradients, x.dtype)

    parts = jax.lax.map(one_shard, (jnp.arange(some), shards))
    loss, *gradients = _over_devices([added_pairwise(part) for part in parts], devices, number)
    return loss, tuple(gradients)


def _over_devices(parts: list[Any], devices: int, number: Any) -> list[Any]:
    """Return the devices' sums added pairwise, all in one vector: one all-reduce costs least."""
    if devices == 1:
        return parts
    shapes, ends = [part.shape for part in parts], np.cumsum([part.size for part in parts])
    vector = jnp.concatenate([jnp.ravel(part) for part in parts])
    if devices & (devices - 1):
        beside = jnp.zeros((devices, vector.size), vector.dtype).at[number].set(vector)
        vector = added_pairwise(jax.lax.psum(beside, AXIS))
    else:
        for distance in (2**level for level in range(devices.bit_length() - 1)):
            pairs = [[one, one ^ distance] for one in range(devices) if not one & distance]
            vector = jax.lax.psum(vector, AXIS, axis_index_groups=pairs)
    whole = jnp.split(vector, ends[:-1])
    return [part.reshape(shape) for part, shape in zip(whole, shapes, strict=True)]
