"""CSV files as shards; a piece is a range of bytes between two lines.

Opening a file counts its lines, which reads it once; no number is looked at then.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.data.shards import PIECE_BYTES, Shard
from clearprop.files.errors import DataError

if TYPE_CHECKING:
    from clearprop.data.reading import Reading, TextOptions
    from clearprop.data.values import Column, Kind

NEWLINE, RETURN, QUOTE = b'\n\r"'


class CsvShard(Shard):
    """A CSV file whose first line names the columns. Empty lines are no rows."""

    def __init__(self, fs: Any, path: str, delimiter: str = ",") -> None:
        super().__init__(fs, path)
        self.delimiter = delimiter
        self.ranges: list[tuple[int, int]] = []
        rows: list[int] = []
        with fs.open(path, "rb") as file:
            rest, start = b"", 0
            while True:
                content = file.read(PIECE_BYTES)
                rest += content
                ends = _line_ends(rest)
                if not content:
                    ends = np.append(ends, len(rest)) if rest else ends
                elif not len(ends):
                    continue
                if not start and len(ends):
                    self.header = rest[: ends[0]]
                    self.names = self._names(self.header)
                    # pandas writes the numbers of rows into a column without a name.
                    self.columns = self.names[1:] if self.names[0] == "" else self.names
                    if "" in self.columns:
                        raise DataError(
                            f"{self.name}: column {self.names.index('', 1) + 1} has no name: name "
                            "it in the first line, or take it away."
                        )
                    start, rest, ends = int(ends[0]), rest[ends[0] :], ends[1:] - ends[0]
                if len(ends):
                    end = int(ends[-1])
                    if found := _full_lines(rest, ends):
                        self.ranges.append((start, end))
                        rows.append(found)
                    start, rest = start + end, rest[end:]
                if not content:
                    break
        if not start:
            raise DataError(
                f"{self.name} is empty: its first line must name the columns. Leave the file out, "
                "or give it that line."
            )
        self.rows = tuple(rows)

    def _names(self, line: bytes) -> tuple[str, ...]:
        import pyarrow
        from pyarrow import csv

        try:
            table = csv.read_csv(
                io.BytesIO(line), parse_options=csv.ParseOptions(delimiter=self.delimiter)
            )
            names = table.column_names
        except (pyarrow.ArrowException, UnicodeDecodeError) as error:
            raise DataError(
                f"{self.name}: its first line names no columns: {error}. Files of a stream are "
                "UTF-8."
            ) from error
        if RETURN in line.rstrip(b"\r\n"):
            raise DataError(
                f"{self.name}: its lines end in carriage returns alone, as on old Macintoshes: "
                "write them with line feeds."
            )
        return tuple(name.strip() for name in names)

    def _columns(self, piece: int, first: int, names: Sequence[str]) -> list[np.ndarray]:
        import pyarrow
        from pyarrow import csv

        content = self._content(piece)

        def parsed(kind: Any) -> Any:
            return csv.read_csv(
                io.BytesIO(content),
                csv.ReadOptions(use_threads=False, column_names=list(self.names)),
                csv.ParseOptions(delimiter=self.delimiter, newlines_in_values=True),
                csv.ConvertOptions(
                    column_types=dict.fromkeys(names, kind), include_columns=list(names)
                ),
            )

        try:
            table = parsed(pyarrow.float64())
        except pyarrow.ArrowException as error:
            self._find_text(parsed, first, names, error)
        return self._filled(table, first, names)

    def _content(self, piece: int) -> bytes:
        start, length = self.ranges[piece]
        with self.fs.open(self.path, "rb") as file:
            file.seek(start)
            return bytes(file.read(length))

    def kinds(self, names: Sequence[str], reading: Reading) -> dict[str, Kind | None]:
        """Return how the columns are read; a text is a category."""
        kinds: dict[str, Kind] = {
            "number": "number", "text": "category", "date": "date", "duration": "number",
        }  # fmt: skip
        return {name: kinds[reading.columns[name].kind] for name in names}

    def recognised(self, piece: int, options: TextOptions, target: str) -> tuple[Reading, set[str]]:
        """Return how the cells are written, as a piece shows it, and its columns of empty cells."""
        frame, reading = self._read(piece, sum(self.rows[:piece]), options, None, target)
        return reading, {str(name) for name in frame if frame[name].isna().all()}

    def _table(
        self, piece: int, first: int, names: Sequence[str], reading: Reading
    ) -> Mapping[str, Column]:
        frame, _ = self._read(piece, first, reading.options, reading, reading.target)
        for name in names:
            if name not in frame:
                raise DataError(
                    f"{self.name}: no column {name!r} was found after row {first}. Write the names "
                    "in the first line without blanks and quotes around them."
                )
        return {name: frame[name] for name in names}

    def _read(
        self, piece: int, first: int, options: TextOptions, known: Reading | None,
        target: str | None,
    ) -> tuple[Any, Reading]:  # fmt: skip
        """Return a piece as tables of text are read, and how."""
        from clearprop.data.delimited import read_text

        told = replace(options, header=True, columns=None, ignore=(), separator=self.delimiter)
        try:
            table = read_text(
                self.header + self._content(piece), self.name, told, known, target, has_target=True
            )
        except DataError as error:
            raise DataError(f"after row {first} of {self.name}: {error}") from error
        rows = self.rows[piece]
        if len(table.X) != rows:
            raise DataError(
                f"{self.name}: after row {first}, {rows} lines make {len(table.X)} rows. In a "
                "folder of files each line after the first is a row: no comments, no units, no "
                "rows without values. A cell of several lines, or with a separator, stands in "
                "double quotes, and a double quote in it is written twice."
            )
        assert table.reading is not None
        return table.X, table.reading

    def _find_text(self, parsed: Any, first: int, names: Sequence[str], error: Exception) -> None:
        """Raise a DataError that names the first cell that is no number."""
        import pyarrow

        try:
            table = parsed(pyarrow.string())
        except pyarrow.ArrowException as wrong:
            raise DataError(f"{self.name} cannot be read, after row {first}: {wrong}") from wrong
        for name in names:
            for row, cell in enumerate(table.column(name).to_pylist()):
                try:
                    float(cell)
                except (TypeError, ValueError):
                    raise self.wrong_cell(
                        first + row,
                        name,
                        f"{cell!r:.40}, and a stream takes numbers only, with a "
                        "decimal point and no other marks",
                    ) from error
        raise DataError(f"{self.name} cannot be read, after row {first}: {error}") from error


def _line_ends(content: bytes) -> np.ndarray:
    """Return where lines end: after each newline that is in no quotes."""
    numbers = np.frombuffer(content, np.uint8)
    ends = np.flatnonzero(numbers == NEWLINE)
    if QUOTE in content:
        quotes = np.cumsum(numbers == QUOTE)
        ends = ends[quotes[ends] % 2 == 0]
    return ends + 1


def _full_lines(content: bytes, ends: np.ndarray) -> int:
    """Return how many of the lines are not empty."""
    numbers = np.frombuffer(content, np.uint8)
    starts = np.concatenate([[0], ends[:-1]])
    lengths = ends - starts
    empty = (lengths == 1) & (numbers[starts] == NEWLINE)
    short = lengths == 2
    empty[short] = (numbers[starts[short]] == RETURN) & (numbers[starts[short] + 1] == NEWLINE)
    return int(len(ends) - empty.sum())
