"""Learn from a training table what each of its columns becomes."""

from __future__ import annotations

from dataclasses import dataclass, fields
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from clearprop.data.columns import MANY_CATEGORIES, LeftOutColumn
from clearprop.data.date_column import moments_of
from clearprop.data.values import categories_of, kind_of, numbers_of
from clearprop.files.errors import DataError
from clearprop.tables.codes.category import CategoryCode, fit_categories
from clearprop.tables.codes.date import fit_dates, parts_that_change
from clearprop.tables.codes.kinds import VALUE
from clearprop.tables.codes.lack_of_fit import with_more_inputs
from clearprop.tables.codes.number import NumberCode, fit_numbers
from clearprop.tables.codes.text import fit_texts, is_prose, texts_of
from clearprop.tables.inputs import CODES, TableInputs, coded, no_column
from clearprop.writing.sentences import listed, suggestion

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from clearprop.data.values import Column

MOST_CATEGORIES, MOST_NUMBERS = (40, 300), 100_000_000
"""A column's most inputs of categories lie between these; between them they are as many as leave
a column's inputs so many numbers.
"""

FEWEST_PIECES = 4
"""With fewer pieces a column, the codes are left out altogether."""

CODE_FACTOR = 2.0
"""Centred codes in [0, 1] times 2 are as large as standardised numbers."""


