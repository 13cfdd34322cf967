"""Warn of guesses about a table before training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.data.target import MOST_INTEGER_CLASSES
from clearprop.writing.sentences import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from clearprop.data.dataset import Dataset, Task

FEWEST_ROWS_IN_ORDER = 20
"""In fewer rows, numbers can be in order by chance."""


def doubts(dataset: Dataset, task: Task, told: bool) -> list[str]:
    """Return sentences on what was guessed.

    Parameters
    ----------
    dataset
        With the target.
    task
        The task that the target was read for.
    told
        Whether the user chose the task.
    """
    notes = [] if told or dataset.reading is None else _about_task(dataset, task)
    if task == "classification":
        names = sorted(set(map(str, np.unique(dataset.y))))
        notes += [f"{dataset.target_name}: {note}" for note in spellings(names)]
    if hasattr(dataset.X, "iloc"):
        notes += _spellings_of_columns(dataset.X)
    return notes


def _about_task(dataset: Dataset, task: Task) -> list[str]:
    """Return a sentence on how whole-number targets were read, with the option to change it."""
    y = dataset.y
    if y.dtype.kind not in "iuf" or (y.dtype.kind == "f" and (y % 1 != 0).any()):
        return []
    different = np.unique(y).size
    if task == "classification":
        note = (
            f"The {different} different whole numbers of the target {dataset.target_name!r} were "
            "taken for classes (--task regression takes them for quantities)."
        )
        return [note]
    if 2 * different > y.size:
        return []  # hardly a number stands twice
    note = (
        f"The {different} different whole numbers of the target {dataset.target_name!r} were taken "
        f"for quantities, as they are more than {MOST_INTEGER_CLASSES} (--task classification "
        "takes them for classes)."
    )
    return [note]


def spellings(names: Sequence[str]) -> list[str]:
    """Return which names differ only in upper case, lower case and blanks.

    >>> spellings(["No", "YES", "Yes", "no"])
    ["'YES', 'Yes' and 'No', 'no' differ only in capitals and blanks; if they mean the same, write
    them the same."]
    """
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault("".join(name.split()).casefold(), []).append(name)
    alike = [quoted(group) for group in groups.values() if len(group) > 1]
    if not alike:
        return []
    shown = " and ".join(sorted(alike, reverse=True)[:3])
    return [
        f"{shown} differ only in capitals and blanks; if they mean the same, write them the same."
    ]


def _spellings_of_columns(frame: Any) -> list[str]:
    notes = []
    for name, column in frame.items():
        if column.dtype.kind in "iufbmM" or (not hasattr(column, "cat") and column.dtype == object):
            continue
        words = column.dropna().unique()
        if len(words) <= 50:
            notes += [f"{name}: {note}" for note in spellings(sorted(map(str, words)))]
    return notes


def counts_rows(values: NDArray[Any]) -> bool:
    """Return whether numbers are whole, all different, and in order or nearly consecutive.

    In order: they increase from row to row. Nearly consecutive: half of the numbers from the least
    to the greatest are there, as in half of the rows of a table. So many quantities would repeat
    a number: with N of 2 N possible ones the chance that all differ is below exp(-N / 4).

    >>> counts_rows(np.arange(100)[::-1]), counts_rows(np.arange(100) % 50)
    (True, False)
    """
    rows = len(values)
    if rows < FEWEST_ROWS_IN_ORDER or not np.isfinite(values).all():
        return False
    if values.dtype.kind == "f" and (values % 1 != 0).any():
        return False
    if (values[1:] > values[:-1]).all():
        return True
    span = int(values.max()) - int(values.min()) + 1
    return span <= 2 * rows and np.unique(values).size == rows
