"""The mean loss of all rows and its gradient in JAX, for L-BFGS."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import numpy as np

from clearprop.backprop import run_pass
from clearprop.definitions.layer import Layer
from clearprop.definitions.losses import Loss
from clearprop.definitions.parameters import Layout
from clearprop.engines.base import Objective, TrainingRows
from clearprop.engines.jax.products import product_precision
from clearprop.engines.jax.running import dense
from clearprop.engines.jax.step import Kept
from clearprop.readings import jax as xp


class JaxObjective(Objective):
    """The mean loss of all rows and its gradient, compiled once; rows stay on the device."""

    def __init__(
        self,
        network: Layer,
        loss: Loss,
        layout: Layout,
        rows: TrainingRows,
        products: str | None = None,
    ) -> None:
        self.what, self.layout, self.products = Kept((network, loss)), layout, products
        self.divisor = rows.count * rows.mean_weight
        with jax.enable_x64(True):
            self.rows = jax.device_put((dense(rows.x), rows.t, rows.weights))

    def __call__(self, params: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the loss, and its gradient in float64."""
        with jax.enable_x64(True), product_precision(self.products):
            tree = self.layout.unpack(params)
            value, gradients = _loss_and_gradients(self.what, tree, *self.rows, self.divisor)
            return float(value), self.layout.pack(gradients, np.float64)


@partial(jax.jit, static_argnames="what")
def _loss_and_gradients(
    what: Kept, tree: Any, x: Any, t: Any, weights: Any, divisor: Any
) -> tuple[Any, Any]:
    network, loss = what.value
    done = run_pass(xp, network, loss, tree, x, t, weights, divisor)
    return done.value, done.gradients
