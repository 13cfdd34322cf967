"""When to measure the vital signs of a training: so seldom that it costs little."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

from clearprop.engines.threads import one_threaded_blas
from clearprop.health.sample import Sample
from clearprop.health.vitals import vitals_of
from clearprop.live.diagnosis import findings_of

if TYPE_CHECKING:
    from clearprop.training.following import FollowedRun
    from clearprop.training.watch import EpochReport

SHARE = 0.004
"""The part of the time since the begin that measuring may take."""

SHORT, ALLOWED, GROWTH = 0.05, 0.1, 1.3
"""Where an epoch takes less than `SHORT` seconds, a training of so many seconds is over before one
part in a hundred is a measurement: `ALLOWED` seconds are free then, and each epoch that is measured
is `GROWTH` times the one before."""


class Measured(NamedTuple):
    """The vital signs after an epoch as plain values, and what looks wrong then."""

    vitals: dict[str, Any]
    findings: list[dict[str, Any]] | None


class Measuring:
    """Measures a run's vital signs after an epoch, where that costs little beside the training.

    The first epoch is measured always, and the last one of all; the others where what measuring
    has taken so far is at most `SHARE` of the training's time. Short epochs are measured more often
    at the begin.
    """

    def __init__(self, run: FollowedRun) -> None:
        self.run = run
        self.sample = Sample.of(run.task, run.rows)
        self.spent = self.first = self.trained = 0.0
        self.next = 1.0

    def __call__(self, report: EpochReport) -> Measured | None:
        """Return what is measured after this epoch; None where it is not time."""
        self.trained += report.seconds
        if self.run.next_step is None or not self._is_due(report):
            return None
        self.next = max(report.epoch + 1.0, report.epoch * GROWTH)
        began = time.perf_counter()
        with one_threaded_blas():  # for so few rows, starting threads takes longer
            vitals = vitals_of(self.sample, report.position, report.learning_rate)
        findings = findings_of(lambda: self.run.checkup(self.run, report, vitals))
        found = Measured(vitals.to_dict(), findings)
        self.spent += time.perf_counter() - began
        self.first = self.first or self.spent
        return found

    def _is_due(self, report: EpochReport) -> bool:
        if self.spent <= SHARE * self.trained or report.epoch == self.run.epochs:
            return True
        return (
            report.seconds < SHORT
            and report.epoch >= self.next
            and self.spent - self.first <= ALLOWED
        )
