"""Rows that are read piece by piece, as blocks of epochs: their order, and who is held out.

The order of an epoch is a function of seed and number of the epoch alone. The pieces come in an
order drawn for the epoch; their rows, one after another, are cut into blocks of equally many rows;
the rows of a block are shuffled. So any block can be read without those before it, and a training
goes on within an epoch by reading the block where it stood. How many threads read makes no
difference: each row has its place before anything is read.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, runtime_checkable

import numpy as np

from clearprop.engines.base import TrainingRows
from clearprop.engines.blocks import Block

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST, SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


@runtime_checkable
class RowSource(Protocol):
    """Rows that need not fit into memory, in pieces that do.

    Attributes
    ----------
    width : int
        I, the inputs.
    pieces : sequence of int
        The rows of each piece.
    readers : int
        How many threads read.
    block_bytes : int
        What the rows of a block may take in memory.
    """

    width: int
    pieces: Sequence[int]
    readers: int
    block_bytes: int

    def read(self, piece: int, dtype: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return the inputs (n, I) of a piece, finite numbers of `dtype`, and its targets (n,).

        Inputs may be :class:`LazyRows`: they are then made for a block, and no sooner.
        """

    def where(self, piece: int) -> str:
        """Return the place of a piece in words, for errors."""

    def facts(self) -> dict[str, str]:
        """Return what tells these rows from others, by name."""


class LazyRows(ABC):
    """Inputs (n, I) that are computed where they are needed: they may be far larger than a piece.

    A source of such rows holds none out.
    """

    @abstractmethod
    def __len__(self) -> int:
        """Return n."""

    @abstractmethod
    def write(self, out: np.ndarray, start: int, stop: int) -> None:
        """Write the rows from `start` up to `stop` into an array (stop - start, I)."""


@dataclass(frozen=True)
class HeldOut:
    """Which rows are not trained on: a hash of seed and place of the row says so.

    Parameters
    ----------
    fraction : float
        The part of the rows, about.
    key : int
        From the seed.
    """

    fraction: float = 0.0
    key: int = 0

    def mask(self, first: int, rows: int) -> np.ndarray:
        """Return which of so many rows, from number `first` on, are held out: (rows,) bool."""
        if not self.fraction:
            return np.zeros(rows, bool)
        return row_hashes(first, rows, self.key) < np.uint64(self.fraction * 2.0**64)


def row_hashes(first: int, rows: int, key: int) -> np.ndarray:
    """Return the hashes of so many rows, from number `first` on: (rows,) uint64, as at random.

    Source: Steele, Lea and Flood 2014, the finaliser of SplitMix64.
    """
    with np.errstate(over="ignore"):
        mixed = np.arange(first, first + rows).astype(np.uint64) * GOLDEN + np.uint64(key)
        for shift, factor in ((30, FIRST), (27, SECOND)):
            mixed = (mixed ^ (mixed >> np.uint64(shift))) * factor
    return mixed ^ (mixed >> np.uint64(31))


