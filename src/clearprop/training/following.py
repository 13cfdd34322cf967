"""Followers: told of a training from its begin to its end, and may steer it between epochs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.engines.base import Batch, TrainingRows, TrainingState, TrainingTask, never
from clearprop.training.checkup import Checkup

if TYPE_CHECKING:
    from clearprop.training.flight import Incident
    from clearprop.training.history import History
    from clearprop.training.stopping import EarlyStopping
    from clearprop.training.watch import EpochReport


@dataclass(frozen=True)
class RateChange:
    """What `on_epoch` may return to go on with another learning rate.

    From the next step on the learning rate is that of optimizer and schedule times `factor`, until
    another change. Checkpoints hold the factor, and `History.rate_factors` records it.

    Parameters
    ----------
    factor : float
        Above 0; 1 takes earlier changes back.

    Examples
    --------
    >>> import clearprop as cp, numpy as np
    >>> net = cp.Chain(cp.Dense(1, 1))
    >>> halve = lambda report: cp.RateChange(0.5) if report.epoch == 2 else None
    >>> result = cp.train(net, cp.SquaredError(), net.init(np.random.default_rng(0)), [[1.0]],
    ...                   [[2.0]], optimizer=cp.SGD(0.1), epochs=4, seed=0, on_epoch=halve)
    >>> result.history.learning_rate, result.history.rate_factors
    ([0.1, 0.1, 0.05, 0.05], {3: 0.5})
    """

    factor: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "factor", float(self.factor))
        if not (self.factor > 0 and np.isfinite(self.factor)):
            raise ValueError(f"factor must be above 0 and finite, got {self.factor}")


@dataclass(frozen=True, eq=False)
class NextStep:
    """The step that training takes next, unless it ends before.

    Attributes
    ----------
    rows : (N,)
        Which rows are its batch.
    batch : Batch
        These rows, with the dropout masks that the step draws.
    rate : float
        Its learning rate.
    """

    rows: np.ndarray
    batch: Batch
    rate: float


@dataclass(frozen=True, eq=False)
class FollowedRun:
    """One run of a loop, as a follower sees it; the same object from its begin to its end.

    Attributes
    ----------
    task : TrainingTask
        Network, loss, optimizer, penalty. L-BFGS has no optimizer, and stands as `SGD` here.
    rows : TrainingRows
        What it trains on.
    epochs, batch_size : int
        The most epochs, and the rows of a step.
    history : History
        Its curves, to which each epoch adds; not empty at the begin of a training that goes on.
    stopping : EarlyStopping or None
        The rule of early stopping.
    next_step : function of a TrainingState, or None
        Returns the step that training would take next from a position; it draws nothing that
        training would miss. None for L-BFGS, which has no steps.
    cancelled : function
        Whether the run has to end: who makes it wait asks from time to time.
    columns, classes : tuple of str
        Names of inputs and outputs; empty where unknown.
    name : str
        Tells runs of one fit apart, "network 3"; empty for a single one.
    place : int or None
        The number of the run among those of one fit.
    model : str
        What is trained, where it is not a bare network.
    start : TrainingState or None
        Where the training began, before it was saved; None where it went on from an earlier fit.
    incident : function
        Returns what has gone wrong so far, an `Incident`, or None.
    checkup : Checkup
        Looks at the run's health; the same for all copies of the run.
    """

    task: TrainingTask
    rows: TrainingRows
    epochs: int
    batch_size: int
    history: History
    stopping: EarlyStopping | None
    next_step: Callable[[TrainingState], NextStep] | None = None
    cancelled: Callable[[], bool] = never
    columns: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    name: str = ""
    place: int | None = None
    model: str = ""
    start: TrainingState | None = None
    incident: Callable[[], Incident | None] = lambda: None
    checkup: Checkup = field(default_factory=Checkup, repr=False)


class Follower:
    """Is told of runs; give one to :func:`clearprop.train` as `on_epoch`. This one does nothing.

    With restarts, and in a table's fit, it is told of several runs, from their threads.
    """

    def begins(self, run: FollowedRun) -> None:
        """Take note of a run that begins, or goes on from a checkpoint."""

    def __call__(self, report: EpochReport) -> Any:
        """Take note of an epoch; end training by returning True, or return a `RateChange`."""

    def ends(self, run: FollowedRun, reason: str) -> None:
        """Take note of the end of a run: a `TrainingResult.reason`, or "error"."""


class Beside(Follower):
    """Looks at each epoch, and then tells another callback of all that it is told itself."""

    def __init__(
        self, look: Callable[[EpochReport], Any], told: Callable[[EpochReport], Any] | None
    ) -> None:
        self.look, self.told = look, told

    def begins(self, run: FollowedRun) -> None:
        """Tell a follower that the run begins."""
        if isinstance(self.told, Follower):
            self.told.begins(run)

    def __call__(self, report: EpochReport) -> Any:
        """Look at an epoch; return what the other callback answers."""
        self.look(report)
        return None if self.told is None else self.told(report)

    def ends(self, run: FollowedRun, reason: str) -> None:
        """Tell a follower that the run has ended."""
        if isinstance(self.told, Follower):
            self.told.ends(run, reason)
