"""Fit one contender on one split, and measure scores and seconds; measure the process's memory."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.tables.compare.scores import class_scores, number_scores
from clearprop.tables.findings import LeakWarning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clearprop.data.dataset import Task
    from clearprop.tables.compare.contenders import Contender
    from clearprop.tables.compare.recipe import TableColumns
    from clearprop.tables.compare.splits import Splits

    Array = np.ndarray[Any, Any]

LONGEST_REASON = 300
STATUS = Path("/proc/self/status")
"""Where Linux tells of this process's memory."""


@dataclass(frozen=True, eq=False)
class Job:
    """What all contenders of a comparison get.

    Attributes
    ----------
    table
        The raw table: a pandas table, or an array (N, I) of numbers.
    y
        Classes as numbers from 0, or quantities, (N,).
    class_count
        The number of classes; 0 for quantities.
    columns
        The kinds of the table's columns.
    splits
        Rows to fit and rows to score.
    seed
        For whatever a contender draws at random.
    """

    table: Any
    y: Array
    task: Task
    class_count: int
    columns: TableColumns
    splits: Splits
    seed: int


@dataclass(frozen=True)
class OneSplit:
    """What was measured on one split.

    Attributes
    ----------
    scores
        By name, see :mod:`clearprop.tables.compare.scores`.
    fit_seconds, predict_seconds
        Of the wall's clock, the preparation of the columns included.
    warnings
        What the contender warned about.
    """

    scores: dict[str, float]
    fit_seconds: float
    predict_seconds: float
    warnings: tuple[str, ...] = field(default=())


class ContenderError(Exception):
    """A contender that did not do what was asked; the message says why, in one line."""


def measure(contender: Contender, job: Job) -> Iterator[OneSplit]:
    """Yield what is measured on each split.

    Raises
    ------
    ContenderError
        With the exact reason, if the contender raises whatever exception.
    """
    for number, (train, test) in enumerate(job.splits.pairs, start=1):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                scores, *seconds = _scores(contender, job, train, test)
            except Exception as error:
                raise ContenderError(f"split {number}: {reason_of(error)}") from error
        said = tuple(
            dict.fromkeys(
                _line(str(warning.message))
                for warning in caught
                if warning.category is not LeakWarning  # the comparison says it, once
            )
        )
        yield OneSplit(scores, seconds[0], seconds[1], said)


def reason_of(error: BaseException) -> str:
    """Return an exception as one line: its type and what it says.

    >>> reason_of(ValueError("no rows\\n  at all"))
    'ValueError: no rows at all'
    """
    return _line(f"{type(error).__name__}: {error}".rstrip(": "))


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_REASON else f"{line[: LONGEST_REASON - 1]}…"


def _scores(
    contender: Contender, job: Job, train: Array, test: Array
) -> tuple[dict[str, float], float, float]:
    fit_rows, test_rows = rows_of(job.table, train), rows_of(job.table, test)
    began = time.perf_counter()
    estimator = contender.make(job.task, job.columns, job.seed)
    estimator.fit(fit_rows, job.y[train])
    fitted = time.perf_counter()
    if job.task == "regression":
        predicted = np.asarray(estimator.predict(test_rows), np.float64).reshape(len(test))
    else:
        predicted = np.asarray(estimator.predict_proba(test_rows), np.float64)
    ended = time.perf_counter()
    if not np.isfinite(predicted).all():
        raise ValueError("not all predictions are finite numbers")
    if job.task == "regression":
        scores = number_scores(job.y[test], predicted)
    else:
        every = _of_all_classes(predicted, estimator.classes_, job.class_count)
        scores = class_scores(job.y[test], every)
    return scores, fitted - began, ended - fitted


def rows_of(table: Any, rows: Array) -> Any:
    """Return some rows of a pandas table or an array."""
    return table.iloc[rows] if hasattr(table, "iloc") else table[rows]


def _of_all_classes(probabilities: Array, classes: Any, count: int) -> Array:
    """Return probabilities (N, K) with 0 for classes that had no training row; rows sum to one."""
    every = np.zeros((len(probabilities), count))
    every[:, np.asarray(classes, np.intp)] = probabilities
    return every / every.sum(axis=1, keepdims=True)


def memory_now() -> tuple[int, int] | None:
    """Return the bytes that this process holds now and held at most; None where that is unknown.

    Linux tells both. `getrusage` would not do there: a new process inherits its parent's maximum.
    """
    try:
        lines = STATUS.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return _usage()
    found = {line.partition(":")[0]: line.split()[1] for line in lines if line.endswith(" kB")}
    try:
        return int(found["VmRSS"]) * 1024, int(found["VmHWM"]) * 1024
    except KeyError:
        return _usage()


def _usage() -> tuple[int, int] | None:
    """Return what `getrusage` tells where there is no /proc; on macOS it counts bytes."""
    try:
        import resource
    except ImportError:
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    import sys

    size = most if sys.platform == "darwin" else most * 1024
    return size, size
