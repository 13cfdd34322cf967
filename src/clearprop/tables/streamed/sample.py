"""A sample of rows, drawn by a hash of each row's place: quantiles, and whatever needs rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.data.table_pieces import TablePiece, joined, only_met, taken
from clearprop.training.sources import row_hashes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SAMPLE_ROWS = 2**16
SAMPLE_BYTES = 64 * 2**20
FEWEST_ROWS = 2**13


def sample_rows(columns: int) -> int:
    """Return how many rows of so many columns a sample has at most."""
    return int(np.clip(SAMPLE_BYTES // (8 * max(columns, 1)), FEWEST_ROWS, SAMPLE_ROWS))


def rank_error(rows: int, doubt: float = 1e-6) -> float:
    """Return the ε that quantiles of a sample keep, but for a chance of `doubt`.

    No quantile of a column lies further than ε from its rank: with n sampled rows
    P(sup |F_n - F| > ε) ≤ 2 exp(-2 n ε²).
    Source: Dvoretzky, Kiefer and Wolfowitz 1956; the constant is Massart's, 1990. It holds without
    replacement, too: Hoeffding 1963, section 6.

    >>> round(rank_error(2**16), 4)
    0.0105
    """
    return float(np.sqrt(np.log(2 / doubt) / (2 * rows)))


@dataclass(frozen=True, eq=False)
class RowSample:
    """The rows whose places have the smallest hashes: the same ones for any split of all rows.

    Attributes
    ----------
    most
        How many rows it has at most.
    hashes
        Of each (n,).
    rows
        The number of each row in the stream, in increasing order.
    values
        The columns as codes read them.
    y
        The targets, (n,) or (n, K).
    weights
        What each row weighs (n,); None where all weigh the same.
    """

    most: int
    hashes: NDArray[np.uint64]
    rows: NDArray[np.int64]
    values: Mapping[str, Any]
    y: NDArray[Any]
    weights: NDArray[np.float64] | None = None

    @classmethod
    def of(cls, piece: TablePiece, first: int, count: int, most: int, key: int) -> RowSample:
        """Return the sample of a piece that is cut out of rows `first` to `first + count`."""
        hashes = row_hashes(first, count, key)[piece.rows - first]
        whole = cls(most, hashes, piece.rows, piece.values, piece.y, piece.weights)
        found = whole._smallest()
        met = {name: only_met(column) for name, column in found.values.items()}
        return replace(found, values=met)

    @property
    def bound(self) -> int:
        """The hash up to which rows can still come in."""
        return int(self.hashes.max()) if len(self.rows) == self.most else 2**64 - 1

    def merge(self, others: Sequence[RowSample]) -> RowSample:
        """Return the sample of the rows of all."""
        parts = [self, *others]
        order = np.argsort(np.concatenate([part.rows for part in parts]), kind="stable")

        def ordered(pieces: list[Any]) -> Any:
            return taken(joined(pieces), order)

        both = RowSample(
            self.most,
            ordered([part.hashes for part in parts]),
            ordered([part.rows for part in parts]),
            {name: ordered([part.values[name] for part in parts]) for name in self.values},
            ordered([part.y for part in parts]),
            None if self.weights is None else ordered([part.weights for part in parts]),
        )
        return both._smallest()

    def within(self, bound: int) -> RowSample:
        """Return the rows whose hashes are no greater than `bound`."""
        return self.take(np.flatnonzero(self.hashes <= np.uint64(bound)))

    def first_drawn(self, count: int) -> NDArray[np.intp]:
        """Return the places of the `count` rows with the smallest hashes, in increasing order."""
        if count >= len(self.rows):
            return np.arange(len(self.rows))
        return np.sort(np.argpartition(self.hashes, count)[:count])

    def take(self, places: NDArray[np.intp]) -> RowSample:
        """Return some of the rows."""
        return RowSample(
            self.most, self.hashes[places], self.rows[places],
            {name: taken(column, places) for name, column in self.values.items()}, self.y[places],
            None if self.weights is None else self.weights[places],
        )  # fmt: skip

    def _smallest(self) -> RowSample:
        return self if len(self.rows) <= self.most else self.take(self.first_drawn(self.most))
