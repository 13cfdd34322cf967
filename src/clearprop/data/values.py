"""Convert the values of one column to numbers or texts, from any stored type."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import numpy as np

from clearprop.data.cells import plain, plain_number
from clearprop.data.number_parts import parts_of
from clearprop.data.places import CellError
from clearprop.files.errors import DataError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    # One column: of an array of numbers, or of a pandas table.
    Column: TypeAlias = NDArray[Any] | pd.Series[Any]

Kind = Literal["number", "category", "date"]

# What pandas finds in a column of Python objects.
_KINDS_OF_OBJECTS: dict[str, Kind] = {
    "integer": "number",
    "floating": "number",
    "mixed-integer-float": "number",
    "decimal": "number",
    "empty": "number",
    "string": "category",
    "boolean": "category",
    "mixed": "category",
    "mixed-integer": "category",
    "date": "date",
    "datetime": "date",
    "datetime64": "date",
    "timedelta": "number",
    "timedelta64": "number",
    "time": "date",
    "period": "date",
}


_NAMED = datetime.date | datetime.time | datetime.timedelta


class Unread(str):
    """A cell that is not written like the other cells of its column, and so is not a number."""

    __slots__ = ()


class Categories(NamedTuple):
    """A column of categories.

    Attributes
    ----------
    texts
        The different ones, in sorted order.
    codes
        For each row the index of its text, or -1 where the value is missing.
    """

    texts: list[str]
    codes: NDArray[np.intp]

    def written(self) -> list[str]:
        """Return the text of each row, empty where it is missing."""
        texts = [*self.texts, ""]
        return [texts[code] for code in self.codes.tolist()]


def stored(column: Column) -> Column:
    """Return a column as pandas itself stores it, where Arrow has a type of its own for it."""
    import pandas as pd

    if not isinstance(getattr(column, "dtype", None), pd.ArrowDtype):
        return column
    import pyarrow.types as kinds

    kind = column.dtype.pyarrow_dtype  # type: ignore[union-attr]
    own = (kinds.is_dictionary, kinds.is_time, kinds.is_null, kinds.is_nested, kinds.is_binary)
    if not any(is_own(kind) for is_own in own):
        return column
    missing = np.asarray(column.isna())  # type: ignore[union-attr]
    return pd.Series(column, dtype=object).where(~missing, None)


def kind_of(column: Column, name: str) -> Kind:
    """Return the kind of values in a column.

    Raises
    ------
    DataError
        When it holds none of these, such as lists or complex numbers.
    """
    if isinstance(column, np.ndarray):
        return "number"
    import pandas as pd

    column = stored(column)
    assert isinstance(column, pd.Series)
    types = pd.api.types
    dtype = column.dtype
    if types.is_object_dtype(dtype):
        found = types.infer_dtype(column, skipna=True)
        if found not in _KINDS_OF_OBJECTS:
            raise _of_no_kind(name, found)
        return _KINDS_OF_OBJECTS[found]
    if isinstance(dtype, pd.CategoricalDtype | pd.IntervalDtype) or types.is_bool_dtype(dtype):
        return "category"
    if types.is_numeric_dtype(dtype) and not types.is_complex_dtype(dtype):
        return "number"
    if types.is_string_dtype(dtype):
        return "category"
    if dtype.kind == "m":
        return "number"
    if dtype.kind == "M" or isinstance(dtype, pd.PeriodDtype):
        return "date"
    raise _of_no_kind(name, str(dtype))


def _of_no_kind(name: str, what: str) -> DataError:
    return DataError(f"column {name!r}: neither numbers nor texts but {what} values. {_ADVICE}")


_ADVICE = (
    "Make numbers or texts of them, or leave the column out (--ignore COLUMN, or ignore=[COLUMN] "
    "in Python)."
)


def numbers_of(column: Column, name: str) -> NDArray[np.float64]:
    """Return the column as finite numbers, NaN where a value is missing.

    Raises
    ------
    DataError
        Where a value is not a number, or is infinite.
    """
    values = column.astype(np.float64) if isinstance(column, np.ndarray) else _parsed(column, name)
    infinite = np.isinf(values)
    if infinite.any():
        row = int(infinite.argmax())
        raise CellError(
            name,
            row,
            f"{values[row]}",
            "is not a finite number: correct it, or leave the cell empty where it is unknown.",
        )
    return values


def _parsed(column: pd.Series[Any], name: str) -> NDArray[np.float64]:
    import pandas as pd

    column = pd.Series(stored(column))
    if column.dtype.kind == "m":
        seconds = column.dt.total_seconds()
        return seconds.to_numpy(dtype=np.float64, na_value=np.nan)
    if kind_of(column, name) == "date":
        raise DataError(f"column {name!r}: dates, where training had numbers.")
    if not pd.api.types.is_numeric_dtype(column.dtype):
        found = pd.to_numeric(_of_floats(column, name), errors="coerce")
        wrong = np.asarray(found.isna() & column.notna())
        if column.dtype == object:
            unread = (isinstance(cell, Unread) for cell in column)
            wrong = wrong | np.fromiter(unread, bool, len(column))
        if wrong.any():
            row = int(wrong.argmax())
            cell = column.iloc[row]
            other = isinstance(cell, Unread) and parts_of(cell) is not None
            reason = "is not a number as training writes them." if other else _NO_NUMBER
            raise CellError(name, row, repr(str(cell)), reason)
        column = found
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


_NO_NUMBER = "is not a number."


def _of_floats(column: pd.Series[Any], name: str) -> pd.Series[Any]:
    """Return a column of objects, whole numbers with very many digits as floats."""
    values = column.astype(object)
    for row, value in enumerate(values):
        if isinstance(value, int) and abs(value) >= _EXACT_FLOATS:
            try:
                values.iat[row] = float(value)
            except OverflowError as error:
                what = f"a number of some {round(value.bit_length() * 0.30103)} digits"
                raise CellError(name, row, what, "is too large to compute with.") from error
    return values


_EXACT_FLOATS = 2**64
"""Larger whole numbers are no NumPy integers."""


def categories_of(column: Column, name: str) -> Categories:
    """Return the column as categories.

    Raises
    ------
    DataError
        Where a value is neither text, number nor boolean.
    """
    import pandas as pd

    series = pd.Series(stored(column))
    if series.dtype == object:
        # As texts before they are compared: to Python, 1 and True are the same.
        texts = [
            None if missing else as_text(value, name, row)
            for row, (value, missing) in enumerate(zip(series, series.isna(), strict=True))
        ]
        series = pd.Series(texts, dtype="str")
    codes, distinct = pd.factorize(series)
    # Codes are numbered as they appear, so their first rows are in the same order.
    first_rows = np.flatnonzero((codes >= 0) & ~pd.Series(codes).duplicated())
    if isinstance(series.dtype, pd.CategoricalDtype | pd.IntervalDtype):
        # Whoever makes categories of intervals or dates means their names.
        named = _NAMED | pd.Interval | pd.Period
        distinct = pd.Index([str(one) if isinstance(one, named) else one for one in distinct])
    names = [as_text(value, name, row) for value, row in zip(distinct, first_rows, strict=True)]
    ordered = sorted(set(names))
    position = {category: index for index, category in enumerate(ordered)}
    # The last entry is what the code -1 of a missing value finds.
    translation = np.array([*(position[category] for category in names), -1], dtype=np.intp)
    return Categories(ordered, translation[codes])


def as_text(value: object, name: str, row: int | np.intp) -> str:
    """Return the name of a category; 1, 1.0, "1" and "01" have the same name.

    Raises
    ------
    DataError
        When the value is neither text, number nor boolean.
    """
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, (bool, int, np.bool_, np.integer)):
        return str(value)
    if isinstance(value, (float, np.floating)):
        return plain_number(float(value))
    raise CellError(
        name,
        int(row),
        f"{value!r:.60}",
        f"is neither a number nor a text but {type(value).__name__}. {_ADVICE}",
    )
