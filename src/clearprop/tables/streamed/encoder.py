"""The codes of a table's columns from statistics of its rows: those that tables in memory have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.data.columns import MANY_CATEGORIES, LeftOutColumn
from clearprop.data.table_pieces import taken
from clearprop.data.values import Categories
from clearprop.files.errors import DataError
from clearprop.tables.codes.category import CountedCategories
from clearprop.tables.codes.date import DateCode, fit_dates, parts_that_change
from clearprop.tables.codes.number import NumberCode, fit_numbers
from clearprop.tables.codes.text import is_prose
from clearprop.tables.fit_inputs import (
    CodingRules,
    ReadColumn,
    check_named,
    copies,
    counted_inputs,
    fitting,
    left_out_codes,
    pieces_for,
    scaled,
)
from clearprop.tables.streamed.counts import MOST_CATEGORIES, Extent, Tally
from clearprop.tables.streamed.sample import SAMPLE_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from clearprop.tables.inputs import TableInputs
    from clearprop.tables.streamed.statistics import TableStatistics


@dataclass(frozen=True, eq=False)
class TargetScale:
    """How targets become those that networks see.

    Attributes
    ----------
    names
        The targets, or the classes that have an output of their own.
    mean, sd
        Of the targets as given: these are subtracted and divided by. Of classes 0 and 1.
    overall, spread
        Mean and standard deviation of what networks see.
    """

    names: Sequence[Any]
    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    overall: NDArray[np.float64]
    spread: NDArray[np.float64]


def read_sample(
    found: TableStatistics, ignore: Sequence[str] | None, keep: Sequence[str] | None
) -> dict[str, ReadColumn]:
    """Return what each column holds, with the values of the sample's rows.

    All rows decide whether a column is empty, constant or of identifiers; whether it is a copy of
    another the sample's rows do.

    Raises
    ------
    DataError
        If a column holds texts of many words, or too many categories.
    """
    ignored, kept = (set(map(str, names or ())) for names in (ignore, keep))
    check_named("ignore", ignored, list(found.columns))
    check_named("keep", kept, list(found.columns))
    read = {
        name: ReadColumn("left out", None, ("told",))
        if name in ignored
        else _column(name, known, found.sample.values[name], name in kept)
        for name, known in found.columns.items()
    }
    for name in copies(read):
        if name not in kept:
            read[name] = ReadColumn("left out", None, ("copy",))
    return read


def inputs_of(
    found: TableStatistics,
    read: Mapping[str, ReadColumn],
    targets: NDArray[np.floating],
    scale: TargetScale,
    rules: CodingRules,
) -> tuple[TableInputs, Any, dict[str, CountedCategories]]:
    """Return the codes, as :func:`~clearprop.tables.fit_inputs.fit_inputs` does.

    Parameters
    ----------
    found
        What is known of all rows.
    read
        Of :func:`read_sample`.
    targets
        Of the sample's rows, as networks see them.
    scale
        How they came to be.
    rules
        The numbers of the recipe.

    Returns
    -------
    inputs : TableInputs
        The codes.
    encoded : ndarray of shape (n, D)
        The inputs of the sample's rows, without their own targets.
    counted : dict
        Of columns with means of the target: what these leave out a row's own target by.
    """
    codes: dict[str, Any] = dict(left_out_codes(read))
    values = {name: column.values for name, column in read.items() if column.kind != "left out"}
    counted = {
        name: _counted(found.columns[name], scale, rules, found.count)
        for name in values
        if read[name].kind == "category"
    }
    for name, of_column in counted.items():
        codes[name] = of_column.code(name)
    whole = {
        name: _with_ends(column, known)
        for name, column in values.items()
        if isinstance(known := found.columns[name], Extent)
    }
    numbers = sum(
        len(parts_that_change(column)) if read[name].kind == "date" else 1
        for name, column in whole.items()
    )
    pieces = pieces_for(numbers, counted_inputs(codes), rules)
    for name, column in whole.items():
        code: Any
        if read[name].kind == "number":
            code = fitting(
                fit_numbers(column, name, pieces), values[name], targets, rules, found.count
            )
        else:
            code = fit_dates(column, name, pieces)
        codes[name] = _with_missing(code, found.columns[name].missing)
    counted = {name: one for name, one in counted.items() if codes[name].means}
    ordered = tuple(codes[name] for name in read)
    inputs = _centred(found, ordered, values, targets, counted)
    without_own = {name: one.without_own(values[name], targets) for name, one in counted.items()}
    encoded = inputs.of_values(values, len(targets), instead=without_own)
    return inputs, encoded, counted


def _centred(
    found: TableStatistics,
    codes: tuple[Any, ...],
    values: Mapping[str, Any],
    targets: NDArray[np.floating],
    counted: Mapping[str, CountedCategories],
) -> TableInputs:
    """Return the codes with centres and factors of as many rows of the sample as fit."""
    width = sum(len(code.input_names) for code in codes if not isinstance(code, LeftOutColumn))
    places = found.sample.first_drawn(max(2, SAMPLE_BYTES // (4 * max(width, 1))))
    some = {name: taken(column, places) for name, column in values.items()}
    without_own = {
        name: one.without_own(some[name], targets[places]) for name, one in counted.items()
    }
    return scaled(codes, some, len(places), without_own)[0]


def _column(name: str, known: Extent | Tally, sampled: Any, keep: bool) -> ReadColumn:
    """Return what a column holds; `keep` makes texts of identifiers."""
    if not known.present:
        return ReadColumn("left out", None, ("empty",))
    if isinstance(known, Tally):
        return _categories(name, known, sampled, keep)
    if not isinstance(sampled, np.ndarray):
        if parts_that_change(_with_ends(sampled, known)):
            return ReadColumn("date", sampled)
        return ReadColumn("left out", None, ("date",))
    if known.least == known.most and not known.missing:
        return ReadColumn("left out", None, ("constant",))
    return ReadColumn("number", sampled)


def _categories(name: str, known: Tally, sampled: Categories, keep: bool) -> ReadColumn:
    different = known.different
    if different + bool(known.missing) == 1:
        return ReadColumn("left out", None, ("constant",))
    if different > MANY_CATEGORIES and 2 * different > known.present:
        texts = [*sampled.texts, ""]
        written = [texts[code] for code in sampled.codes.tolist()]
        if keep or is_prose(written):
            raise DataError(
                f"column {name!r} holds texts of many words, and a stream takes none: "
                f"ignore=[{name!r}] (--ignore {name}) leaves it out. In memory their words are "
                "counted."
            )
        return ReadColumn("left out", written, ("text", different))
    if known.rows is None:
        raise DataError(
            f"column {name!r} has about {different:,} categories, and a stream takes "
            f"{MOST_CATEGORIES:,}: ignore=[{name!r}] (--ignore {name}) leaves it out."
        )
    return ReadColumn("category", sampled)


def _counted(
    known: Extent | Tally, scale: TargetScale, rules: CodingRules, total: int
) -> CountedCategories:
    assert isinstance(known, Tally) and known.rows is not None and known.sums is not None
    rows = known.rows.sort_index()
    counts = np.append(rows.to_numpy(), known.missing)
    sums = known.sums.loc[rows.index].reindex(columns=list(scale.names), fill_value=0.0)
    gap = known.gap.reindex(list(scale.names), fill_value=0.0)
    raw = np.vstack([sums.to_numpy(), gap.to_numpy()[None]])
    return CountedCategories(
        list(rows.index),
        counts,
        (raw - counts[:, None] * scale.mean) / scale.sd,
        scale.overall,
        scale.spread,
        rules.target_smoothing,
        rules.most_categories(total),
        rules.fewest_rows(total),
    )


def _with_ends(sampled: Any, known: Extent) -> Any:
    """Return sampled values, with the smallest and the largest of all rows if they lack."""
    ends = Extent.of(sampled)
    more = [end for end in (known.least, known.most) if end not in (ends.least, ends.most)]
    if not more:
        return sampled
    if isinstance(sampled, np.ndarray):
        return np.append(sampled, more)
    return sampled.append(type(sampled)(more))


def _with_missing(code: Any, missing: int) -> Any:
    if isinstance(code, DateCode):
        parts = tuple(replace(part, missing=missing) for part in code.parts)
        return replace(code, parts=parts, missing=missing)
    assert isinstance(code, NumberCode)
    return replace(code, missing=missing)
