"""The rows of pieces one after another, small pieces together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.data.table_pieces import TablePiece, TablePieces, joined

if TYPE_CHECKING:
    from numpy.typing import NDArray

GROUP_ROWS = 2**12
"""So many rows are looked at together: to look at few costs as much as to look at these."""


def grouped(
    tables: TablePieces, read: Callable[[int], TablePiece]
) -> Iterator[tuple[TablePiece, int, int]]:
    """Yield rows of pieces that `read` returns, the number of the first, and how many have one."""
    found: list[TablePiece] = []
    start, end = 0, 0
    for piece, rows in enumerate(tables.counts):
        end = tables.firsts[piece] + tables.sizes[piece]
        if rows:
            found.append(read(piece))
        if sum(len(one.rows) for one in found) >= GROUP_ROWS:
            yield _together(found), start, end - start
            found, start = [], end
    if found:
        yield _together(found), start, end - start


def _together(pieces: list[TablePiece]) -> TablePiece:
    if len(pieces) == 1:
        return pieces[0]

    def whole(parts: list[Any]) -> NDArray[Any]:
        return np.concatenate(parts)

    names = pieces[0].values
    return TablePiece(
        {name: joined([one.values[name] for one in pieces]) for name in names},
        whole([one.y for one in pieces]),
        whole([one.rows for one in pieces]),
        None if pieces[0].weights is None else whole([one.weights for one in pieces]),
    )
