"""The health of a training while it runs: what the checks say after an epoch."""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING, Any

from clearprop.engines.threads import one_threaded_blas
from clearprop.health.record import MOST_HELD, TrainingRecord
from clearprop.health.sample import MOST_ROWS

if TYPE_CHECKING:
    from clearprop.engines.base import TrainingState
    from clearprop.health.checks import Health
    from clearprop.health.vitals import Vitals
    from clearprop.training.following import FollowedRun
    from clearprop.training.watch import EpochReport

SHARE = 0.02
"""The part of a training's time that looking may take. A live page measures for 0.004 more."""

ALLOWED, GROWTH = 0.1, 1.3
"""So many seconds are free, as a short training is over before such a part of it is one look; each
epoch looked at in them is `GROWTH` times the one before."""


class Checkup:
    """Looks at one run after its epochs, and keeps a few of its rows from look to look."""

    def __init__(self) -> None:
        self._first: TrainingRecord | None = None

    def __call__(
        self, run: FollowedRun, report: EpochReport, vitals: Vitals | None = None
    ) -> Health:
        """Return what is wrong with a run so far.

        Parameters
        ----------
        run, report
            The run, and its last epoch.
        vitals
            The vital signs after this epoch, where they are measured already.
        """
        from clearprop.health.checks import WHILE_TRAINING, examined  # not needed to train

        known = _known(run, report.position, report.learning_rate)
        if self._first is None:
            self._first = _begun(run, MOST_ROWS, **known)
        return examined(self._first.later(vitals, **known), WHILE_TRAINING)

    @staticmethod
    def at_end(run: FollowedRun, report: EpochReport | None) -> Health:
        """Return what is wrong with a run that has ended after this epoch, by all checks.

        Without an epoch that ended, what is wrong where it began.
        """
        from clearprop.health.checks import Health, examined

        if report is not None:
            known = _known(run, report.position, report.learning_rate)
        elif run.start is not None:
            known = _known(run, run.start, run.task.optimizer.learning_rate)
        else:
            return Health(())
        return examined(_begun(run, MOST_HELD, **known))


def _begun(run: FollowedRun, most: int, **known: Any) -> TrainingRecord:
    return TrainingRecord.of(
        run.task, run.rows, most, start=run.start, batch_size=run.batch_size, **known
    )


def _known(run: FollowedRun, end: TrainingState, rate: float) -> dict[str, Any]:
    """Return what a record says of a run that stands at a position."""
    history, stopping, incident = run.history, run.stopping, run.incident()
    return {
        "end": end,
        "rate": None if run.next_step is None else rate,
        "loss": tuple(history.loss),
        "validation_loss": tuple(history.metrics.get("validation_loss", ())),
        "restored": bool(stopping and stopping.restore_best and history.best_epoch),
        "failure": None if incident is None else incident.failure,
        "incident": incident,
    }


class SeldomLook:
    """Looks at the runs of a fit in `SHARE` of their time, and in `ALLOWED` seconds at the begin.

    One run is looked at at a time: where another thread looks, there is no look.
    """

    def __init__(self) -> None:
        self.spent = self.trained = self.next = 0.0
        self.epochs = 0
        self._lock = Lock()

    def __call__(self, report: EpochReport) -> Health | None:
        """Return what is wrong with the report's run so far; None where it is not time to look."""
        if not self._lock.acquire(blocking=False):
            return None
        try:
            self.trained += report.seconds
            self.epochs += 1
            return self._found(report) if self._is_time else None
        finally:
            self._lock.release()

    @property
    def _is_time(self) -> bool:
        free = self.spent <= ALLOWED and self.epochs >= self.next
        return free or self.spent <= SHARE * self.trained

    def _found(self, report: EpochReport) -> Health:
        self.next = GROWTH * self.epochs
        began = time.perf_counter()
        with one_threaded_blas():  # for so few rows, starting threads takes longer
            found = report.health
        self.spent += time.perf_counter() - began
        return found
