"""Describe how the columns of a table of text were read, each with the option to change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clearprop.data.dates import moments
from clearprop.data.durations import seconds_of
from clearprop.writing.sentences import count, listed, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from clearprop.data.analysis import Doubt, Found, Texts
    from clearprop.data.reading import ColumnReading


def told_of_columns(
    found: Mapping[str, Found], readings: Mapping[str, ColumnReading], lines: NDArray[np.int64]
) -> list[str]:
    """Return sentences on what was decided about columns of text.

    Parameters
    ----------
    found
        What each column was found to hold.
    readings
        How each column was read.
    lines
        The line on which each row starts.
    """
    manners: dict[str, list[str]] = {}
    told: dict[str, list[str]] = {sentence: [] for sentence in _SENTENCES}
    doubts = list[str]()
    for name, column in found.items():
        reading = readings[name]
        numbers = column.numbers if reading.kind == "number" else None
        if numbers is not None and (manner := reading.numerals.differs(numbers.marked)):
            manners.setdefault(" and ".join(manner), []).append(_example(name, column, reading))
        if reading.kind == "duration":
            told[_DURATIONS].append(_example_of_duration(name, column))
        if reading.kind == "date":
            if len(column.dates) > 1:
                told[_SWAPPED].append(_example_of_date(name, column, reading))
            if "%y" in reading.date:
                told[_CENTURY].append(_span(name, column, reading))
        if reading.missing:
            told[_MISSING[reading.kind]].append(_missing_words(name, column, reading, lines))
        if reading.kind == "text" and column.doubt is not None:
            doubts.append(_doubted(name, column.texts, column.doubt, lines))
    notes = []
    for how, columns in manners.items():
        otherwise = "--decimal" if "commas" in how or "points" in how else "--text COLUMN"
        notes.append(f"Read {how}: {listed(columns, 6)} ({otherwise} says otherwise).")
    notes += [sentence.format(listed(columns, 6)) for sentence, columns in told.items() if columns]
    return notes + doubts


_MISSING = {
    "number": "Read words among numbers as missing: {} (--text COLUMN keeps a column as texts).",
    "date": "Read words among dates as missing: {} (--text COLUMN keeps a column as texts).",
    "duration": "Read words among durations as missing: {} (--text COLUMN keeps a column as "
    "texts).",
}
_SWAPPED = "Day and month could be swapped: {} (--day-first or --month-first says which)."
_CENTURY = (
    "Read years of two digits as 1969 to 2068: {} (where that is wrong, write years with four "
    "digits)."
)
_DURATIONS = "Read durations as seconds: {} (--text COLUMN keeps a column as texts)."
_SENTENCES = (*_MISSING.values(), _DURATIONS, _SWAPPED, _CENTURY)


def _doubted(name: str, texts: Texts, doubt: Doubt, lines: NDArray[np.int64]) -> str:
    """Return why a column of mostly numbers or dates is read as texts, and what to do."""
    share = "nearly all" if doubt.nearly else "most of"
    if doubt.ways:
        one, other = doubt.ways
        return (
            f"The column {name!r} was read as texts, though {share} its cells are {doubt.what}: "
            f"line {lines[texts.first(one)]} has {one!r}, line {lines[texts.first(other)]} "
            f"{other!r} (write them in one way to have {doubt.what})."
        )
    word, more = doubt.words[0], len(doubt.words) - 1
    others = (
        f", and there {'is' if more == 1 else 'are'} {count(more, 'more word')}" if more else ""
    )
    return (
        f"The column {name!r} was read as texts, though {share} its cells are {doubt.what}: "
        f"line {lines[texts.first(word)]} has {word!r}{others} (--missing {word!r} reads it as "
        "missing)."
    )


def _example(name: str, column: Found, reading: ColumnReading) -> str:
    shown = reading.numerals
    cell = column.numbers.example if column.numbers else ""
    value = shown.number(cell) if cell else None
    return f"{name} ({cell!r} is {value:.15g})" if value is not None else name


def _example_of_date(name: str, column: Found, reading: ColumnReading) -> str:
    word = next(word for word in column.texts.words if word not in reading.missing)
    return f"{name} ({word!r} is {moments([word], reading.date)[0]:%d %B %Y})"


def _span(name: str, column: Found, reading: ColumnReading) -> str:
    found = moments(column.texts.words, reading.date).dropna()
    return f"{name} (from {found.min():%d %B %Y} to {found.max():%d %B %Y})"


def _example_of_duration(name: str, column: Found) -> str:
    word = next(word for word in column.texts.words if seconds_of(word) is not None)
    return f"{name} ({word!r} is {seconds_of(word):.15g})"


def _missing_words(
    name: str, column: Found, reading: ColumnReading, lines: NDArray[np.int64]
) -> str:
    counts = dict(zip(column.texts.words, column.texts.counts().tolist(), strict=True))
    total = count(sum(counts[word] for word in reading.missing), "cell")
    row = min(map(column.texts.first, reading.missing))
    return f"{name} ({quoted(reading.missing)}: {total}, the first in line {lines[row]})"
