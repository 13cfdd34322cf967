"""Encode one column as inputs of a network, by the kind of its values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import numpy as np

from clearprop.data.date_column import DateColumn, fit_dates, moments_of
from clearprop.data.places import CellError
from clearprop.data.values import categories_of, kind_of, numbers_of
from clearprop.files.document import a_count, a_list, a_number, a_positive_number, a_text
from clearprop.files.errors import DataError
from clearprop.writing.sentences import count, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from clearprop.data.values import Column
    from clearprop.files.document import Check

    Rows: TypeAlias = NDArray[np.intp] | slice

MOST_CATEGORIES = 1000
"""A column of more different texts than these is left out."""

MANY_CATEGORIES = 50
"""A column of more different texts than these is left out if they are more than half its values."""

REASONS = {
    "constant": "the same value in every row",
    "rare": "the same value in every row that is trained on",
    "empty": "no values",
    "date": "dates that are all the same, or missing",
    "text": "identifiers or free text",
    "copy": "the same in every row as a column before them",
    "told": "as told",
}
"""Why a column is left out."""


@dataclass(frozen=True)
class NumberColumn:
    """Numbers, standardised: (value - mean) / sd, with the median where a value is missing.

    Attributes
    ----------
    name
        The column's name.
    mean, sd, median
        Of the training values that are not missing; the divisor of the variance is their count.
    missing
        How many training values are missing.
    """

    kind: ClassVar[str] = "number"
    checks: ClassVar[Mapping[str, Check]] = {
        "name": a_text,
        "mean": a_number,
        "sd": a_positive_number,
        "median": a_number,
        "missing": a_count,
    }

    name: str
    mean: float
    sd: float
    median: float
    missing: int

    @property
    def input_names(self) -> tuple[str, ...]:
        """The name of the one input."""
        return (self.name,)

    def write(self, inputs: NDArray[Any], column: Column) -> list[str]:
        """Fill the inputs (N, 1) and return notes on values that training did not have."""
        values = numbers_of(column, self.name)
        missing = np.isnan(values)
        values = np.where(missing, self.median, values)
        with np.errstate(over="ignore"):
            inputs[:, 0] = (values - self.mean) / self.sd
        finite = np.isfinite(inputs[:, 0])
        if not finite.all():
            row = int(finite.argmin())
            raise CellError(
                self.name,
                row,
                f"{values[row]}",
                f"is too far from the training values (mean {self.mean:.6g}, sd {self.sd:.6g}) "
                f"to be scaled.{_sentinel(values[row])}",
            )
        if not missing.any():
            return []
        number = count(int(missing.sum()), "missing value")
        return [f"column {self.name!r}: {number} filled with the training median {self.median:.6g}"]


@dataclass(frozen=True)
class CategoryColumn:
    """Categories, one input for each, which is 1 in the rows of that category.

    Missing is a category of its own if training had missing values. In a row whose category
    training did not have, every input is 0.

    Attributes
    ----------
    name
        The column's name.
    categories
        The categories in training, in sorted order.
    missing
        How many training values are missing.
    """

    kind: ClassVar[str] = "category"
    checks: ClassVar[Mapping[str, Check]] = {
        "name": a_text,
        "categories": lambda value, where: _sorted_texts(value, where),
        "missing": a_count,
    }

    name: str
    categories: tuple[str, ...]
    missing: int

    @property
    def input_names(self) -> tuple[str, ...]:
        """The column's name with each category; "(missing)" last, if training had such cells."""
        last = ["(missing)"] if self.missing else []
        return tuple(f"{self.name}={category}" for category in [*self.categories, *last])

    def write(self, inputs: NDArray[Any], column: Column) -> list[str]:
        """Fill the inputs (N, width), zero before; return notes on values new since training."""
        found = categories_of(column, self.name)
        index = {category: i for i, category in enumerate(self.categories)}
        of_text = [index.get(text, -1) for text in found.texts]
        of_missing = len(index) if self.missing else -1
        # The code of a missing value is -1, which finds the last entry.
        input_of_row = np.array([*of_text, of_missing], dtype=np.intp)[found.codes]
        known = np.flatnonzero(input_of_row >= 0)
        inputs[known, input_of_row[known]] = 1
        notes = []
        missing = int((found.codes < 0).sum())
        if missing and not self.missing:
            notes.append(
                f"column {self.name!r}: {count(missing, 'missing value')}, where training had "
                "none; all its inputs are 0 there"
            )
        if unmet := [text for text in found.texts if text not in index]:
            rows = count(int(((input_of_row < 0) & (found.codes >= 0)).sum()), "row")
            notes.append(
                f"column {self.name!r}: {rows} with a category that training had not "
                f"({quoted(unmet)}); all its inputs are 0 there"
            )
        return notes


