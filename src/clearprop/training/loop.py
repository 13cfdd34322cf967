"""The loop of training by steps: epochs of shuffled mini-batches.

`train`, the estimators and the command line go through `run_epochs`. Training by L-BFGS
(`lbfgs.py`) and by the rules of `clearprop.credit` have loops of their own. An engine computes an
epoch; `Watch` records it and says when to stop.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from inspect import GEN_CLOSED, getgeneratorstate
from typing import TypeVar

import numpy as np

from clearprop.definitions.initializers import RandomSource
from clearprop.definitions.noise import Noise
from clearprop.definitions.schedules import Progress
from clearprop.engines.base import (
    Burst,
    Engine,
    Request,
    TrainingRows,
    TrainingState,
    TrainingTask,
    UnfinishedEpoch,
)
from clearprop.engines.numpy import batch_of
from clearprop.engines.processes import LostProcessError
from clearprop.files.errors import DataError
from clearprop.training.flight import FlightRecorder
from clearprop.training.following import FollowedRun, NextStep
from clearprop.training.orders import Orders
from clearprop.training.outcome import Outcome, interrupted
from clearprop.training.stopping import EarlyStoppingState
from clearprop.training.together import check_same_training, together
from clearprop.training.watch import STOPPED_IMPROVING, Settings, Watch

Ended = TypeVar("Ended")

MOST_ROW_NUMBERS = 2**20
"""Row numbers that a burst of several epochs may hold: 8 MiB."""


def run_epochs(
    task: TrainingTask,
    engine: Engine,
    position: TrainingState,
    rows: TrainingRows,
    settings: Settings,
    rng: RandomSource | Orders,
    noise: Noise,
    stopping_state: EarlyStoppingState | None = None,
) -> Outcome:
    """Return where `settings.epochs` epochs lead from `position`, or fewer if training stops.

    Parameters
    ----------
    task : TrainingTask
        Network, loss, optimizer, penalty: what one step computes.
    engine : Engine
        Computes whole epochs.
    position : TrainingState
        Where to start: parameters (P,), the state of optimizer and network, counts of steps, epochs
        and rows. It is not changed.
    rows : TrainingRows
        N inputs (N, I) and targets (N, K), with weights (N,) or without.
    settings : Settings
        Epochs, batches, schedule, what to measure and when to stop.
    rng : Generator, RandomState or Orders
        For the order of the rows in each epoch. With `EpochNumbers` the engine has the rows of an
        epoch, and `rows` are a few of them.
    noise : Noise
        For dropout masks; a function of seed and step.
    stopping_state : EarlyStoppingState, optional
        Continue to count epochs without improvement from here.

    Raises
    ------
    KeyboardInterrupt
        If Ctrl-C came before the first epoch was recorded. After that Ctrl-C ends training, and
        the outcome has the steps made so far.
    """
    return run_alone(
        engine, epochs_of(task, engine, position, rows, settings, rng, noise, stopping_state)
    )


def epochs_of(
    task: TrainingTask,
    engine: Engine,
    position: TrainingState,
    rows: TrainingRows,
    settings: Settings,
    rng: RandomSource | Orders,
    noise: Noise,
    stopping_state: EarlyStoppingState | None = None,
) -> Generator[Request, Burst, Outcome]:
    """Ask for the epochs of one training; return where they lead. Arguments as of `run_epochs`."""
    if isinstance(rng, Orders):
        orders = rng
    else:
        orders = Orders(rows.count, settings.shuffle, rng, engine.shuffle)
    with together(settings, engine.processes) as (settings, cancelled):
        watch = Watch(settings, orders.rows, stopping_state)
        with watch.telling_of_errors():
            try:
                outcome = yield from _run(
                    task, engine, position, rows, settings, orders, noise, watch, cancelled
                )
            except (DataError, LostProcessError):  # a stream's file, or another process, has gone
                settings.keeper.cut_off()
                raise
        if outcome.reason != "interrupted":
            cancelled()  # passes on a signal of the last moment
    watch.ends(outcome.reason)
    return outcome


def _run(
    task: TrainingTask,
    engine: Engine,
    position: TrainingState,
    rows: TrainingRows,
    settings: Settings,
    orders: Orders,
    noise: Noise,
    watch: Watch,
    cancelled: Callable[[], bool],
) -> Generator[Request, Burst, Outcome]:
    batch_size = settings.batch_size
    steps = -(-orders.rows // batch_size)
    last_step = position.steps + settings.epochs * steps
    course = _Course(task, rows, settings, noise, orders, steps, last_step)
    processes = engine.processes
    watch.recorder = recorder = FlightRecorder(engine, orders.in_memory)
    at_once = _epochs_at_once(engine, settings, steps, orders.rows)
    keeper = settings.keeper
    first = None if position.steps else position
    position, unfinished, ended_before = keeper.begin(position, watch, orders)
    check_same_training(processes, task, rows, settings, position, orders, noise)
    is_due = processes.any(keeper.is_due)
    watch.begins(
        FollowedRun(
            task, rows, settings.epochs, batch_size, watch.history, settings.stopping,
            course.next_step if orders.in_memory else None, settings.cancelled, start=first,
            incident=lambda: recorder.incident,
        )
    )  # fmt: skip
    if ended_before is not None:
        return Outcome.of(watch, position, ended_before)
    begins, spent = True, 0.0

    try:
        engine.prepare(task, position, rows, batch_size)
        while (left := settings.epochs - len(watch.history)) > 0:
            if begins:
                position = watch.steered(position)
            keeper.reached(position, watch, orders, unfinished)
            started = time.perf_counter()
            if settings.before_epoch is not None and begins:
                settings.before_epoch()
            wanted = min(at_once, left, keeper.epochs_until_due(watch))
            drawn = orders.draw(int(processes.of_first([wanted])[0]))
            rates = course.rates(position, len(drawn), unfinished)
            request = Request(
                task, position, rows, drawn, batch_size, rates, noise, cancelled, unfinished,
                is_due,
            )  # fmt: skip
            recorder.record(request)
            burst = yield request
            position, unfinished, whole = burst.position, burst.unfinished, len(burst.losses)
            spent += time.perf_counter() - started
            seconds = spent / max(whole, 1)
            begins, spent = unfinished is None, 0.0 if whole else spent
            ended, reason = watch.after_epochs(burst, rates, seconds)
            if ended < len(burst.losses) or (reason is not None and ended < len(drawn)):
                # Training stops within the burst, or goes on otherwise: make the same epochs again,
                # up to there.
                orders.put_back(drawn[ended:])
                again = yield request.first(ended)
                if again.interrupted:
                    keeper.cut_off()
                    watch.record_unjudged(burst, rates, seconds, ended)
                    return interrupted(watch, burst.position)
                position, unfinished, begins = again.position, None, True
                burst = replace(again, interrupted=burst.interrupted)
            else:
                orders.put_back(drawn[whole:])
            recorder.judge(watch.history, burst.failure if reason is None else None)
            rate = float(rates[ended - 1, -1])
            if reason == STOPPED_IMPROVING and settings.schedule.outlives_plateau(rate):
                position = replace(position, plateaus=position.plateaus + 1)
                watch.stopping_state = replace(watch.stopping_state, waited=0)
            elif reason is not None:
                keeper.ended(position, watch, orders, reason)
                return Outcome.of(watch, position, reason)
            elif burst.failure is not None:
                keeper.cut_off()
                return Outcome.of(watch, position, "not finite", burst.failure)
            if burst.interrupted:
                _keep(request, burst, position, watch, orders)
                return interrupted(watch, position)
    except KeyboardInterrupt:  # between steps: in a metric or a callback
        keeper.cut_off()
        return interrupted(watch, position)
    keeper.ended(position, watch, orders, "epochs")
    return Outcome.of(watch, position, "epochs")


def run_alone(engine: Engine, run: Generator[Request, Burst, Ended]) -> Ended:
    """Return what a training returns, whose requests the engine answers.

    Ctrl-C while the engine computes, and an error of it, is raised in the training.
    """
    go_on: Callable[[], Request] = partial(next, run)
    while True:
        try:
            go_on = partial(run.send, engine.epochs(go_on()))
        except StopIteration as end:
            ended: Ended = end.value
            return ended
        except (KeyboardInterrupt, Exception) as error:
            if getgeneratorstate(run) == GEN_CLOSED:
                raise
            go_on = partial(run.throw, error)


def run_together(
    engine: Engine, runs: Sequence[Generator[Request, Burst, Ended]]
) -> list[Ended | None]:
    """Return what several trainings return; None where one ended before its first epoch."""
    found: list[Ended | None] = [None] * len(runs)
    waiting: dict[int, Request] = {}

    def go_on(number: int, burst: Burst | None) -> None:
        try:
            waiting[number] = next(runs[number]) if burst is None else runs[number].send(burst)
        except StopIteration as end:
            found[number] = end.value
        except KeyboardInterrupt:
            found[number] = None

    for number in range(len(runs)):
        go_on(number, None)
    while waiting:
        asked, waiting = waiting, {}
        bursts = engine.epochs_together(list(asked.values()))
        for number, burst in zip(asked, bursts, strict=True):
            go_on(number, burst)
    return found


@dataclass(frozen=True)
class _Course:
    """Which steps come next: their rows and their learning rates."""

    task: TrainingTask
    rows: TrainingRows
    settings: Settings
    noise: Noise
    orders: Orders
    steps: int
    last_step: int

    def rates(
        self, position: TrainingState, epochs: int, begun: UnfinishedEpoch | None = None
    ) -> np.ndarray:
        """Return the learning rates of the next epochs, (epochs, steps), of one begun in whole."""
        progress = Progress(
            position.steps - (begun.steps if begun else 0), self.last_step,
            position.epochs, position.rows_seen, position.plateaus,
        )  # fmt: skip
        factors = self.settings.schedule.factors(progress, epochs, self.steps, self.orders.rows)
        return self.task.optimizer.learning_rate * factors * position.rate_factor

    def next_step(self, position: TrainingState) -> NextStep:
        """Return the step that comes next, without taking anything from it."""
        drawn = self.orders.draw(1)
        self.orders.put_back(drawn)
        chosen = drawn[0, : self.settings.batch_size]
        batch = batch_of(self.task, position, self.rows, chosen, self.noise)
        return NextStep(chosen, batch, float(self.rates(position, 1)[0, 0]))


def _keep(
    request: Request, burst: Burst, position: TrainingState, watch: Watch, orders: Orders
) -> None:
    """Keep what an interrupted burst has reached, unless its engine does not tell how far it is."""
    made = burst.position.steps - request.position.steps + request.steps_begun
    whole = len(burst.losses) * request.rates.shape[1]
    keeper = watch.settings.keeper
    if burst.unfinished is not None or made == whole:
        keeper.reached(position, watch, orders, burst.unfinished)
    keeper.cut_off()


def _epochs_at_once(engine: Engine, settings: Settings, steps: int, rows: int) -> int:
    """Return how many epochs of `steps` steps to ask for in one call; one if it is looked at."""
    if not settings.needs_only_losses:
        return 1
    return min(engine.epochs_at_once(steps), max(1, MOST_ROW_NUMBERS // rows))
