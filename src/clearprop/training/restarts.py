"""Training from many starts: a walker dropped many times finds more than one valley."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from itertools import islice
from queue import SimpleQueue
from threading import Event

import numpy as np

from clearprop.definitions.layer import Layer
from clearprop.definitions.parameters import Layout
from clearprop.engines.base import Burst, Engine, Request
from clearprop.engines.threads import allowed_processors
from clearprop.training.interruption import set_by_signals
from clearprop.training.loop import run_alone, run_together
from clearprop.training.outcome import NO_EPOCH
from clearprop.training.result import TrainingResult

Begin = Callable[
    [Engine, int, np.ndarray, np.random.SeedSequence, Callable[[], bool]],
    Generator[Request, Burst, TrainingResult],
]
"""Begins the run of a number by an engine from parameters (P,), with seeds for rows and dropout.

It ends as after Ctrl-C once the function that is its last argument returns True.
"""

Start = tuple[int, np.random.SeedSequence | None, np.random.SeedSequence]
"""A run's number, the seeds of its first parameters, None for the given ones, and its own."""

Found = list[TrainingResult | None]
"""Results of several runs; None where one ended before its first epoch."""


def best_of_restarts(
    begin: Begin,
    engine: Engine,
    network: Layer,
    layout: Layout,
    first: np.ndarray,
    restarts: int,
    seeds: np.random.SeedSequence,
) -> TrainingResult:
    """Return the best of `restarts` runs, with all of them, best first, as its `restarts`.

    The runs share the processors as threads; the compiled engine releases Python's lock, and takes
    small networks several at a time. Ctrl-C ends all of them within some tenths of a second: the
    result is then the best of the runs that have recorded an epoch. An error in one run ends the
    others as well, and is raised. Several processes train one run after another, each in all.

    Raises
    ------
    KeyboardInterrupt
        If Ctrl-C came before any run had recorded an epoch.
    """
    run_seeds = seeds.spawn(restarts)
    start_seeds = [None, *seeds.spawn(restarts - 1)]
    stop, workers = Event(), allowed_processors()
    all_runs = zip(range(restarts), start_seeds, run_seeds, strict=True)
    groups = [list(islice(all_runs, size)) for size in engine.groups_of(restarts, workers)]
    free: SimpleQueue[Engine] = SimpleQueue()
    for _ in range(min(workers, restarts)):
        free.put(engine.sibling())

    def start_of(seed: np.random.SeedSequence | None) -> np.ndarray:
        if seed is None:
            return first
        return layout.pack(network.init(np.random.default_rng(seed), first.dtype), first.dtype)

    def run(several: Sequence[Start]) -> Found:
        own = free.get()
        try:
            begun = [
                begin(own, number, start_of(start), seed, stop.is_set)
                for number, start, seed in several
            ]
            return run_together(own, begun)
        finally:
            free.put(own)

    def run_in_all_processes(start: Start) -> TrainingResult | None:
        number, first_seed, seed = start
        try:
            own = begin(engine, number, start_of(first_seed), seed, stop.is_set)
            return run_alone(engine, own)
        except KeyboardInterrupt:
            return None

    if engine.processes.count > 1:
        with set_by_signals(stop):  # the main thread hears of signals itself
            found = [run_in_all_processes(start) for group in groups for start in group]
            interrupted = stop.is_set()
        results, cut = [one for one in found if one is not None], None in found
    else:
        runs: list[Future[Found]] = []
        with ThreadPoolExecutor(workers) as pool, set_by_signals(stop):
            try:
                runs.extend(pool.submit(run, group) for group in groups)
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


def _results(runs: list[Future[Found]]) -> tuple[list[TrainingResult], bool]:
    """Return the results of the runs, and whether one was ended before its first epoch.

    Raises the error of the first run that has one.
    """
    found = [result for run in runs if not run.cancelled() for result in run.result()]
    return [result for result in found if result is not None], None in found
