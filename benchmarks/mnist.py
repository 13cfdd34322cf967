"""MNIST, 784-128-10, ten epochs: seconds, test accuracy and memory of everybody in one run."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import real_sets
from cases import Case
from measure import Measured, failure_noted, ours_of, rounds, started, still_in
from report import Table, number
from running import Conditions

EPOCHS = 10


def measure_mnist(
    names: Sequence[str], conditions: Conditions, repeats: int
) -> tuple[Table, list[Measured]]:
    """Return the table and what is in it; every contender trains `repeats` times, in turn."""
    digits = real_sets.mnist()
    with tempfile.TemporaryDirectory() as data:
        np.save(Path(data) / "x.npy", digits.X)
        np.save(Path(data) / "t.npy", digits.y)
        case = Case((784, 128, 10), 128, len(digits.X), shuffle=True, data=data)
        with started(case, names, conditions) as pairs:
            for result, took in rounds(pairs, dict.fromkeys(names, EPOCHS), repeats):
                result.rounds.append(took)
            for result, running in still_in(pairs):
                with failure_noted(result):
                    result.megabytes = running.megabytes()
                    found = classes(running.weights(), digits.X_test)
                    result.accuracy = 1 - digits.error(found)
        results = [result for result, _ in pairs]
    return mnist_table(results), results


def mnist_table(results: list[Measured]) -> Table:
    """Return the table."""
    steps, ours = EPOCHS * len(results[0].case.batch_sizes), ours_of(results)
    compared = ours.contender if ours else "ours"
    table = Table(
        f"MNIST, {EPOCHS} epochs of 60,000 rows: {results[0].case}",
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


def classes(weights: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return the most probable class of each row, by one formula for everybody's weights."""
    inputs, hidden, outputs = 784, 128, 10
    shapes = [(inputs, hidden), (hidden,), (hidden, outputs), (outputs,)]
    parts = np.split(weights, np.cumsum([np.prod(shape) for shape in shapes])[:-1])
    w1, b1, w2, b2 = (part.reshape(shape) for part, shape in zip(parts, shapes, strict=True))
    return (np.maximum(x @ w1 + b1, 0) @ w2 + b2).argmax(axis=1)
