"""Watching training: what is measured after each epoch, and whether that is a reason to stop."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from clearprop.engines.base import Position
from clearprop.history import History
from clearprop.schedules import Constant, Schedule
from clearprop.stopping import EarlyStopping, Patience

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


class Watch:
    """Measures, records and judges each epoch of one training run."""

    def __init__(self, settings: Settings, rows: int, patience: Patience | None = None) -> None:
        self.settings = settings
        self.rows = rows
        self.patience = patience or Patience()
        self.history = History()
        self.best: Position | None = None

    def after_epoch(
        self, position: Position, loss: float, penalty: float, rate: float, seconds: float
    ) -> str | None:
        """Record the epoch that led to `position`; return a reason to stop, if there is one."""
        settings, stopping = self.settings, self.settings.stopping
        loss = settings.reported(loss, penalty)
        metrics = {name: monitor(position) for name, monitor in settings.monitors.items()}
        self.history.add(loss, metrics, rate, seconds)
        if stopping is not None:
            earlier = self.patience
            self.patience = earlier.after({"loss": loss, **metrics}[stopping.monitor], stopping)
            if self.patience.improved_on(earlier):
                self.best, self.history.best_epoch = position, len(self.history)
        report = EpochReport(
            epoch=len(self.history),
            epochs=settings.epochs,
            loss=loss,
            metrics=metrics,
            learning_rate=rate,
            seconds=seconds,
            rows=self.rows,
            position=position,
            patience=self.patience,
        )
        if settings.on_epoch is not None and settings.on_epoch(report):
            return "callback"
        if stopping is not None and self.patience.waited > stopping.patience:
            return STOPPED_IMPROVING
        return None
