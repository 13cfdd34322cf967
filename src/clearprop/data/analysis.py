"""Decide from a column of text alone whether it holds numbers, dates or words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from clearprop.data.cells import MISSING_WORDS, is_missing_among_numbers
from clearprop.data.dates import dates_among, formats_of, looks_like_date
from clearprop.data.durations import seconds_of
from clearprop.data.number_parts import different_ways, parts_of
from clearprop.data.numerals import PLAIN, Candidates, candidates, is_bare

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


class Doubt(NamedTuple):
    """Why a column is read as texts though most of its cells are of one kind.

    Attributes
    ----------
    what
        What most of its cells are: "numbers" or "dates".
    words
        The words that are none, in order of appearance; none where the numbers differ in how they
        are written.
    ways
        Of these, an example for each of two ways.
    nearly
        Whether nearly all cells are of that kind.
    """

    what: str
    words: tuple[str, ...] = ()
    ways: tuple[str, ...] = ()
    nearly: bool = False


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
        Words among the numbers, dates or durations that mean a missing value.
    dates
        The formats in which all other words are dates.
    durations
        Whether all other words are durations.
    doubt
        Why it is read as texts, where most of its cells are numbers or dates.
    """

    texts: Texts
    numbers: Candidates | None = None
    missing: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    durations: bool = False
    doubt: Doubt | None = None

    @property
    def stray(self) -> str | None:
        """The first word in a column of nearly only numbers."""
        doubt = self.doubt
        nearly = doubt is not None and doubt.what == "numbers" and doubt.nearly and doubt.words
        return doubt.words[0] if doubt is not None and nearly else None


def analysed(column: Words, options: TextOptions) -> Found:
    """Return what a column of text holds, judged by the column alone."""
    texts = Texts.of(column, MISSING_WORDS | set(options.missing))
    if not _worth_a_look(texts.words):
        return Found(texts)
    doubts = list[Doubt]()
    for look in (_dates, _numbers, _durations):
        found = look(texts)
        if isinstance(found, Found):
            return found
        doubts += [] if found is None else [found]
    return Found(texts, doubt=doubts[0] if doubts else None)


def _dates(texts: Texts) -> Found | Doubt | None:
    words = texts.words
    if not any(map(looks_like_date, words[:_SAMPLE])):
        return None
    formats, others = dates_among(words)
    if not formats or (others and len(words) - len(others) < 2):
        return None
    unknown = [word for word in others if not (is_missing_among_numbers(word) or _is_zero(word))]
    if unknown and not _say_missing(unknown, len(words) - len(others)):
        if all(formats_of([word]) for word in unknown):
            first = next(word for word in words if word not in set(others))
            return Doubt("dates", (), (first, unknown[0]), nearly=True)
        return _doubt(texts, "dates", others, unknown)
    return Found(texts, dates=tuple(formats), missing=tuple(others))


def _numbers(texts: Texts) -> Found | Doubt | None:
    split = candidates_and_words(texts.words)
    if not split.distinct or (split.words and split.distinct < 2):
        return None
    if split.numbers is None:
        ways = different_ways(w for w in texts.words if w not in set(split.words))
        return _doubt(texts, "numbers", split.words, ways=ways) if ways else None
    unknown = [word for word in split.words if not is_missing_among_numbers(word)]
    if unknown and not _say_missing(unknown, split.distinct):
        return _doubt(texts, "numbers", split.words, unknown)
    return Found(texts, split.numbers, tuple(split.words))


def _durations(texts: Texts) -> Found | None:
    others = [word for word in texts.words if seconds_of(word) is None]
    if len(texts.words) - len(others) < 2 or not all(map(is_missing_among_numbers, others)):
        return None
    return Found(texts, durations=True, missing=tuple(others))


def _doubt(
    texts: Texts, what: str, others: Sequence[str], unknown: Sequence[str] = (),
    ways: tuple[str, ...] = (),
) -> Doubt | None:  # fmt: skip
    """Return the doubt about a column, if more than half of its cells are numbers, or dates."""
    counts = dict(zip(texts.words, texts.counts().tolist(), strict=True))
    share = sum(counts[word] for word in others) / sum(counts.values())
    if share >= 0.5:
        return None
    return Doubt(what, tuple(unknown), ways, share < 1 - _NEARLY_ALL)


def _is_zero(word: str) -> bool:
    """Return whether a word is a date of zeros only, such as 0000-00-00."""
    return re.fullmatch(r"[0:./ -]*0[0:./ -]*", word) is not None


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
    likely = sum(
        _is_number(word) or looks_like_date(word) or seconds_of(word) is not None for word in sample
    )
    return 10 * likely > len(sample)


def _say_missing(unknown: Sequence[str], numbers: int) -> bool:
    few = len(unknown) <= MOST_UNKNOWN_WORDS and numbers >= FEWEST_NUMBERS
    return few and not any(re.search(r"\d", word) for word in unknown)
