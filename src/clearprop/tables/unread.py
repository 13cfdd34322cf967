"""Warn of columns of texts that are numbers, dates or durations written as texts."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from clearprop.data.analysis import analysed
from clearprop.data.reading import TextOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clearprop.tables.fit_inputs import ReadColumn


class UnreadWarning(UserWarning):
    """A column is read as texts that are written as numbers, dates or durations."""


_ADVICE = {
    "numbers": "pandas.to_numeric makes numbers of plain ones",
    "dates": "pandas.to_datetime makes dates of them",
    "durations": "pandas.to_timedelta makes durations of them",
}


def warn_of_unread(read: Mapping[str, ReadColumn]) -> None:
    """Warn of each column of mostly different texts that holds something else.

    A table in memory says itself what its columns hold, so they are read as texts all the same.
    """
    for name, column in read.items():
        words = _words_of(column)
        what = _what(words) if words else None
        if what is not None:
            became = "left out" if column.kind == "left out" else "used as categories"
            warnings.warn(
                f"column {name!r} holds {what} written as texts, such as {words[0]!r:.40}, and is "
                f"{became}: {_ADVICE[what]}, before the fit.",
                UnreadWarning,
                stacklevel=4,
            )


def _words_of(column: ReadColumn) -> list[str]:
    """Return the texts of a column in which most are different; none for other columns."""
    if column.kind == "category":
        found, present = column.values.texts, int((column.values.codes >= 0).sum())
    elif column.kind == "left out" and column.why[0] == "text":
        found = list(dict.fromkeys(text for text in column.values if text))
        present = sum(map(bool, column.values))
    else:
        return []
    return found if 2 * len(found) > present and len(found) > 2 else []


def _what(words: list[str]) -> str | None:
    import pandas as pd

    found = analysed(pd.Series(words, dtype="str"), TextOptions())
    if found.numbers is not None:
        return "numbers"
    return "dates" if found.dates else "durations" if found.durations else None
