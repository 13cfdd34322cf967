"""Measure ``train(engine="jax")`` beside a hand-written, compiled JAX scan over an epoch.

With ``--beside compiled`` beside the compiled engine. ``taskset -c 1 python
benchmarks/jax_engine.py`` prints, for each standing shape, the milliseconds
of an epoch of both and how fast ours is beside theirs: above 1 is faster. Both take turns in this
process; a ratio is the median over the rounds. It is the process's own time that is measured, which
neighbours lengthen little. A training has at least ten epochs. Compiling is not counted.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

import jax

from cases import DTYPES, SHAPES, Case, cases
from contenders.base import Contender
from contenders.clearprop_train import ClearpropTrain
from contenders.jax_scan import JaxScan

ROUND_SECONDS = 0.4
FEWEST_EPOCHS = 10

BESIDE: dict[str, Callable[[Case], Contender]] = {
    "by-hand": lambda case: JaxScan(case, "", 0),
    "compiled": lambda case: ClearpropTrain(case, "compiled", 0),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = [shape.name for shape in SHAPES]
    parser.add_argument("--cases", nargs="+", default=names, choices=names)
    parser.add_argument("--dtypes", nargs="+", default=DTYPES, choices=DTYPES)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--shuffle", action="store_true", help="a new order in each epoch")
    parser.add_argument("--beside", default="by-hand", choices=BESIDE)
    options = parser.parse_args()
    print(f"JAX {jax.__version__} on {jax.devices()[0].device_kind}; ms an epoch, ours / theirs")
    for standing in cases(options.cases, options.dtypes, "adam"):
        case = replace(standing, shuffle=options.shuffle)
        ours, theirs = measured(case, options.rounds, BESIDE[options.beside](case))
        ratios = [b / a for a, b in zip(ours, theirs, strict=True)]
        print(
            f"{case.name:22} {case.dtype}: {1e3 * min(ours):9.3f} {1e3 * min(theirs):9.3f}   "
            f"speed {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})",
            flush=True,
        )


def measured(case: Case, rounds: int, other: Contender) -> tuple[list[float], list[float]]:
    """Return the seconds of an epoch in each round: ours, theirs."""
    contenders: list[Contender] = [other, ClearpropTrain(case, "jax", 0)]
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
    return max(FEWEST_EPOCHS, round(ROUND_SECONDS / max((time.process_time() - began) / 2, 1e-6)))


if __name__ == "__main__":
    main()
