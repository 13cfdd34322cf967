"""Training from many starts: a walker dropped many times finds more than one valley."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from threading import Event

import numpy as np

from clearprop.definitions.layer import Layer
from clearprop.definitions.parameters import Layout
from clearprop.engines.threads import allowed_processors
from clearprop.training.interruption import set_by_signals
from clearprop.training.loop import NO_EPOCH
from clearprop.training.result import TrainingResult

TrainFrom = Callable[[int, np.ndarray, np.random.SeedSequence, Callable[[], bool]], TrainingResult]
"""Trains the run of a number from a vector of parameters (P,), with seeds for the order of rows
and for dropout.

It ends as after Ctrl-C once the function that is its last argument returns True.
"""


def best_of_restarts(
    train_from: TrainFrom,
    network: Layer,
    layout: Layout,
    first: np.ndarray,
    restarts: int,
    seeds: np.random.SeedSequence,
) -> TrainingResult:
    """Return the best of `restarts` runs, with all of them, best first, as its `restarts`.

    The runs share the processors as threads; the compiled engine releases Python's lock. Ctrl-C
    ends all of them within some tenths of a second: the result is then the best of the runs that
    have recorded an epoch. An error in one run ends the others as well, and is raised.

    Raises
    ------
    KeyboardInterrupt
        If Ctrl-C came before any run had recorded an epoch.
    """
    run_seeds = seeds.spawn(restarts)
    starts = [first]
    for start_seeds in seeds.spawn(restarts - 1):
        drawn = network.init(np.random.default_rng(start_seeds), first.dtype)
        starts.append(layout.pack(drawn, first.dtype))
    stop = Event()
    runs: list[Future[TrainingResult]] = []
    with ThreadPoolExecutor(allowed_processors()) as pool, set_by_signals(stop):
        try:
            runs.extend(
                pool.submit(train_from, number, start, own_seeds, stop.is_set)
                for number, (start, own_seeds) in enumerate(zip(starts, run_seeds, strict=True))
            )
            wait(runs, return_when=FIRST_EXCEPTION)
            interrupted = stop.is_set()
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)
    results, cut = _results(runs)
    if not results:
        raise KeyboardInterrupt(NO_EPOCH)
    ranked = tuple(sorted(results, key=lambda result: result.final_loss))
    reason = "interrupted" if interrupted or cut else ranked[0].reason
    return replace(ranked[0], restarts=ranked, reason=reason)


def _results(runs: list[Future[TrainingResult]]) -> tuple[list[TrainingResult], bool]:
    """Return the results of the runs, and whether one was ended before its first epoch.

    Raises the error of the first run that has one.
    """
    results, cut = [], False
    for run in runs:
        if run.cancelled():
            continue
        try:
            results.append(run.result())
        except KeyboardInterrupt:
            cut = True
    return results, cut
