"""MNIST, ten epochs: seconds, test accuracy and memory of everybody in one run.

Pixels as they are, 0 to 1, and standardised; 784-128-10 and 784-512-512-10.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

import real_sets
from cases import Case
from measure import Measured, failure_noted, ours_of, rounds, started, still_in
from report import Table, number
from running import Conditions

EPOCHS = 10


NETWORKS = {(784, 128, 10): 128, (784, 512, 512, 10): 256}
"""Widths, and rows of a batch."""

STANDARDISED = "standardised pixels"
PIXELS = ("pixels 0 to 1", STANDARDISED)


def measure_mnist(
    names: Sequence[str], conditions: Conditions, repeats: int, widths: tuple[int, ...], pixels: str
) -> tuple[Table, list[Measured]]:
    """Return the table and what is in it; every contender trains `repeats` times, in turn."""
    digits = real_sets.mnist()
    X, X_test = digits.X, digits.X_test
    if pixels == STANDARDISED:
        mean, sd = X.mean(axis=0), X.std(axis=0)
        X, X_test = ((part - mean) / np.where(sd > 0, sd, 1) for part in (X, X_test))
    with tempfile.TemporaryDirectory() as data:
        np.save(Path(data) / "x.npy", X)
        np.save(Path(data) / "t.npy", digits.y)
        case = Case(widths, NETWORKS[widths], len(X), shuffle=True, data=data)
        with started(case, names, conditions) as pairs:
            for result, took in rounds(pairs, dict.fromkeys(names, EPOCHS), repeats):
                result.rounds.append(took)
            for result, running in still_in(pairs):
                with failure_noted(result):
                    result.megabytes = running.megabytes()
                    found = classes(running.weights(), X_test, widths)
                    result.accuracy = 1 - digits.error(found)
        results = [result for result, _ in pairs]
    return mnist_table(results, pixels), results


def mnist_table(results: list[Measured], pixels: str) -> Table:
    """Return the table."""
    steps, ours = EPOCHS * len(results[0].case.batch_sizes), ours_of(results)
    compared = ours.contender if ours else "ours"
    table = Table(
        f"MNIST, {pixels}, {EPOCHS} epochs of 60,000 rows: {results[0].case}",
        ["contender", "seconds", "test accuracy", "µs/step", f"time / {compared}", "ready s",
         "peak MB", "note"],
    )  # fmt: skip
    for result in results:
        if result.accuracy is None:
            table.add(result.contender, *[None] * 6, result.missing)
            continue
        table.add(
            result.contender, number(result.median * steps / 1e6),
            f"{result.accuracy:.2%}", number(result.median),
            number(result.median / ours.median) if ours else None, number(result.ready, 2),
            number(result.megabytes), None,
        )  # fmt: skip
    return table


def classes(weights: np.ndarray, x: np.ndarray, widths: tuple[int, ...]) -> np.ndarray:
    """Return the most probable class of each row, by one formula for everybody's weights."""
    start, values = 0, x
    for inputs, units in pairwise(widths):
        W = weights[start : start + inputs * units].reshape(inputs, units)
        start += inputs * units
        values = np.maximum(values, 0) if inputs != widths[0] else values
        values = values @ W + weights[start : start + units]
        start += units
    return values.argmax(axis=1)
