"""What is kept of a training so that its health can be asked for later."""

from __future__ import annotations

from clearprop.engines.base import TrainingRows, TrainingState, TrainingTask
from clearprop.health.record import TrainingRecord
from clearprop.training.loop import Outcome


def record_of(
    task: TrainingTask,
    rows: TrainingRows,
    start: TrainingState,
    outcome: Outcome,
    batch_size: int,
    by_itself: bool,
    restored: bool = False,
) -> TrainingRecord:
    """Return the record of a training from `start`.

    `by_itself` says that an optimizer such as L-BFGS chose its own steps: its `task` has another
    optimizer, with which nothing but gradients is computed.
    """
    history = outcome.history
    rates = history.learning_rate
    return TrainingRecord.of(
        task, rows,
        start=start if not start.steps else None,
        end=outcome.position,
        rate=None if by_itself else rates[-1] if rates else task.optimizer.learning_rate,
        batch_size=min(batch_size, rows.count),
        loss=tuple(history.loss),
        validation_loss=tuple(history.metrics.get("validation_loss", ())),
        restored=restored,
        failure=outcome.failure,
        incident=outcome.incident,
    )  # fmt: skip
