"""Rows that are read piece by piece, as blocks of epochs: their order.

The order of an epoch is a function of seed and number of the epoch alone. The pieces come in an
order drawn for the epoch; their rows, one after another, are cut into blocks of equally many rows;
the rows of a block are shuffled. So any block can be read without those before it, and a training
goes on within an epoch by reading the block where it stood. How many threads read makes no
difference: each row has its place before anything is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import chain
from typing import Any

import numpy as np

from clearprop.engines.base import TrainingRows
from clearprop.engines.blocks import Block
from clearprop.training.sources import LazyRows, PieceRows, Pieces

MOST_WRITTEN_OUT = 16
"""A block of sparse rows, written out as JAX needs it, takes so many times its bytes at most."""


class SourceBlocks:
    """The blocks of each epoch of a source; the next is read while one is trained on.

    Parameters
    ----------
    pieces : Pieces
        What is read.
    batch_size : int
        Blocks are whole batches.
    shuffle : bool
        Whether pieces and rows come in a new order in each epoch.
    key : int
        From the seed.
    epochs : int
        How many there are; nothing is read after the last.
    """

    def __init__(
        self, pieces: Pieces, batch_size: int, shuffle: bool, key: int, epochs: int
    ) -> None:
        self.pieces, self.shuffle, self.key, self.epochs = pieces, shuffle, key, epochs
        self.count = int(pieces.counts.sum())
        if not self.count:
            raise ValueError("no rows are left to train on: set fewer aside")
        batches = max(1, int(pieces.source.block_bytes // (self._row_bytes * batch_size)))
        self.block_rows = min(batches, -(-self.count // batch_size)) * batch_size
        self.number = -(-self.count // self.block_rows)
        self._readers = ThreadPoolExecutor(pieces.source.readers)
        self._ahead = ThreadPoolExecutor(1)
        self._next: tuple[tuple[int, int], Future[Block]] | None = None
        self._current: tuple[tuple[int, int], Block] | None = None
        self._cut: tuple[int, PieceRows] | None = None
        self._rooms: list[np.ndarray] = []
        # Rows that were computed and are one block: they are not computed again.
        self._computed: dict[int, PieceRows] = {}

    def take(self, epoch: int, number: int) -> Block:
        """Return a block of an epoch, both counted from 0; the one after it is read meanwhile.

        The block that was returned before must not be used any more.
        """
        wanted = epoch, number
        if self._current is not None and self._current[0] == wanted:
            return self._current[1]
        if self._next is None or self._next[0] != wanted:
            self._next = wanted, self._ahead.submit(self._read, *wanted)
        block = self._next[1].result()
        self._current = wanted, block
        after = (epoch, number + 1) if number + 1 < self.number else (epoch + 1, 0)
        last = after[0] >= self.epochs
        self._next = None if last else (after, self._ahead.submit(self._read, *after))
        return block

    def order(self, epoch: int) -> np.ndarray:
        """Return the order of the pieces in an epoch."""
        number = len(self.pieces.counts)
        if not self.shuffle:
            return np.arange(number)
        return np.random.default_rng([self.key, epoch]).permutation(number)

    def sample(self, most: int) -> TrainingRows:
        """Return a few rows of the first block, as copies."""
        block = self.take(0, 0)
        some, rows = block.order[:most], block.rows
        weights = None if rows.weights is None else rows.weights[some]
        return TrainingRows(rows.x[some], rows.t[some], weights, rows.mean_weight)

    def close(self) -> None:
        """Read nothing more."""
        self._ahead.shutdown(wait=True, cancel_futures=True)
        self._readers.shutdown(wait=True, cancel_futures=True)
        self._next = self._current = self._cut = None
        self._computed.clear()
        self._rooms.clear()

    def _read(self, epoch: int, number: int) -> Block:
        first = number * self.block_rows
        end = min(first + self.block_rows, self.count)
        order = self.order(epoch)
        ends = np.cumsum(self.pieces.counts[order])
        places = range(
            int(np.searchsorted(ends, first, "right")), int(np.searchsorted(ends, end, "left")) + 1
        )
        begins = [int(ends[place] - self.pieces.counts[order[place]]) for place in places]
        sparse = self.pieces.source.sparse_row is not None
        room = None if sparse else self._room(end - first)
        parts = [
            (int(order[place]), begin, max(first, begin), min(end, int(ends[place])))
            for place, begin in zip(places, begins, strict=True)
            if begin < int(ends[place])  # a piece may have no rows to train on
        ]
        fill = partial(self._fill, room, first)
        head = fill(*parts[0])
        others = self._readers.map(fill, *zip(*parts[1:], strict=True)) if parts[1:] else ()
        rows = self._together(room, end - first, chain([head], others))
        if self.shuffle:
            shuffled = np.random.default_rng([self.key, epoch, number + 1]).permutation(rows.count)
        else:
            shuffled = np.arange(rows.count)
        return Block(rows, shuffled)

    def _together(
        self, room: np.ndarray | None, count: int, parts: Iterable[PieceRows]
    ) -> TrainingRows:
        """Return the rows of a block, whose inputs are in `room`, or in the parts if sparse."""
        xs, t, weights, done = [], None, None, 0
        for part in parts:
            some = slice(done, done + len(part.t))
            done = some.stop
            if t is None:
                t = np.empty((count, part.t.shape[1]), part.t.dtype)
                weights = None if part.weights is None else np.empty(count, part.weights.dtype)
            t[some] = part.t
            if weights is not None:
                weights[some] = part.weights
            if room is None:
                xs.append(part.x)
        assert t is not None
        x = room if room is not None else _stacked(xs)
        mean = 1.0 if weights is None else self.pieces.mean_weight
        return TrainingRows(x, t, weights, mean)

    @property
    def _row_bytes(self) -> float:
        """What a row of a block takes in memory."""
        source, size = self.pieces.source, self.pieces.dtype.itemsize
        dense = (source.width + 1) * size
        if source.sparse_row is None:
            return dense
        sparse = source.sparse_row * (size + np.dtype(np.int32).itemsize) + size
        return max(sparse, dense / MOST_WRITTEN_OUT)

    def _room(self, rows: int) -> np.ndarray:
        """Return an array for the inputs of a block: that of the block before the last.

        New memory for each block would cost a tenth of the reading.
        """
        if len(self._rooms) < 2:
            shape = self.block_rows, self.pieces.source.width
            self._rooms.append(np.empty(shape, self.pieces.dtype))
        else:
            self._rooms.reverse()
        return self._rooms[-1][:rows]

    def _fill(
        self, room: np.ndarray | None, first: int, piece: int, begin: int, start: int, stop: int
    ) -> PieceRows:
        """Return the rows `start` to `stop` of an epoch; their inputs are written to `room`.

        They are of a piece whose rows begin at `begin`; `room` begins at `first`, and is None where
        inputs are sparse. A piece that a block cuts is kept for the next one.
        """
        kept = self._cut
        if piece in self._computed:
            rows = self._computed[piece]
        elif kept is not None and kept[0] == piece:
            rows = kept[1]
        else:
            rows = self.pieces.read(piece)
        inputs, some = rows.x, slice(start - begin, stop - begin)
        into: Any = None if room is None else room[start - first : stop - first]
        lazy = isinstance(inputs, LazyRows)
        if into is None:
            into = inputs.sparse(some.start, some.stop) if lazy else inputs[some]
        elif lazy:
            inputs.write(into, some.start, some.stop)
        else:
            into[:] = inputs[some]
        if lazy and self.number == 1:
            x = into if room is None else into.copy()
            self._computed[piece] = PieceRows(x, rows.t, rows.weights)
        if some.stop < len(rows.t):
            self._cut = piece, rows
        elif kept is not None and kept[0] == piece:
            self._cut = None
        weights = None if rows.weights is None else rows.weights[some]
        return PieceRows(into, rows.t[some], weights)


def _stacked(parts: list[Any]) -> Any:
    """Return sparse rows one after another."""
    import scipy.sparse as sp

    return parts[0] if len(parts) == 1 else sp.csr_array(sp.vstack(parts, format="csr"))
