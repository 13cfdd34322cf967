"""Slips of batches: some of the rows, several batches in one call, other inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from clearprop.explaining.work.changes import change_after, rows_of
from clearprop.explaining.work.compared import FEW_NUMBERS, FEW_ROWS
from clearprop.explaining.work.situation import Situation
from clearprop.explaining.work.slips.rows import After
from clearprop.explaining.work.slips.slip import Slip

SIZES = (2, 3, 4, 5, 6, 8, 10, 16, 20, 25, 32, 50, 64, 100, 128, 256)
"""Sizes of batches that are tried, and half of the rows."""


def batch_slips(situation: Situation) -> Iterator[Slip]:
    """Yield steps on one batch of the rows, on several in turn, and on changed inputs."""
    rows = len(situation.batch.x)
    if rows < 2:
        return
    sizes = sorted({*(size for size in SIZES if 1 < size < rows - 1), rows // 2} - {0, 1})
    for size in sizes:
        for which, some in (("first", slice(0, size)), ("last", slice(rows - size, None))):
            for divisor, words in ((float(size), ""), (situation.divisor, ", divided by N")):
                yield Slip(
                    f"{which} {size} rows only{words}",
                    f"one batch of {size} rows was taken; this step takes all {rows}",
                    partial(rows_of, rows=some, divisor=divisor),
                    "loss",
                )
    yield from _in_turn(situation, sizes)
    for name, change in ORDERS:
        yield _inputs(f"inputs {name}", "the targets kept their order", change)
    yield Slip(
        "one row of the means",
        "inputs and targets were averaged first; the gradients are",
        _row_of_means,
        "loss",
        whole=True,
    )
    for name, scale in SCALES:
        yield _inputs(f"inputs {name}", "the step takes the inputs as they are given", scale)


def _in_turn(situation: Situation, sizes: list[int]) -> Iterator[Slip]:
    """Yield one step for each batch, with and without a smaller last one."""
    rows = len(situation.batch.x)
    small = len(situation.position.params) <= FEW_NUMBERS and rows <= FEW_ROWS
    if situation.rate is None or not small:
        return
    for size in sizes:
        starts = range(0, rows, size)
        batches = [np.arange(start, min(start + size, rows)) for start in starts]
        ways = [(batches, "")]
        if len(batches[-1]) < size and len(batches) > 2:
            ways.append((batches[:-1], ", the last rows left over"))
        for some, words in ways:
            yield Slip(
                f"{len(some)} batches of {size} rows in turn{words}",
                f"the parameters moved {len(some)} times; this is one step on all {rows} rows",
                change_after(After(situation, some)),
                "update",
                whole=True,
            )


def _inputs(name: str, sentence: str, change: Callable[[np.ndarray], np.ndarray]) -> Slip:
    def make(situation: Situation) -> Situation:
        x = np.asarray(situation.batch.x, np.float64)
        with np.errstate(all="ignore"):
            changed = np.asarray(change(x), np.float64)
        return replace(situation, batch=replace(situation.batch, x=changed))

    return Slip(name, sentence, make, "loss", whole=True)


def _row_of_means(situation: Situation) -> Situation:
    batch = situation.batch
    if batch.given is not None or batch.weights is not None:
        return situation
    x = np.asarray(batch.x, np.float64).mean(axis=0, keepdims=True)
    t = np.asarray(batch.t, np.float64).mean(axis=0, keepdims=True)
    return replace(situation, batch=replace(batch, x=x, t=t, divisor=1.0))


ORDERS: tuple[tuple[str, Callable[[np.ndarray], np.ndarray]], ...] = (
    ("in the reverse order", lambda x: x[::-1].copy()),
    ("one row later than their targets", lambda x: np.roll(x, -1, axis=0)),
    ("one row earlier than their targets", lambda x: np.roll(x, 1, axis=0)),
)
"""Orders of the inputs beside those of the targets."""


def _between(x: np.ndarray) -> np.ndarray:
    low = x.min(axis=0)
    return np.asarray((x - low) / (x.max(axis=0) - low))


SCALES: tuple[tuple[str, Callable[[np.ndarray], np.ndarray]], ...] = (
    ("divided by their largest", lambda x: x / x.max()),
    ("divided by the largest of their size", lambda x: x / np.abs(x).max()),
    ("divided by each column's largest", lambda x: x / x.max(axis=0)),
    ("divided by the largest size in each column", lambda x: x / np.abs(x).max(axis=0)),
    ("divided by each row's length", lambda x: x / np.linalg.norm(x, axis=1, keepdims=True)),
    ("standardised", lambda x: (x - x.mean(axis=0)) / x.std(axis=0)),
    ("standardised with N − 1", lambda x: (x - x.mean(axis=0)) / x.std(axis=0, ddof=1)),
    ("with their mean subtracted", lambda x: x - x.mean(axis=0)),
    ("scaled to 0 to 1", _between),
    ("divided by 255", lambda x: x / 255.0),
)  # fmt: skip
"""How inputs were scaled inside the step."""
