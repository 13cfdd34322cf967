"""Measure a training step by one thread and by two, with BatchNorm and without.

``python benchmarks/threads.py`` prints µs a step, the least of several trainings that take turns,
``--neighbour`` once more while a process that only spins keeps one core busy. Rows are standard
normal, the activation is ReLU.
"""

from __future__ import annotations

import argparse
import time
from contextlib import nullcontext
from itertools import pairwise

import clearprop as cp
import numpy as np
from threadpoolctl import threadpool_limits

from neighbour import Neighbour, usable_cpus

ROUNDS, SECONDS, BATCHES = 7, 1.5, 25
CASES = [
    ((64, 100, 10), 200), ((64, 100, 10), 320), ((100, 64, 64, 1), 256), ((784, 128, 10), 200),
    ((100, 256, 256, 256, 1), 256),
]  # fmt: skip


class Trained:
    """One network that can be trained for some epochs."""

    def __init__(self, widths: tuple[int, ...], batch: int, norm: bool) -> None:
        rng = np.random.default_rng(0)
        layers: list[cp.Layer] = []
        for inputs, units in pairwise(widths[:-1]):
            layers += [cp.Dense(inputs, units), *([cp.BatchNorm(units)] if norm else []), cp.ReLU()]
        self.network = cp.Chain(*layers, cp.Dense(*widths[-2:]))
        self.params = self.network.init(rng, np.float32)
        self.x = rng.standard_normal((BATCHES * batch, widths[0])).astype(np.float32)
        self.t = rng.standard_normal((BATCHES * batch, widths[-1])).astype(np.float32)
        self.batch = batch

    def seconds(self, threads: int, epochs: int) -> float:
        """Return the seconds of so many epochs."""
        with threadpool_limits(threads):
            began = time.perf_counter()
            cp.train(
                self.network, cp.SquaredError(), self.params, self.x, self.t, epochs=epochs,
                batch_size=self.batch, optimizer=cp.Adam(1e-4), seed=0, engine="compiled",
            )  # fmt: skip
            return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--neighbour", action="store_true", help="beside a busy process, too")
    options = parser.parse_args()
    with Neighbour(usable_cpus()[-1]) as neighbour:
        for widths, batch in CASES:
            for norm in (False, True):
                trained = Trained(widths, batch, norm)
                trained.seconds(2, 1)
                epochs = max(1, int(4 * SECONDS / trained.seconds(1, 4)))
                least: dict[str, float] = {}
                for _ in range(ROUNDS):
                    for busy in (False, True)[: 1 + options.neighbour]:
                        for threads in (1, 2):
                            with neighbour.busy() if busy else nullcontext():
                                step = trained.seconds(threads, epochs) / (epochs * BATCHES) * 1e6
                            who = f"{threads} thread{'s' * (threads > 1)}{', busy' * busy}"
                            least[who] = min(step, least.get(who, np.inf))
                name = f"{'-'.join(map(str, widths))} b{batch}{' BatchNorm' * norm}"
                print(f"{name}: " + "   ".join(f"{who} {us:,.0f}" for who, us in least.items()))


if __name__ == "__main__":
    main()
