"""Learn from a training table what each of its columns becomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.data.columns import MANY_CATEGORIES, LeftOutColumn
from clearprop.data.date_column import moments_of
from clearprop.data.values import categories_of, kind_of, numbers_of
from clearprop.files.errors import DataError
from clearprop.tables.codes.category import CategoryCode, fit_categories
from clearprop.tables.codes.date import fit_dates, parts_that_change
from clearprop.tables.codes.kinds import VALUE
from clearprop.tables.codes.number import fit_numbers
from clearprop.tables.codes.text import fit_texts, is_prose, texts_of
from clearprop.tables.inputs import CODES, TableInputs, coded, no_column

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from clearprop.data.values import Column, Kind

FEWEST_PIECES = 4
"""With fewer pieces a column, the codes are left out altogether."""

CODE_FACTOR = 2.0
"""Centred codes in [0, 1] times 2 are as large as standardised numbers."""


@dataclass(frozen=True)
class CodingRules:
    """The numbers of the recipe that decide how columns are coded; see ``TableClassifier``."""

    bins: int
    max_inputs: int
    max_one_hot: int
    min_category_rows: int
    target_smoothing: float
    max_words: int
    text_length: float


def fit_inputs(
    columns: Mapping[str, Column], targets: NDArray[np.floating], rules: CodingRules
) -> tuple[TableInputs, Any]:
    """Return the codes of a training table's columns, and its inputs.

    Parameters
    ----------
    columns
        The columns (N,) by name.
    targets
        The targets as the networks see them (N, K), for means of categories.
    rules
        The numbers of the recipe.

    Returns
    -------
    inputs : TableInputs
        The codes.
    encoded : ndarray or csr_array of shape (N, D)
        The inputs of the training rows. They differ from ``inputs.encode`` where a category has
        means of the target: here each row's own target is left out.

    Raises
    ------
    DataError
        When a value cannot be used, or no column is left to learn from.
    """
    rows = len(targets)
    read = {name: _read(column, name, rows) for name, column in columns.items()}
    left_out = {name: reason for name, (kind, reason) in read.items() if kind == "left out"}
    values = {name: found for name, (kind, found) in read.items() if kind != "left out"}
    kinds = {name: kind for name, (kind, _) in read.items()}
    codes: dict[str, Any] = {name: LeftOutColumn(name, *why) for name, why in left_out.items()}
    instead: dict[str, Any] = {}
    for name in (name for name in values if kinds[name] == "category"):
        codes[name], means = fit_categories(
            values[name], name, targets,
            most=rules.max_one_hot,
            fewest_rows=max(1, min(rules.min_category_rows, rows // 50)),
            smoothing=rules.target_smoothing,
        )  # fmt: skip
        if means is not None:
            instead[name] = means
    taken = sum(code.width for code in codes.values() if isinstance(code, CategoryCode))
    coded_numbers = sum(
        len(parts_that_change(values[name])) if kinds[name] == "date" else 1
        for name in values
        if kinds[name] in ("number", "date")
    )
    pieces = pieces_for(coded_numbers, taken, rules)
    for name, found in values.items():
        if kinds[name] == "number":
            codes[name] = fit_numbers(found, name, pieces)
        elif kinds[name] == "date":
            codes[name] = fit_dates(found, name, pieces)
        elif kinds[name] == "text":
            codes[name] = fit_texts(
                found, name, rules.max_words, rules.text_length
            ) or LeftOutColumn(name, "text", len(set(found)))
    ordered = tuple(codes[name] for name in columns)
    return _scaled(ordered, values, rows, instead)


def kinds_of(columns: Mapping[str, Column], rows: int) -> dict[str, str]:
    """Return the kind of each column, or "left out"; a value that cannot be used is an error."""
    return {name: _read(column, name, rows)[0] for name, column in columns.items()}


def check_columns(columns: Mapping[str, Column], kinds: Mapping[str, str]) -> None:
    """Raise a DataError where a column is lacking, or has a value that is not of its kind."""
    for name, kind in kinds.items():
        if kind == "left out":
            continue
        if name not in columns:
            raise no_column(name, columns)
        code: Any = CODES[kind]
        code.read(columns[name], name)


def pieces_for(numbers: int, taken: int, rules: CodingRules) -> int:
    """Return how many pieces each of so many columns of numbers has; 0 where they are too few."""
    if not numbers:
        return 0
    pieces = min((rules.max_inputs - taken) // numbers, rules.bins)
    return pieces if pieces >= min(FEWEST_PIECES, rules.bins or FEWEST_PIECES) else 0


def _scaled(
    codes: tuple[Any, ...], values: Mapping[str, Any], rows: int, instead: Mapping[str, Any]
) -> tuple[TableInputs, Any]:
    bare = TableInputs(codes, np.zeros(0, np.float32), np.zeros(0, np.float32))
    if not len(bare.input_kinds):
        from clearprop.tables.telling import told

        raise DataError(f"no column is left to learn from: {'; '.join(told(bare))}.")
    inputs = coded(bare.dense, values, rows, None, instead)
    center = inputs.mean(0, dtype=np.float64)
    spread = inputs.std(0, dtype=np.float64)
    kinds = bare.input_kinds[: inputs.shape[1]]
    factor = np.full(len(center), CODE_FACTOR)
    is_value = kinds == VALUE
    factor[is_value] = 1 / np.maximum(spread[is_value], 1e-6)
    done = TableInputs(codes, center.astype(np.float32), factor.astype(np.float32))
    return done, done.of_values(values, rows, instead=instead)


def _read(column: Column, name: str, rows: int) -> tuple[Kind | str, Any]:
    """Return what a column holds and its values, or "left out" and why."""
    kind = kind_of(column, name)
    return _READERS[kind](column, name, rows)


def _numbers(column: Column, name: str, rows: int) -> tuple[str, Any]:
    values = numbers_of(column, name)
    present = values[~np.isnan(values)]
    if not present.size:
        return "left out", ("empty",)
    if present.min() == present.max() and present.size == rows:
        return "left out", ("constant",)
    return "number", values


def _categories(column: Column, name: str, rows: int) -> tuple[str, Any]:
    found = categories_of(column, name)
    met = np.unique(found.codes)
    if not found.texts:
        return "left out", ("empty",)
    if len(met) == 1:
        return "left out", ("constant",)
    different = len(found.texts)
    present = int((found.codes >= 0).sum())
    if different > MANY_CATEGORIES and 2 * different > present:
        texts = texts_of(column, name)
        return ("text", texts) if is_prose(texts) else ("left out", ("text", different))
    return "category", found


def _dates(column: Column, name: str, rows: int) -> tuple[str, Any]:
    found = moments_of(column, name)
    return ("date", found) if parts_that_change(found) else ("left out", ("date",))


_READERS = {"number": _numbers, "category": _categories, "date": _dates}
