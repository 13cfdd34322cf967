"""The mean loss of all rows and its gradient on several devices, for L-BFGS."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding

from clearprop.definitions.layer import Layer
from clearprop.definitions.losses import Loss
from clearprop.definitions.optimizers import SGD
from clearprop.definitions.parameters import Layout
from clearprop.definitions.penalty import L2
from clearprop.engines.base import Objective, TrainingRows
from clearprop.engines.choice import Jax
from clearprop.engines.jax.noise import JaxNoise
from clearprop.engines.jax.optimizer_parts import OWN
from clearprop.engines.jax.partition import Partition
from clearprop.engines.jax.processes import AXIS, named_losses
from clearprop.engines.jax.products import product_precision
from clearprop.engines.jax.running import dense
from clearprop.engines.jax.running_sharded import mesh_of, put_everywhere, rows_alone
from clearprop.engines.jax.sharded import EVERYWHERE, deal, loss_and_gradients
from clearprop.engines.jax.step import Carry, Kept, Recipe, Rows


class ShardedObjective(Objective):
    """The mean loss of all rows and its gradient, the rows cut into shards as a batch is.

    Each device has all rows, and computes those of its shards. Each process gets the same numbers.
    """

    def __init__(
        self, network: Layer, loss: Loss, layout: Layout, rows: TrainingRows, how: Jax
    ) -> None:
        # There is no update: the optimizer and the penalty are not used.
        self.recipe = Recipe(
            network, loss, SGD(), Partition(layout, whole=True), L2(), None, (0.0,), how.products,
            rows_alone=rows_alone(network, rows.x),
        )  # fmt: skip
        self.kept, self.mesh, self.count = Kept(self.recipe), mesh_of(how), rows.count
        put = partial(put_everywhere, self.mesh)
        where = deal(np.arange(rows.count)[None], rows.count, how.shards)[0][0, 0]
        with jax.enable_x64(True):
            weights = None if rows.weights is None else put(rows.weights)
            self.rows = Rows(put(dense(rows.x)), put(rows.t), weights, float(rows.mean_weight), ())
            self.where = jax.make_array_from_callback(
                where.shape, NamedSharding(self.mesh, OWN), lambda part: where[part]
            )

    def __call__(self, params: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the loss, and its gradient in float64."""
        with jax.enable_x64(True), product_precision(self.recipe.products), named_losses():
            value, gradient = _computed(
                self.kept, self.mesh, self.count, self.rows, params, self.where
            )
            return float(value), np.asarray(gradient).astype(np.float64)


@partial(jax.jit, static_argnames=("kept", "mesh", "count"))
def _computed(
    kept: Kept, mesh: Mesh, count: int, rows: Rows, params: Any, where: Any
) -> tuple[Any, Any]:
    recipe: Recipe = kept.value

    def on_one_device(rows: Rows, params: Any, where: Any) -> tuple[Any, Any]:
        carry = Carry((params,), (), None, 0, None)
        loss, (gradient,), _ = loss_and_gradients(
            recipe, mesh.shape[AXIS], rows, carry, where, count, count * rows.mean_weight,
            JaxNoise(np.uint64(0)),
        )  # fmt: skip
        return loss, gradient

    return jax.shard_map(
        on_one_device, mesh=mesh, in_specs=(EVERYWHERE, EVERYWHERE, OWN), out_specs=EVERYWHERE,
        check_vma=False,
    )(rows, params, where)  # fmt: skip
