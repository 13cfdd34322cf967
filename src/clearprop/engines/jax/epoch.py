"""Many steps in one compiled program: a scan over the batches of an epoch, or over a part of it."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from clearprop.engines.jax.noise import JaxNoise
from clearprop.engines.jax.step import Batch, Carry, Kept, Recipe, Rows, plain, step


@partial(jax.jit, static_argnames=("kept", "batch_size", "rest"))
def run_steps(
    kept: Kept,
    batch_size: int,
    rest: int,
    rows: Rows,
    carry: Carry,
    where: Any,
    rates: Any,
    epochs: Any,
    key: Any,
) -> tuple[Carry, Any, Any]:
    """Return the carry after all steps, the losses, and whether all numbers are finite.

    Parameters
    ----------
    kept : Kept
        The recipe.
    batch_size, rest : int
        The rows of each step; and of one more step that ends an epoch, 0 where there is none.
    where : (most epochs, steps) or (most epochs, rows) int32
        The first row of each step; or, for rows in another order, all their indices.
    rates : (most epochs, steps) float64
        The learning rates.
    epochs : int
        How many epochs to run, or 1 for a part of one.
    key : uint64
        The key of the stream of dropout masks.

    The losses are sums over the rows, loss and penalty of each epoch: (most epochs, 2) float64.
    """
    recipe: Recipe = kept.value
    noise, rates = JaxNoise(key), plain(rates)
    most, steps = rates.shape
    whole = steps - bool(rest)
    by_index = where.shape[1] != steps

    def batch(count: int, place: Any) -> Batch:
        return Batch(count, indices=place) if by_index else Batch(count, first=place)

    def one_step(carry: Carry, place_and_rate: tuple[Any, Any]) -> tuple[Carry, None]:
        place, rate = place_and_rate
        return step(recipe, rows, carry, batch(batch_size, place), rate, noise), None

    def one_epoch(carry: Carry, where: Any, rates: Any) -> tuple[Carry, Any]:
        carry = carry._replace(totals=jnp.zeros(2, jnp.float64))
        if whole:
            places = where[: whole * batch_size].reshape(whole, -1) if by_index else where[:whole]
            carry, _ = jax.lax.scan(one_step, carry, (places, rates[:whole]))
        if rest:
            place = where[whole * batch_size :] if by_index else where[whole]
            carry = step(recipe, rows, carry, batch(rest, place), rates[whole], noise)
        return carry, carry.totals

    def next_epoch(epoch: Any, reached: tuple[Carry, Any]) -> tuple[Carry, Any]:
        carry, losses = reached
        carry, totals = one_epoch(carry, where[epoch], rates[epoch])
        return carry, losses.at[epoch].set(totals)

    if most == 1:
        carry, totals = one_epoch(carry, where[0], rates[0])
        losses = totals[None]
    else:
        start = carry, jnp.zeros((most, 2), jnp.float64)
        carry, losses = jax.lax.fori_loop(0, epochs, next_epoch, start)
    return carry, losses, is_finite(carry, losses)


def is_finite(carry: Carry, losses: Any) -> Any:
    """Return whether parameters and losses are finite.

    A number that is not finite stays so in the parameters, or is in the sum of its epoch's losses:
    asking once after many steps is enough.
    """
    numbers = (*carry.params, losses)
    return jnp.stack([jnp.isfinite(array).all() for array in numbers]).all()
