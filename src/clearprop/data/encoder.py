"""Encode the columns of a raw table as inputs of a network; the encoder is stored as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.data.columns import (
    COLUMN_KINDS,
    REASONS,
    CategoryColumn,
    LeftOutColumn,
    NumberColumn,
    fit_column,
)
from clearprop.data.dataset import numbered_names
from clearprop.data.date_column import DateColumn
from clearprop.data.optional import require
from clearprop.data.reading import ColumnReading, Reading
from clearprop.files.document import a_count, a_list, a_text, checked
from clearprop.files.errors import DataError
from clearprop.writing.sentences import count, listed, quoted, suggestion

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    import pandas as pd
    from numpy.typing import DTypeLike, NDArray

    from clearprop.data.columns import ColumnEncoder
    from clearprop.data.values import Column
    from clearprop.files.document import Check

    RawTable: TypeAlias = pd.DataFrame | NDArray[Any]

_READINGS = {
    NumberColumn.kind: ColumnReading("number"),
    CategoryColumn.kind: ColumnReading("text"),
    DateColumn.kind: ColumnReading("date"),
}

VERSION = 2
"""Of the document that :meth:`TableEncoder.to_document` makes; the first had no dates and no
reading."""


@dataclass(frozen=True)
class TableEncoder:
    """Encode a table with numbers, categories and missing values as an array of finite numbers.

    Numbers are standardised, missing ones replaced by the training median; each category has an
    input of its own; dates become years, days and cycles; identifiers, free text and columns
    that never change are left out. Each row is encoded by itself, so a row's inputs never depend on
    the other rows.

    Attributes
    ----------
    columns
        What is done with each column, in the order of the training table.
    rows
        How many rows the training table had.
    reading
        How the table of text was read that it was learned from, to read others in the same way.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"age": [20, 30, None], "job": ["clerk", "smith", "clerk"]})
    >>> encoder = TableEncoder.fit(table)
    >>> encoder.input_names
    ('age', 'job=clerk', 'job=smith')
    >>> encoder.encode(table)
    array([[-1.,  1.,  0.],
           [ 1.,  0.,  1.],
           [ 0.,  1.,  0.]])
    """

    columns: tuple[ColumnEncoder, ...]
    rows: int
    reading: Reading | None = field(default=None, repr=False)

    @classmethod
    def fit(
        cls,
        table: RawTable,
        names: Sequence[str] | None = None,
        *,
        rows: NDArray[np.intp] | None = None,
        reading: Reading | None = None,
    ) -> TableEncoder:
        """Learn from a training table how to encode each column.

        Parameters
        ----------
        table
            A pandas table, or an array (N, I) of numbers or texts.
        names
            The names of an array's columns; x1, x2 and so on without them.
        rows
            Which rows to learn from, counted from 0; None is all. Every row is checked.
        reading
            How the table was read, see :attr:`reading`.

        Raises
        ------
        DataError
            When there are no rows, nothing is left to learn from, or a value cannot be used; the
            message names its column and its row, counted from 1.
        """
        named = _named_columns(table, names)
        size = len(table) if rows is None else len(rows)
        if not size:
            raise DataError("the table has no rows.")
        columns = tuple(fit_column(column, name, rows) for name, column in named.items())
        encoder = cls(columns, size, reading)
        if not encoder.input_names:
            raise DataError(f"no column is left to learn from: {'; '.join(encoder.describe())}.")
        return encoder

    @property
    def input_names(self) -> tuple[str, ...]:
        """The names of the network's inputs."""
        return tuple(name for column in self.columns for name in column.input_names)

    @property
    def standardised(self) -> tuple[NumberColumn | None, ...]:
        """For each input the column of numbers it is, standardised; None for other inputs."""
        return tuple(
            column if isinstance(column, NumberColumn) else None
            for column in self.columns
            for _ in column.input_names
        )

    @property
    def width(self) -> int:
        """The number of the network's inputs."""
        return len(self.input_names)

    def encode(self, table: RawTable, dtype: DTypeLike = np.float64) -> NDArray[Any]:
        """Return the inputs (N, width) for the rows of a table.

        Parameters
        ----------
        table
            With the columns of the training table under their names, in any order; others are
            ignored. Columns that training left out may be missing. The columns of an array are
            taken by position.
        dtype
            float64 or float32.

        Raises
        ------
        DataError
            When a column is lacking or a value cannot be used.
        """
        return self.encode_with_notes(table, dtype)[0]

    def encode_with_notes(
        self, table: RawTable, dtype: DTypeLike = np.float64
    ) -> tuple[NDArray[Any], list[str]]:
        """Return the inputs of :meth:`encode`, and notes on values that training did not have."""
        named = _named_columns(table, self._names_for(table))
        inputs = np.zeros((len(table), self.width), dtype=dtype)
        notes = []
        start = 0
        for encoder in self.columns:
            if isinstance(encoder, LeftOutColumn):
                continue
            if encoder.name not in named:
                raise DataError(
                    f"the table has no column {encoder.name!r}, which the training table had."
                    f"{suggestion(encoder.name, list(named))} Its columns are {listed(named, 30)}."
                )
            stop = start + len(encoder.input_names)
            notes += encoder.write(inputs[:, start:stop], named[encoder.name])
            start = stop
        return inputs, notes

    def as_read(self) -> Reading:
        """Return how to read a table of text for this encoder.

        As the training table was read if that was text; otherwise by the kind of each column.
        """
        if self.reading is not None:
            return self.reading
        return Reading(columns={c.name: _READINGS[c.kind] for c in self.columns if c.input_names})

    def _names_for(self, table: RawTable) -> list[str] | None:
        """Return the names of an array's columns, by position."""
        if not isinstance(table, np.ndarray):
            return None
        names = [column.name for column in self.columns]
        if table.ndim == 2 and table.shape[1] != len(names):
            raise DataError(
                f"the array has {count(table.shape[1], 'column')}, where training had {len(names)}."
            )
        return names

    def describe(self) -> list[str]:
        """Return sentences on how the columns are encoded."""
        numbers = [column for column in self.columns if isinstance(column, NumberColumn)]
        categories = [column for column in self.columns if isinstance(column, CategoryColumn)]
        dates = [column for column in self.columns if isinstance(column, DateColumn)]
        sentences = []
        if numbers:
            what = count(len(numbers), "numeric column")
            sentences.append(f"standardised {what}: {listed(c.name for c in numbers)}")
        if missing := _missing(numbers):
            what = count(sum(column.missing for column in numbers), "missing number")
            sentences.append(f"filled {what} with the column's median: {missing}")
        if categories:
            what = count(len(categories), "column")
            width = sum(len(column.input_names) for column in categories)
            each = listed(f"{c.name} ({len(c.input_names)})" for c in categories)
            sentences.append(f"one-hot encoded {what} into {count(width, 'input')}: {each}")
        if missing := _missing(categories):
            sentences.append(f"made missing a category of its own: {missing}")
        if dates:
            what = f"{count(len(dates), 'column')} of dates"
            width = sum(len(column.input_names) for column in dates)
            each = listed(f"{c.name} ({_parts(c)})" for c in dates)
            sentences.append(f"made {count(width, 'input')} of {what}: {each}")
        for reason, words in REASONS.items():
            left_out = [c for c in self.columns if isinstance(c, LeftOutColumn)]
            if names := [_with_count(c) for c in left_out if c.reason == reason]:
                what = count(len(names), "column")
                sentences.append(f"left out {what} ({words}): {listed(names)}")
        return sentences

    def to_document(self) -> dict[str, Any]:
        """Return the encoder as strict JSON, from which :meth:`from_document` makes it again."""
        columns = [{"kind": column.kind} | asdict(column) for column in self.columns]
        for column in columns:
            for name, value in column.items():
                column[name] = list(value) if isinstance(value, tuple) else value
        return {
            "version": VERSION,
            "rows": self.rows,
            "columns": columns,
            "reading": None if self.reading is None else self.reading.to_document(),
        }

    @classmethod
    def from_document(cls, document: object) -> TableEncoder:
        """Return the encoder that a document describes; it encodes exactly as the saved one.

        Raises
        ------
        DataError
            When the document is not one of :meth:`to_document`.
        """
        where = "the table's encoder"
        version = _version(document, where)
        checks: dict[str, Check] = {"version": a_count, "rows": a_count, "columns": a_list}
        if version > 1:
            checks["reading"] = _reading_or_none
        fields = checked(document, where, checks)
        columns = tuple(map(_column_from_document, fields["columns"]))
        names = [column.name for column in columns]
        if len(set(names)) != len(names):
            raise DataError("the table's encoder: two columns have the same name")
        rows = fields["rows"]
        if any(c.missing > rows for c in columns if not isinstance(c, LeftOutColumn)):
            raise DataError(f"the table's encoder: more missing values than {count(rows, 'row')}")
        encoder = cls(columns, rows, fields.get("reading"))
        if not encoder.input_names:
            raise DataError("the table's encoder: no column has inputs")
        return encoder