@dataclass(frozen=True)
class CodingRules:
    """The numbers of the recipe that decide how columns are coded; see ``TableClassifier``."""

    bins: int
    max_inputs: int
    lack_of_fit: float
    max_one_hot: int | None
    min_category_rows: int
    target_smoothing: float
    max_words: int
    text_length: float

    @classmethod
    def of(cls, estimator: Any) -> CodingRules:
        """Return the rules in the arguments of a table estimator."""
        return cls(**{rule.name: getattr(estimator, rule.name) for rule in fields(cls)})

    def most_categories(self, rows: int) -> int:
        """Return how many categories of a column have an input of their own at most."""
        if self.max_one_hot is not None:
            return self.max_one_hot
        return int(np.clip(MOST_NUMBERS // rows, *MOST_CATEGORIES))

    def fewest_rows(self, rows: int) -> int:
        """Return how many rows a category with an input of its own has at least."""
        return max(1, min(self.min_category_rows, rows // 50))


class ReadColumn(NamedTuple):
    """What a training column holds.

    Attributes
    ----------
    kind
        The kind of its code, or "left out".
    values
        Its values as the code reads them; of identifiers, which are left out, their texts; None
        for other columns that are left out.
    why
        Why it is left out: a reason, and for texts how many are different.
    """

    kind: str
    values: Any = None
    why: tuple[Any, ...] = ()


def left_out_codes(read: Mapping[str, ReadColumn]) -> dict[str, LeftOutColumn]:
    """Return the codes of the columns that are left out: why each one is."""
    return {
        name: LeftOutColumn(name, *column.why)
        for name, column in read.items()
        if column.kind == "left out"
    }


def fit_inputs(
    read: Mapping[str, ReadColumn], targets: NDArray[np.floating], rules: CodingRules
) -> tuple[TableInputs, Any]:
    """Return the codes of a training table's columns, and its inputs.

    Parameters
    ----------
    read
        The columns of :func:`read_columns`.
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
        When no column is left to learn from.
    """
    rows = len(targets)
    kinds = {name: column.kind for name, column in read.items()}
    values = {name: column.values for name, column in read.items() if column.kind != "left out"}
    codes: dict[str, Any] = dict(left_out_codes(read))
    instead: dict[str, Any] = {}
    for name in (name for name in values if kinds[name] == "category"):
        codes[name], means = fit_categories(
            values[name], name, targets,
            most=rules.most_categories(rows),
            fewest_rows=rules.fewest_rows(rows),
            smoothing=rules.target_smoothing,
        )  # fmt: skip
        if means is not None:
            instead[name] = means
    taken = counted_inputs(codes)
    coded_numbers = sum(
        len(parts_that_change(values[name])) if kinds[name] == "date" else 1
        for name in values
        if kinds[name] in ("number", "date")
    )
    pieces = pieces_for(coded_numbers, taken, rules)
    for name, found in values.items():
        if kinds[name] == "number":
            codes[name] = fitting(fit_numbers(found, name, pieces), found, targets, rules, rows)
        elif kinds[name] == "date":
            codes[name] = fit_dates(found, name, pieces)
        elif kinds[name] == "text":
            codes[name] = fit_texts(
                found, name, rules.max_words, rules.text_length
            ) or LeftOutColumn(name, "text", len(set(found)))
    ordered = tuple(codes[name] for name in read)
    return scaled(ordered, values, rows, instead)


def read_columns(
    columns: Mapping[str, Column],
    rows: int,
    ignore: Sequence[str] | None = None,
    keep: Sequence[str] | None = None,
) -> dict[str, ReadColumn]:
    """Return what each column of a training table holds.

    Copies of an earlier column, and identifiers, are left out, unless `keep` names them; what
    `ignore` names is left out in any case.

    Raises
    ------
    DataError
        When a value cannot be used, or `ignore` or `keep` names no column of the table.
    """
    ignored, kept = (set(map(str, names or ())) for names in (ignore, keep))
    check_named("ignore", ignored, list(columns))
    check_named("keep", kept, list(columns))
    read = {
        name: ReadColumn("left out", None, ("told",))
        if name in ignored
        else _read(column, name, rows, name in kept)
        for name, column in columns.items()
    }
    for name in copies(read):
        if name not in kept:
            read[name] = ReadColumn("left out", None, ("copy",))
    return read


def check_named(argument: str, names: Iterable[str], columns: Sequence[str]) -> None:
    """Raise a DataError where an argument names a column that the table does not have."""
    for name in sorted(names):
        if name not in columns:
            raise DataError(
                f"{argument} names {name!r}, and the table has no such column."
                f"{suggestion(name, columns)} Its columns are {listed(columns, 30)}."
            )


def copies(read: Mapping[str, ReadColumn]) -> list[str]:
    """Return the columns that are the same in every row as a column before them.

    Numbers and dates are compared by value, categories by which rows share one.
    """
    first: dict[Any, str] = {}
    found = []
    for name, column in read.items():
        if column.kind in ("number", "category", "date"):
            mark = (column.kind, _mark(column))
            if mark in first:
                found.append(name)
            first.setdefault(mark, name)
    return found


def _mark(column: ReadColumn) -> bytes:
    """Return a digest of the values; in a category, of their places in order of appearance."""
    if column.kind == "category":
        codes = column.values.codes
        different, at, back = np.unique(codes, return_index=True, return_inverse=True)
        order = np.argsort(np.argsort(at))
        values: Any = np.append(np.where(codes < 0, -1, order[back]), len(different))
    else:
        values = np.ascontiguousarray(column.values)
    # A digest: of many columns the bytes themselves would be as much memory as the table.
    return sha256(values.tobytes()).digest()


def kinds_of(columns: Mapping[str, Column], rows: int) -> dict[str, str]:
    """Return the kind of each column, or "left out"; a value that cannot be used is an error."""
    return {name: _read(column, name, rows).kind for name, column in columns.items()}


def check_columns(columns: Mapping[str, Column], kinds: Mapping[str, str]) -> None:
    """Raise a DataError where a column is lacking, or has a value that is not of its kind."""
    for name, kind in kinds.items():
        if kind == "left out":
            continue
        if name not in columns:
            raise no_column(name, columns)
        code: Any = CODES[kind]
        code.read(columns[name], name)


def counted_inputs(codes: Mapping[str, Any]) -> int:
    """Return how many inputs of categories leave fewer for the pieces of numbers.

    Of many categories only some count: their inputs are nearly all 0, which costs little.
    """
    widths = [code.width for code in codes.values() if isinstance(code, CategoryCode)]
    return sum(min(width, MOST_CATEGORIES[0] + 1) for width in widths)


def fitting(
    code: NumberCode,
    values: NDArray[np.float64],
    targets: NDArray[np.floating],
    rules: CodingRules,
    rows: int,
) -> NumberCode:
    """Return a code of numbers with more inputs where its curve says too little.

    `values` and `targets` may be those of a sample of all `rows` rows.
    """
    most, fewest = rules.most_categories(rows), rules.min_category_rows
    return with_more_inputs(code, values, targets, most, fewest, rules.lack_of_fit)


def pieces_for(numbers: int, taken: int, rules: CodingRules) -> int:
    """Return how many pieces each of so many columns of numbers has; 0 where they are too few."""
    if not numbers:
        return 0
    pieces = min((rules.max_inputs - taken) // numbers, rules.bins)
    return pieces if pieces >= min(FEWEST_PIECES, rules.bins or FEWEST_PIECES) else 0


def scaled(
    codes: tuple[Any, ...], values: Mapping[str, Any], rows: int, instead: Mapping[str, Any]
) -> tuple[TableInputs, Any]:
    """Return inputs of these codes, centred and scaled as some rows ask for, and theirs."""
    done = TableInputs(codes, *centred(codes, values, rows, instead))
    return done, done.of_values(values, rows, instead=instead)


def centred(
    codes: tuple[Any, ...], values: Mapping[str, Any], rows: int, instead: Mapping[str, Any]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the centres and factors of inputs, those of texts without, as some rows ask for."""
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
    return center.astype(np.float32), factor.astype(np.float32)


def _read(column: Column, name: str, rows: int, keep: bool = False) -> ReadColumn:
    """Return what a column holds; `keep` makes texts of identifiers."""
    kind = kind_of(column, name)
    return _READERS[kind](column, name, rows, keep)


def _left_out(*why: Any, values: Any = None) -> ReadColumn:
    return ReadColumn("left out", values, why)


def _numbers(column: Column, name: str, rows: int, keep: bool) -> ReadColumn:
    values = numbers_of(column, name)
    present = values[~np.isnan(values)]
    if not present.size:
        return _left_out("empty")
    if present.min() == present.max() and present.size == rows:
        return _left_out("constant")
    return ReadColumn("number", values)


def _categories(column: Column, name: str, rows: int, keep: bool) -> ReadColumn:
    found = categories_of(column, name)
    met = np.unique(found.codes)
    if not found.texts:
        return _left_out("empty")
    if len(met) == 1:
        return _left_out("constant")
    different = len(found.texts)
    present = int((found.codes >= 0).sum())
    if different > MANY_CATEGORIES and 2 * different > present:
        texts = texts_of(column, name)
        if keep or is_prose(texts):
            return ReadColumn("text", texts)
        return _left_out("text", different, values=texts)
    return ReadColumn("category", found)


def _dates(column: Column, name: str, rows: int, keep: bool) -> ReadColumn:
    found = moments_of(column, name)
    return ReadColumn("date", found) if parts_that_change(found) else _left_out("date")


_READERS = {"number": _numbers, "category": _categories, "date": _dates}
