"""The rows of a stream as a table has them, piece by piece: numbers, categories and dates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from clearprop.data.dataset import numbered_names
from clearprop.data.date_column import moments_of
from clearprop.data.optional import require
from clearprop.data.places import CellError
from clearprop.data.reading import Reading, TextOptions
from clearprop.data.shard_csv import CsvShard
from clearprop.data.shard_npy import NpyShard
from clearprop.data.split import target_array
from clearprop.data.values import Categories, categories_of, numbers_of
from clearprop.files.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from clearprop.data.shards import Shard
    from clearprop.data.stream import Stream
    from clearprop.data.values import Column, Kind

READERS: dict[Kind, Callable[[Any, str], Any]] = {
    "number": numbers_of,
    "category": categories_of,
    "date": moments_of,
}

_KINDS_IN_WORDS = {"number": "numbers", "category": "texts", "date": "dates"}


class TablePiece(NamedTuple):
    """Rows of a table, read.

    Attributes
    ----------
    values
        Of each column: numbers (n,), `Categories` or dates (n,).
    y
        The targets, (n,), or (n, K) of several columns.
    rows
        The number of each row in the stream (n,).
    """

    values: Mapping[str, Any]
    y: NDArray[Any]
    rows: NDArray[np.int64]


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
        self.reading = self._recognised(options or TextOptions())
        wanted = [*stream.columns, *stream.targets]
        self.kinds: dict[str, Kind] = self._kinds(wanted)
        named = not isinstance(stream.shards[0], NpyShard)
        # An array in memory has columns of these names.
        self.columns = stream.columns if named else numbered_names(len(stream.columns))
        self.named = named
        ends = np.cumsum(stream.pieces)
        self.firsts: list[int] = [0, *ends[:-1].tolist()]

    @property
    def total(self) -> int:
        """The rows of all files, those left out included."""
        return len(self.stream)

    @property
    def is_text(self) -> bool:
        """Whether the files are tables of text."""
        return isinstance(self.stream.shards[0], CsvShard)

    @cached_property
    def counts(self) -> list[int]:
        """The rows of each piece."""
        return [
            rows - (0 if self.left_out is None else int(self.left_out(first, rows).sum()))
            for first, rows in zip(self.firsts, self.stream.pieces, strict=True)
        ]

    def read(self, piece: int) -> TablePiece:
        """Return the rows of a piece.

        Raises
        ------
        DataError
            For a cell that cannot be used; file, row and column are named.
        """
        raw, rows = self._raw(piece), np.arange(self.stream.pieces[piece])
        if self.left_out is not None:
            rows = np.flatnonzero(~self.left_out(self.firsts[piece], len(rows)))
        raw = {name: _taken(column, rows) for name, column in raw.items()}
        with self._locating(piece, rows):
            values = {
                name: READERS[self.kinds[given]](raw[given], given)
                for name, given in zip(self.columns, self.stream.columns, strict=True)
            }
            targets = [_target(raw[name], name, self.kinds[name]) for name in self.stream.targets]
        y = targets[0] if self.stream.single else np.column_stack(targets)
        return TablePiece(values, y, rows + self.firsts[piece])

    def apart(self, piece: int) -> tuple[pd.DataFrame, pd.DataFrame, NDArray[Any]]:
        """Return the rows of a piece that are left out, the others, and the others' targets.

        Raises
        ------
        DataError
            For a cell that cannot be used, of all rows; file, row and column are named.
        """
        import pandas as pd

        raw = self._raw(piece)
        frame = pd.DataFrame(dict(raw))
        frame.columns = pd.Index([*self.columns, *self.stream.targets])
        out = np.zeros(self.stream.pieces[piece], bool)
        if self.left_out is not None:
            out = self.left_out(self.firsts[piece], len(out))
        target = self.stream.targets[0]
        with self._locating(piece, np.arange(len(frame))):
            for name in self.stream.columns:
                READERS[self.kinds[name]](raw[name], name)
            y = _target(frame[target], target, self.kinds[target])
        return frame[out], frame[~out], y[~out]

    def _raw(self, piece: int) -> Mapping[str, Any]:
        shard, inside = self.stream.place(piece)
        return shard.table(inside, [*self.stream.columns, *self.stream.targets], self.reading)

    @contextmanager
    def _locating(self, piece: int, rows: NDArray[np.intp]) -> Iterator[None]:
        """Name the file in each error that is raised within; `rows` are those of the piece."""
        shard, inside = self.stream.place(piece)
        try:
            yield
        except CellError as error:
            row = sum(shard.rows[:inside]) + int(rows[error.row])
            raise DataError(
                f"{shard.name}, row {row + 1}, column {error.column!r}: {error.cell} {error.reason}"
            ) from error
        except DataError as error:
            raise DataError(f"{shard.name}: {error}") from error

    def _recognised(self, options: TextOptions) -> Reading:
        first = next(shard for shard in self.stream.shards if shard.rows)
        if not isinstance(first, CsvShard):
            if given := options.of_text():
                raise DataError(
                    f"{first.name} is no table of text, and {', '.join(given)} for those only."
                )
            return Reading()
        return first.recognised(options, self.stream.targets[0])

    def _kinds(self, wanted: Sequence[str]) -> dict[str, Kind]:
        said: dict[str, tuple[Kind, Shard]] = {}
        for shard in self.stream.shards:
            for name, kind in shard.kinds(wanted, self.reading).items():
                if kind is None:
                    continue
                before, where = said.setdefault(name, (kind, shard))
                if before != kind:
                    raise DataError(
                        f"{shard.name}, column {name!r} holds {_KINDS_IN_WORDS[kind]}, where "
                        f"{where.name} has {_KINDS_IN_WORDS[before]}: all files must hold the same."
                    )
        # A column without a value in any file is one of missing numbers.
        return {name: said[name][0] if name in said else "number" for name in wanted}


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


def only_met(found: Categories) -> Categories:
    """Return categories without the texts that no row has."""
    met = np.unique(found.codes[found.codes >= 0])
    place = np.full(len(found.texts) + 1, -1, np.intp)
    place[met] = np.arange(len(met))
    return Categories([found.texts[code] for code in met.tolist()], place[found.codes])
