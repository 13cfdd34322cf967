"""The rows of a stream as a table has them, piece by piece: numbers, categories and dates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from clearprop.data.dataset import numbered_names
from clearprop.data.date_column import moments_of
from clearprop.data.optional import require
from clearprop.data.places import CellError
from clearprop.data.reading import TextOptions
from clearprop.data.shard_csv import CsvShard
from clearprop.data.shard_npy import NpyShard
from clearprop.data.split import target_array
from clearprop.data.table_kinds import KINDS_IN_WORDS, kinds_of, recognised
from clearprop.data.values import Categories, categories_of, numbers_of
from clearprop.files.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from clearprop.data.row_weights import RowWeights
    from clearprop.data.stream import Stream
    from clearprop.data.values import Column, Kind

READERS: dict[Kind, Callable[[Any, str], Any]] = {
    "number": numbers_of,
    "category": categories_of,
    "date": moments_of,
}


class TablePiece(NamedTuple):
    """Rows of a table, read.

    Attributes
    ----------
    values
        Of each column: numbers (n,), `Categories` or dates (n,).
    y
        The targets, (n,), or (n, K) of several columns.
    rows
        The number of each row among all (n,).
    weights
        What each row weighs (n,); None where all weigh the same.
    """

    values: Mapping[str, Any]
    y: NDArray[Any]
    rows: NDArray[np.int64]
    weights: NDArray[np.float64] | None = None

    def take(self, places: Any) -> TablePiece:
        """Return some of the rows."""
        return TablePiece(
            {name: taken(column, places) for name, column in self.values.items()},
            self.y[places],
            self.rows[places],
            None if self.weights is None else self.weights[places],
        )


class TablePieces:
    """A stream read as a table, as ``TableClassifier`` takes one.

    Each column holds numbers, texts or dates in all files alike. Parquet files say which; of CSV
    files the first 8 MiB say it, in which everything is recognised that is in a single file.

    Parameters
    ----------
    stream
        The files.
    options
        What is not left to be recognised in CSV files.
    left_out
        Returns which of so many rows, from a number on, are not of this table (n,); None for none.

    Raises
    ------
    DataError
        If a column does not hold the same in all files, or something else.
    """

    def __init__(
        self,
        stream: Stream,
        options: TextOptions | None = None,
        left_out: Callable[[int, int], NDArray[np.bool_]] | None = None,
    ) -> None:
        require("pandas", "a stream of tables")
        self.stream, self.left_out = stream, left_out
        self.weights: RowWeights | None = None
        self.reading = recognised(stream, options or TextOptions())
        self.kinds: dict[str, Kind] = kinds_of(stream.shards, stream.wanted, self.reading)
        self._check_weights()
        named = not isinstance(stream.shards[0], NpyShard)
        # An array in memory has columns of these names.
        self.columns = stream.columns if named else numbered_names(len(stream.columns))
        self.named = named
        self._firsts = _firsts(stream.pieces)

    def weighed(self, weights: RowWeights) -> TablePieces:
        """Return the table whose rows weigh so much; its rows are numbered anew."""
        other = copy(self)
        for known in ("counts", "firsts"):
            other.__dict__.pop(known, None)
        other.weights = weights
        return other

    @property
    def total(self) -> int:
        """The numbers that rows have: those left out have one, those of weight 0 have none."""
        return sum(self.sizes)

    @property
    def sizes(self) -> Sequence[int]:
        """How many numbers of rows each piece has."""
        return self.stream.pieces if self.weights is None else self.weights.counts

    @cached_property
    def firsts(self) -> list[int]:
        """The number of the first row of each piece."""
        return _firsts(self.sizes)

    @property
    def is_text(self) -> bool:
        """Whether the files are tables of text."""
        return isinstance(self.stream.shards[0], CsvShard)

    @cached_property
    def counts(self) -> list[int]:
        """The rows of each piece."""
        if self.weights is not None:
            return list(self.weights.counts)
        return [
            rows - (0 if self.left_out is None else int(self.left_out(first, rows).sum()))
            for first, rows in zip(self._firsts, self.stream.pieces, strict=True)
        ]

    def read(self, piece: int) -> TablePiece:
        """Return the rows of a piece.

        Raises
        ------
        DataError
            For a cell that cannot be used; file, row and column are named.
        """
        raw, rows = self._raw(piece, self.stream.wanted)
        with self._locating(piece, rows):
            values = {
                name: READERS[self.kinds[given]](raw[given], given)
                for name, given in zip(self.columns, self.stream.columns, strict=True)
            }
            y, cells = self._targets(raw)
        found = TablePiece(values, y, rows + self._firsts[piece])
        if self.weights is None:
            return found
        weights = self.weights.of(y, cells)
        places = self.weights.rows_of(weights)
        if len(places) != self.counts[piece]:
            raise self.stream.place(piece)[0].changed()
        numbers = np.arange(len(places)) + self.firsts[piece]
        left = None if self.weights.repeats else weights[places]
        taken_rows = found.take(places)
        met = {name: only_met(column) for name, column in taken_rows.values.items()}
        return taken_rows._replace(values=met, rows=numbers, weights=left)

    def read_targets(self, piece: int) -> tuple[NDArray[Any], NDArray[np.float64] | None]:
        """Return the targets of a piece, and the cells of its rows in the column of weights.

        No row is repeated, and rows of weight 0 are there. No other column is read.
        """
        inputs = len(self.stream.columns)
        raw, rows = self._raw(piece, self.stream.wanted[inputs:])
        with self._locating(piece, rows):
            return self._targets(raw)

    def read_columns(self, piece: int, names: Sequence[str]) -> TablePiece:
        """Return the rows of a piece, with some of the columns only."""
        tables = copy(self)
        tables.columns = tuple(names)
        given = dict(zip(self.columns, self.stream.columns, strict=True))
        tables.stream = self.stream.with_columns([given[name] for name in names])
        return tables.read(piece)

    def apart(self, piece: int) -> tuple[pd.DataFrame, pd.DataFrame, NDArray[Any]]:
        """Return the rows of a piece that are left out, the others, and the others' targets.

        Raises
        ------
        DataError
            For a cell that cannot be used, of all rows; file, row and column are named.
        """
        import pandas as pd

        raw = self._table(piece, [*self.stream.columns, *self.stream.targets])
        frame = pd.DataFrame(dict(raw))
        frame.columns = pd.Index([*self.columns, *self.stream.targets])
        out = np.zeros(self.stream.pieces[piece], bool)
        if self.left_out is not None:
            out = self.left_out(self._firsts[piece], len(out))
        target = self.stream.targets[0]
        with self._locating(piece, np.arange(len(frame))):
            for name in self.stream.columns:
                READERS[self.kinds[name]](raw[name], name)
            y = _target(frame[target], target, self.kinds[target])
        return frame[out], frame[~out], y[~out]

    def _table(self, piece: int, names: Sequence[str]) -> Mapping[str, Any]:
        shard, inside = self.stream.place(piece)
        return shard.table(inside, names, self.reading)

    def _raw(self, piece: int, names: Sequence[str]) -> tuple[Mapping[str, Any], NDArray[np.intp]]:
        """Return columns of a piece without the rows left out, and the others' places in it."""
        rows = np.arange(self.stream.pieces[piece])
        if self.left_out is not None:
            rows = np.flatnonzero(~self.left_out(self._firsts[piece], len(rows)))
        raw = self._table(piece, names)
        return {name: _taken(column, rows) for name, column in raw.items()}, rows

    def _targets(self, raw: Mapping[str, Any]) -> tuple[NDArray[Any], NDArray[np.float64] | None]:
        """Return the targets, and the cells of the column of weights if there is one."""
        stream = self.stream
        targets = [_target(raw[name], name, self.kinds[name]) for name in stream.targets]
        y = targets[0] if stream.single else np.column_stack(targets)
        if stream.weights is None:
            return y, None
        cells = numbers_of(raw[stream.weights], stream.weights)
        wrong = ~(cells >= 0)
        if wrong.any():
            row = int(wrong.argmax())
            missing = np.isnan(cells[row])
            what = "the weight" if missing else f"the weight {cells[row]:g}"
            said = "is missing" if missing else "is below 0"
            raise CellError(stream.weights, row, what, f"{said}: 0 leaves a row out.")
        return y, cells

    def _advice(self) -> str:
        if not self.is_text:
            return ""
        first = next(shard.name for shard in self.stream.shards if shard.rows)
        return f" What a column holds, and how numbers and dates are written, {first} says."

    def _check_weights(self) -> None:
        name = self.stream.weights
        if name is not None and self.kinds[name] != "number":
            raise DataError(
                f"column {name!r} holds {KINDS_IN_WORDS[self.kinds[name]]}, and weights are "
                "numbers from 0: name another column by weights=."
            )

    @contextmanager
    def _locating(self, piece: int, rows: NDArray[np.intp]) -> Iterator[None]:
        """Name the file in each error that is raised within; `rows` are those of the piece."""
        shard, inside = self.stream.place(piece)
        try:
            yield
        except CellError as error:
            row = sum(shard.rows[:inside]) + int(rows[error.row])
            where = f"{shard.name}, row {row + 1}, column {error.column!r}"
            raise DataError(f"{where}: {error.cell} {error.reason}{self._advice()}") from error
        except DataError as error:
            raise DataError(f"{shard.name}: {error}") from error


