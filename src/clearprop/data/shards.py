"""A shard: a file of a stream, in pieces that fit into memory, wherever it is stored."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.files.errors import DataError

if TYPE_CHECKING:
    from clearprop.data.reading import Reading
    from clearprop.data.values import Column, Kind

PIECE_BYTES = 8 * 2**20
"""What a piece of a CSV or NPY file takes in it. Of a Parquet file a piece is a row group."""

ROWS_AT_ONCE = 8192
"""Rows that are put together from columns at a time: they stay in a processor's cache."""

END_BYTES = 2**16
"""Of the begin and the end of a file, which tell it from others of its name and size."""


class Shard(ABC):
    """A file of rows of numbers. What it holds is looked up when it is made, and not read.

    Attributes
    ----------
    name : str
        For errors.
    columns : tuple of str
        The names of its columns.
    rows : tuple of int
        The rows of each piece.
    """

    columns: tuple[str, ...]
    rows: tuple[int, ...]

    def __init__(self, fs: Any, path: str) -> None:
        self.fs, self.path, self.name = fs, path, PurePosixPath(path).name
        self.size, self.key = int(fs.info(path)["size"]), fs.ukey(path)
        self.ends = hashlib.sha256()
        with fs.open(path, "rb") as file:
            for start in (0, max(0, self.size - END_BYTES)):
                file.seek(start)
                self.ends.update(file.read(END_BYTES))

    def read(
        self, piece: int, inputs: Sequence[str], targets: Sequence[str], dtype: Any
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return columns of a piece: inputs (rows, I) of `dtype`, targets (rows, K) in 64 bits.

        Class 16,777,217 is no number of 32 bits.

        Raises
        ------
        DataError
            If the file has changed since it was opened, or a cell is no finite number.
        """
        self.check_unchanged()
        first, names = sum(self.rows[:piece]), [*inputs, *targets]
        found = self._columns(piece, first, names)
        if any(len(column) != self.rows[piece] for column in found):
            raise self.changed()
        x = self._finite(together(found[: len(inputs)], dtype), first, inputs, found)
        t = together(found[len(inputs) :], np.float64)
        return x, self._finite(t, first, targets, found[len(inputs) :])

    def _finite(
        self, table: np.ndarray, first: int, names: Sequence[str], found: list[np.ndarray]
    ) -> np.ndarray:
        if np.isfinite(table).all():
            return table
        row, place = np.argwhere(~np.isfinite(table))[0].tolist()
        value = found[place][row]
        where = f" in {table.dtype}" if np.isfinite(value) else ""
        what = f"{value:g}, and numbers must be finite{where}"
        raise self.wrong_cell(first + row, names[place], what)

    def check_unchanged(self) -> None:
        """Raise a DataError if the file is gone, or is not the one that was opened."""
        try:
            same = self.fs.ukey(self.path) == self.key
        except FileNotFoundError as error:
            raise DataError(
                f"{self.name} is gone since the stream was opened: bring it back, and go on from "
                "the checkpoint, or open the stream anew."
            ) from error
        if not same:
            raise self.changed()

    def changed(self) -> DataError:
        """Return an error that says so."""
        return DataError(
            f"{self.name} has changed since the stream was opened: rows would be missed or seen "
            "twice. Open the stream anew, and train from the beginning."
        )

    def wrong_cell(self, row: int, column: str, what: str) -> DataError:
        """Return an error for a cell; `row` counts from 0."""
        return DataError(f"{self.name}, row {row + 1}, column {column!r} is {what}.")

    def _filled(self, table: Any, first: int, names: Sequence[str]) -> list[np.ndarray]:
        """Return columns of an Arrow table; raise a DataError for the first empty cell."""
        found = []
        for name in names:
            column = table.column(name)
            if column.null_count:
                row = int(np.flatnonzero(column.is_null().to_numpy())[0])
                raise self.wrong_cell(first + row, name, "empty, and a stream takes numbers only")
            found.append(column.to_numpy())
        return found

    def fact(self) -> str:
        """Return what tells the file from others: its size, its rows, and its ends."""
        digest = self.ends.copy()
        digest.update(repr(self.columns).encode())
        return f"{sum(self.rows)} rows, {self.size} bytes, {digest.hexdigest()[:16]}"

    @abstractmethod
    def kinds(self, names: Sequence[str], reading: Reading) -> dict[str, Kind | None]:
        """Return what columns hold; None where the file does not say it."""

    def table(self, piece: int, names: Sequence[str], reading: Reading) -> Mapping[str, Column]:
        """Return columns of a piece as the file has them: texts, dates and missing values, too.

        Raises
        ------
        DataError
            If the file has changed since it was opened, or cannot be read.
        """
        self.check_unchanged()
        found = self._table(piece, sum(self.rows[:piece]), names, reading)
        if any(len(column) != self.rows[piece] for column in found.values()):
            raise self.changed()
        return found

    @abstractmethod
    def _table(
        self, piece: int, first: int, names: Sequence[str], reading: Reading
    ) -> Mapping[str, Column]:
        """Return columns of a piece, whose first row is row `first` of the file."""

    def check_numbers(self, names: Sequence[str]) -> None:  # noqa: B027 - cells tell of most files
        """Raise a DataError if the file says itself that a column holds no numbers."""

    @abstractmethod
    def _columns(self, piece: int, first: int, names: Sequence[str]) -> list[np.ndarray]:
        """Return columns of a piece, whose first row is row `first` of the file."""


def together(columns: Sequence[np.ndarray], dtype: Any) -> np.ndarray:
    """Return columns (rows,) side by side, in rows that follow each other in memory."""
    rows = len(columns[0]) if columns else 0
    table = np.empty((rows, len(columns)), dtype)
    with np.errstate(over="ignore"):  # a number too large for `dtype` is found as infinite
        for start in range(0, rows, ROWS_AT_ONCE):
            some = slice(start, start + ROWS_AT_ONCE)
            for place, column in enumerate(columns):
                table[some, place] = column[some]
    return table
