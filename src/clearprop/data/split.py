"""Split a table into one column as the target and the others as inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.data.dataset import Dataset
from clearprop.data.places import CellError
from clearprop.data.target import infer_task
from clearprop.data.values import categories_of, kind_of, numbers_of
from clearprop.files.errors import DataError
from clearprop.writing.sentences import count, listed, quoted, suggestion

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from clearprop.data.dataset import Table


def find_column(target: str | int | None, names: tuple[str, ...], name: str) -> int:
    """Return the position of the target's column.

    Parameters
    ----------
    target
        A column's name, or its index from 0, from the end where negative; None is the last. A
        text that is no column's name may be an index, too.
    names
        The names of the columns.
    name
        The file's name, for the message.

    Raises
    ------
    DataError
        When there is no such column.

    Examples
    --------
    >>> find_column("price", ("rooms", "price", "area"), "houses.csv")
    1
    >>> find_column(-1, ("rooms", "price", "area"), "houses.csv")
    2
    """
    if target is None:
        return len(names) - 1
    if isinstance(target, str):
        if target in names:
            return names.index(target)
        if not target.removeprefix("-").isdecimal():
            raise DataError(
                f"{name} has no column {target!r}.{suggestion(target, names)} "
                f"Its columns are {listed(names, limit=30)}."
            )
    index = int(target)
    if not -len(names) <= index < len(names):
        raise DataError(
            f"{name} has no column {target}: it has {count(len(names), 'column')}, "
            f"numbered from 0 to {len(names) - 1}."
        )
    return index % len(names)


def split_target(table: Table, target: str | int | None) -> Dataset:
    """Return the data set in which one column of a pandas table is the target.

    Parameters
    ----------
    table
        With a pandas table as its `X`.
    target
        Which column, see :func:`find_column`.

    Raises
    ------
    DataError
        When there is no such column, none beside it, or its values are missing or infinite.
    """
    names = table.feature_names
    if len(names) < 2:
        advice = " --separator says what stands between columns." if table.lines is not None else ""
        raise DataError(
            f"{table.name} has {count(len(names), 'column')} ({listed(names)}); "
            f"training needs a target and at least one input.{advice}"
        )
    frame: Any = table.X
    position = find_column(target, names, table.name)
    target_name = names[position]
    column = frame.iloc[:, position]
    missing = np.asarray(column.isna())
    if missing.any():
        what = count(int(missing.sum()), "row")
        or_classes = _words_of(table, target_name)
        raise DataError(
            f"{table.name}: the target {target_name!r} is missing in {what} "
            f"({_places(missing, table)}). Leave these rows out, or name another target."
            f"{or_classes}"
        )
    try:
        y = target_array(column)
    except CellError as error:
        raise table.origin.located(error) from error
    except DataError as error:
        raise DataError(f"{table.name}: {error}") from error
    if y.dtype.kind == "f" and np.isinf(y).any():
        raise DataError(
            f"{table.name}: the target {target_name!r} is infinite in "
            f"{_places(np.isinf(y), table)}{_infinite_cell(y, table, target_name)}."
        )
    return Dataset(
        name=table.name,
        X=frame.iloc[:, [i for i in range(len(names)) if i != position]],
        y=y,
        feature_names=names[:position] + names[position + 1 :],
        target_name=target_name,
        task=infer_task(y),
        notes=table.notes,
        origin=table.origin,
        reading=table.reading,
        stray_target=table.stray.get(target_name),
    )


def _infinite_cell(y: NDArray[Any], table: Table, name: str) -> str:
    """Return the first infinite target as written in the file, in parentheses, if known."""
    written = table.written.get(name, {}).get(int(np.isinf(y).argmax()))
    return "" if written is None else f" ({written!r})"


def _words_of(table: Table, name: str) -> str:
    """Return advice on reading words as classes that were read as missing; "" without any."""
    reading = None if table.reading is None else table.reading.columns.get(name)
    if reading is None or not reading.missing:
        return ""
    words = quoted(reading.missing)
    return f" Or --text {name} takes each different cell for a class, {words} among them."


def _places(rows: NDArray[np.bool_], table: Table) -> str:
    found = np.flatnonzero(rows)
    noun, numbers = ("row", found + 1) if table.lines is None else ("line", table.lines[found])
    return f"{noun if len(found) == 1 else noun + 's'} {listed(numbers, limit=5)}"


def target_array(column: pd.Series[Any]) -> NDArray[Any]:
    """Return the values of a column without gaps as an array of numbers, booleans or texts.

    Raises
    ------
    DataError
        When it holds something else, such as dates.
    """
    name = str(column.name)
    kind = kind_of(column, name)
    if kind == "date":
        raise DataError(
            f"the target {name!r} holds dates, neither numbers nor classes. Name another target, "
            "or make numbers of the dates."
        )
    values = column.to_numpy()
    if values.dtype.kind in "biuf":
        return values
    if kind == "number":
        return numbers_of(column, name)
    if all(isinstance(value, str) for value in values):
        return np.array(values.tolist())
    found = categories_of(column, name)
    return np.array(found.texts)[found.codes]
