"""A function of one shard, run for all shards of a device, with sums over all shards within it.

The function is traced once, and cut where it asks for sums over the shards. Each piece is a loop
over the device's shards. XLA would dissolve the loop of a single shard, and round its numbers
otherwise: so it is not told how often a loop is run, and arrays have room for another shard, whose
numbers differ and are never used. A shard's numbers are then the same however many a device has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax.extend.core import ClosedJaxpr, Jaxpr, Literal, Primitive, jaxpr_as_fun

over_all_p = Primitive("over_all_shards")
over_all_p.multiple_results = True
over_all_p.def_abstract_eval(lambda *parts: list(parts))


def over_all_shards(parts: Sequence[Any]) -> list[Any]:
    """Return the sum of each part over all shards, in a function that `each_shard` runs."""
    return list(over_all_p.bind(*parts))


def each_shard(
    function: Callable[..., Any],
    of_shards: Sequence[Any],
    count: Any,
    added: Callable[[list[Any]], list[Any]],
) -> Any:
    """Return what the function returns, which must be the same for all shards.

    Parameters
    ----------
    function : function of arrays
        Takes those of a shard.
    of_shards : sequence of (shards, ...)
        Those of all shards of this device.
    count : int
        How many shards there are, as a number that is known when the program runs.
    added : function of a list of arrays (shards, ...)
        Returns the sum of each over all shards of all devices.
    """
    shapes = [jax.ShapeDtypeStruct(array.shape[1:], array.dtype) for array in of_shards]
    traced, results = jax.make_jaxpr(function, return_shape=True)(*shapes)
    program = traced.jaxpr
    known = dict(zip(program.constvars, traced.consts, strict=True))
    shards = len(of_shards[0])
    by_shard = {
        name: jnp.concatenate([array, array + 1]) if shards == 1 else array
        for name, array in zip(program.invars, of_shards, strict=True)
    }
    begin, steps = 0, program.eqns
    cuts = [place for place, one in enumerate(steps) if one.primitive is over_all_p]
    for cut in (*cuts, len(steps)):
        later = {id(name) for one in steps[cut:] for name in one.invars}
        later |= {id(name) for name in program.outvars}
        piece = steps[begin:cut]
        made = [name for one in piece for name in one.outvars if id(name) in later]
        _run(program.replace(constvars=(), outvars=made, eqns=piece), known, by_shard, count)
        if cut < len(steps):
            parts = [_array(name, known, by_shard) for name in steps[cut].invars]
            sums = added([part[:shards] for part in parts])
            known.update(zip(steps[cut].outvars, sums, strict=True))
        begin = cut + 1
    leaves = [_array(name, known, by_shard)[0] for name in program.outvars]
    return jax.tree.unflatten(jax.tree.structure(results), leaves)


def _array(name: Any, known: dict[Any, Any], by_shard: dict[Any, Any]) -> Any:
    """Return a value of each shard, (shards, ...), where it is the same for all too."""
    if not isinstance(name, Literal) and name in by_shard:
        return by_shard[name]
    room = len(next(iter(by_shard.values())))
    value = name.val if isinstance(name, Literal) else known[name]
    return jnp.broadcast_to(value, (room, *jnp.shape(value)))


def _run(piece: Jaxpr, known: dict[Any, Any], by_shard: dict[Any, Any], count: Any) -> None:
    """Add what a piece of the program makes for each shard to what is known by shard."""
    if not piece.outvars:
        return
    used = {id(name) for one in piece.eqns for name in one.invars}
    whole = [name for name in known if id(name) in used]
    dealt = [name for name in by_shard if id(name) in used]
    run = jaxpr_as_fun(ClosedJaxpr(piece.replace(invars=[*whole, *dealt]), ()))
    of_all, of_each = [known[name] for name in whole], [by_shard[name] for name in dealt]
    if not dealt:
        known.update(zip(piece.outvars, run(*of_all), strict=True))
        return

    def one_shard(place: Any, made: list[Any]) -> list[Any]:
        own = [jax.lax.dynamic_index_in_dim(array, place, keepdims=False) for array in of_each]
        results = run(*of_all, *own)
        return [array.at[place].set(one) for array, one in zip(made, results, strict=True)]

    forms = jax.eval_shape(run, *of_all, *(array[0] for array in of_each))
    empty = [jnp.zeros((len(of_each[0]), *one.shape), one.dtype) for one in forms]
    made = jax.lax.fori_loop(0, count, one_shard, empty)
    by_shard.update(zip(piece.outvars, made, strict=True))
