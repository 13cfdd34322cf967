"""The one loop: epochs of shuffled mini-batches.

Everything that trains by steps goes through `run_epochs`: `train`, the estimators, the command
line. What an epoch computes is the engine's, what is made of it is the watch's.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from clearprop.definitions.initializers import RandomSource
from clearprop.definitions.noise import Noise
from clearprop.definitions.schedules import Progress
from clearprop.engines.base import Engine, NotFinite, Position, Request, TrainingRows, TrainingTask
from clearprop.training.history import History
from clearprop.training.stopping import Patience
from clearprop.training.watch import STOPPED_IMPROVING, Settings, Watch


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
    task: TrainingTask,
    engine: Engine,
    position: Position,
    rows: TrainingRows,
    settings: Settings,
    rng: RandomSource,
    noise: Noise,
    patience: Patience | None = None,
) -> Outcome:
    """Return where `settings.epochs` epochs from `position` lead, or fewer where they stop."""
    watch = Watch(settings, rows.count, patience)
    orders = Orders(rows.count, settings.shuffle, rng)
    batch_size = settings.batch_size
    steps = -(-rows.count // batch_size)
    last_step = position.steps + settings.epochs * steps
    together = engine.epochs_at_once(steps) if settings.needs_only_losses else 1

    try:
        engine.prepare(task, position, rows, batch_size)
        while (left := settings.epochs - len(watch.history)) > 0:
            started = time.perf_counter()
            if settings.before_epoch is not None:
                settings.before_epoch()
            drawn = orders.draw(min(together, left))
            progress = Progress(
                position.steps, last_step, position.epochs, position.rows_seen, position.plateaus
            )
            factors = settings.schedule.factors(progress, len(drawn), steps, rows.count)
            rates = task.optimizer.learning_rate * factors
            request = Request(task, position, rows, drawn, batch_size, rates, noise)
            burst = engine.epochs(request)
            position = burst.position
            seconds = (time.perf_counter() - started) / len(drawn)
            ended, reason = watch.after_epochs(burst, rates, seconds)
            if reason is not None and ended < len(drawn):
                # The watch stops inside the burst: the same epochs again, up to there.
                orders.put_back(drawn[ended:])
                position = engine.epochs(request.first(ended)).position
            rate = float(rates[ended - 1, -1])
            if reason == STOPPED_IMPROVING and settings.schedule.outlives_plateau(rate):
                position = replace(position, plateaus=position.plateaus + 1)
                watch.patience = replace(watch.patience, waited=0)
            elif reason is not None:
                return Outcome.of(watch, position, reason)
            elif burst.interrupted:
                return Outcome.of(watch, position, "interrupted")
            elif burst.failure is not None:
                return Outcome.of(watch, position, "not finite", burst.failure)
    except KeyboardInterrupt:  # between steps: in a metric or a callback
        return Outcome.of(watch, position, "interrupted")
    return Outcome.of(watch, position, "epochs")


class Orders:
    """The order of the rows in each epoch, all epochs of a burst at once.

    A legacy ``RandomState`` comes from an estimator, whose orders are scikit-learn's: each epoch
    shuffles the order of the one before.
    """

    def __init__(self, rows: int, shuffle: bool, rng: RandomSource) -> None:
        self.last = np.arange(rows)
        self.shuffle, self.rng = shuffle, rng
        self.waiting = np.empty((0, rows), np.int64)

    def draw(self, epochs: int) -> np.ndarray:
        """Return the orders of the next epochs, (epochs, rows)."""
        missing = max(epochs - len(self.waiting), 0)
        fresh = np.tile(self.last, (missing, 1))
        if self.shuffle and isinstance(self.rng, np.random.Generator):
            self.rng.permuted(fresh, axis=1, out=fresh)
        elif self.shuffle:
            for order in fresh:
                self.last = order[:] = self.last[self.rng.permutation(len(self.last))]
        orders = np.concatenate([self.waiting, fresh])
        self.waiting = orders[epochs:]
        return orders[:epochs]

    def put_back(self, orders: np.ndarray) -> None:
        """Take orders back that were drawn and not used."""
        self.waiting = np.concatenate([orders, self.waiting])
