"""What is measured after each epoch, and whether it is a reason to stop."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.definitions.schedules import Constant, Schedule
from clearprop.engines.base import Burst, Losses, TrainingState, never
from clearprop.training.flight import FlightRecorder, Incident
from clearprop.training.following import FollowedRun, Follower, RateChange
from clearprop.training.history import History
from clearprop.training.keeper import NOTHING_KEPT, Keeper
from clearprop.training.stopping import EarlyStopping, EarlyStoppingState

if TYPE_CHECKING:
    from clearprop.health.checks import Health

Monitor = Callable[[TrainingState], float]
"""A function that measures a number after each epoch, at the position reached."""

STOPPED_IMPROVING = "stopped improving"


@dataclass(frozen=True)
class EpochReport:
    """What is known when an epoch has ended; an iteration of L-BFGS counts as one.

    Attributes
    ----------
    epoch, epochs : int
        The number of this epoch, from 1, and how many there will be at most.
    loss : float
        The mean loss of the training rows over the epoch, penalty included.
    metrics : dict of str to float
        "validation_loss" and the metrics, by name.
    learning_rate : float
        That of the epoch's last step; 1 for L-BFGS.
    seconds : float
        How long the epoch took.
    rows : int
        N, the training rows of an epoch.
    position : TrainingState
        The weights and everything else that training has changed.
    stopping_state : EarlyStoppingState
        What early stopping has counted.
    best_epoch : int
        The best epoch by early stopping, from 1; 0 if nothing is monitored.
    run : FollowedRun or None
        What is trained, and which step comes next.
    """

    epoch: int
    epochs: int
    loss: float
    metrics: Mapping[str, float]
    learning_rate: float
    seconds: float
    rows: int
    position: TrainingState
    stopping_state: EarlyStoppingState
    best_epoch: int = 0
    run: FollowedRun | None = None

    @cached_property
    def health(self) -> Health:
        """What is wrong with the training so far: ``docs/health.md``. Asking for it costs a look.

        The check of labels is made at the end only.
        """
        if self.run is None:
            raise ValueError("a report without its run knows no health")
        return self.run.checkup(self.run, self)


@dataclass(frozen=True)
class Settings:
    """How to go through the rows, what to measure, and when to stop.

    Parameters
    ----------
    epochs : int
        At most; for L-BFGS, iterations.
    batch_size : int
        Rows of a step. The last batch of an epoch may be shorter.
    shuffle : bool
        Whether each epoch has a new order of the rows.
    schedule : Schedule
        Multiplies the optimizer's learning rate, step by step.
    stopping : EarlyStopping, optional
        The rule of early stopping.
    monitors : dict of str to Monitor
        What to measure after each epoch, by name.
    before_epoch : function, optional
        Called without arguments before each epoch.
    on_epoch : function, optional
        Called with an `EpochReport` after each epoch; training ends if it returns True, and goes
        on with another learning rate if it returns a `RateChange`. A `Follower` is told of the
        run's begin and end, too. One with
        a true attribute `counts_only` says that it does not look at `position`: several epochs
        may be made before it is called for each of them.
    reported : function (loss, penalty) -> float
        The loss that is recorded and watched. Both arguments are means over the rows: numbers,
        or arrays of them.
    cancelled : function () -> bool
        Training ends as after Ctrl-C once it returns True. It is called every few tenths of a
        second, from the thread that trains.
    remembering : dict of str to object
        Metrics that remember something between epochs, as their `state`; by name.
    keeper : Keeper
        Is told between epochs where training stands, to save it.
    """

    epochs: int
    batch_size: int
    shuffle: bool = True
    schedule: Schedule = field(default_factory=Constant)
    stopping: EarlyStopping | None = None
    monitors: Mapping[str, Monitor] = field(default_factory=dict)
    before_epoch: Callable[[], Any] | None = None
    on_epoch: Callable[[EpochReport], Any] | None = None
    reported: Callable[[Any, Any], Any] = operator.add
    cancelled: Callable[[], bool] = never
    keeper: Keeper = NOTHING_KEPT
    remembering: Mapping[str, Any] = field(default_factory=dict)

    @property
    def needs_only_losses(self) -> bool:
        """Whether nothing needs the weights between two epochs."""
        looks = self.on_epoch is not None and not getattr(self.on_epoch, "counts_only", False)
        hooks = self.monitors or self.before_epoch or looks
        return not hooks and (self.stopping is None or not self.stopping.restore_best)


class Watch:
    """Measures, records and judges each epoch of one training run."""

    def __init__(
        self, settings: Settings, rows: int, stopping_state: EarlyStoppingState | None = None
    ) -> None:
        self.settings = settings
        self.rows = rows
        self.stopping_state = stopping_state or EarlyStoppingState()
        self.history = History()
        self.best: TrainingState | None = None
        self.recorder: FlightRecorder | None = None
        self.run: FollowedRun | None = None
        self._rate_change: RateChange | None = None

    def begins(self, run: FollowedRun) -> None:
        """Tell a follower that the run begins."""
        self.run = run
        if isinstance(self.settings.on_epoch, Follower):
            self.settings.on_epoch.begins(run)

    def ends(self, reason: str) -> None:
        """Tell a follower that the run has ended."""
        if self.run is not None and isinstance(self.settings.on_epoch, Follower):
            self.settings.on_epoch.ends(self.run, reason)

    @contextmanager
    def telling_of_errors(self) -> Iterator[None]:
        """Tell a follower of an exception that ends the run."""
        try:
            yield
        except BaseException as error:
            self.ends("interrupted" if isinstance(error, KeyboardInterrupt) else "error")
            raise

    def steered(self, position: TrainingState) -> TrainingState:
        """Return the position with the learning rate that `on_epoch` has asked for."""
        change, self._rate_change = self._rate_change, None
        if change is None or change.factor == position.rate_factor:
            return position
        self.history.rate_factors[len(self.history) + 1] = change.factor
        return replace(position, rate_factor=change.factor)

    @property
    def incident(self) -> Incident | None:
        """What went wrong, if anything did and is recorded."""
        return None if self.recorder is None else self.recorder.incident

    def goes_on_after(self, incident: Incident | None) -> None:
        """Take over the incident of the part of the training that was saved."""
        if self.recorder is not None:
            self.recorder.incident = incident

    def after_epochs(
        self, burst: Burst, rates: np.ndarray, seconds: float
    ) -> tuple[int, str | None]:
        """Record the whole epochs of a burst, up to the first that is a reason to stop.

        Return how many were recorded, and the reason; a change of the learning rate ends the burst
        without one. Only the position at the end of the burst is
        known, so a burst has several epochs only if `Settings.needs_only_losses`.

        Parameters
        ----------
        burst : Burst
            What the engine computed.
        rates : array (epochs, steps)
            The learning rates of the steps.
        seconds : float
            The time of one epoch.
        """
        settings = self.settings
        if not (settings.monitors or settings.stopping or settings.on_epoch):
            self.record_unjudged(burst, rates, seconds, 0)
            return len(burst.losses), None
        last_rates = rates[:, -1].tolist()
        for place, losses in enumerate(burst.losses):
            rate = last_rates[place]
            reason = self.after_epoch(burst.position, losses, rate, seconds)
            if reason is not None or self._rate_change is not None:
                return place + 1, reason
        return len(burst.losses), None

    def record_unjudged(self, burst: Burst, rates: np.ndarray, seconds: float, first: int) -> None:
        """Record the epochs of a burst from number `first`, counted from 0, whatever they are."""
        loss, penalty = np.array(burst.losses[first:], float).reshape(-1, 2).T
        losses = self.settings.reported(loss, penalty).tolist()
        last_rates = rates[first : first + len(losses), -1].tolist()
        self.history.extend(losses, last_rates, seconds)

    def after_epoch(
        self, position: TrainingState, losses: Losses, rate: float, seconds: float
    ) -> str | None:
        """Record the epoch that led to `position`; return a reason to stop, or None."""
        settings, stopping = self.settings, self.settings.stopping
        loss = settings.reported(losses.loss, losses.penalty)
        metrics = {name: monitor(position) for name, monitor in settings.monitors.items()}
        self.history.add(loss, metrics, rate, seconds)
        if stopping is not None:
            earlier = self.stopping_state
            self.stopping_state = earlier.after(
                {"loss": loss, **metrics}[stopping.monitor], stopping
            )
            if self.stopping_state.improved_on(earlier):
                self.best, self.history.best_epoch = position, len(self.history)
        if settings.on_epoch is not None:
            answer = settings.on_epoch(self._report(position))
            if isinstance(answer, RateChange):
                self._rate_change = answer
            elif answer:
                return "callback"
        if stopping is not None and self.stopping_state.waited > stopping.patience:
            return STOPPED_IMPROVING
        return None

    def _report(self, position: TrainingState) -> EpochReport:
        history = self.history
        return EpochReport(
            epoch=len(history),
            epochs=self.settings.epochs,
            loss=history.loss[-1],
            metrics={name: values[-1] for name, values in history.metrics.items()},
            learning_rate=history.learning_rate[-1],
            seconds=history.seconds[-1],
            rows=self.rows,
            position=position,
            stopping_state=self.stopping_state,
            best_epoch=history.best_epoch,
            run=self.run,
        )
