"""A network's loss over its weights: what a surface is a slice of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from clearprop.backprop import backprop, mean_loss, prepare_rows
from clearprop.definitions.layer import Layer, Tree
from clearprop.definitions.losses import Loss
from clearprop.definitions.parameters import Layout
from clearprop.engines import get_engine
from clearprop.readings import numpy as xp


@dataclass(frozen=True, eq=False)
class NetworkLoss:
    """E over the vector of all weights θ (P,), for fixed rows: the mean loss without penalty.

    The network is as it predicts: nothing is dropped, BatchNorm has its running statistics.
    """

    network: Layer
    loss: Loss
    layout: Layout
    x: Any = field(repr=False)
    t: np.ndarray = field(repr=False)
    state: Any = None
    engine: str = "auto"

    @classmethod
    def of(
        cls,
        network: Layer,
        loss: Loss,
        params: Tree,
        x: Any,
        t: Any,
        state: Any = None,
        engine: str = "auto",
    ) -> NetworkLoss:
        """Return the loss of a network on rows, or raise what is wrong with them."""
        layout = Layout.of(params)
        dtype = layout.pack(params).dtype
        rows, targets, _ = prepare_rows(network, loss, x, t, None, dtype)
        return cls(network, loss, layout, rows, targets, state, engine)

    def height(self, weights: np.ndarray) -> float:
        """Return E at weights (P,)."""
        params = self.layout.unpack(weights)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            outputs = get_engine(self.engine).outputs(self.network, params, self.state, self.x)
            return float(mean_loss(xp, self.loss, outputs, self.t))

    def heights(self, weights: np.ndarray) -> np.ndarray:
        """Return E at each of many weights (..., P)."""
        flat = weights.reshape(-1, weights.shape[-1])
        return np.array([self.height(one) for one in flat]).reshape(weights.shape[:-1])

    def slope(self, weights: np.ndarray) -> np.ndarray:
        """Return dE/dθ at weights (P,), by backpropagation."""
        given = self.network.recall(self.state)
        params = self.layout.unpack(weights)
        _, gradients = backprop(self.network, self.loss, params, self.x, self.t, given=given)
        return self.layout.pack(gradients)


def filter_normalised(layout: Layout, weights: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a random direction (P,), each unit's part as long as the unit's own weights.

    A direction of normal numbers is scaled so that the column of W that belongs to a unit has the
    length of the weights' column; entries of vectors (biases, scales, shifts) are 0. Without it a
    surface would look flat where weights are large, for no reason that matters.
    Source: Li, Xu, Taylor, Studer and Goldstein 2018, section 4.
    """
    direction = rng.standard_normal(layout.size).astype(weights.dtype)
    for part, shape in zip(layout.slices().values(), layout.shapes, strict=True):
        if len(shape) < 2:
            direction[part] = 0.0
            continue
        drawn, own = direction[part].reshape(shape), weights[part].reshape(shape)
        lengths = np.linalg.norm(drawn, axis=0)
        scaled = drawn * (np.linalg.norm(own, axis=0) / np.where(lengths > 0, lengths, 1.0))
        direction[part] = scaled.ravel()
    return direction