@dataclass(frozen=True)
class LeftOutColumn:
    """A column that is not an input of the network.

    Attributes
    ----------
    name
        The column's name.
    reason
        One of ``REASONS``.
    different
        How many different values training had, for a column of texts.
    """

    kind: ClassVar[str] = "left out"
    checks: ClassVar[Mapping[str, Check]] = {
        "name": a_text,
        "reason": lambda value, where: _reason(value, where),
        "different": a_count,
    }

    name: str
    reason: str
    different: int = 0

    @property
    def input_names(self) -> tuple[str, ...]:
        """None."""
        return ()


ColumnEncoder: TypeAlias = NumberColumn | CategoryColumn | DateColumn | LeftOutColumn

COLUMN_KINDS: dict[str, type[ColumnEncoder]] = {
    kind.kind: kind for kind in (NumberColumn, CategoryColumn, DateColumn, LeftOutColumn)
}


def fit_column(column: Column, name: str, rows: NDArray[np.intp] | None = None) -> ColumnEncoder:
    """Learn from training values how to encode a column.

    Parameters
    ----------
    column
        All values, each of which is checked.
    name
        The column's name.
    rows
        Which rows to learn from, counted from 0; None is all.

    Raises
    ------
    CellError
        When a value cannot be used; the message names its row, counted from 1.
    """
    return _FIT[kind_of(column, name)](column, name, slice(None) if rows is None else rows)


def _fit_numbers(column: Column, name: str, rows: Rows) -> ColumnEncoder:
    everything = numbers_of(column, name)
    values = everything[rows]
    present = values[~np.isnan(values)]
    if not present.size:
        return LeftOutColumn(name, "empty")
    with np.errstate(over="ignore", invalid="ignore"):
        mean, sd = float(present.mean()), float(present.std())
    # Not by the deviation: rounding the mean of equal numbers may leave one.
    if present.min() == present.max():
        same = (np.isnan(everything) | (everything == present[0])).all()
        return LeftOutColumn(name, "constant" if same else "rare")
    if not 0 < sd < np.inf:
        raise _unscalable(values, everything, name, sd)
    return NumberColumn(name, mean, sd, float(np.median(present)), values.size - present.size)


def _unscalable(
    values: NDArray[np.float64], everything: NDArray[np.float64], name: str, sd: float
) -> CellError:
    """Return the error for numbers whose standard deviation overflows or is 0, naming the cause."""
    if sd:
        size = np.where(np.isnan(everything), 0, np.abs(everything))
        row = int(size.argmax())
        return CellError(
            name,
            row,
            f"{everything[row]}",
            f"is so large that the column cannot be scaled: its standard deviation becomes {sd}."
            f"{_sentinel(everything[row])}",
        )
    first = values[~np.isnan(values)][0]
    row = int(np.flatnonzero((everything != first) & ~np.isnan(everything))[0])
    return CellError(
        name,
        row,
        f"{everything[row]}",
        "is so near the other values that the column cannot be scaled: its standard deviation "
        "becomes 0.",
    )


def _sentinel(value: float) -> str:
    return f" If it stands for a missing value, --missing={value} says so."


def _fit_categories(column: Column, name: str, rows: Rows) -> ColumnEncoder:
    found = categories_of(column, name)
    codes = found.codes[rows]
    met = np.unique(codes[codes >= 0])
    texts = [found.texts[code] for code in met]
    missing = int((codes < 0).sum())
    present = codes.size - missing
    if not texts:
        return LeftOutColumn(name, "empty")
    if len(texts) == 1 and not missing:
        return LeftOutColumn(name, "constant" if len(found.texts) == 1 else "rare")
    if len(texts) > MOST_CATEGORIES or (len(texts) > MANY_CATEGORIES and 2 * len(texts) > present):
        return LeftOutColumn(name, "text", len(texts))
    return CategoryColumn(name, tuple(texts), missing)


def _fit_dates(column: Column, name: str, rows: Rows) -> ColumnEncoder:
    everything = moments_of(column, name)
    return fit_dates(everything[rows], name) or LeftOutColumn(name, "date")


_FIT: dict[str, Callable[[Column, str, Rows], ColumnEncoder]] = {
    "number": _fit_numbers,
    "category": _fit_categories,
    "date": _fit_dates,
}


def _sorted_texts(value: object, where: str) -> tuple[str, ...]:
    texts = tuple(a_text(text, where) for text in a_list(value, where))
    if not 0 < len(texts) <= MOST_CATEGORIES or list(texts) != sorted(set(texts)):
        raise DataError(f"{where} must be different texts in sorted order, up to {MOST_CATEGORIES}")
    return texts


def _reason(value: object, where: str) -> str:
    reason = a_text(value, where)
    if reason not in REASONS:
        raise DataError(f"{where} must be one of {quoted(REASONS)}, not {reason!r:.40}")
    return reason
