"""Training from many starts: a walker dropped many times finds more than one valley."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from clearprop.definitions.layer import Layer
from clearprop.definitions.parameters import Layout
from clearprop.engines.threads import allowed_processors
from clearprop.training.result import TrainingResult

Run = Callable[[np.ndarray, np.random.SeedSequence], TrainingResult]
"""Trains from a vector of parameters, with seeds for the order of rows and for dropout."""


def best_of_restarts(
    run: Run,
    network: Layer,
    layout: Layout,
    first: np.ndarray,
    restarts: int,
    seeds: np.random.SeedSequence,
) -> TrainingResult:
    """Return the best of `restarts` runs, with all of them, best first, as its `restarts`.

    Runs share out the processors as threads; the compiled engine leaves them Python's lock.
    """
    run_seeds = seeds.spawn(restarts)
    starts = [first]
    for start_seeds in seeds.spawn(restarts - 1):
        drawn = network.init(np.random.default_rng(start_seeds), first.dtype)
        starts.append(layout.pack(drawn, first.dtype))
    with ThreadPoolExecutor(allowed_processors()) as pool:
        results = list(pool.map(run, starts, run_seeds))
    ranked = tuple(sorted(results, key=lambda result: result.final_loss))
    return replace(ranked[0], restarts=ranked)
