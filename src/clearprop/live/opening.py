"""The step that training takes next, opened: the page that explains it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from clearprop.explaining.build import batch_of, explained
from clearprop.explaining.labels import StepLabels
from clearprop.explaining.opened import Step
from clearprop.readings import numpy as xp

if TYPE_CHECKING:
    from clearprop.engines.base import TrainingState
    from clearprop.training.following import FollowedRun


def next_step(run: FollowedRun, position: TrainingState, model: str) -> Step:
    """Return the step that a run takes next from a position, on its true batch."""
    assert run.next_step is not None
    coming = run.next_step(position)
    batch = batch_of(coming.batch.x, coming.batch.t, coming.batch.weights, coming.batch.given)
    batch = replace(batch, divisor=coming.batch.divisor)
    targets, predictions = _words(run, position, batch.x, batch.t)
    labels = StepLabels(
        model=model,
        step=position.steps + 1,
        rows=tuple(f"row {place}" for place in coming.rows),
        columns=run.columns if len(run.columns) == batch.x.shape[1] else (),
        classes=_classes(run, batch.t),
        targets=targets,
        predictions=predictions,
    )
    return Step.of(explained(run.task, position, batch, coming.rate, labels))


def _classes(run: FollowedRun, t: np.ndarray) -> tuple[str, ...]:
    return run.classes if len(run.classes) in (t.shape[1], 2) else ()


def _words(
    run: FollowedRun, position: TrainingState, x: np.ndarray, t: np.ndarray
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return target and prediction of each row as words, where the classes have names."""
    if len(run.classes) != t.shape[1] or t.shape[1] < 2:
        return (), ()
    network = run.task.network
    params = run.task.layout.unpack(position.params)
    output, _ = network.forward(xp, params, x, network.recall(position.network_state))
    return (
        tuple(run.classes[k] for k in t.argmax(axis=1)),
        tuple(run.classes[k] for k in output.argmax(axis=1)),
    )
