"""A column of short texts: the words in it, each weighed by how rare it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from clearprop.files.document import a_count, a_list, a_number, a_text
from clearprop.files.errors import DataError
from clearprop.tables.codes.kinds import WORD

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import scipy.sparse as sp
    from numpy.typing import NDArray

    from clearprop.data.values import Column
    from clearprop.files.document import Check

WORDS_OF_PROSE = 3
"""A column with so many words a cell or more, on average, is text; with fewer, identifiers."""

TOKEN = r"(?u)\b\w+\b"
"""What a word is: scikit-learn's pattern, but of one letter or more."""

FEWEST_ROWS = 2
"""Words of fewer rows than this teach nothing about others."""


def texts_of(column: Column, name: str) -> list[str]:
    """Return the cells as texts (N,), empty where one is missing."""
    import pandas as pd

    series = pd.Series(column)
    return [
        "" if missing else str(cell) for cell, missing in zip(series, series.isna(), strict=True)
    ]


@dataclass(frozen=True)
class TextCode:
    """Text as the weights of its words: TF-IDF as scikit-learn's, rows of length `length`.

    Weight of word w in a text: (1 + ln count) · idf_w, and each row is scaled to one length.

    Source: Salton and Buckley 1988; scikit-learn's ``TfidfVectorizer(sublinear_tf=True)``.

    Attributes
    ----------
    name
        The column's name.
    words
        The words with an input, in sorted order.
    idf
        ln((1 + N) / (1 + rows with the word)) + 1 for each.
    length
        The Euclidean length of each row that has a known word.
    missing
        How many training cells are missing.
    """

    kind: ClassVar[str] = "text"
    checks: ClassVar[Mapping[str, Check]] = {
        "name": a_text,
        "words": lambda value, where: _words(value, where),
        "idf": lambda value, where: tuple(a_number(n, where) for n in a_list(value, where)),
        "length": a_number,
        "missing": a_count,
    }
    read = staticmethod(texts_of)

    name: str
    words: tuple[str, ...]
    idf: tuple[float, ...]
    length: float
    missing: int

    def __post_init__(self) -> None:
        if len(self.words) != len(self.idf):
            raise DataError(f"{self.name}: {len(self.words)} words with {len(self.idf)} weights")

    @property
    def input_names(self) -> tuple[str, ...]:
        """The column's name with each word."""
        return tuple(f"{self.name}: {word}" for word in self.words)

    @property
    def input_kinds(self) -> tuple[str, ...]:
        """What each input is."""
        return (WORD,) * len(self.words)

    def sparse(self, texts: list[str]) -> sp.csr_array:
        """Return the inputs (N, words) for texts (N,)."""
        return self._vectorizer.transform(texts) * self.length

    @cached_property
    def _vectorizer(self) -> Any:
        vectorizer = _new_vectorizer(vocabulary=list(self.words))
        vectorizer.idf_ = np.array(self.idf)
        return vectorizer


def fit_texts(texts: list[str], name: str, most: int, length: float) -> TextCode | None:
    """Learn the code of a training column of texts; None where no word is in two rows.

    `most` is the most words that have an input: those in most texts.
    """
    vectorizer = _new_vectorizer(min_df=FEWEST_ROWS, max_features=most)
    try:
        vectorizer.fit(texts)
    except ValueError:  # scikit-learn's word for an empty vocabulary
        return None
    words = tuple(vectorizer.get_feature_names_out().tolist())
    idf = tuple(vectorizer.idf_.tolist())
    return TextCode(name, words, idf, length, sum(not text for text in texts))


def word_counts(texts: Sequence[str]) -> tuple[list[str], Any]:
    """Return the words of texts in sorted order (W,), and how often each text has each, (n, W)."""
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(token_pattern=TOKEN, dtype=np.int64)
    try:
        counts = vectorizer.fit_transform(texts)
    except ValueError:  # scikit-learn's word for an empty vocabulary
        import scipy.sparse as sp

        return [], sp.csr_array((len(texts), 0), dtype=np.int64)
    return vectorizer.get_feature_names_out().tolist(), counts


def code_of_counts(
    words: Sequence[str],
    rows: NDArray[np.integer],
    times: NDArray[np.integer],
    texts: int,
    missing: int,
    name: str,
    most: int,
    length: float,
) -> TextCode | None:
    """Return the code that :func:`fit_texts` learns, of words that are counted already.

    Parameters
    ----------
    words
        In sorted order (W,).
    rows, times
        The texts that have each word, and how often it occurs (W,).
    texts, missing
        All texts, and those that are empty.
    name, most, length
        See :func:`fit_texts`.
    """
    enough = np.flatnonzero(rows >= FEWEST_ROWS)
    if not len(enough):
        return None
    if len(enough) > most:  # scikit-learn's way of it, so that words occurring as often stay, too
        enough = enough[np.sort((-times[enough].astype(np.float32)).argsort()[:most])]
    idf = np.log(np.float32(texts + 1) / (rows[enough].astype(np.float32) + 1)) + np.float32(1)
    known = tuple(words[place] for place in enough.tolist())
    return TextCode(name, known, tuple(idf.tolist()), length, missing)


def is_prose(texts: list[str]) -> bool:
    """Return whether the texts have several words each, on average over those not empty."""
    lengths = [len(text.split()) for text in texts if text]
    return bool(lengths) and sum(lengths) >= WORDS_OF_PROSE * len(lengths)


def _new_vectorizer(**arguments: Any) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(sublinear_tf=True, token_pattern=TOKEN, dtype=np.float32, **arguments)


def _words(value: object, where: str) -> tuple[str, ...]:
    words = tuple(a_text(word, where) for word in a_list(value, where))
    if list(words) != sorted(set(words)):
        raise DataError(f"{where} must be different words in sorted order")
    return words
