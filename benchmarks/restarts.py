"""Measure restarts beside trainings of their own: 100 of 4-16-3, and 16 of 100-128-1.

``python benchmarks/restarts.py`` prints the seconds of K trainings, of K restarts, and their ratio:
by the clock, and of the processor. Both take turns; the least of several counts. `taskset -c 0`
before it keeps both on one core.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import dataclass

import clearprop as cp
import numpy as np
from clearprop.engines.threads import allowed_processors


@dataclass(frozen=True)
class Case:
    """Networks of one shape, and how they are trained."""

    name: str
    widths: tuple[int, int, int]
    networks: int
    rows: int
    epochs: int
    batch_size: int
    alone: int
    """Trainings of their own that are measured: all, or one that counts `networks` times."""


CASES = [
    Case("4-16-3", (4, 16, 3), 100, 150, 100, 32, 100),
    Case("100-128-1 batch 32", (100, 128, 1), 16, 2000, 10, 32, 1),
    Case("100-128-1 batch 200", (100, 128, 1), 16, 2000, 20, 200, 1),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"{allowed_processors()} processors, load {load:.1f} before; seconds, least of {rounds}")
    print(f"{'':22}{'':12}{'trainings':>12}{'restarts':>12}{'ratio':>8}")
    for case in CASES:
        alone, together = measured(case, rounds)
        for name, one, other in zip(("clock", "processor"), alone, together, strict=True):
            all_alone = one * case.networks / case.alone
            ratio = other / one * case.alone / case.networks
            shown = f"{case.networks} of {case.name}" if name == "clock" else ""
            print(f"{shown:22}{name:>12}{all_alone:12.4f}{other:12.4f}{ratio:8.3f}")
            if case.alone == 1:
                print(f"{'':22}{'':12}{'':12}{other / one:12.2f} times one")


def measured(case: Case, rounds: int) -> tuple[list[float], list[float]]:
    """Return seconds by the clock and of the processor, of trainings and of restarts."""
    rng = np.random.default_rng(0)
    inputs, units, outputs = case.widths
    x = rng.standard_normal((case.rows, inputs)).astype(np.float32)
    network = cp.Chain(cp.Dense(inputs, units), cp.Tanh(), cp.Dense(units, outputs))
    if outputs == 1:
        loss: cp.Loss = cp.SquaredError()
        t = x[:, :1] * x[:, 1:2]
    else:
        loss, t = cp.CrossEntropy(), np.eye(outputs, dtype=np.float32)[x.argmax(axis=1) % outputs]

    def train(seed: int, restarts: int) -> None:
        params = network.init(np.random.default_rng(seed), np.float32)
        cp.train(
            network, loss, params, x, t, epochs=case.epochs, batch_size=case.batch_size,
            engine="compiled", seed=seed, restarts=restarts,
        )  # fmt: skip

    def alone() -> None:
        for seed in range(case.alone):
            train(seed, 1)

    def together() -> None:
        train(0, case.networks)

    least = {work: [np.inf, np.inf] for work in (alone, together)}
    for turn in range(rounds + 1):
        for work, best in least.items():
            found = seconds_of(work)
            if turn:  # the first one loads the kernels
                best[:] = map(min, best, found)
    return least[alone], least[together]


def seconds_of(work: Callable[[], None]) -> tuple[float, float]:
    """Return the seconds of some work, by the clock and of the processor."""
    began, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - used


if __name__ == "__main__":
    main()