def _version(document: object, where: str) -> int:
    version = document.get("version", VERSION) if isinstance(document, dict) else VERSION
    number = a_count(version, f"{where}: version")
    if number > VERSION:
        raise DataError(
            f"{where} is of version {number}, and this clearprop reads up to {VERSION}: it needs "
            "a newer clearprop"
        )
    if not number:
        raise DataError(f"{where} is of version 0, which there never was")
    return number


def _reading_or_none(value: object, where: str) -> Reading | None:
    return None if value is None else Reading.from_document(value, where)


def _column_from_document(document: object) -> ColumnEncoder:
    where = "a column of the table's encoder"
    kind = document.get("kind") if isinstance(document, dict) else None
    if not isinstance(kind, str) or kind not in COLUMN_KINDS:
        raise DataError(f"{where}: kind must be one of {quoted(COLUMN_KINDS)}, not {kind!r:.40}")
    column = COLUMN_KINDS[kind]
    fields = checked(document, where, {"kind": a_text, **column.checks})
    del fields["kind"]
    return column(**fields)


def _named_columns(table: RawTable, names: Sequence[str] | None) -> dict[str, Column]:
    """Return the columns of a table by name; `names` are the names of an array's columns."""
    if isinstance(table, np.ndarray):
        return _array_columns(table, names)
    require("pandas", "a table that is not a NumPy array")
    import pandas as pd

    if not isinstance(table, pd.DataFrame):
        raise TypeError(f"a pandas table or a NumPy array is expected, not {type(table).__name__}")
    return _frame_columns(table)


