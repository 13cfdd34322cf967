"""Which rows are trained on, and in which order: weights that repeat rows, and small tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.data.optional import require
from clearprop.data.values import stored
from clearprop.tables.columns import RawColumns

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

MOST_REPEATED = 4
"""Whole weights repeat rows where this makes at most so many times as many."""

FEW_ROWS = 200
"""Fewer rows than these are put in an order of their own, so that theirs does not matter."""


def repeated(
    table: RawColumns, y: NDArray[Any], weights: NDArray[Any] | None
) -> tuple[RawColumns, NDArray[Any], NDArray[Any] | None]:
    """Return the rows with whole weights as repetitions, without rows of weight 0."""
    if weights is None:
        return table, y, None
    whole = bool((weights % 1 == 0).all()) and weights.sum() <= MOST_REPEATED * len(weights)
    times = weights.astype(np.intp) if whole else (weights > 0).astype(np.intp)
    rows = np.repeat(np.arange(len(weights)), times)
    return table.take(rows), y[rows], None if whole else weights[rows]


def in_order(table: RawColumns, y: NDArray[Any]) -> NDArray[np.intp] | None:
    """Return an order of few rows that depends on their values alone; None for many rows."""
    if table.rows >= FEW_ROWS:
        return None
    require("pandas", "a table estimator of few rows")
    import pandas as pd

    columns = [pd.Series(column) for column in table.columns.values()]
    columns += [pd.Series(column) for column in y.reshape(table.rows, -1).T]
    keys = [pd.factorize(_comparable(column), sort=True)[0] for column in columns]
    return np.lexsort(keys)


def _comparable(column: pd.Series[Any]) -> Any:
    """Return values that can be sorted: texts for what may hold several types."""
    import pandas as pd

    column = pd.Series(stored(column))
    return column.astype(str) if column.dtype == object else column
