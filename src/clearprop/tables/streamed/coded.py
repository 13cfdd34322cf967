"""Rows of a stream as networks see them: coded block by block, and never all at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.data.table_pieces import TablePiece, TablePieces, taken
from clearprop.training.blocks import LazyRows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clearprop.tables.codes.category import CountedCategories
    from clearprop.tables.inputs import TableInputs

ROWS_AT_ONCE = 4096
"""Rows that are coded at a time: they stay in a processor's cache."""


class CodedPiece(LazyRows):
    """Rows of a piece, coded where they are needed."""

    def __init__(self, rows: CodedRows, piece: TablePiece, targets: NDArray[np.float32]) -> None:
        self.rows, self.piece, self.targets = rows, piece, targets

    def __len__(self) -> int:
        return len(self.targets)

    def write(self, out: NDArray[Any], start: int, stop: int) -> None:
        """Write the inputs of some rows."""
        for begin in range(start, stop, ROWS_AT_ONCE):
            some = slice(begin, min(begin + ROWS_AT_ONCE, stop))
            values = {name: taken(column, some) for name, column in self.piece.values.items()}
            without_own = {
                name: counted.without_own(values[name], self.targets[some])
                for name, counted in self.rows.counted.items()
            }
            out[some.start - start : some.stop - start] = self.rows.inputs.of_values(
                values, some.stop - some.start, instead=without_own
            )


class CodedRows:
    """The rows that one network of a table trains on: a source of pieces for training.

    Parameters
    ----------
    tables
        The rows.
    inputs
        The codes of the inputs that the network sees.
    counted
        Of columns with means of the target: what these leave out a row's own target by.
    targets
        Makes targets that networks see, (n, K), of the stream's.
    held_out
        The numbers of rows that are not trained on, in increasing order.
    """

    def __init__(
        self,
        tables: TablePieces,
        inputs: TableInputs,
        counted: Mapping[str, CountedCategories],
        targets: Callable[[NDArray[Any]], NDArray[np.float32]],
        held_out: NDArray[np.int64],
    ) -> None:
        self.tables, self.inputs, self.counted = tables, inputs, counted
        self.targets, self.held_out = targets, held_out
        self.width = len(inputs.input_names)
        self.readers, self.block_bytes = tables.stream.readers, tables.stream.block_bytes
        ends = [*tables.firsts, tables.total]
        out = np.diff(np.searchsorted(held_out, ends)).tolist()
        self.pieces = [rows - less for rows, less in zip(tables.counts, out, strict=True)]
        self.names = {code.name for code in inputs.dense}

    def __len__(self) -> int:
        return sum(self.pieces)

    def read(self, piece: int, dtype: Any) -> tuple[Any, NDArray[np.float32]]:
        """Return the rows of a piece, to be coded, and their targets (n, K)."""
        found = self.tables.read(piece)
        values, y = found.values, found.y
        if self.pieces[piece] < len(y):
            kept = np.flatnonzero(~np.isin(found.rows, self.held_out, assume_unique=True))
            values = {name: taken(column, kept) for name, column in values.items()}
            y = y[kept]
        used = {name: column for name, column in values.items() if name in self.names}
        targets = self.targets(y)
        return CodedPiece(self, TablePiece(used, y, found.rows), targets), targets

    def where(self, piece: int) -> str:
        """Return the place of a piece in words."""
        return self.tables.stream.where(piece)

    def facts(self) -> dict[str, str]:
        """Return what tells these rows from others: their files, codes, and rows left out."""
        codes = json.dumps(self.inputs.to_document(), sort_keys=True)
        return {
            **self.tables.stream.facts(),
            "codes": sha256(codes.encode()).hexdigest()[:16],
            "rows": f"{len(self)}, without {sha256(self.held_out.tobytes()).hexdigest()[:16]}",
        }
