"""The one loop: epochs of shuffled mini-batches.

Everything that trains by steps goes through `run_epochs`: `train`, the estimators, the command
line. What an epoch computes is the engine's, what is made of it is the watch's.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from clearprop.engines.base import Engine, NotFinite, Position, Rows, Task
from clearprop.history import History
from clearprop.initializers import RandomSource
from clearprop.noise import Noise
from clearprop.schedules import Progress, Schedule
from clearprop.stopping import Patience
from clearprop.watch import STOPPED_IMPROVING, Settings, Watch


@dataclass(frozen=True)
class Outcome:
    """Where training ended and why.

    `reason` is "epochs" (all done), "stopped improving", "callback", "interrupted", "not finite",
    or L-BFGS's own.
    """

    position: Position
    best: Position | None
    history: History
    patience: Patience
    reason: str
    failure: NotFinite | None = None

    @classmethod
    def of(
        cls, watch: Watch, position: Position, reason: str, failure: NotFinite | None = None
    ) -> Outcome:
        """Return the outcome of a watched run that ended at `position`."""
        return cls(position, watch.best, watch.history, watch.patience, reason, failure)


def run_epochs(
    task: Task,
    engine: Engine,
    position: Position,
    rows: Rows,
    settings: Settings,
    rng: RandomSource,
    noise: Noise,
    patience: Patience | None = None,
) -> Outcome:
    """Return where `settings.epochs` epochs from `position` lead, or fewer where they stop."""
    watch = Watch(settings, rows.count, patience)
    order = np.arange(rows.count)
    steps = -(-rows.count // settings.batch_size)
    last_step = position.steps + settings.epochs * steps

    try:
        for _ in range(settings.epochs):
            started = time.perf_counter()
            if settings.before_epoch is not None:
                settings.before_epoch()
            if settings.shuffle:
                order = order[rng.permutation(rows.count)]
            rates = learning_rates(task, settings.schedule, position, steps, last_step)
            outcome = engine.epoch(task, position, rows, order, settings.batch_size, rates, noise)
            position = outcome.position
            if outcome.interrupted:
                return Outcome.of(watch, position, "interrupted")
            if outcome.failure is not None:
                return Outcome.of(watch, position, "not finite", outcome.failure)

            position = replace(
                position, epochs=position.epochs + 1, rows_seen=position.rows_seen + rows.count
            )
            rate, seconds = float(rates[-1]), time.perf_counter() - started
            reason = watch.after_epoch(position, outcome.loss, outcome.penalty, rate, seconds)
            if reason == STOPPED_IMPROVING and settings.schedule.outlives_plateau(rate):
                position = replace(position, plateaus=position.plateaus + 1)
                watch.patience = replace(watch.patience, waited=0)
            elif reason is not None:
                return Outcome.of(watch, position, reason)
    except KeyboardInterrupt:  # between steps: in a metric or a callback
        return Outcome.of(watch, position, "interrupted")
    return Outcome.of(watch, position, "epochs")


def learning_rates(
    task: Task, schedule: Schedule, position: Position, count: int, last_step: int
) -> np.ndarray:
    """Return the learning rate of each of the next `count` steps."""
    here = Progress(
        position.steps, last_step, position.epochs, position.rows_seen, position.plateaus
    )
    return task.optimizer.learning_rate * schedule.factors(here, count)
