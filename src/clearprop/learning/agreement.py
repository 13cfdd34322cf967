"""The first steps of a training by the reference engine: what the page compares its own with."""

from __future__ import annotations

import numpy as np

from clearprop.definitions.layer import Layer, Tree
from clearprop.definitions.losses import Loss
from clearprop.definitions.optimizers import Optimizer
from clearprop.definitions.parameters import Layout
from clearprop.definitions.penalty import L2
from clearprop.engines.base import NotFinite, TrainingRows, TrainingState, TrainingTask
from clearprop.engines.numpy import step
from clearprop.learning.seeded import masks, orders

STEPS = 50


def first_losses(
    network: Layer,
    loss: Loss,
    optimizer: Optimizer,
    params: Tree,
    x: np.ndarray,
    t: np.ndarray,
    *,
    l2: float | L2,
    batch_size: int,
    seed: int,
    weights: np.ndarray | None = None,
) -> list[float]:
    """Return the loss of each of the first steps, before its update; fewer where one diverges."""
    layout = Layout.of(params)
    vector = layout.pack(params, np.float64)
    penalised = layout.penalised(network)
    task = TrainingTask(
        network, loss, optimizer, layout, penalised, l2 if isinstance(l2, L2) else L2(l2)
    )
    state = TrainingState(vector, optimizer.init(vector, penalised), network.initial_state())
    rows, noise = TrainingRows.of(x, t, weights), masks(seed)
    losses: list[float] = []
    for batch in batches(seed, len(x), batch_size):
        value, moved = step(task, state, rows, batch, optimizer.learning_rate, noise)
        if isinstance(moved, NotFinite):
            break
        losses.append(value[0])
        state = moved
    return losses


def batches(seed: int, rows: int, batch_size: int) -> list[np.ndarray]:
    """Return the rows of the first steps."""
    per_epoch = -(-rows // batch_size)
    epochs = -(-STEPS // per_epoch)
    every = [
        order[start : start + batch_size]
        for order in orders(seed, epochs, rows)
        for start in range(0, rows, batch_size)
    ]
    return every[:STEPS]
