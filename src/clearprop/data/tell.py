"""Describe how the columns of a table of text were read, each with the option to change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clearprop.data.dates import moments
from clearprop.writing.sentences import count, listed, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from clearprop.data.analysis import Found
    from clearprop.data.reading import ColumnReading


def told_of_columns(
    found: Mapping[str, Found],
    readings: Mapping[str, ColumnReading],
    stray: Mapping[str, tuple[int, str]],
    lines: NDArray[np.int64],
) -> list[str]:
    """Return sentences on what was decided about columns of text.

    Parameters
    ----------
    found
        What each column was found to hold.
    readings
        How each column was read.
    stray
        By column: the row and the word because of which a column of numbers is read as text.
    lines
        The line on which each row starts.
    """
    notes = []
    manners: dict[str, list[str]] = {}
    missing = list[str]()
    swapped = list[str]()
    for name, column in found.items():
        reading = readings[name]
        if reading.kind == "number" and column.numbers is not None:
            if manner := reading.numerals.differs(column.numbers.marked):
                manners.setdefault(" and ".join(manner), []).append(_example(name, column, reading))
            if column.missing:
                missing.append(_missing_words(name, column, lines))
        elif reading.kind == "date" and len(column.dates) > 1:
            swapped.append(_example_of_date(name, column, reading))
    for how, columns in manners.items():
        otherwise = "--decimal" if "commas" in how or "points" in how else "--text COLUMN"
        notes.append(f"Read {how}: {listed(columns, 6)} ({otherwise} says otherwise).")
    if missing:
        notes.append(
            f"Read words among numbers as missing: {listed(missing, 6)} (--text COLUMN keeps a "
            "column as texts)."
        )
    if swapped:
        notes.append(
            f"Day and month could be swapped: {listed(swapped, 6)} (--day-first or --month-first "
            "says which)."
        )
    for name, (row, word) in stray.items():
        notes.append(
            f"The column {name!r} was read as texts, though nearly all its cells are numbers: "
            f"line {lines[row]} has {word!r} (--missing {word!r} reads it as missing)."
        )
    return notes


def _example(name: str, column: Found, reading: ColumnReading) -> str:
    shown = reading.numerals
    cell = column.numbers.example if column.numbers else ""
    value = shown.number(cell) if cell else None
    return f"{name} ({cell!r} is {value:.15g})" if value is not None else name


def _example_of_date(name: str, column: Found, reading: ColumnReading) -> str:
    word = column.texts.words[0]
    return f"{name} ({word!r} is {moments([word], reading.date)[0]:%d %B %Y})"


def _missing_words(name: str, column: Found, lines: NDArray[np.int64]) -> str:
    counts = dict(zip(column.texts.words, column.texts.counts().tolist(), strict=True))
    total = count(sum(counts[word] for word in column.missing), "cell")
    row = min(map(column.texts.first, column.missing))
    return f"{name} ({quoted(column.missing)}: {total}, the first in line {lines[row]})"
