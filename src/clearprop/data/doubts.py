"""Warn of guesses about a table before training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.data.target import MOST_INTEGER_CLASSES
from clearprop.writing.sentences import count, quoted

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
    notes += _about_target(dataset, task)
    if task == "classification":
        names = sorted(set(map(str, np.unique(dataset.y))))
        notes += [f"{dataset.target_name}: {note}" for note in spellings(names)]
    if hasattr(dataset.X, "iloc"):
        notes += _spellings_of_columns(dataset.X)
        notes += stand_ins(dataset.X, dataset.reading is not None)
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


def _about_target(dataset: Dataset, task: Task) -> list[str]:
    """Return a sentence on a target that is hardly one: it counts the rows, or nothing repeats."""
    y, name, rows = dataset.y, dataset.target_name, len(dataset.y)
    otherwise = "(--target NAME names another)."
    if task == "regression":
        if not counts_rows(y) or np.ptp(y) >= 2 * rows:  # sorted rows may well rise
            return []
        return [f"The target {name!r} counts the rows: is it what is to be predicted? {otherwise}"]
    different = len(np.unique(y))
    if rows < FEWEST_ROWS_IN_ORDER or 2 * different <= rows:
        return []
    what = f"{different} classes in {rows} rows, so that hardly any can be learned"
    return [f"The target {name!r} has {what} {otherwise}"]


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


STAND_INS = frozenset(
    sign * number for number in (99, 999, 9999, 99999, 999999) for sign in (1, -1)
) | {-9}
"""Numbers that often stand for a missing one."""


def stand_ins(frame: Any, text: bool = True) -> list[str]:
    """Return which numbers, and dates, may stand for a missing value.

    A number of ``STAND_INS`` in two rows or more that is as far from all others as these are from
    each other; a date in the years 1 and 9999. `text` says whether the table is one of text, for
    which the command can be told.

    >>> import pandas as pd
    >>> stand_ins(pd.DataFrame({"age": [20, 31, 999, 47, 999, 52]}))
    ['age: 999 in 2 rows is far from the others (20 to 52); --missing 999 says that it is missing.']
    """
    notes = []
    for name, column in frame.items():
        kind = column.dtype.kind
        if kind not in "iufM":
            continue
        values = column.dropna().to_numpy()
        ends = (values.min(), values.max()) if values.size else ()
        for end in dict.fromkeys(ends):
            rest, rows = values[values != end], int((values == end).sum())
            if kind == "M":
                word = str(end)[:10]
                is_stand_in = word.startswith(("0001-", "9999-"))
                span = [str(one)[:10] for one in (rest.min(), rest.max())] if rest.size else []
            else:
                word = f"{end:.15g}"
                span = [f"{one:.15g}" for one in (rest.min(), rest.max())] if rest.size else []
                is_stand_in = float(end) in STAND_INS and rows > 1 and _is_far(end, rest)
            if is_stand_in and rest.size:
                advice = (
                    f"--missing {word} says that it is missing"
                    if text
                    else "if it means that there is none, leave the cell empty"
                )
                notes.append(
                    f"{name}: {word} in {count(rows, 'row')} is far from the others "
                    f"({span[0]} to {span[1]}); {advice}."
                )
    return notes


def _is_far(end: Any, rest: NDArray[Any]) -> bool:
    numbers = rest.astype(float)
    if len(np.unique(numbers)) < 3:
        return False
    away = min(abs(float(end) - numbers.min()), abs(float(end) - numbers.max()))
    return bool(away >= numbers.max() - numbers.min())


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
