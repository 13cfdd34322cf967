"""All that a table estimator must know of a stream before it trains, learned in one pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.data.moments import Moments
from clearprop.data.values import Categories
from clearprop.tables.streamed.counts import Extent, Tally
from clearprop.tables.streamed.grouped import grouped
from clearprop.tables.streamed.sample import RowSample, sample_rows

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from clearprop.data.table_pieces import TablePiece, TablePieces


MOST_CLASSES = 1000


@dataclass(frozen=True, eq=False)
class TargetStatistics:
    """What is known of the targets of some rows.

    Attributes
    ----------
    classes
        The rows of each class, by its label; None for numbers.
    moments
        Of numbers; None for classes.
    weighed
        The same with weights: the weight of each class, or moments. That of rows that all weigh
        the same is what is known without.
    """

    classes: pd.Series[Any] | None
    moments: Moments | None
    weighed: Any

    @classmethod
    def of(
        cls, y: NDArray[Any], classifies: bool, weights: NDArray[np.float64] | None = None
    ) -> TargetStatistics:
        """Return what is known of targets (n,), or (n, K) numbers; n is at least 1."""
        import pandas as pd

        if not classifies:
            if y.dtype.kind not in "biuf":
                raise ValueError(
                    "the target holds texts: TableRegressor learns quantities, TableClassifier "
                    "classes"
                )
            columns = y.reshape(len(y), -1)
            moments = Moments.of(columns)
            return cls(None, moments, moments if weights is None else Moments.of(columns, weights))
        if y.ndim != 1:
            raise ValueError("a classifier takes one column of targets from a stream")
        labels, places, counts = np.unique(y, return_inverse=True, return_counts=True)
        rows = _few(pd.Series(counts, pd.Index(labels)))
        if weights is None:
            return cls(rows, None, rows)
        return cls(rows, None, pd.Series(np.bincount(places, weights), rows.index))

    def merge(self, other: TargetStatistics) -> TargetStatistics:
        """Return what is known of the targets of both."""
        if self.classes is not None and other.classes is not None:
            counts = self.classes.add(other.classes, fill_value=0).astype(np.int64)
            weighed = self.weighed.add(other.weighed, fill_value=0)
            return TargetStatistics(_few(counts), None, weighed)
        assert self.moments is not None and other.moments is not None
        moments, weighed = (
            one.merge(more)
            for one, more in ((self.moments, other.moments), (self.weighed, other.weighed))
        )
        return TargetStatistics(None, moments, weighed)

    def with_classes(self, labels: NDArray[Any]) -> TargetStatistics:
        """Return the statistics with these classes too, whose rows all weigh 0."""
        import pandas as pd

        assert self.classes is not None
        every = self.classes.index.union(pd.Index(labels))
        classes, weighed = (one.reindex(every, fill_value=0) for one in (
            self.classes, self.weighed
        ))  # fmt: skip
        return TargetStatistics(classes, None, weighed)

    @property
    def weight(self) -> float:
        """The sum of all weights."""
        weighed = self.weighed
        return float(weighed.count if isinstance(weighed, Moments) else weighed.sum())


def _few(classes: pd.Series[Any]) -> pd.Series[Any]:
    if len(classes) > MOST_CLASSES:
        raise ValueError(
            f"the target has more than {MOST_CLASSES} different values: a stream takes so many "
            "classes; of a quantity TableRegressor learns"
        )
    return classes


@dataclass(frozen=True, eq=False)
class TableStatistics:
    """What is known of some rows of a table; two of them can be merged.

    Counts, ends and sums are those of all rows. Quantiles come from a sample of the rows, which is
    the same for any split: see :func:`~clearprop.tables.streamed.sample.rank_error`.

    Attributes
    ----------
    count
        The rows.
    columns
        Of each column an `Extent` (numbers, dates) or a `Tally` (categories).
    target
        Of the targets.
    sample
        Some rows.
    """

    count: int
    columns: Mapping[str, Extent | Tally]
    target: TargetStatistics
    sample: RowSample

    @classmethod
    def of(
        cls, piece: TablePiece, first: int, count: int, *, classifies: bool, most: int, key: int
    ) -> TableStatistics:
        """Return the statistics of a piece of rows `first` to `first + count`; some are there."""
        target = TargetStatistics.of(piece.y, classifies, piece.weights)
        if target.classes is None:
            columns: Any = piece.y.reshape(len(piece.y), -1).astype(np.float64)
            names: Any = range(columns.shape[1])
        else:
            names, columns = target.classes.index, np.unique(piece.y, return_inverse=True)[1]
        return cls(
            len(piece.rows),
            {
                name: Tally.of(values, columns, names)
                if isinstance(values, Categories)
                else Extent.of(values)
                for name, values in piece.values.items()
            },
            target,
            RowSample.of(piece, first, count, most, key),
        )

    def merge(self, other: TableStatistics) -> TableStatistics:
        """Return the statistics of the rows of both."""
        columns = {
            name: found.merge(other.columns[name])  # type: ignore[arg-type]
            for name, found in self.columns.items()
        }
        return TableStatistics(
            self.count + other.count,
            columns,
            self.target.merge(other.target),
            self.sample.merge([other.sample.within(self.sample.bound)]),
        )


def statistics_of(tables: TablePieces, classifies: bool, key: int) -> TableStatistics:
    """Return the statistics of a table, which reads all its rows once."""
    most = sample_rows(len(tables.columns))
    parts = (
        TableStatistics.of(piece, first, count, classifies=classifies, most=most, key=key)
        for piece, first, count in grouped(tables, tables.read)
    )
    found = reduce(TableStatistics.merge, parts)
    labels = None if tables.weights is None else tables.weights.labels
    return found if labels is None else replace(found, target=found.target.with_classes(labels))
