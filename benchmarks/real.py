"""Real rows, some epochs: seconds, test accuracy and memory of everybody in one run."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse

from cases import Case
from measure import Measured, failure_noted, ours_of, rounds, started, still_in
from real_sets import Split
from report import Table, number
from running import Conditions


def measure_real(
    title: str,
    split: Split,
    case: Case,
    epochs: int,
    names: Sequence[str],
    conditions: Conditions,
    repeats: int,
) -> tuple[Table, list[Measured]]:
    """Return the table and what is in it; every contender trains `repeats` times, in turn."""
    with tempfile.TemporaryDirectory() as data:
        if scipy.sparse.issparse(split.X):
            scipy.sparse.save_npz(Path(data) / "x.npz", split.X)
        else:
            np.save(Path(data) / "x.npy", split.X)
        targets = split.y if case.loss == "classes" else np.eye(case.widths[-1])[split.y]
        np.save(Path(data) / "t.npy", targets)
        with started(replace(case, data=data), names, conditions) as pairs:
            for result, took in rounds(pairs, dict.fromkeys(names, epochs), repeats):
                result.rounds.append(took)
            for result, running in still_in(pairs):
                with failure_noted(result):
                    result.megabytes = running.megabytes()
                    weights = running.weights()
                    if weights is not None:
                        found = classes(weights, split.X_test, case.widths)
                        result.accuracy = 1 - split.error(found)
        results = [result for result, _ in pairs]
    return real_table(f"{title}: {case}", results, epochs), results


def real_table(title: str, results: list[Measured], epochs: int) -> Table:
    """Return the table."""
    steps, ours = epochs * len(results[0].case.batch_sizes), ours_of(results)
    compared = ours.contender if ours else "ours"
    table = Table(
        title,
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


def classes(weights: np.ndarray, x: Any, widths: tuple[int, ...]) -> np.ndarray:
    """Return the most probable class of each row, by one formula for everybody's weights."""
    start, values = 0, x
    for inputs, units in pairwise(widths):
        W = weights[start : start + inputs * units].reshape(inputs, units)
        start += inputs * units
        values = np.maximum(values, 0) if inputs != widths[0] else values
        values = values @ W + weights[start : start + units]
        start += units
    return values.argmax(axis=1)
