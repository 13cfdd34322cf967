"""A training on several of JAX's devices: each has the rows and the parameters, and its shards."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding

from clearprop.definitions.layer import Layer
from clearprop.definitions.noise import Noise
from clearprop.engines.base import TrainingRows, TrainingState, TrainingTask
from clearprop.engines.choice import Jax, check_division
from clearprop.engines.jax.optimizer_parts import check_dealt, collected, dealt
from clearprop.engines.jax.pieces import Cutting, Piece
from clearprop.engines.jax.processes import AXIS, named_losses
from clearprop.engines.jax.products import check_products, product_precision
from clearprop.engines.jax.running import COMPILED, Running, dense, rows_of
from clearprop.engines.jax.sharded import EVERYWHERE, deal, run_sharded_steps
from clearprop.engines.jax.step import Carry, Kept, Recipe
from clearprop.readings import numpy as numpy_reading

LOOKED_AT = 4
"""Rows that the test of a network's rows takes."""


@dataclass(frozen=True, eq=False)
class ShardedRunning(Running):
    """A task whose batches are cut into shards, which a mesh of devices computes."""

    mesh: Mesh
    shards: int

    @classmethod
    def on(cls, how: Jax, task: TrainingTask, rows: TrainingRows, batch_size: int) -> Running:
        """Return the task's program on the devices asked for, with the rows brought to each.

        Raises
        ------
        ValueError
            If there are not so many devices, or if they do not divide the shards.
        """
        check_products(how.products, task.penalised.dtype)
        mesh = mesh_of(how)
        if how.shard_optimizer:
            check_dealt(task.optimizer)
        recipe = Recipe.of(
            task, how.products, mesh.size if how.shard_optimizer else 1,
            rows_alone(task.network, rows.x),
        )  # fmt: skip
        with jax.enable_x64(True):
            data = rows_of(recipe, task, rows, partial(put_everywhere, mesh))
        cutting = replace(Cutting.of(task.layout.size, rows.count, 1, batch_size), epochs=1)
        where = f"{mesh.size} x {mesh.devices.flat[0].device_kind}"
        if (processes := jax.process_count()) > 1:
            where += f" in {processes} processes"
        where += f", {how.shards} shards a batch"
        return cls(Kept(recipe), data, cutting, False, where, mesh, how.shards)

    def start(self, position: TrainingState) -> Carry:
        """Return the position as a step has it."""
        carry = super().start(position)
        if self.recipe.dealt_to == 1:
            return carry
        with jax.enable_x64(True):
            state = dealt(self.mesh, carry.optimizer_state, self.recipe.partition.layout.size)
        return carry._replace(optimizer_state=state)

    def position(self, carry: Carry, start: TrainingState) -> TrainingState:
        """Return the carry as the other engines have it; epochs and rows are those of `start`."""
        if self.recipe.dealt_to > 1:
            size = self.recipe.partition.layout.size
            with jax.enable_x64(True), named_losses():
                state = collected(self.mesh, carry.optimizer_state, size)
            carry = carry._replace(optimizer_state=state)
        return super().position(carry, start)

    def advance(self, carry: Carry, piece: Piece, noise: Noise) -> tuple[Carry, np.ndarray, bool]:
        """Return the carry after the piece, the losses, and whether all numbers are finite."""
        size = self.cutting.batch_size
        where, sizes = deal(piece.order, size, self.shards)
        rest = 0 if self.recipe.rows_alone else piece.order.shape[1] % size
        with jax.enable_x64(True), product_precision(self.recipe.products), named_losses():
            reached, losses, finite = run_sharded_steps(
                self.kept, self.mesh, (size, rest), self.rows, carry, where, sizes, piece.rates,
                np.uint64(noise.key),
            )  # fmt: skip
            jax.block_until_ready(reached)
            COMPILED.add(self._program(piece))
            return reached, np.asarray(losses), bool(finite)

    def compiled(self, piece: Piece) -> bool:
        """Return whether the program for pieces like this one has been compiled, in each process.

        A process that trained something else before must not leave out what the others do.
        """
        return jax.process_count() == 1 and super().compiled(piece)

    def _program(self, piece: Piece) -> tuple[Any, ...]:
        return (*super()._program(piece), self.mesh, self.shards)


def mesh_of(how: Jax) -> Mesh:
    """Return the devices asked for as a mesh of one axis."""
    there = jax.devices()
    wanted = len(there) if how.devices == "all" else int(how.devices or 1)
    if jax.process_count() > 1 and wanted != len(there):
        raise ValueError(
            f"Jax: several processes train on all {len(there)} devices together: devices='all'"
        )
    if wanted > len(there):
        hint = ""
        if there[0].platform == "cpu":
            hint = (
                ". A CPU counts as one: XLA_FLAGS=--xla_force_host_platform_device_count="
                f"{wanted} in the environment makes it {wanted}"
            )
        raise ValueError(f"Jax: {wanted} devices are asked for, JAX has {len(there)}{hint}")
    check_division(wanted, how.shards)
    return Mesh(np.array(there[:wanted]), (AXIS,))


def put_everywhere(mesh: Mesh, array: Any) -> Any:
    """Return an array that each device of the mesh has whole."""
    everywhere = NamedSharding(mesh, EVERYWHERE)
    # `device_put` would send all of it to the other processes, to compare.
    return jax.make_array_from_callback(array.shape, everywhere, lambda part: array[part])


def rows_alone(network: Layer, x: Any) -> bool:
    """Return whether a row's output depends on that row only, and no layer has a state."""
    some = dense(x[:LOOKED_AT])
    if network.initial_state(some.dtype) is not None:
        return False
    params = network.init(np.random.default_rng(0), some.dtype)
    with np.errstate(all="ignore"):
        together, *alone = (
            network.forward(numpy_reading, params, rows)[0]
            for rows in (some, *(some[row : row + 1] for row in range(len(some))))
        )
    scale = np.abs(together).max(initial=0.0)
    off = np.abs(together - np.concatenate(alone)).max(initial=0.0)
    return bool(not off > 1e-3 * scale)
