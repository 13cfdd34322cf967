"""Measure restarts that share a program of JAX beside the same, one after another.

``taskset -c 1 python benchmarks/jax_restarts.py`` prints for each network the milliseconds of eight
trainings both ways, the median and the range of what is gained, and the largest difference of a
weight.
"""

from __future__ import annotations

import statistics
import time
from itertools import pairwise

import clearprop as cp
import numpy as np
from clearprop.definitions.parameters import leaves_of
from clearprop.engines.jax import side_by_side

SHAPES = [
    ((4, 8, 1), 150, 10),
    ((4, 16, 3), 150, 32),
    ((30, 64, 2), 569, 32),
    ((64, 100, 10), 1797, 200),
]
RESTARTS, ROUNDS, STEPS = 8, 7, 1500


def main() -> None:
    print("network, rows, batch, dtype: one by one and together in ms, gain, largest difference")
    for widths, rows, batch in SHAPES:
        for dtype in (np.float32, np.float64):
            case = made(widths, rows, dtype)
            epochs = max(2, STEPS // -(-rows // batch))
            seconds: dict[int, list[float]] = {1: [], RESTARTS: []}
            runs = {}
            for number in range(ROUNDS + 1):
                for together in seconds:
                    side_by_side.MOST, side_by_side.SMALL = together, 2**40
                    began = time.process_time()
                    runs[together] = trained(case, epochs, batch)
                    if number:  # the first round compiles
                        seconds[together].append(time.process_time() - began)
            gains = [one / other for one, other in zip(*seconds.values(), strict=True)]
            one, other = (1e3 * min(times) for times in seconds.values())
            print(
                f"{'-'.join(map(str, widths))}, {rows}, {batch}, {np.dtype(dtype).name}: "
                f"{one:.1f} {other:.1f}, {statistics.median(gains):.2f} "
                f"({min(gains):.2f} to {max(gains):.2f}), {difference(*runs.values()):.1e}",
                flush=True,
            )


def made(widths, rows, dtype):
    rng = np.random.default_rng(0)
    layers = []
    for one, other in pairwise(widths):
        layers += [cp.Dense(one, other), cp.Tanh()]
    network = cp.Chain(*layers[:-1])
    x, t = rng.standard_normal((rows, widths[0])), rng.random((rows, widths[-1]))
    return network, cp.SquaredError(), network.init(rng, dtype), x.astype(dtype), t.astype(dtype)


def trained(case, epochs, batch):
    return cp.train(
        *case, epochs=epochs, batch_size=batch, seed=3, restarts=RESTARTS, engine="jax",
        optimizer=cp.Adam(0.01),
    ).restarts  # fmt: skip


def difference(one, other):
    pairs = zip(
        *(sorted(runs, key=lambda run: run.history.loss[0]) for runs in (one, other)), strict=True
    )
    return max(
        np.abs(mine - theirs).max()
        for run, its in pairs
        for (_, mine), (_, theirs) in zip(leaves_of(run.params), leaves_of(its.params), strict=True)
    )


if __name__ == "__main__":
    main()
