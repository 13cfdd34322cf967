"""The columns of whatever people hold a table in, each as pandas or NumPy has it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import _check_feature_names, _check_n_features, validate_data

from clearprop.data.dataset import numbered_names
from clearprop.data.frames import framed
from clearprop.files.errors import DataError
from clearprop.writing.sentences import quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clearprop.data.values import Column


@dataclass(frozen=True)
class RawColumns:
    """The columns (N,) of a table by name."""

    columns: Mapping[str, Column]
    rows: int

    def take(self, rows: NDArray[np.intp]) -> RawColumns:
        """Return some of the rows, in this order."""
        taken = {
            name: column[rows] if isinstance(column, np.ndarray) else column.iloc[rows]
            for name, column in self.columns.items()
        }
        return RawColumns(taken, len(rows))


def columns_of(estimator: Any, X: Any, *, reset: bool) -> RawColumns:
    """Return the columns of X, checked against the estimator's, or set as the estimator's.

    Parameters
    ----------
    estimator
        Whose `n_features_in_` and feature names X must have.
    X
        A table of pandas, polars or pyarrow, an array or a list of rows, or a sparse matrix.
    reset
        Whether to set these attributes from X instead.

    Raises
    ------
    ValueError
        If X has other columns, no rows, or infinite numbers.
    """
    frame = framed(X)
    table = _of_array(estimator, X, reset) if frame is None else _of_frame(estimator, frame, reset)
    if reset and table.rows < 2:
        raise ValueError("a table of n_samples = 1 teaches nothing: two rows or more are needed")
    return table


def _of_frame(estimator: Any, frame: Any, reset: bool) -> RawColumns:
    names = [str(name) for name in frame.columns]
    if repeated := [name for name, times in Counter(names).items() if times > 1]:
        raise DataError(
            f"more than one column of the table is called {quoted(repeated)}: give each a name of "
            "its own."
        )
    _check_feature_names(estimator, frame, reset=reset)
    _check_n_features(estimator, frame, reset=reset)
    rows, width = frame.shape
    if not rows:
        raise ValueError(
            f"Found array with 0 sample(s) (shape={frame.shape}) while a minimum of 1 is required."
        )
    if not width:
        raise ValueError(
            f"Found array with 0 feature(s) (shape={frame.shape}) while a minimum of 1 is required."
        )
    columns = (column for _, column in frame.items())
    return RawColumns(dict(zip(names, columns, strict=True)), rows)


def _of_array(estimator: Any, X: Any, reset: bool) -> RawColumns:
    if isinstance(X, np.ma.MaskedArray):
        X = np.ma.filled(X.astype(float if X.dtype.kind in "biuf" else object), np.nan)
    elif isinstance(X, list | tuple) and np.asarray(X).dtype.kind == "U":
        X = np.array(X, dtype=object)  # numbers beside texts stay numbers
    # What is not finite is refused where its column and row are known.
    X = validate_data(
        estimator, X, reset=reset, accept_sparse=True, dtype=None, ensure_all_finite=False
    )
    if hasattr(X, "toarray"):
        X = X.toarray()
    names = numbered_names(X.shape[1])
    if X.dtype.kind in "biuf":
        return RawColumns({name: X[:, k] for k, name in enumerate(names)}, len(X))
    import pandas as pd

    columns = {name: pd.Series(X[:, k]).infer_objects() for k, name in enumerate(names)}
    return RawColumns(columns, len(X))
