"""The reference engine: the layers' own definitions, read with NumPy, step by step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from clearprop.backprop import run_pass
from clearprop.definitions.clipping import clip_factor, length
from clearprop.definitions.layer import Layer
from clearprop.definitions.losses import Loss
from clearprop.definitions.noise import Noise
from clearprop.definitions.parameters import Layout
from clearprop.engines.base import (
    Batch,
    Burst,
    Engine,
    Losses,
    NotFinite,
    Objective,
    Request,
    TrainingRows,
    TrainingState,
    TrainingTask,
    UnfinishedEpoch,
    epoch_done,
)
from clearprop.engines.diagnosis import first_not_finite
from clearprop.readings import numpy as xp


class NumpyEngine(Engine):
    """Eager NumPy: runs any layer, loss and optimizer, and shows every value on the way."""

    name = "numpy"

    def epochs(self, request: Request) -> Burst:
        """Return the outcome of the epochs asked for."""
        task, position, rows = request.task, request.position, request.rows
        batch_size, noise = request.batch_size, request.noise
        losses: list[Losses] = []
        begun = request.begun
        for order, epoch_rates in zip(request.orders, request.rates, strict=True):
            done = _sums_of(begun)
            first = 0 if begun is None else begun.steps
            start, known, begun = position.steps, len(done), None
            failure, interrupted, paused = None, False, False
            try:
                for place in range(first, len(epoch_rates)):
                    if request.cancelled():
                        interrupted = True
                        break
                    if place > first and request.pauses():
                        paused = True
                        break
                    batch = order[place * batch_size : (place + 1) * batch_size]
                    rate = float(epoch_rates[place])
                    value, stepped = step(task, position, rows, batch, rate, noise)
                    if isinstance(stepped, NotFinite):
                        failure = stepped
                        break
                    done.append((*value, len(batch)))
                    position = stepped
            except KeyboardInterrupt:
                interrupted = True
            if failure is not None or interrupted or paused:
                made = position.steps - start
                unfinished = UnfinishedEpoch(first + made, _as_sums(done[: known + made]))
                return Burst(position, tuple(losses), failure, interrupted, unfinished)
            losses.append(_mean(done))
            position = epoch_done(position, rows.count)
        return Burst(position, tuple(losses))

    def outputs(
        self, network: Layer, params: Any, state: Any, x: Any, batch_size: int = 4096
    ) -> np.ndarray:
        """Return the raw outputs for `x`, shape (N, K)."""
        given = network.recall(state)
        parts = [
            network.forward(xp, params, x[start : start + batch_size], given)[0]
            for start in range(0, x.shape[0], batch_size)
        ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)


def step(
    task: TrainingTask,
    position: TrainingState,
    rows: TrainingRows,
    batch: np.ndarray,
    rate: float,
    noise: Noise,
) -> tuple[tuple[float, float], TrainingState | NotFinite]:
    """Return the batch's loss and penalty, and the position after one step or what failed."""
    params, some = position.params, batch_of(task, position, rows, batch, noise)
    done = arithmetic(task, position, some, rate)
    value = done.loss, done.penalty
    for quantity, numbers in (
        ("loss", value),
        ("gradient", done.gradient),
        ("new weight", done.params),
    ):
        if not np.isfinite(numbers).all():
            tree = task.layout.unpack(params)
            where = first_not_finite(task, tree, some.x, some.given, quantity, numbers)
            failure = NotFinite(quantity, where, position.steps + 1, position.epochs + 1)
            return value, failure
    return value, replace(
        position,
        params=done.params,
        optimizer_state=done.optimizer_state,
        network_state=task.network.remember(position.network_state, done.saved),
        steps=position.steps + 1,
    )


def batch_of(
    task: TrainingTask,
    position: TrainingState,
    rows: TrainingRows,
    batch: np.ndarray,
    noise: Noise,
) -> Batch:
    """Return the rows of a step from `position`, with the masks that it draws."""
    x = rows.x[batch]
    return Batch(
        x,
        rows.t[batch],
        None if rows.weights is None else rows.weights[batch],
        len(batch) * rows.mean_weight,
        task.network.draw(
            noise.child(position.steps), len(batch), x.shape[1], position.params.dtype
        ),
    )


class Arithmetic(NamedTuple):
    """What one step computed; `gradient` (parameters,) includes penalty and clipping."""

    loss: float
    penalty: float
    gradient: np.ndarray
    params: np.ndarray
    optimizer_state: dict[str, Any]
    saved: Any


def arithmetic(
    task: TrainingTask, position: TrainingState, batch: Batch, rate: float
) -> Arithmetic:
    """Return one training step on these rows, with finite numbers or not."""
    params, layout = position.params, task.layout
    # Overflow is caught and explained by the caller; NumPy's warning would only come first.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        tree = layout.unpack(params)
        result = run_pass(
            xp,
            task.network,
            task.loss,
            tree,
            batch.x,
            batch.t,
            batch.weights,
            batch.divisor,
            batch.given,
        )
        penalty = task.l2.value(xp, params, task.penalised, batch.divisor)
        gradient = layout.pack(result.gradients, params.dtype)
        if task.l2.strength:
            gradient = gradient + task.l2.gradient(params, task.penalised, batch.divisor)
        if task.clip_norm is not None:
            factor = clip_factor(length(gradient), task.clip_norm)
            gradient = gradient if factor is None else gradient * factor
        moved, state = task.optimizer.update(xp, gradient, position.optimizer_state, params, rate)
    loss = float(result.value)
    return Arithmetic(loss, float(penalty), gradient, moved, state, result.saved)


@dataclass(frozen=True, eq=False)
class NumpyObjective(Objective):
    """The mean loss of all rows and its gradient, read with NumPy."""

    network: Layer
    loss: Loss
    layout: Layout
    rows: TrainingRows

    def __call__(self, params: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the loss, and its gradient in float64."""
        rows, tree = self.rows, self.layout.unpack(params)
        divisor = rows.count * rows.mean_weight
        with np.errstate(over="ignore", invalid="ignore"):
            result = run_pass(
                xp, self.network, self.loss, tree, rows.x, rows.t, rows.weights, divisor
            )
        return float(result.value), self.layout.pack(result.gradients, np.float64)


def _sums_of(begun: UnfinishedEpoch | None) -> list[tuple[float, float, int]]:
    """Return loss, penalty and rows of each step that is made of an epoch."""
    if begun is None:
        return []
    return [(loss, penalty, int(rows)) for loss, penalty, rows in begun.sums.tolist()]


def _as_sums(done: list[tuple[float, float, int]]) -> np.ndarray:
    return np.array(done, np.float64).reshape(-1, 3)


def _mean(done: list[tuple[float, float, int]]) -> Losses:
    """Return the means of the steps' losses and penalties, weighted by their rows."""
    losses, penalties, sizes = zip(*done, strict=True)
    return Losses(
        float(np.average(losses, weights=sizes)), float(np.average(penalties, weights=sizes))
    )
