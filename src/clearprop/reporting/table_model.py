"""A fitted table estimator and given rows, as a report takes them: a model of a pandas table."""

from __future__ import annotations

from typing import Any

from sklearn.utils.validation import check_is_fitted

from clearprop.data.optional import require
from clearprop.tables.base import BaseTable
from clearprop.tables.columns import columns_of
from clearprop.tables.members_model import MembersModel

SOURCE, TARGET = "given rows", "target"
"""What the rows and an unnamed target are called."""


def as_reported(model: Any, X: Any, y: Any) -> tuple[Any, Any]:
    """Return a model and its rows; those of a table estimator become a MembersModel and a frame.

    Parameters
    ----------
    model
        Any model.
    X
        Rows as the model takes them: of a table estimator a table of pandas, polars or pyarrow, an
        array, or a sparse matrix.
    y
        Targets; a series gives the target its name.

    Raises
    ------
    ValueError
        If the rows do not fit the estimator.
    DataError
        If the estimator has several targets.
    """
    if not isinstance(model, BaseTable):
        return model, X
    check_is_fitted(model)
    require("pandas", "a report of a table estimator")
    import pandas as pd

    name = getattr(y, "name", None)
    named = MembersModel(model, TARGET if name is None else str(name), source=SOURCE)
    frame = pd.DataFrame(dict(columns_of(model, X, reset=False).columns))
    return named, frame