class Pieces:
    """The pieces of a source as training takes them: targets made, held-out rows told apart.

    Attributes
    ----------
    counts : (pieces,) int64
        The rows of each piece to train on.
    """

    def __init__(
        self, source: RowSource, targets: Callable[[np.ndarray], np.ndarray], dtype: Any,
        held: HeldOut,
    ) -> None:  # fmt: skip
        self.source, self.targets, self.dtype, self.held = source, targets, np.dtype(dtype), held
        sizes = np.asarray(source.pieces, np.int64)
        self.firsts = np.cumsum(sizes) - sizes
        out = [
            int(held.mask(first, rows).sum()) if held.fraction else 0
            for first, rows in zip(self.firsts.tolist(), sizes.tolist(), strict=True)
        ]
        self.counts = sizes - np.array(out, np.int64)

    def read(self, piece: int) -> tuple[np.ndarray, np.ndarray]:
        """Return inputs and targets of a piece's rows to train on."""
        x, raw = self.source.read(piece, self.dtype)
        if self.held.fraction:
            kept = ~self.held.mask(int(self.firsts[piece]), len(x))
            x, raw = x[kept], raw[kept]
        return x, self._targets(piece, raw)

    def read_held_out(self) -> tuple[np.ndarray, np.ndarray]:
        """Return inputs and targets as given of all rows that are held out."""
        found = []
        for piece in np.flatnonzero(self.counts < np.asarray(self.source.pieces)).tolist():
            x, raw = self.source.read(piece, self.dtype)
            out = self.held.mask(int(self.firsts[piece]), len(x))
            found.append((x[out], raw[out]))
            self._targets(piece, raw[out])  # an error names the piece
        xs, ts = zip(*found, strict=True)
        return np.concatenate(xs), np.concatenate(ts)

    def _targets(self, piece: int, raw: np.ndarray) -> np.ndarray:
        try:
            return self.targets(raw)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{self.source.where(piece)}: {error}") from error


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
        row = (pieces.source.width + 1) * pieces.dtype.itemsize
        batches = max(1, pieces.source.block_bytes // (row * batch_size))
        self.block_rows = min(batches, -(-self.count // batch_size)) * batch_size
        self.number = -(-self.count // self.block_rows)
        self._readers = ThreadPoolExecutor(pieces.source.readers)
        self._ahead = ThreadPoolExecutor(1)
        self._next: tuple[tuple[int, int], Future[Block]] | None = None
        self._current: tuple[tuple[int, int], Block] | None = None
        self._cut: tuple[int, tuple[np.ndarray, np.ndarray]] | None = None
        self._rooms: list[np.ndarray] = []
        # Rows that were computed and are one block: they are not computed again.
        self._computed: dict[int, tuple[np.ndarray, np.ndarray]] = {}

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
        some = block.order[:most]
        return TrainingRows.of(block.rows.x[some], block.rows.t[some], None)

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
        x = self._room(end - first)
        parts = [
            (int(order[place]), begin, max(first, begin), min(end, int(ends[place])))
            for place, begin in zip(places, begins, strict=True)
        ]
        head = self._fill(x, first, *parts[0])
        t = np.empty((end - first, head.shape[1]), head.dtype)
        t[: len(head)] = head
        fill = partial(self._fill, x, first)
        others = self._readers.map(fill, *zip(*parts[1:], strict=True)) if parts[1:] else ()
        for (_, _, start, stop), some in zip(parts[1:], others, strict=True):
            t[start - first : stop - first] = some
        if self.shuffle:
            shuffled = np.random.default_rng([self.key, epoch, number + 1]).permutation(len(x))
        else:
            shuffled = np.arange(len(x))
        return Block(TrainingRows.of(x, t, None), shuffled)

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
        self, x: np.ndarray, first: int, piece: int, begin: int, start: int, stop: int
    ) -> np.ndarray:
        """Write the rows `start` to `stop` of an epoch to `x`; return their targets.

        They are of a piece whose rows begin at `begin`; `x` begins at `first`. A piece that a block
        cuts is kept for the next one.
        """
        kept = self._cut
        if piece in self._computed:
            inputs, targets = self._computed[piece]
        elif kept is not None and kept[0] == piece:
            inputs, targets = kept[1]
        else:
            inputs, targets = self.pieces.read(piece)
        into = x[start - first : stop - first]
        if isinstance(inputs, LazyRows):
            inputs.write(into, start - begin, stop - begin)
            if self.number == 1:
                self._computed[piece] = into.copy(), targets
        else:
            into[:] = inputs[start - begin : stop - begin]
        cut = stop - begin < len(inputs)
        if cut:
            self._cut = piece, (inputs, targets)
        elif kept is not None and kept[0] == piece:
            self._cut = None
        return targets[start - begin : stop - begin]
