"""What the rows of a stream of tables weigh: their cells in a column, times those of classes."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class RowWeights:
    """The weights of rows.

    Attributes
    ----------
    labels
        The classes in sorted order (K,); None where the targets are numbers.
    of_labels
        The weight of each class (K,); None where all are 1.
    repeats
        Whether weights are whole and repeat rows: a row of weight 2 is two rows then.
    counts
        The rows of each piece: repeated, and without those of weight 0.
    """

    labels: NDArray[Any] | None = None
    of_labels: NDArray[np.float64] | None = None
    repeats: bool = False
    counts: Sequence[int] = ()

    def of(self, y: NDArray[Any], cells: NDArray[np.float64] | None) -> NDArray[np.float64]:
        """Return the weights (n,) of rows with these targets, and cells in the column if any."""
        found = np.ones(len(y)) if cells is None else cells
        if self.of_labels is None or self.labels is None:
            return found
        return found * self.of_labels[np.searchsorted(self.labels, y)]

    def rows_of(self, weights: NDArray[np.float64]) -> NDArray[np.intp]:
        """Return which of the rows there are, some several times."""
        if self.repeats:
            return np.repeat(np.arange(len(weights)), weights.astype(np.intp))
        return np.flatnonzero(weights > 0)

    def fact(self) -> str:
        """Return what tells these weights from others of the same column."""
        of_labels = np.zeros(0) if self.of_labels is None else self.of_labels
        told = sha256(of_labels.tobytes()).hexdigest()[:16]
        return f"{'repeated rows' if self.repeats else 'weighed rows'}, classes {told}"
