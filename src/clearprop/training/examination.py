"""What is kept of a training so that its health can be asked for later, and a log of its vitals."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from clearprop.engines.base import TrainingRows, TrainingState, TrainingTask
from clearprop.health.record import Held, TrainingRecord, few_of
from clearprop.health.sample import Sample
from clearprop.training.following import Beside
from clearprop.training.outcome import Outcome
from clearprop.training.watch import EpochReport

if TYPE_CHECKING:
    from clearprop.health.vitals import Vitals


def record_of(
    task: TrainingTask,
    rows: TrainingRows,
    start: TrainingState,
    outcome: Outcome,
    batch_size: int,
    by_itself: bool,
    restored: bool = False,
    held: Held | None = None,
) -> TrainingRecord:
    """Return the record of a training from `start`.

    `by_itself` says that an optimizer such as L-BFGS chose its own steps: its `task` has another
    optimizer, with which nothing but gradients is computed. `held` are those of the rows that are
    kept, where several trainings share them.
    """
    history = outcome.history
    rates = history.learning_rate
    return TrainingRecord(
        task, *(held or few_of(rows)),
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


class VitalsLog:
    """Measures the vital signs after every so many epochs, and tells another callback of each.

    With `every` 0 it measures nothing.
    """

    def __init__(self, every: int, told: Callable[[EpochReport], Any] | None) -> None:
        self.every, self.told = every, told
        self.vitals: list[Vitals] = []

    def callback(
        self, task: TrainingTask, rows: TrainingRows
    ) -> Callable[[EpochReport], Any] | None:
        """Return what is to be called after each epoch of a training on these rows."""
        if not self.every:
            return self.told
        from clearprop.health.vitals import vitals_of  # not needed to train

        sample = Sample.of(task, rows)

        def measured(report: EpochReport) -> None:
            if report.epoch % self.every == 0:
                self.vitals.append(vitals_of(sample, report.position, report.learning_rate))

        return Beside(measured, self.told)
