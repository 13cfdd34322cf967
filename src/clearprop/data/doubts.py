"""What a person may want to know about a table before a network learns from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.data.target import MOST_INTEGER_CLASSES
from clearprop.writing.sentences import listed, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from clearprop.data.dataset import Dataset, Task

FEWEST_ROWS_IN_ORDER = 20
"""Of fewer rows, numbers in order are no surprise."""


def doubts(dataset: Dataset, task: Task, told: bool) -> list[str]:
    """Return sentences on what was guessed, and on columns that give the answer away.

    Parameters
    ----------
    dataset
        With the target.
    task
        The task that the target was read for.
    told
        Whether a person said so.
    """
    notes = [] if told or dataset.reading is None else _about_task(dataset, task)
    if task == "classification":
        names = sorted(set(map(str, np.unique(dataset.y))))
        notes += [f"{dataset.target_name}: {note}" for note in spellings(names)]
    if hasattr(dataset.X, "iloc"):
        notes += row_numbers(dataset.X)
        notes += _spellings_of_columns(dataset.X)
    return notes


def _about_task(dataset: Dataset, task: Task) -> list[str]:
    """Return what whole numbers were taken for, and what says otherwise."""
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


def row_numbers(frame: Any) -> list[str]:
    """Return a warning of columns that count the rows.

    Such a number tells where a row stands in the file: where the file is sorted by its target, it
    gives that away, and in new rows it says nothing.
    """
    found = [str(name) for name, column in frame.items() if _counts_rows(column)]
    if not found:
        return []
    verb = "counts" if len(found) == 1 else "count"
    note = (
        f"{listed(found, 6)} {verb} the rows, and can give the target away where the rows are "
        f"sorted: --ignore {found[0]} leaves {'it' if len(found) == 1 else 'such a column'} out."
    )
    return [note]


def _counts_rows(column: Any) -> bool:
    """Return whether whole numbers, all different, rise from row to row or leave no gap."""
    if column.dtype.kind not in "iu" or len(column) < FEWEST_ROWS_IN_ORDER:
        return False
    values: NDArray[Any] = column.to_numpy()
    if (values[1:] > values[:-1]).all():
        return True
    span = int(values.max()) - int(values.min()) + 1
    return span == len(values) and np.unique(values).size == len(values)
