"""Read the targets that a table estimator is given, and name the row of one that cannot be used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.data.optional import require
from clearprop.data.places import CellError
from clearprop.data.values import numbers_of
from clearprop.writing.sentences import count, listed

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

GREATEST = 1e140
"""The squares of larger targets, summed over many rows, are no floating point numbers."""

_TIMES = {
    "datetime64": "dates", "datetime": "dates", "date": "dates", "period": "dates",
    "timedelta64": "durations", "timedelta": "durations", "time": "times of day",
}  # fmt: skip
_AS_NUMBERS = {
    "dates": "make numbers of them, such as the days since the first",
    "durations": "make numbers of them, such as y.dt.total_seconds()",
    "times of day": "make numbers of them, such as the seconds since midnight",
}


def labels_of(y: Any) -> Any:
    """Return labels as scikit-learn takes them; those of one column as NumPy stores their type.

    Raises
    ------
    ValueError
        Where a label is missing, or is neither a text nor a number, or where some are texts and
        some are not; the message names the row.
    """
    series = _column_of(y)
    if series is None:
        return y
    _refuse_missing(np.asarray(series.isna()))
    what = _times_in(series)
    if what is not None:
        raise ValueError(f"y holds {what}, which are no classes: y.astype(str) makes texts of them")
    import pandas as pd

    if isinstance(series.dtype, pd.CategoricalDtype):
        series = series.astype(series.cat.categories.dtype)
    if isinstance(series.dtype, pd.IntervalDtype):
        series = series.astype(object)
    if series.dtype != object:
        kinds = {"b": bool, "i": np.int64, "u": np.uint64, "f": np.float64}
        kind = kinds.get(series.dtype.kind)
        return y if kind is None else series.to_numpy(dtype=kind)
    values = series.to_numpy()
    texts = np.fromiter((isinstance(value, str) for value in values), bool, len(values))
    for row, value in enumerate(values):
        if not isinstance(value, str | bool | int | float | np.generic | list | tuple | bytes):
            raise ValueError(
                f"y is {value!r:.60} in row {row + 1}, of type {type(value).__name__}, which is no "
                "class: y.astype(str) makes texts of such labels"
            )
    if texts.any() and not texts.all():
        text, other = int(texts.argmax()), int(texts.argmin())
        raise ValueError(
            f"y has texts and other labels: {values[text]!r:.60} in row {text + 1}, "
            f"{values[other]!r:.60} in row {other + 1}. y.astype(str) makes texts of all"
        )
    return values


def quantities_of(y: Any) -> Any:
    """Return quantities as scikit-learn takes them; those of one column of any type as numbers.

    Raises
    ------
    ValueError
        Where a quantity is missing, no number, or so large that its square is none; the message
        names the row.
    """
    series = _column_of(y)
    if series is not None:
        what = _times_in(series)
        if what is not None:
            raise ValueError(f"y holds {what}, not numbers: {_AS_NUMBERS[what]}")
        _refuse_missing(np.asarray(series.isna()))
        if series.dtype.kind not in "biuf":
            try:
                y = numbers_of(series, "y")
            except CellError as error:
                raise ValueError(
                    f"y is {error.cell} in row {error.row + 1}, not a number"
                ) from None
    elif isinstance(y, np.ndarray) and y.ndim == 1 and y.dtype.kind == "f":
        _refuse_missing(np.isnan(y))
        if np.isinf(y).any():
            row = int(np.isinf(y).argmax())
            raise ValueError(
                "Input y contains infinity or a value too large for dtype('float64'): it is "
                f"{y[row]} in row {row + 1}"
            )
    return y


def check_size(y: NDArray[np.floating]) -> None:
    """Raise a ValueError where the squares of quantities, or of their differences, are no numbers.

    The message names the row of one that is too large.
    """
    large = np.abs(y) > GREATEST
    if large.any():
        row = int(np.argwhere(large)[0][0])
        raise ValueError(
            f"y is {y[row]} in row {row + 1}, whose square is too large for a floating point "
            "number: divide the targets by a power of ten"
        )
    columns = y.reshape(len(y), -1)
    same = columns.min(axis=0) == columns.max(axis=0)
    if (~same & (columns.var(axis=0) == 0)).any():
        raise ValueError(
            "y differs by so little that the squares of its differences are 0: multiply the "
            "targets by a power of ten"
        )


def _column_of(y: Any) -> pd.Series[Any] | None:
    """Return one column of targets; None for several, and for plain numbers, which need nothing."""
    framed = hasattr(y, "isna") and hasattr(y, "dtype")  # a column of pandas, or its values
    if not framed:
        if hasattr(y, "iloc") or hasattr(y, "toarray") or y is None:
            return None
        try:
            y = np.asarray(y)
        except ValueError:  # rows of several lengths
            return None
    if (
        y.ndim != 1
        or y.dtype.kind == "c"
        or (isinstance(y, np.ndarray) and y.dtype.kind in "biufS")
    ):
        return None
    require("pandas", "targets that are no plain numbers")
    import pandas as pd

    return pd.Series(y).reset_index(drop=True)


def _refuse_missing(missing: NDArray[np.bool_]) -> None:
    if missing.any():
        rows = np.flatnonzero(missing) + 1
        where = f"{'row' if len(rows) == 1 else 'rows'} {listed(rows, 5)}"
        raise ValueError(
            f"Input y contains NaN: the target is missing in {count(len(rows), 'row')} ({where}). "
            "Leave these rows out"
        )


def _times_in(series: pd.Series[Any]) -> str | None:
    """Return what times a column holds: dates, durations or times of day; None for others."""
    import pandas as pd

    return _TIMES.get(pd.api.types.infer_dtype(series, skipna=True))
