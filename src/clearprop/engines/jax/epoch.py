"""Many steps in one compiled program: a scan over the batches of an epoch, or of a piece of it."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from clearprop.engines.jax.noise import JaxNoise
from clearprop.engines.jax.step import Carry, Kept, Recipe, Rows, plain, step


@partial(jax.jit, static_argnames="kept")
def run_steps(
    kept: Kept, rows: Rows, carry: Carry, full: Any, rest: Any, rates: Any, key: Any
) -> tuple[Carry, Any]:
    """Return the carry after all steps, and whether all its numbers are finite.

    Parameters
    ----------
    kept : Kept
        The recipe.
    full : (steps, batch size) int32
        The rows of each step; there may be none.
    rest : (n,) int32
        The rows of one more step, a shorter one, that comes last; there may be none.
    rates : (steps or one more,) float64
        The learning rates.
    key : uint64
        The key of the stream of dropout masks.
    """
    recipe: Recipe = kept.value
    noise, rates = JaxNoise(key), plain(rates)
    steps = full.shape[0]
    if steps:

        def body(carry: Carry, batch_and_rate: tuple[Any, Any]) -> tuple[Carry, None]:
            return step(recipe, rows, carry, *batch_and_rate, noise), None

        carry, _ = jax.lax.scan(body, carry, (full, rates[:steps]))
    if rest.shape[0]:
        carry = step(recipe, rows, carry, rest, rates[steps], noise)
    return carry, is_finite(carry)


def is_finite(carry: Carry) -> Any:
    """Return whether the parameters and the losses so far are finite.

    A number that is not finite stays so in the parameters or in the totals, so that asking once
    after many steps is enough.
    """
    numbers = (*carry.params, carry.totals)
    return jnp.stack([jnp.isfinite(array).all() for array in numbers]).all()