def _firsts(sizes: Sequence[int]) -> list[int]:
    return [0, *np.cumsum(sizes)[:-1].tolist()]


def _taken(column: Column, rows: NDArray[np.intp]) -> Any:
    if len(rows) == len(column):
        return column
    return column[rows] if isinstance(column, np.ndarray) else column.iloc[rows]


def _target(column: Column, name: str, kind: Kind) -> NDArray[Any]:
    """Return a target without gaps: numbers, truth values or texts."""
    import pandas as pd

    series = pd.Series(column, name=name)
    missing = np.asarray(series.isna())
    if missing.any():
        raise CellError(name, int(missing.argmax()), "the target", "is missing: leave the row out.")
    numbers = kind == "number" and series.dtype.kind not in "iuf"
    y = numbers_of(series, name) if numbers else target_array(series)
    if y.dtype.kind == "f" and np.isinf(y).any():
        row = int(np.isinf(y).argmax())
        raise CellError(name, row, f"{y[row]}", "is not a finite number.")
    return y


def joined(parts: Sequence[Any]) -> Any:
    """Return rows of a column one after another: of each part, as `READERS` give them."""
    if not isinstance(parts[0], Categories):
        return parts[0].append(list(parts[1:])) if hasattr(parts[0], "append") else (
            np.concatenate(parts)
        )  # fmt: skip
    texts = sorted(set().union(*(part.texts for part in parts)))
    place = {text: number for number, text in enumerate(texts)}
    codes = [
        np.array([*(place[text] for text in part.texts), -1], np.intp)[part.codes] for part in parts
    ]
    return Categories(texts, np.concatenate(codes))


def taken(values: Any, rows: Any) -> Any:
    """Return some rows of a column, as `READERS` give it."""
    if not isinstance(values, Categories):
        return values[rows]
    return Categories(values.texts, values.codes[rows])


def only_met(found: Any) -> Any:
    """Return a column, of categories without the texts that no row has."""
    if not isinstance(found, Categories):
        return found
    met = np.unique(found.codes[found.codes >= 0])
    place = np.full(len(found.texts) + 1, -1, np.intp)
    place[met] = np.arange(len(met))
    return Categories([found.texts[code] for code in met.tolist()], place[found.codes])
