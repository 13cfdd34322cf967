"""The columns of whatever people hold a table in, each as pandas or NumPy has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import _check_feature_names, _check_n_features, validate_data

from clearprop.data.dataset import numbered_names
from clearprop.files.errors import DataError
from clearprop.writing.sentences import listed

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
    frame = _frame_of(X)
    table = _of_array(estimator, X, reset) if frame is None else _of_frame(estimator, frame, reset)
    if reset and table.rows < 2:
        raise ValueError("a table of n_samples = 1 teaches nothing: two rows or more are needed")
    return table


def _of_frame(estimator: Any, frame: Any, reset: bool) -> RawColumns:
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
    names = [str(name) for name in frame.columns]
    if len(set(names)) != width:
        raise DataError(f"two columns of the table have one name among {listed(names, 30)}.")
    columns = (column for _, column in frame.items())
    return RawColumns(dict(zip(names, columns, strict=True)), rows)


def _frame_of(X: Any) -> Any:
    """Return a table as a pandas one, or None for what is no table with named columns."""
    if hasattr(X, "iloc"):
        return X if X.ndim == 2 else X.to_frame()
    if not hasattr(X, "__dataframe__") and not hasattr(X, "column_names"):
        return None
    import narwhals as nw

    return nw.from_native(X, eager_only=True).to_pandas()


def _of_array(estimator: Any, X: Any, reset: bool) -> RawColumns:
    X = validate_data(
        estimator, X, reset=reset, accept_sparse=True, dtype=None, ensure_all_finite="allow-nan"
    )
    if hasattr(X, "toarray"):
        X = X.toarray()
    names = numbered_names(X.shape[1])
    if X.dtype.kind in "biuf":
        return RawColumns({name: X[:, k] for k, name in enumerate(names)}, len(X))
    import pandas as pd

    columns = {name: pd.Series(X[:, k]).infer_objects() for k, name in enumerate(names)}
    return RawColumns(columns, len(X))
