"""Measure ``train(engine="jax")`` beside a hand-written, compiled JAX scan over an epoch.

``taskset -c 1 python benchmarks/jax_engine.py`` prints, for each standing shape, the milliseconds
of an epoch of both and how fast ours is beside theirs: above 1 is faster. Both take turns in this
process; a ratio is the median over the rounds. It is the process's own time that is measured, which
neighbours lengthen little. Compiling is not counted.
"""

from __future__ import annotations

import argparse
import statistics
import time

import jax

from cases import DTYPES, SHAPES, Case, cases
from contenders.base import Contender
from contenders.clearprop_train import ClearpropTrain
from contenders.jax_scan import JaxScan

ROUND_SECONDS = 0.4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = [shape.name for shape in SHAPES]
    parser.add_argument("--cases", nargs="+", default=names, choices=names)
    parser.add_argument("--dtypes", nargs="+", default=DTYPES, choices=DTYPES)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    print(f"JAX {jax.__version__} on {jax.devices()[0].device_kind}; ms an epoch, ours / theirs")
    for case in cases(options.cases, options.dtypes, "adam"):
        ours, theirs = measured(case, options.rounds)
        ratios = [b / a for a, b in zip(ours, theirs, strict=True)]
        print(
            f"{case.name:22} {case.dtype}: {1e3 * min(ours):9.3f} {1e3 * min(theirs):9.3f}   "
            f"speed {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})",
            flush=True,
        )


def measured(case: Case, rounds: int) -> tuple[list[float], list[float]]:
    """Return the seconds of an epoch in each round: ours, theirs."""
    contenders: list[Contender] = [JaxScan(case, "", 0), ClearpropTrain(case, "jax", 0)]
    epochs = [calibrated(contender) for contender in contenders]
    seconds: list[list[float]] = [[], []]
    for _ in range(rounds):
        for place, contender in enumerate(contenders):
            contender.reset()
            began = time.process_time()
            contender.train(epochs[place])
            seconds[place].append((time.process_time() - began) / epochs[place])
    return seconds[1], seconds[0]


def calibrated(contender: Contender) -> int:
    """Return how many epochs take about a round, everything compiled before."""
    contender.train(2)
    began = time.process_time()
    contender.train(2)
    return max(2, round(ROUND_SECONDS / max((time.process_time() - began) / 2, 1e-6)))


if __name__ == "__main__":
    main()
