"""Decide from a column of text alone whether it holds numbers, dates or words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from clearprop.data.cells import MISSING_WORDS, is_missing_among_numbers
from clearprop.data.dates import formats_of, looks_like_date
from clearprop.data.numerals import PLAIN, Candidates, candidates, is_bare, parts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from clearprop.data.reading import TextOptions

    Words = pd.Series[Any]

_NEARLY_ALL = 0.9
_SAMPLE = 200

MOST_UNKNOWN_WORDS, FEWEST_NUMBERS = 3, 20
"""At most so many different words mean missing numbers, if there are at least so many numbers."""


class Texts(NamedTuple):
    """A column of text: its different words without missing ones, and the word of each row.

    Attributes
    ----------
    words
        The different cells, without blanks around them.
    codes
        For each row the index of its word, or -1 where it is missing.
    """

    words: list[str]
    codes: NDArray[np.intp]

    @classmethod
    def of(cls, column: Words, missing: frozenset[str] | set[str]) -> Texts:
        """Return the words of a column, those in `missing` as missing values."""
        import pandas as pd

        stripped = column.astype("str").str.strip()
        codes, distinct = pd.factorize(stripped)
        words = [str(word) for word in distinct]
        kept = [word not in missing for word in words]
        if not all(kept):
            place = np.where(kept, np.cumsum(kept) - 1, -1)
            codes = np.append(place, -1)[codes]
            words = [word for word, keep in zip(words, kept, strict=True) if keep]
        return cls(words, codes)

    def counts(self) -> NDArray[np.intp]:
        """Return how many rows hold each word."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.words))

    def first(self, word: str) -> int:
        """Return the first row that holds a word."""
        return int((self.codes == self.words.index(word)).argmax())


@dataclass
class Found:
    """What a column of text was found to hold.

    Attributes
    ----------
    texts
        Its words.
    numbers
        How its numbers can be read; None if it has no numbers, or words as well.
    missing
        Words among the numbers that mean a missing value.
    stray
        A word in a column of almost only numbers; because of it all cells are read as words.
    dates
        The formats in which all its words are dates.
    """

    texts: Texts
    numbers: Candidates | None = None
    missing: tuple[str, ...] = ()
    stray: str | None = None
    dates: tuple[str, ...] = ()


def analysed(column: Words, options: TextOptions) -> Found:
    """Return what a column of text holds, judged by the column alone."""
    texts = Texts.of(column, MISSING_WORDS | set(options.missing))
    if not _worth_a_look(texts.words):
        return Found(texts)
    if all(map(looks_like_date, texts.words[:_SAMPLE])) and (dates := formats_of(texts.words)):
        return Found(texts, dates=tuple(dates))
    split = candidates_and_words(texts.words)
    if split.numbers is None or (split.words and split.distinct < 2):
        return Found(texts, dates=tuple(formats_of(texts.words)))
    unknown = [word for word in split.words if not is_missing_among_numbers(word)]
    if unknown and not _say_missing(unknown, split.distinct):
        return Found(texts, stray=_stray(texts, split.words, unknown))
    return Found(texts, split.numbers, tuple(split.words))


class Split(NamedTuple):
    """The words of a column, numbers separated from the rest; `distinct` counts these."""

    numbers: Candidates | None
    words: list[str]
    distinct: int


def candidates_and_words(words: Sequence[str]) -> Split:
    """Separate the numbers among some words from the others."""
    bare = is_bare(words)
    number = [plain or _is_number(word) for word, plain in zip(words, bare, strict=True)]
    numbers = [word for word, is_number in zip(words, number, strict=True) if is_number]
    others = [word for word, is_number in zip(words, number, strict=True) if not is_number]
    return Split(candidates(numbers), others, len(numbers))


def _is_number(word: str) -> bool:
    return parts_of(word) is not None or PLAIN.number(word) is not None


def _worth_a_look(words: Sequence[str]) -> bool:
    """Return whether some words may include numbers or dates, judged by a few of them."""
    sample = words[:: max(1, len(words) // _SAMPLE)]
    likely = sum(_is_number(word) or looks_like_date(word) for word in sample)
    return 10 * likely > len(sample)


def _say_missing(unknown: Sequence[str], numbers: int) -> bool:
    few = len(unknown) <= MOST_UNKNOWN_WORDS and numbers >= FEWEST_NUMBERS
    return few and not any(re.search(r"\d", word) for word in unknown)


def _stray(texts: Texts, words: Sequence[str], unknown: Sequence[str]) -> str | None:
    counts = dict(zip(texts.words, texts.counts().tolist(), strict=True))
    others = sum(counts[word] for word in words)
    if others < (1 - _NEARLY_ALL) * sum(counts.values()):
        return unknown[0]
    return None
