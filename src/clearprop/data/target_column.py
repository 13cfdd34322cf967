"""Read the target's column of a table of text again, with its words as classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.data.analysis import Texts
from clearprop.data.cells import MISSING_WORDS, TRUTH, WORDS_OF_CLASSES
from clearprop.data.dates import TIMES_OF_DAY
from clearprop.data.durations import seconds_of
from clearprop.data.reading import ColumnReading
from clearprop.data.split import find_column
from clearprop.data.target import MOST_INTEGER_CLASSES
from clearprop.writing.sentences import count, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from clearprop.data.interpret import Interpreted
    from clearprop.data.reading import Reading, TextOptions

_EXACT = 2**53
"""Up to this number every whole one is a floating point number."""


def read_target(
    frame: pd.DataFrame,
    found: Interpreted,
    raw: Callable[[list[str]], Mapping[str, pd.Series[Any]]],
    known: Reading | None,
    options: TextOptions,
    target: str | int | None,
    has_target: bool,
    file: str,
) -> str | None:
    """Read the target's column as classes where it holds words, and return its name.

    In a column of words a word such as None or NA is a class, unless `options` say that it is
    missing; an empty cell and a question mark are missing. Whole numbers of more digits than a
    floating point number keeps are classes, too, with every digit.
    """
    if has_target:
        names = tuple(frame.columns)
        if len(names) < 2:
            return None  # refused with the whole table
        name = names[find_column(target, names, file)]
    elif known is None or known.target not in frame:
        return None if known is None else known.target
    else:
        name = str(known.target)
    reading = found.readings[name]
    truth = frame[name].dtype == bool and name not in options.text
    if reading.kind == "text" and not truth:
        _read_classes(found, name, raw([name])[name], options, known is None)
    elif reading.kind == "number" and reading.plain:
        column = np.asarray(found.columns.get(name, frame[name]))
        if column.dtype.kind == "f" and (np.abs(np.nan_to_num(column)) >= _EXACT).any():
            _read_long_numbers(found, name, raw([name])[name], options)
    elif reading.kind == "date" and reading.date == TIMES_OF_DAY:
        _read_durations(found, name, raw([name])[name], options)
    return name


def _read_classes(
    found: Interpreted, name: str, column: pd.Series[Any], options: TextOptions, tell: bool
) -> None:
    import pandas as pd

    texts = Texts.of(column, (MISSING_WORDS - WORDS_OF_CLASSES) | set(options.missing))
    values = np.empty(len(texts.words) + 1, dtype=object)
    names = texts.words
    if all(word in TRUTH for word in names):
        names = [TRUTH[word] for word in names]
    values[:-1], values[-1] = names, None
    found.columns[name] = pd.array(values[texts.codes], dtype="str")
    found.readings[name] = ColumnReading("text")
    counts = dict(zip(texts.words, texts.counts().tolist(), strict=True))
    met = [word for word in counts if word in WORDS_OF_CLASSES]
    if met and tell:
        words = [f"{word!r} ({count(counts[word], 'row')})" for word in met]
        found.notes.append(
            f"The target {name!r} holds {listed(words)}, read as "
            f"{'a class' if len(words) == 1 else 'classes'} (--missing {met[0]} says that it is "
            "missing there)."
        )


def _read_durations(
    found: Interpreted, name: str, column: pd.Series[Any], options: TextOptions
) -> None:
    """Read times of day as durations: nobody predicts what the clock shows, as a rule."""
    texts = Texts.of(column, MISSING_WORDS | set(options.missing))
    seconds = [seconds_of(word) for word in texts.words]
    values = np.array([np.nan if one is None else one for one in [*seconds, None]])
    found.columns[name] = values[texts.codes]
    found.readings[name] = ColumnReading("duration", missing=found.readings[name].missing)
    word = next(word for word, one in zip(texts.words, seconds, strict=True) if one is not None)
    found.notes.append(
        f"The target {name!r} holds times, read as durations in seconds ({word!r} is "
        f"{seconds_of(word):.15g}; --text {name} takes them for classes)."
    )


def _read_long_numbers(
    found: Interpreted, name: str, column: pd.Series[Any], options: TextOptions
) -> None:
    """Read long whole numbers as classes, unless many differ and floats keep them apart."""
    texts = Texts.of(column, MISSING_WORDS | set(options.missing))
    digits = [word.lstrip("+-").isdecimal() for word in texts.words]
    if not all(digits):
        return
    different = len(texts.words)
    if different > MOST_INTEGER_CLASSES and len(set(map(float, texts.words))) == different:
        return
    _read_classes(found, name, column, options, tell=False)
    found.notes.append(
        f"The target {name!r} holds whole numbers of more digits than a number keeps, so they "
        "were read as classes."
    )
