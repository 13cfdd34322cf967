"""Which epoch is the best so far, with early stopping and without."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from clearprop.training.following import FollowedRun
    from clearprop.training.watch import EpochReport

VALIDATION = "validation_loss"


def judged_by(run: FollowedRun) -> str | None:
    """Return the name of what early stopping watches; None without early stopping."""
    return None if run.stopping is None else run.stopping.monitor


@dataclass
class Best:
    """The best epoch: early stopping's, else that of the least validation loss or training loss.

    Attributes
    ----------
    epoch
        Its number; 0 before the first.
    least
        Its loss.
    """

    epoch: int = 0
    least: float = math.inf

    @classmethod
    def of(cls, run: FollowedRun) -> Self:
        """Return the best epoch of those that a run goes on from."""
        history, best = run.history, cls()
        for place, loss in enumerate(history.metrics.get(VALIDATION, history.loss)):
            best._take(place + 1, loss)
        return best

    def after(self, report: EpochReport) -> int:
        """Return the best epoch up to a report."""
        metrics: Mapping[str, float] = report.metrics
        self._take(report.epoch, metrics.get(VALIDATION, report.loss))
        return report.best_epoch or self.epoch

    def _take(self, epoch: int, loss: float) -> None:
        if loss < self.least:
            self.epoch, self.least = epoch, loss
