"""Rows of a stream as networks see them: coded block by block, and never all at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.data.table_pieces import TablePiece, taken
from clearprop.training.sources import LazyRows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clearprop.tables.codes.category import CountedCategories
    from clearprop.tables.inputs import TableInputs
    from clearprop.tables.streamed.kept_pieces import KeptPieces

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
        for some in _parts(start, stop):
            out[some.start - start : some.stop - start] = self._coded(some)

    def sparse(self, start: int, stop: int) -> Any:
        """Return the inputs of some rows in CSR form, where a column holds texts."""
        import scipy.sparse as sp

        parts = [self._coded(some) for some in _parts(start, stop)]
        return sp.csr_array(sp.vstack(parts, format="csr")) if len(parts) > 1 else parts[0]

    def _coded(self, some: slice) -> Any:
        values = {name: taken(column, some) for name, column in self.piece.values.items()}
        without_own = {
            name: counted.without_own(values[name], self.targets[some])
            for name, counted in self.rows.counted.items()
        }
        values |= {name: values[name].written() for name in self.rows.texts}
        return self.rows.inputs.of_values(values, some.stop - some.start, instead=without_own)


def _parts(start: int, stop: int) -> Iterator[slice]:
    for begin in range(start, stop, ROWS_AT_ONCE):
        yield slice(begin, min(begin + ROWS_AT_ONCE, stop))


class CodedRows:
    """The rows that one network of a table trains on: a source of pieces for training.

    Parameters
    ----------
    kept
        Reads the rows.
    inputs
        The codes of the inputs that the network sees.
    counted
        Of columns with means of the target: what these leave out a row's own target by.
    targets
        Makes targets that networks see, (n, K), of the stream's.
    held_out
        The numbers of rows that are not trained on, in increasing order.
    mean_weight
        The mean weight of the others; 1 where all rows weigh the same.
    sparse_row
        Where inputs are sparse, how many numbers a row has about; None for arrays.
    """

    def __init__(
        self,
        kept: KeptPieces,
        inputs: TableInputs,
        counted: Mapping[str, CountedCategories],
        targets: Callable[[NDArray[Any]], NDArray[np.float32]],
        held_out: NDArray[np.int64],
        mean_weight: float = 1.0,
        sparse_row: float | None = None,
    ) -> None:
        self.kept, self.tables, self.inputs, self.counted = kept, kept.tables, inputs, counted
        tables = kept.tables
        self.targets, self.held_out = targets, held_out
        self.mean_weight, self.sparse_row = mean_weight, sparse_row
        self.width = len(inputs.input_names)
        self.readers, self.block_bytes = tables.stream.readers, tables.stream.block_bytes
        ends = [*tables.firsts, tables.total]
        out = np.diff(np.searchsorted(held_out, ends)).tolist()
        self.pieces = [rows - less for rows, less in zip(tables.counts, out, strict=True)]
        self.texts = {code.name for code in inputs.texts}
        self.names = {code.name for code in inputs.dense} | self.texts

    def __len__(self) -> int:
        return sum(self.pieces)

    def read(
        self, piece: int, dtype: Any
    ) -> tuple[CodedPiece, NDArray[np.float32], NDArray[np.float64] | None]:
        """Return the rows of a piece, to be coded, their targets (n, K) and weights (n,)."""
        found = self.kept.read(piece)
        used = {name: column for name, column in found.values.items() if name in self.names}
        found = found._replace(values=used)
        if self.pieces[piece] < len(found.y):
            kept = np.flatnonzero(~np.isin(found.rows, self.held_out, assume_unique=True))
            found = found.take(kept)
        targets = self.targets(found.y)
        return CodedPiece(self, found, targets), targets, found.weights

    def read_targets(self, piece: int) -> tuple[NDArray[np.float32], NDArray[np.float64] | None]:
        """Return the targets and weights of a piece."""
        return self.read(piece, np.float32)[1:]

    def where(self, piece: int) -> str:
        """Return the place of a piece in words."""
        return self.tables.stream.where(piece)

    def facts(self) -> dict[str, str]:
        """Return what tells these rows from others: their files, codes, and rows left out."""
        codes = json.dumps(self.inputs.to_document(), sort_keys=True)
        weights = self.tables.weights
        return {
            **self.tables.stream.facts(),
            **({} if weights is None else {"weights of rows": weights.fact()}),
            "codes": sha256(codes.encode()).hexdigest()[:16],
            "rows": f"{len(self)}, without {sha256(self.held_out.tobytes()).hexdigest()[:16]}",
        }
