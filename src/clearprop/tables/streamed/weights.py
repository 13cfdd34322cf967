"""The weights of a stream's rows, as a table in memory has them; one pass finds their sums."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.data.row_weights import RowWeights
from clearprop.estimators.weights import check_row_weights, weights_of_classes
from clearprop.tables.rows import MOST_REPEATED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from clearprop.data.table_pieces import TablePieces


def weighed(tables: TablePieces, class_weight: Any, classifies: bool) -> TablePieces:
    """Return the table whose rows weigh as their column and their classes say.

    Whole weights repeat rows, as they do in memory: :func:`~clearprop.tables.rows.repeated`.
    Targets and weights are read for it once, with `class_weight` twice, and no other columns.

    Raises
    ------
    ValueError
        If a class has no weight, or all rows weigh 0.
    """
    if tables.stream.weights is None and class_weight is None:
        return tables
    labels, of_labels = None, None
    if classifies:
        found_classes = _classes(tables)
        labels = np.array(sorted(found_classes))
        if class_weight is not None:
            rows = np.array([found_classes[label] for label in labels.tolist()])
            of_labels = weights_of_classes(class_weight, labels, rows)
    weights = RowWeights(labels, of_labels)
    whole, total, rows_of = True, 0.0, []
    for y, cells in _targets(tables):
        found = weights.of(y, cells)
        whole = whole and bool((found % 1 == 0).all())
        total += float(found.sum())
        rows_of.append((int(np.count_nonzero(found)), float(found.sum())))
    check_row_weights(np.array([total]), np.dtype(np.float32))
    repeats = whole and total <= MOST_REPEATED * sum(tables.counts)
    counts = [int(each) if repeats else present for present, each in rows_of]
    return tables.weighed(RowWeights(labels, of_labels, repeats, counts))


def _targets(tables: TablePieces) -> Iterator[tuple[NDArray[Any], NDArray[np.float64] | None]]:
    """Yield the targets of each piece, and their cells in the column of weights if any."""
    for piece in range(len(tables.counts)):
        yield tables.read_targets(piece)


def _classes(tables: TablePieces) -> Counter[Any]:
    """Return how many rows each class has."""
    found: Counter[Any] = Counter()
    for y, _ in _targets(tables):
        if y.ndim != 1:
            raise ValueError("a classifier takes one column of targets from a stream")
        labels, counts = np.unique(y, return_counts=True)
        found.update(dict(zip(labels.tolist(), counts.tolist(), strict=True)))
    return found
