"""Decide from the whole file whether each column of text holds numbers, dates or words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.data.analysis import Found, Texts, analysed
from clearprop.data.cells import MISSING_WORDS, is_missing_among_numbers
from clearprop.data.dates import UNIT, is_day_first, moments
from clearprop.data.durations import seconds_of
from clearprop.data.numerals import PLAIN, Numerals, choose, parsed
from clearprop.data.reading import ColumnReading
from clearprop.data.tell import told_of_columns
from clearprop.data.values import Unread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from clearprop.data.analysis import Words
    from clearprop.data.reading import Reading, TextOptions


_EXACT = 2**53
"""Up to this number every whole one is a floating point number."""


@dataclass
class Interpreted:
    """The values of a table, and how they were read.

    Attributes
    ----------
    columns
        Numbers, texts or dates by column name, where pandas read something else.
    readings
        How each column was read.
    written
        The cells of numbers that are infinite, as they stand in the file, by column and row.
    stray
        By column, the row and the word that make texts of a column of numbers.
    notes
        Sentences about what was decided.
    gaps
        Numbers that stand for missing values, because that was told.
    """

    columns: dict[str, Any] = field(default_factory=dict)
    readings: dict[str, ColumnReading] = field(default_factory=dict)
    written: dict[str, dict[int, str]] = field(default_factory=dict)
    stray: dict[str, tuple[int, str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    gaps: frozenset[float] = frozenset()


def interpret(
    frame: pd.DataFrame,
    raw: Callable[[list[str]], Mapping[str, Words]],
    lines: NDArray[np.int64],
    options: TextOptions,
    known: Reading | None,
    usual_decimal: str,
) -> Interpreted:
    """Decide what each column of a table holds, or read it as stored in a model.

    Parameters
    ----------
    frame
        The table as pandas reads it.
    raw
        Returns columns as they stand in the file, by their names.
    lines
        The line on which each row starts.
    options
        What was told.
    known
        How the table that a model was trained on was read.
    usual_decimal
        The decimal mark that is likelier where nothing proves one.
    """
    told_numbers = [PLAIN.number(word) for word in options.missing]
    result = Interpreted(gaps=frozenset(n for n in told_numbers if n is not None))
    found = dict[str, Found]()
    numeric = list[str]()
    told = {
        **({} if known is None else known.columns),
        **{name: ColumnReading("text") for name in options.text},
    }
    kinds = {str(name): dtype.kind for name, dtype in frame.dtypes.items()}
    again = [
        name
        for name, reading in told.items()
        if not reading.plain and kinds.get(name, "") in ("i", "u", "f", "b")
    ]
    as_written = raw(again) if again else {}
    for name, kind in kinds.items():
        reading = told.get(name)
        if reading is not None and not reading.plain:
            column = as_written[name] if name in as_written else frame[name]
            _as_remembered(result, name, column, reading, options)
        elif kind in "iuf":
            result.readings[name] = ColumnReading()
            numeric.append(name)
        elif reading is not None:
            _as_remembered(result, name, frame[name], reading, options)
        elif kind == "b":
            result.readings[name] = ColumnReading("text")
        else:
            found[name] = analysed(frame[name], options)
    decimal = options.decimal or _file_decimal(found)
    if options.decimal == "," or _in_doubt(found, decimal):
        floats = [name for name in numeric if kinds[name] == "f"]
        proof = _look_again(found, result, raw(floats) if floats else {}, decimal, options)
        decimal = decimal or proof
    for name, words in found.items():
        _settle(result, name, words, decimal, usual_decimal, options)
    if decimal == ",":  # so are the numbers that this file writes without a fraction
        for name in numeric:
            if name not in found and kinds[name] in "iu":
                result.readings[name] = ColumnReading("number", Numerals(","))
    floats = [n for n in numeric if kinds[n] == "f" and n not in result.columns]
    _remember_infinite(result, frame, floats, raw)
    result.notes += told_of_columns(found, result.readings, lines)
    return result


def _file_decimal(found: Mapping[str, Found]) -> str | None:
    """Return the decimal mark that some column of text proves and none contradicts."""
    proofs = {c.numbers.proven for c in found.values() if c.numbers and c.numbers.proven}
    return proofs.pop() if len(proofs) == 1 else None


def _in_doubt(found: Mapping[str, Found], decimal: str | None) -> bool:
    """Return whether the columns that pandas read as numbers must be looked at as texts."""
    doubtful = any(c.numbers and c.numbers.doubtful for c in found.values())
    return decimal == "," or (decimal is None and doubtful)


def _look_again(
    found: dict[str, Found],
    result: Interpreted,
    columns: Mapping[str, Words],
    decimal: str | None,
    options: TextOptions,
) -> str | None:
    """Return the decimal mark proven by columns that pandas read as numbers with points.

    In a file of decimal commas, points may separate thousands.
    """
    proof = None
    for name, column in columns.items():
        again = analysed(column, options)
        if again.numbers is None:
            continue
        if again.numbers.proven == ".":
            proof = "."
        elif decimal == "," and any(way.decimal == "," for way in again.numbers.ways):
            found[name] = again
            del result.readings[name]
    return proof


def _settle(
    result: Interpreted,
    name: str,
    found: Found,
    decimal: str | None,
    usual: str,
    options: TextOptions,
) -> None:
    """Convert a column of text to the kind that was found for it."""
    if found.numbers is not None:
        numerals = choose(found.numbers, decimal, usual)
        reading = ColumnReading("number", numerals, found.missing)
    elif found.dates:
        date = _date_format(found.dates, options)
        reading = ColumnReading("date", missing=found.missing, date=date)
    elif found.durations:
        reading = ColumnReading("duration", missing=found.missing)
    else:
        reading = ColumnReading("text")
        if found.stray is not None:
            result.stray[name] = found.texts.first(found.stray), found.stray
    _put(result, name, found.texts, reading)


def _date_format(formats: Sequence[str], options: TextOptions) -> str:
    if options.day_first is not None:
        for text in formats:
            if is_day_first(text) == options.day_first:
                return text
    if len(formats) > 1 and "/" in formats[0]:  # as in America, where dates have slashes
        return next((f for f in formats if not is_day_first(f)), formats[0])
    return formats[0]


def _as_remembered(
    result: Interpreted, name: str, column: Words, reading: ColumnReading, options: TextOptions
) -> None:
    texts = Texts.of(column, MISSING_WORDS | set(options.missing))
    _put(result, name, texts, reading)


def _put(result: Interpreted, name: str, texts: Texts, reading: ColumnReading) -> None:
    """Set the values of a column; cells of another kind stay words, which are refused later."""
    result.readings[name] = reading
    result.columns[name] = _VALUES[reading.kind](result, name, texts, reading)


def _is_gap(word: str, reading: ColumnReading) -> bool:
    return word in reading.missing or is_missing_among_numbers(word)


def _numbers(result: Interpreted, name: str, texts: Texts, reading: ColumnReading) -> Any:
    if reading.kind == "duration":
        found = list(map(seconds_of, texts.words))
    else:
        found = parsed(texts.words, reading.numerals)
    for place, word in enumerate(texts.words):
        if found[place] is None:
            if not _is_gap(word, reading):
                return _texts_and_numbers(texts, reading, found)  # refused where it is used
            found[place] = np.nan
    values = np.array([*found, np.nan], dtype=np.float64)
    if result.gaps:
        values[np.isin(values, list(result.gaps))] = np.nan
    for infinite in np.flatnonzero(np.isinf(values)):
        word = texts.words[infinite]
        result.written.setdefault(name, {})[texts.first(word)] = word
    numbers = values[texts.codes]
    whole = (
        np.isfinite(numbers).all() and (numbers % 1 == 0).all() and (np.abs(numbers) < _EXACT).all()
    )
    return numbers.astype(np.int64) if whole else numbers


def _texts_and_numbers(
    texts: Texts, reading: ColumnReading, numbers: Sequence[float | None]
) -> Any:
    """Return numbers, and the cells that are not numbers as `Unread`."""
    import pandas as pd

    found = np.empty(len(texts.words) + 1, dtype=object)
    for place, (word, number) in enumerate(zip(texts.words, numbers, strict=True)):
        gap = _is_gap(word, reading)
        found[place] = number if number is not None else None if gap else Unread(word)
    return pd.Series(found[texts.codes], dtype=object)


def _words(result: Interpreted, name: str, texts: Texts, reading: ColumnReading) -> Any:
    import pandas as pd

    found = np.empty(len(texts.words) + 1, dtype=object)
    found[:-1], found[-1] = texts.words, None
    return pd.array(found[texts.codes], dtype="str")


def _dates(result: Interpreted, name: str, texts: Texts, reading: ColumnReading) -> Any:
    import pandas as pd

    found = moments(texts.words, reading.date)
    lost = np.flatnonzero(found.isna())
    wrong = [place for place in lost.tolist() if not _is_gap(texts.words[place], reading)]
    if wrong:  # refused where the column is used
        mixed = np.empty(len(texts.words) + 1, dtype=object)
        mixed[:-1] = list(found)
        for place in wrong:
            mixed[place] = Unread(texts.words[place])
        return pd.Series(mixed[texts.codes], dtype=object)
    values = found.to_numpy(dtype=f"datetime64[{UNIT}]")
    return np.append(values, np.datetime64("NaT"))[texts.codes]


_VALUES: dict[str, Callable[[Interpreted, str, Texts, ColumnReading], Any]] = {
    "number": _numbers,
    "text": _words,
    "date": _dates,
    "duration": _numbers,
}


def _remember_infinite(
    result: Interpreted,
    frame: pd.DataFrame,
    floats: Sequence[str],
    raw: Callable[[list[str]], Mapping[str, Words]],
) -> None:
    """Record how the first infinite number of each column is written."""
    places = {}
    for name in floats:
        infinite = np.isinf(frame[name].to_numpy())
        if infinite.any():
            places[name] = int(infinite.argmax())
    if places:
        for name, column in raw(list(places)).items():
            result.written[name] = {places[name]: str(column.iloc[places[name]]).strip()}
