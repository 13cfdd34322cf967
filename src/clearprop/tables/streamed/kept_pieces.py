"""Raw rows that are kept in memory, so that they are parsed once: as many as a block may take."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.data.values import Categories

if TYPE_CHECKING:
    from clearprop.data.table_pieces import TablePiece, TablePieces

BYTES_OF_TEXT = 60
"""What a text takes in Python beside its letters."""


class KeptPieces:
    """Reads pieces of a table, and keeps the first ones.

    To open and parse a file takes milliseconds, however few rows it has. A file that is kept is
    looked at each time, and one that has changed is an error.

    Parameters
    ----------
    tables
        The rows.
    room
        How many bytes are kept.
    """

    def __init__(self, tables: TablePieces, room: int) -> None:
        self.tables, self.left = tables, room
        self._kept: dict[int, TablePiece] = {}
        self._lock = Lock()

    def read(self, piece: int) -> TablePiece:
        """Return the rows of a piece; see :meth:`~clearprop.data.table_pieces.TablePieces.read`."""
        found = self._kept.get(piece)
        if found is not None:
            self.tables.stream.place(piece)[0].check_unchanged()
            return found
        found = self.tables.read(piece)
        size = _bytes_of(found.y) + sum(map(_bytes_of, found.values.values()))
        with self._lock:
            if size <= self.left and piece not in self._kept:
                self.left -= size
                self._kept[piece] = found
        return found


def _bytes_of(column: Any) -> int:
    if isinstance(column, Categories):
        return column.codes.nbytes + sum(len(text) + BYTES_OF_TEXT for text in column.texts)
    return int(np.asarray(column).nbytes)
