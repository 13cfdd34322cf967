"""Rows that are read piece by piece: what a source of them is, and which are held out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np

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
    mean_weight : float or None
        The mean weight of the rows, 1 where none has a weight; None where a pass has to find it.
    sparse_row : float or None
        Where inputs are sparse, how many numbers a row has about; None for arrays.
    """

    width: int
    pieces: Sequence[int]
    readers: int
    block_bytes: int
    mean_weight: float | None
    sparse_row: float | None

    def read(self, piece: int, dtype: Any) -> tuple[Any, np.ndarray, np.ndarray | None]:
        """Return the inputs (n, I) of a piece, finite numbers of `dtype`, targets and weights.

        Inputs may be :class:`LazyRows`: they are then made for a block, and no sooner. Targets
        are (n,) or (n, K), weights (n,) from 0, or None where all rows weigh the same.
        """

    def read_targets(self, piece: int) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the targets and weights of a piece, without its inputs."""

    def where(self, piece: int) -> str:
        """Return the place of a piece in words, for errors."""

    def facts(self) -> dict[str, str]:
        """Return what tells these rows from others, by name."""


class LazyRows(ABC):
    """Inputs (n, I) that are computed where they are needed: they may be far larger than a piece.

    A source of such rows holds none out, and knows their mean weight.
    """

    @abstractmethod
    def __len__(self) -> int:
        """Return n."""

    @abstractmethod
    def write(self, out: np.ndarray, start: int, stop: int) -> None:
        """Write the rows from `start` up to `stop` into an array (stop - start, I)."""

    @abstractmethod
    def sparse(self, start: int, stop: int) -> Any:
        """Return the rows from `start` up to `stop` in CSR form, where the source's are sparse."""


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


class PieceRows(NamedTuple):
    """Rows of a piece: inputs (n, I), targets (n, K), and weights (n,) or None."""

    x: Any
    t: np.ndarray
    weights: np.ndarray | None


class Pieces:
    """The pieces of a source as training takes them: targets made, held-out rows told apart.

    Parameters
    ----------
    source : RowSource
        What is read.
    targets : function
        Makes the loss's targets of those that are read.
    dtype
        Of training.
    held : HeldOut
        Which rows are not trained on.
    class_weights : function, optional
        Returns what rows with such targets weigh (n,): their own weights are multiplied by it.

    Attributes
    ----------
    counts : (pieces,) int64
        The rows of each piece to train on.
    """

    def __init__(
        self, source: RowSource, targets: Callable[[np.ndarray], np.ndarray], dtype: Any,
        held: HeldOut, class_weights: Callable[[np.ndarray], np.ndarray] | None = None,
    ) -> None:  # fmt: skip
        self.source, self.targets, self.dtype, self.held = source, targets, np.dtype(dtype), held
        self.class_weights = class_weights
        sizes = np.asarray(source.pieces, np.int64)
        self.firsts = np.cumsum(sizes) - sizes
        out = [
            int(held.mask(first, rows).sum()) if held.fraction else 0
            for first, rows in zip(self.firsts.tolist(), sizes.tolist(), strict=True)
        ]
        self.counts = sizes - np.array(out, np.int64)

    def read(self, piece: int) -> PieceRows:
        """Return a piece's rows to train on."""
        x, raw, weights = self.source.read(piece, self.dtype)
        weights = self._weights(raw, weights)
        if self.held.fraction:
            kept = ~self._held_out(piece)
            x, raw = x[kept], raw[kept]
            weights = None if weights is None else weights[kept]
        return PieceRows(x, self._targets(piece, raw), weights)

    def read_held_out(self) -> PieceRows:
        """Return all rows that are held out, with targets as given."""
        found = []
        for piece in np.flatnonzero(self.counts < np.asarray(self.source.pieces)).tolist():
            x, raw, weights = self.source.read(piece, self.dtype)
            weights = self._weights(raw, weights)
            out = self._held_out(piece)
            found.append(PieceRows(x[out], raw[out], None if weights is None else weights[out]))
            self._targets(piece, raw[out])  # an error names the piece
        xs, ts, ws = zip(*found, strict=True)
        weights = None if any(w is None for w in ws) else np.concatenate(ws)
        return PieceRows(np.concatenate(xs), np.concatenate(ts), weights)

    @cached_property
    def mean_weight(self) -> float:
        """The mean weight of the rows to train on; where it is not known, a pass finds it.

        Raises
        ------
        ValueError
            If all of them weigh 0.
        """
        known = self.source.mean_weight
        if known is not None and self.class_weights is None:
            return known
        total = 0.0
        for piece in np.flatnonzero(self.counts).tolist():
            raw, weights = self.source.read_targets(piece)
            found = self._weights(raw, weights)
            if found is None:
                return 1.0
            total += float(found[~self._held_out(piece)].sum(dtype=np.float64))
        if not total > 0:
            raise ValueError("every row to train on has the weight 0: one at least needs more")
        if total > float(np.finfo(self.dtype).max):
            raise ValueError(
                f"the sum of the weights is too large for {self.dtype}: divide all weights by the "
                "largest"
            )
        return total / int(self.counts.sum())

    def _held_out(self, piece: int) -> np.ndarray:
        return self.held.mask(int(self.firsts[piece]), int(self.source.pieces[piece]))

    def _weights(self, raw: np.ndarray, weights: np.ndarray | None) -> np.ndarray | None:
        if self.class_weights is not None:
            of_class = self.class_weights(raw)
            weights = of_class if weights is None else weights * of_class
        return None if weights is None else np.asarray(weights, self.dtype)

    def _targets(self, piece: int, raw: np.ndarray) -> np.ndarray:
        try:
            return self.targets(raw)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{self.source.where(piece)}: {error}") from error
