"""Tables of other packages than pandas, with the names and the types of their columns."""

from __future__ import annotations

from typing import Any

from clearprop.files.errors import DataError


def framed(X: Any) -> Any:
    """Return a table as a pandas one, or None for what is no table with named columns.

    Raises
    ------
    DataError
        Where it has no rows yet, or has values for which pandas has no type.
    """
    if hasattr(X, "iloc"):
        return X if X.ndim == 2 else X.to_frame()
    # Of its class: some tables compute the names of their columns.
    if not hasattr(type(X), "columns") and not hasattr(type(X), "column_names"):
        return None
    import narwhals as nw

    frame = nw.from_native(X, pass_through=True)
    if isinstance(frame, nw.LazyFrame):
        raise DataError("the table is a plan and has no rows yet: X.collect() makes a table of it.")
    if not isinstance(frame, nw.DataFrame):
        return None
    try:
        return frame.to_pandas()
    except ValueError as error:
        raise DataError(f"the table cannot be made one of pandas ({error}).") from error
