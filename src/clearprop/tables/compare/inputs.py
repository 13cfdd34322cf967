"""Check what `compare` is given: a table, and a target as classes or quantities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from clearprop.data import DataError, infer_task
from clearprop.data.dataset import numbered_names
from clearprop.data.frames import framed
from clearprop.data.labels import class_names
from clearprop.data.optional import require
from clearprop.tables.fit_inputs import check_named
from clearprop.writing.sentences import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clearprop.data.dataset import Task

    Array = np.ndarray[Any, Any]


class Target(NamedTuple):
    """The target: quantities as float64, or classes as numbers from 0 and their names."""

    task: Task
    y: Array
    classes: tuple[str, ...]


def table_of(X: Any) -> Any:
    """Return rows as a pandas table, or as an array of numbers (N, I).

    Raises
    ------
    DataError
        When it has no rows and columns.
    """
    frame = framed(X)
    if frame is not None:
        return frame
    if hasattr(X, "toarray"):
        raise TypeError("a sparse matrix cannot be compared on: X.toarray() is a whole one")
    array = np.asarray(X)
    if array.ndim != 2:
        raise DataError(f"X must have rows and columns, and has shape {array.shape}")
    if array.dtype.kind in "biuf":
        return array
    require("pandas", "an array that holds more than numbers")
    import pandas as pd

    names = [f"x{number}" for number in range(1, array.shape[1] + 1)]
    return pd.DataFrame(array.tolist(), columns=pd.Index(names)).infer_objects()


def without(
    table: Any, names: Sequence[str] | None, ignore: Sequence[str]
) -> tuple[Any, Sequence[str] | None]:
    """Return a table without the columns that `ignore` names, and the names of the others.

    Raises
    ------
    DataError
        If the table has no such column, or no other.
    """
    framed = hasattr(table, "iloc")
    width = table.shape[1]
    known = [str(name) for name in table.columns] if framed else names or numbered_names(width)
    if len(known) != width:
        raise DataError(f"{count(len(known), 'name')} for {count(width, 'column')}")
    check_named("ignore", ignore, known)
    kept = [place for place, name in enumerate(known) if name not in set(ignore)]
    if not kept:
        raise DataError("ignore names every column: none is left to learn from")
    if framed:
        return table.iloc[:, kept], names
    return table[:, kept], [known[place] for place in kept]


def target_of(y: Any, rows: int, task: Task | None, name: str) -> Target:
    """Return the target of a table.

    Raises
    ------
    DataError
        If it is not one value for each row, one is missing, or there is nothing to tell apart.
    """
    values: Array = np.asarray(y)
    if values.ndim != 1:
        raise DataError(f"the target must be one column, and has shape {values.shape}")
    if len(values) != rows:
        raise DataError(f"the table has {rows} rows, and the target {len(values)} values")
    if values.dtype == object:
        missing = np.array([each is None or each != each for each in values], bool)
        if missing.any():
            raise DataError(f"row {int(missing.argmax()) + 1}: the target {name} is missing")
        values = np.array(values.tolist())
    found = task or infer_task(values)
    if found == "regression":
        return Target(found, _quantities(values, name), ())
    labels, codes = np.unique(values, return_inverse=True)
    if len(labels) < 2:
        raise DataError(f"the target {name} is {values[0]} in every row")
    return Target(found, codes, tuple(class_names(labels)))


def _quantities(values: Array, name: str) -> Array:
    if values.dtype.kind not in "biuf":
        raise DataError(f"the target {name} is {values[0]!r:.40} in row 1, which is not a number")
    numbers = values.astype(np.float64)
    wrong = np.flatnonzero(~np.isfinite(numbers))
    if wrong.size:
        raise DataError(f"row {wrong[0] + 1}: the target {name} is {numbers[wrong[0]]}")
    if numbers.min() == numbers.max():
        raise DataError(f"the target {name} is {numbers[0]:g} in every row")
    return numbers
