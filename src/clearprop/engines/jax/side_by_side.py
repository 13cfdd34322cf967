"""Several trainings of one network at once: `jax.vmap` of the program of one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from clearprop.engines.base import Request
from clearprop.engines.jax.epoch import run_steps
from clearprop.engines.jax.memory import Empty
from clearprop.engines.jax.pieces import Piece
from clearprop.engines.jax.products import product_precision
from clearprop.engines.jax.running import Running
from clearprop.engines.jax.step import Carry, Kept, Rows

MOST = 8
"""Trainings in one program: more gain little."""

SMALL = 2**17
"""Weights times rows of a step up to which trainings share a program.

The products of larger networks fill the processor by themselves: `benchmarks/jax_restarts.py`.
"""

MOST_NUMBERS = 2**24
"""Numbers of the rows of all trainings, each in its own order."""


def runs_side_by_side(running: Running) -> int:
    """Return how many trainings to run in one program."""
    weights, rows = running.recipe.partition.layout.size, running.rows.t.shape[0]
    numbers = running.rows.x.shape[1] + running.rows.t.shape[1]
    if weights * min(running.cutting.batch_size, rows) > SMALL:
        return 1
    fits = MOST_NUMBERS // (rows * numbers * running.cutting.epochs)
    return largest_power(min(MOST, max(fits, 1)))


def largest_power(count: int) -> int:
    """Return the largest power of two up to a count from 1: so few programs are compiled."""
    return 1 << (count.bit_length() - 1)


def alike(one: Request, other: Request) -> bool:
    """Return whether two requests are steps of one program on the same rows."""
    return (
        one.task is other.task
        and one.rows is other.rows
        and one.batch_size == other.batch_size
        and one.orders.shape == other.orders.shape
        and one.begun is None
        and other.begun is None
    )


def stacked(carries: Sequence[Carry]) -> Carry:
    """Return several carries as one, whose numbers have one more axis, the first."""

    def stack(*leaves: Any) -> Any:
        if isinstance(leaves[0], int | float):  # numbers that widen no array
            return jnp.full(len(leaves), type(leaves[0])(0)).at[...].set(np.array(leaves))
        return np.stack(leaves)

    with jax.enable_x64(True):
        return jax.tree.map(stack, *carries)


def one_of(carries: Carry, place: int) -> Carry:
    """Return one of the carries."""
    return jax.tree.map(lambda leaf: np.asarray(leaf)[place], carries)


def advance(
    running: Running, carries: Carry, pieces: Sequence[Piece], keys: Sequence[int]
) -> tuple[Carry, np.ndarray, np.ndarray]:
    """Return the carries after a piece of each training, the losses, and which are finite.

    The losses are (trainings, epochs, 2), as `Running.advance` has them of one training.
    """
    first, size = pieces[0], running.cutting.batch_size
    epochs, count = first.order.shape
    most = running.most_epochs(first)
    orders = np.zeros((len(pieces), most, count), np.int32)
    rates = np.zeros((len(pieces), most, first.rates.shape[1]))
    for place, piece in enumerate(pieces):
        orders[place, :epochs], rates[place, :epochs] = piece.order, piece.rates
    rows, where = running.rows, orders
    x64, products = jax.enable_x64(True), product_precision(running.recipe.products)
    with running.buffers.lent() as empty, x64, products:
        if running.on_cpu:
            x, t, weights = (_each_in_order(array, orders, empty) for array in rows[:3])
            rows = rows._replace(x=x, t=t, weights=weights)
            where = np.arange(most)[:, None] * count + np.arange(0, count, size)
        reached, losses, finite = _run_side_by_side(
            running.kept, size, count % size, running.on_cpu, rows, carries,
            where.astype(np.int32), rates, epochs, np.array(keys, np.uint64),
        )  # fmt: skip
        jax.block_until_ready(reached)
        return reached, np.asarray(losses)[:, :epochs], np.asarray(finite)


@partial(jax.jit, static_argnames=("kept", "batch_size", "rest", "own_rows"))
def _run_side_by_side(
    kept: Kept, batch_size: int, rest: int, own_rows: bool, rows: Rows, carries: Carry, where: Any,
    rates: Any, epochs: Any, keys: Any,
) -> tuple[Carry, Any, Any]:  # fmt: skip
    """Return what `run_steps` does, for several trainings; each has its rows, or their indices."""
    each = 0 if own_rows else None
    axes = Rows(each, each, each, None, None)  # type: ignore[arg-type]  # axes stand for arrays
    of_where = None if own_rows else 0
    run = partial(run_steps, kept, batch_size, rest)
    return jax.vmap(run, in_axes=(axes, 0, of_where, 0, None, 0))(
        rows, carries, where, rates, epochs, keys
    )


def _each_in_order(array: np.ndarray | None, orders: np.ndarray, empty: Empty) -> np.ndarray | None:
    """Return the rows in the order of each training: (trainings, epochs of rows, ...)."""
    if array is None:
        return None
    out = empty((len(orders), orders[0].size, *array.shape[1:]), array.dtype)
    for place, order in enumerate(orders):
        np.take(array, order.ravel(), axis=0, out=out[place], mode="clip")
    return out
