"""The next training step of a fitted estimator, with all its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from clearprop.definitions.noise import Noise
from clearprop.definitions.optimizers import SGD
from clearprop.definitions.parameters import Layout
from clearprop.definitions.penalty import L2
from clearprop.engines.base import TrainingState, TrainingTask
from clearprop.estimators.network import to_tree
from clearprop.estimators.options import STOCHASTIC_SOLVERS, optimizer_of
from clearprop.explaining.build import batch_of, explained
from clearprop.explaining.labels import StepLabels
from clearprop.explaining.opened import Step
from clearprop.writing.numbers import shown


def next_step(
    estimator: Any,
    X: Any,
    y: Any,
    sample_weight: Any,
    row_names: Sequence[str] | None,
    image_shape: tuple[int, int] | None,
) -> Step:
    """Return the step that training would take next if these rows were the batch."""
    network = estimator._network()
    tree = to_tree(network, estimator.coefs_, estimator.intercepts_)
    layout = Layout.of(tree)
    vector = layout.pack(tree)
    loss = estimator._loss_object()
    rows = estimator._given_validation((X, y, sample_weight), loss)
    weights = rows.weights
    if isinstance(getattr(estimator, "class_weight", None), dict):
        weights = estimator._weigh(rows.y, weights, incremental=True)
    steps = estimator.solver in STOCHASTIC_SOLVERS
    optimizer = optimizer_of(estimator) if steps else SGD()
    penalised = layout.penalised(network, vector.dtype)
    task = TrainingTask(
        network, loss, optimizer, layout, penalised,
        L2(float(estimator.alpha), per_row=True), estimator.clip_norm,
    )  # fmt: skip
    position = _position(estimator, task, vector)
    x = rows.X.astype(vector.dtype)
    given = network.draw(Noise(0).child(position.steps), len(rows.t), x.shape[1], vector.dtype)
    labels = StepLabels(
        step=position.steps + 1 if steps else None,
        rows=tuple(row_names or (f"row {place}" for place in range(len(rows.t)))),
        columns=tuple(map(str, getattr(estimator, "feature_names_in_", ()))),
        classes=tuple(map(str, np.ravel(getattr(estimator, "classes_", ())))),
        image=image_shape,
        targets=words_of(rows.y),
        predictions=words_of(estimator.predict(X)),
    )
    weights = None if weights is None else np.asarray(weights, vector.dtype)
    batch = batch_of(x, rows.t.astype(vector.dtype), weights, given)
    rate = float(estimator.learning_rate_) if steps else None
    return Step.of(explained(task, position, batch, rate, labels))


def _position(estimator: Any, task: TrainingTask, vector: np.ndarray) -> TrainingState:
    """Return the training position at the end of the fit, with the weights that were kept."""
    ended: TrainingState | None = getattr(estimator, "_position", None)
    if ended is None:
        return TrainingState(vector, task.optimizer.init(vector, task.penalised))
    return replace(ended, params=vector)


def words_of(values: Any) -> tuple[str, ...]:
    """Return the targets or predictions of rows as texts (N,)."""
    array = np.asarray(values)
    if array.ndim > 1 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim > 1:
        return tuple(" ".join(map(_word, row)) for row in array)
    return tuple(map(_word, array))


def _word(value: Any) -> str:
    return shown(value) if isinstance(value, float | np.floating) else str(value)
