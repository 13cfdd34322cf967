"""One recipe for all contenders: what becomes of numbers, categories and dates before a model.

The kinds of the columns are judged by :class:`clearprop.data.TableEncoder`, as in `clearprop
train`; everything that is learned from values, such as medians and levels, is learned from the
training rows of each split.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
)

from clearprop.data import TableEncoder
from clearprop.data.columns import CategoryColumn, LeftOutColumn, NumberColumn
from clearprop.data.date_column import CYCLES, DateColumn, moments_of
from clearprop.data.values import categories_of, numbers_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clearprop.data.values import Column

    Array = np.ndarray[Any, Any]

MISSING = "(missing)"
"""A level of its own for categories."""

RARE = 3
"""Levels with fewer training rows are one level together."""

MOST_LEVELS = 100
"""One-hot inputs of a column; the rarest levels are one level together."""

MOST_NATIVE_LEVELS = 250
"""Of a column for HistGradientBoosting, which has at most 255."""

OF_A_DATE = 1 + 2 * len(CYCLES)
"""Inputs of a column of dates: the days, and sine and cosine of each cycle."""


@dataclass(frozen=True)
class TableColumns:
    """The columns of a table by kind, each by its place and its name.

    Attributes
    ----------
    numbers, categories, dates
        Places, counted from 0.
    names
        Of all columns.
    left_out
        Sentences on the columns that scikit-learn's models do not see.
    """

    names: tuple[str, ...]
    numbers: tuple[int, ...]
    categories: tuple[int, ...]
    dates: tuple[int, ...]
    left_out: tuple[str, ...] = ()

    @classmethod
    def of(cls, table: Any, names: Sequence[str] | None = None) -> TableColumns:
        """Judge the columns of a pandas table or an array.

        Raises
        ------
        DataError
            When a value cannot be used, or no column is left to learn from.
        """
        encoder = TableEncoder.fit(table, names)

        def places(kind: type) -> tuple[int, ...]:
            return tuple(i for i, one in enumerate(encoder.columns) if isinstance(one, kind))

        left = TableEncoder(
            tuple(one for one in encoder.columns if isinstance(one, LeftOutColumn)), encoder.rows
        )
        return cls(
            tuple(one.name for one in encoder.columns),
            places(NumberColumn),
            places(CategoryColumn),
            places(DateColumn),
            tuple(left.describe()),
        )


def scaled(columns: TableColumns) -> ColumnTransformer:
    """Return the recipe for whatever measures distances or adds inputs up.

    Numbers: the median where one is missing, beside an input that says so, standardised.
    Categories: an input for each level, rare levels together.
    """
    levels = OneHotEncoder(
        min_frequency=RARE,
        max_categories=MOST_LEVELS,
        handle_unknown="infrequent_if_exist",
        sparse_output=False,
    )
    filled = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    return _transformer(columns, [filled, StandardScaler()], levels)


def ordinal(columns: TableColumns) -> ColumnTransformer:
    """Return the recipe for trees: numbers as they are, missing ones too; levels numbered."""
    return _transformer(columns, [], _numbered(None))


def native(columns: TableColumns) -> ColumnTransformer:
    """Return the recipe for HistGradientBoosting: categories come last, at most 250 levels each."""
    return _transformer(columns, [], _numbered(MOST_NATIVE_LEVELS))


def native_categories(columns: TableColumns) -> list[bool]:
    """Return which outputs of :func:`native` are categories."""
    others = len(columns.numbers) + OF_A_DATE * len(columns.dates)
    return [False] * others + [True] * len(columns.categories)


def _numbered(most: int | None) -> OrdinalEncoder:
    return OrdinalEncoder(
        min_frequency=RARE,
        max_categories=most,
        handle_unknown="use_encoded_value",
        unknown_value=-1,
    )


def _transformer(columns: TableColumns, steps: list[Any], levels: Any) -> ColumnTransformer:
    """Return the ColumnTransformer: numbers and dates through `steps`, categories to `levels`."""
    kinds: list[tuple[str, Callable[..., Array], tuple[int, ...], list[Any]]] = [
        ("numbers", as_numbers, columns.numbers, steps),
        ("dates", as_moments, columns.dates, steps),
        ("categories", as_levels, columns.categories, [levels]),
    ]
    return ColumnTransformer(
        [
            (name, make_pipeline(_reader(read, columns, places), *map(clone, after)), list(places))
            for name, read, places, after in kinds
            if places
        ],
        sparse_threshold=0,
    )


def _reader(
    read: Callable[..., Array], columns: TableColumns, places: tuple[int, ...]
) -> FunctionTransformer:
    names = tuple(columns.names[place] for place in places)
    return FunctionTransformer(read, kw_args={"names": names})


def as_numbers(table: Any, names: Sequence[str]) -> Array:
    """Return columns as float64, NaN where a value is missing, (N, columns)."""
    return _each(table, names, numbers_of)


def as_levels(table: Any, names: Sequence[str]) -> Array:
    """Return columns of categories as texts, "(missing)" where one is missing, (N, columns)."""
    return _each(table, names, _levels)


def as_moments(table: Any, names: Sequence[str]) -> Array:
    """Return columns of dates as days since 1970 and, of each cycle, sine and cosine.

    NaN where a date is missing, (N, 9 a column).
    """
    parts = [_moments(column, name) for column, name in zip(_columns(table), names, strict=True)]
    return np.concatenate(parts, axis=1)


def _moments(column: Column, name: str) -> Array:
    found = moments_of(column, name)
    missing = np.asarray(found.isna())
    days = found.to_numpy(dtype="datetime64[s]").astype(np.float64) / 86_400
    angles = [2 * np.pi * np.asarray(part(found), np.float64) for part in CYCLES.values()]
    waves = [wave(angle) for angle in angles for wave in (np.sin, np.cos)]
    parts = np.stack([days, *waves], axis=1)
    parts[missing] = np.nan
    return parts


def _levels(column: Column, name: str) -> Array:
    found = categories_of(column, name)
    # The code of a missing value is -1, which finds the last entry.
    return np.array([*found.texts, MISSING], dtype=object)[found.codes]


def _each(table: Any, names: Sequence[str], read: Callable[[Column, str], Array]) -> Array:
    parts = [read(column, name) for column, name in zip(_columns(table), names, strict=True)]
    return np.stack(parts, axis=1)


def _columns(table: Any) -> list[Column]:
    if hasattr(table, "iloc"):
        return [table.iloc[:, place] for place in range(table.shape[1])]
    return [table[:, place] for place in range(table.shape[1])]