def _array_columns(array: NDArray[Any], names: Sequence[str] | None) -> dict[str, Column]:
    if array.ndim != 2:
        raise DataError(f"a table has rows and columns; the array has shape {array.shape}.")
    width = array.shape[1]
    names = numbered_names(width) if names is None else names
    if len(names) != width:
        raise DataError(f"{count(len(names), 'name')} for {count(width, 'column')}.")
    if array.dtype.kind in "biuf":
        return {name: array[:, i] for i, name in enumerate(names)}
    require("pandas", "an array that holds more than numbers")
    import pandas as pd

    return _frame_columns(pd.DataFrame(array, columns=list(names)))


def _frame_columns(frame: pd.DataFrame) -> dict[str, Column]:
    columns: dict[str, Column] = {str(name): frame.iloc[:, i] for i, name in enumerate(frame)}
    if len(columns) != frame.shape[1]:
        raise DataError(f"two columns of the table have one name among {listed(columns, 30)}.")
    return columns


def _parts(column: DateColumn) -> str:
    """Return the parts of a date that the inputs of a column hold."""
    year = ["year"] if column.year_sd else []
    return ", ".join(["days", *year, *column.cycles])


def _missing(columns: Sequence[NumberColumn | CategoryColumn]) -> str:
    return listed(f"{column.name} ({column.missing})" for column in columns if column.missing)


def _with_count(column: LeftOutColumn) -> str:
    if not column.different:
        return column.name
    return f"{column.name} ({column.different} different)"
