"""A batch cut into shards, the shards dealt to devices: the same sum for any number of devices.

A batch is cut into `shards` parts of as many rows each, filled up with rows of weight 0. Each
device computes the gradients of its own shards. :mod:`clearprop.engines.jax.sums` adds them in an
order that is the same on 1 device and on 8. Every device then makes the same update.

Where each row's output depends on that row only, the definitions are read as ever. Otherwise, as
with BatchNorm, :mod:`clearprop.readings.jax_shards` reads a sum over rows as one over all shards.
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
from clearprop.engines.jax.shard_by_shard import each_shard, over_all_shards
from clearprop.engines.jax.step import Batch, Carry, Kept, Recipe, Rows, move, plain
from clearprop.engines.jax.sums import over_shards
from clearprop.readings import jax as xp
from clearprop.readings.jax_shards import ShardedBatch

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


@partial(jax.jit, static_argnames=("kept", "mesh", "counts"))
def run_sharded_steps(
    kept: Kept,
    mesh: Mesh,
    counts: tuple[int, int],
    rows: Rows,
    carry: Carry,
    where: Any,
    sizes: Any,
    rates: Any,
    key: Any,
) -> tuple[Carry, Any, Any]:
    """Return what :func:`clearprop.engines.jax.epoch.run_steps` does, for one epoch or a part.

    `where` and `sizes` are an epoch of those of :func:`deal`; a device gets its own shards.
    `counts` are the rows of each step, and of one more that ends an epoch, 0 where there is none or
    where each row's output depends on that row only.
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
        partial(_run, recipe, mesh.shape[AXIS], counts),
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
    recipe: Recipe, devices: int, counts: tuple[int, int], rows: Rows, carry: Carry, where: Any,
    sizes: Any, rates: Any, key: Any,
) -> Carry:  # fmt: skip
    """Return the carry after all steps, as one device computes it."""
    update = None
    if recipe.dealt_to > 1:
        update = partial(update_own_part, recipe.optimizer, devices)

    def step(count: int, carry: Carry, now: tuple[Any, Any, Any]) -> tuple[Carry, None]:
        shards, size, rate = now
        divisor = size * rows.mean_weight
        loss, gradients, state = loss_and_gradients(
            recipe, devices, rows, carry, shards, count, divisor, JaxNoise(key)
        )
        moved = move(recipe, rows, carry, loss, gradients, divisor, rate, size, update)
        return moved._replace(network_state=state), None

    now = where[0], plain(sizes[0]), plain(rates[0])
    count, rest = counts
    if not rest:
        return jax.lax.scan(partial(step, count), carry, now)[0]
    if len(sizes[0]) > 1:
        whole = tuple(array[:-1] for array in now)
        carry, _ = jax.lax.scan(partial(step, count), carry, whole)
    return step(rest, carry, tuple(array[-1] for array in now))[0]


def loss_and_gradients(
    recipe: Recipe, devices: int, rows: Rows, carry: Carry, shards: Any, count: int, divisor: Any,
    noise: JaxNoise,
) -> tuple[Any, tuple[Any, ...], Any]:  # fmt: skip
    """Return the mean loss of a batch, its gradients, and the network's state after it.

    `shards` are this device's: row indices, (some, rows of a shard). The batch has `count` rows,
    which need not be known where each row's output depends on that row only.
    """
    some, part = shards.shape
    number = jax.lax.axis_index(AXIS)
    tree = recipe.partition.tree(carry.params)
    stream = noise.child(carry.steps)
    full = count == some * devices * part

    def one_shard(place: Any, indices: Any) -> tuple[Any, tuple[Any, ...], Any]:
        there = indices >= 0
        batch = Batch(part, indices=jnp.where(there, indices, 0))
        x, t, weights = (batch.take(array) for array in (rows.x, rows.t, rows.weights))
        counts = there.astype(x.dtype)
        # Multiplied by 1 / D here: XLA turns a division into that for some programs only.
        weights = (counts if weights is None else weights * counts) * (1.0 / divisor)
        drawn = JaxNoise(stream.key, (number * some + place) * part, part)
        given = recipe.network.draw(drawn, part, x.shape[1], x.dtype)
        if recipe.rows_alone:
            done = run_pass(xp, recipe.network, recipe.loss, tree, x, t, weights, 1.0, given)
            parts = done.value, *recipe.partition.parts_of(done.gradients, x.dtype)
            loss, *sums = over_all_shards(parts)
            return loss, tuple(sums), None
        whole = ShardedBatch(count, None if full else there, over_all_shards)

        def of_batch(leaf: Any) -> Any:
            return whole.rows(leaf) if leaf.ndim > 1 and len(leaf) == part else leaf

        x, t, weights = (whole.rows(array) for array in (x, t, weights))
        given = jax.tree.map(of_batch, given)
        done = run_pass(whole, recipe.network, recipe.loss, tree, x, t, weights, 1.0, given)
        state = carry.network_state
        if state is not None:
            state = jax.tree.map(whole.whole, recipe.network.remember(state, done.saved))
        added = jax.tree.map(whole.whole, done.gradients)
        return whole.whole(done.value), recipe.partition.parts_of(added, x.dtype), state

    told = jnp.where(shards[0, 0] < -1, 0, some)  # XLA does not know that no index is below -1
    loss, gradients, state = each_shard(
        one_shard, (jnp.arange(some), shards), told, partial(over_shards, devices=devices)
    )
    return loss, gradients, carry.network_state if recipe.rows_alone else state
