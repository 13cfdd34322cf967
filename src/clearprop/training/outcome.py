"""Where a training ended and why."""

from __future__ import annotations

from dataclasses import dataclass

from clearprop.engines.base import NotFinite, TrainingState
from clearprop.training.flight import Incident
from clearprop.training.history import History
from clearprop.training.stopping import EarlyStoppingState
from clearprop.training.watch import Watch

NO_EPOCH = "interrupted before the end of the first epoch"
"""The message of the KeyboardInterrupt that `interrupted` raises."""


@dataclass(frozen=True)
class Outcome:
    """Where training ended and why.

    Attributes
    ----------
    position : TrainingState
        The last one; all its numbers are finite.
    best : TrainingState or None
        The one after the best epoch, where early stopping has seen one.
    history : History
        The numbers of each whole epoch.
    stopping_state : EarlyStoppingState
        What early stopping has counted.
    reason : str
        "epochs" (all done), "stopped improving", "callback", "interrupted" or "not finite"; from
        L-BFGS also "converged", "evaluations" or "no descent" (see `TrainingResult`).
    failure : NotFinite or None
        What was not finite, and where.
    incident : Incident or None
        The first jump of the loss, or what was not finite, with the steps that led there.
    """

    position: TrainingState
    best: TrainingState | None
    history: History
    stopping_state: EarlyStoppingState
    reason: str
    failure: NotFinite | None = None
    incident: Incident | None = None

    @classmethod
    def of(
        cls, watch: Watch, position: TrainingState, reason: str, failure: NotFinite | None = None
    ) -> Outcome:
        """Return the outcome of a watched run that ended at `position`."""
        return cls(
            position, watch.best, watch.history, watch.stopping_state, reason, failure,
            watch.incident,
        )  # fmt: skip


def interrupted(watch: Watch, position: TrainingState) -> Outcome:
    """Return the outcome of a run that Ctrl-C ended at `position`.

    Raises
    ------
    KeyboardInterrupt
        If no epoch was recorded: such a run has nothing that is worth keeping.
    """
    if not len(watch.history):
        raise KeyboardInterrupt(NO_EPOCH)
    return Outcome.of(watch, position, "interrupted")
