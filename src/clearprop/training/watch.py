"""Watching training: what is measured after each epoch, and whether that is a reason to stop."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from clearprop.definitions.schedules import Constant, Schedule
from clearprop.engines.base import Burst, Losses, Position
from clearprop.training.history import History
from clearprop.training.stopping import EarlyStopping, Patience

Monitor = Callable[[Position], float]
"""A number measured after each epoch, at the weights of that moment."""

STOPPED_IMPROVING = "stopped improving"


@dataclass(frozen=True)
class EpochReport:
    """What is known when an epoch has ended; an iteration of L-BFGS counts as one."""

    epoch: int
    epochs: int
    loss: float
    metrics: Mapping[str, float]
    learning_rate: float
    seconds: float
    rows: int
    position: Position
    patience: Patience


@dataclass(frozen=True)
class Settings:
    """How the rows are gone through, what is measured, and when to stop."""

    epochs: int
    batch_size: int
    shuffle: bool = True
    schedule: Schedule = field(default_factory=Constant)
    stopping: EarlyStopping | None = None
    monitors: Mapping[str, Monitor] = field(default_factory=dict)
    before_epoch: Callable[[], Any] | None = None
    on_epoch: Callable[[EpochReport], Any] | None = None
    reported: Callable[[float, float], float] = operator.add
    """The loss as it is reported and watched, of the rows' loss and the penalty."""

    @property
    def needs_only_losses(self) -> bool:
        """Whether nobody looks at the weights between epochs."""
        hooks = self.monitors or self.before_epoch or self.on_epoch
        return not hooks and (self.stopping is None or not self.stopping.restore_best)


class Watch:
    """Measures, records and judges each epoch of one training run."""

    def __init__(self, settings: Settings, rows: int, patience: Patience | None = None) -> None:
        self.settings = settings
        self.rows = rows
        self.patience = patience or Patience()
        self.history = History()
        self.best: Position | None = None

    def after_epochs(
        self, burst: Burst, rates: np.ndarray, seconds: float
    ) -> tuple[int, str | None]:
        """Record the whole epochs of a burst, up to one that is a reason to stop.

        Return how many were recorded, and the reason. The watch sees the position at the end of
        the burst, so that one of several epochs must need only their losses.
        """
        last_rates = rates[:, -1].tolist()
        for place, losses in enumerate(burst.losses):
            rate = last_rates[place]
            reason = self.after_epoch(burst.position, losses, rate, seconds)
            if reason is not None:
                return place + 1, reason
        return len(burst.losses), None

    def after_epoch(
        self, position: Position, losses: Losses, rate: float, seconds: float
    ) -> str | None:
        """Record the epoch that led to `position`; return a reason to stop, if there is one."""
        settings, stopping = self.settings, self.settings.stopping
        loss = settings.reported(losses.loss, losses.penalty)
        metrics = {name: monitor(position) for name, monitor in settings.monitors.items()}
        self.history.add(loss, metrics, rate, seconds)
        if stopping is not None:
            earlier = self.patience
            self.patience = earlier.after({"loss": loss, **metrics}[stopping.monitor], stopping)
            if self.patience.improved_on(earlier):
                self.best, self.history.best_epoch = position, len(self.history)
        if settings.on_epoch is not None and settings.on_epoch(self._report(position)):
            return "callback"
        if stopping is not None and self.patience.waited > stopping.patience:
            return STOPPED_IMPROVING
        return None

    def _report(self, position: Position) -> EpochReport:
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
            patience=self.patience,
        )
