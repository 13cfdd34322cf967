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
    last_step = position.steps + settings.epochs * -(-rows.count // settings.batch_size)

    try:
        for _ in range(settings.epochs):
            started = time.perf_counter()
            if settings.before_epoch is not None:
                settings.before_epoch()
            if settings.shuffle:
                order = order[rng.permutation(rows.count)]
            batches = batches_of(order, settings.batch_size)
            rates = learning_rates(task, settings.schedule, position, len(batches), last_step)
            outcome = engine.epoch(task, position, rows, batches, rates, noise)
            position = outcome.position
            if outcome.interrupted:
                return Outcome.of(watch, position, "interrupted")
            if outcome.failure is not None:
                return Outcome.of(watch, position, "not finite", outcome.failure)

            position = replace(
                position, epochs=position.epochs + 1, rows_seen=position.rows_seen + rows.count
            )
            seconds = time.perf_counter() - started
            reason = watch.after_epoch(position, outcome.loss, outcome.penalty, rates[-1], seconds)
            if reason == STOPPED_IMPROVING and settings.schedule.outlives_plateau(rates[-1]):
                position = replace(position, plateaus=position.plateaus + 1)
                watch.patience = replace(watch.patience, waited=0)
            elif reason is not None:
                return Outcome.of(watch, position, reason)
    except KeyboardInterrupt:  # between steps: in a metric or a callback
        return Outcome.of(watch, position, "interrupted")
    return Outcome.of(watch, position, "epochs")


def batches_of(order: np.ndarray, batch_size: int) -> list[np.ndarray]:
    """Return `order` cut into batches, the last one as short as it comes."""
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]


def learning_rates(
    task: Task, schedule: Schedule, position: Position, count: int, last_step: int
) -> list[float]:
    """Return the learning rate of each of the next `count` steps."""
    here = Progress(
        position.steps, last_step, position.epochs, position.rows_seen, position.plateaus
    )
    base = task.optimizer.learning_rate
    # A NumPy float64 would make float64 of float32 parameters; a plain float does not.
    return [float(base * schedule.factor(replace(here, step=here.step + i))) for i in range(count)]
