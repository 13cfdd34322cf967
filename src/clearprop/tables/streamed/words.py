"""The words of a stream's columns of texts, counted in parts that can be merged."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.tables.codes.text import TextCode, code_of_counts, word_counts
from clearprop.tables.streamed.grouped import grouped

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from clearprop.data.table_pieces import TablePieces
    from clearprop.data.values import Categories

MOST_WORDS = 2**17
"""Words of a column beyond so many: the rarest are forgotten."""


@dataclass(frozen=True, eq=False)
class WordCounts:
    """How often each word of a column occurs, and in how many rows.

    Up to ``MOST_WORDS`` words all counts are exact. Beyond it words are forgotten as Misra and
    Gries do: a word's counts then lack `lost` occurrences at most, and `lost` is at most all
    occurrences divided by ``MOST_WORDS``. Summaries of parts merge with the same bound.
    Source: Misra and Gries 1982; Agarwal, Cormode, Huang, Phillips, Wei and Yi 2012.

    Attributes
    ----------
    texts, missing
        Rows, and those of them without a text.
    words
        Of each word: "rows" that have it, "times" that it occurs, and its "left" occurrences, which
        decide who is forgotten.
    lost
        See above.
    """

    texts: int
    missing: int
    words: pd.DataFrame
    lost: int = 0

    @classmethod
    def of(cls, found: Categories) -> WordCounts:
        """Return the counts of some rows."""
        import pandas as pd

        present = found.codes[found.codes >= 0]
        rows = np.bincount(present, minlength=len(found.texts))
        words, each = word_counts(found.texts)
        each = each.astype(np.int64)
        times = np.asarray(each.T @ rows)
        has = each.copy()
        has.data[:] = 1
        table = {"rows": np.asarray(has.T @ rows), "times": times, "left": times}
        missing = len(found.codes) - len(present)
        counted = pd.DataFrame(table, index=pd.Index(words, dtype=object), dtype=np.int64)
        return cls(len(found.codes), missing, counted[counted["rows"] > 0])._bounded()

    def merge(self, other: WordCounts) -> WordCounts:
        """Return the counts of the rows of both."""
        words = self.words.add(other.words, fill_value=0).astype(np.int64)
        return WordCounts(
            self.texts + other.texts, self.missing + other.missing, words, self.lost + other.lost
        )._bounded()

    def code(self, name: str, most: int, length: float) -> TextCode | None:
        """Return the code of the column; see :func:`~clearprop.tables.codes.text.fit_texts`."""
        words = self.words.sort_index()
        rows, times = words["rows"].to_numpy(), words["times"].to_numpy()
        known: list[str] = words.index.to_list()
        return code_of_counts(known, rows, times, self.texts, self.missing, name, most, length)

    def _bounded(self) -> WordCounts:
        if len(self.words) <= MOST_WORDS:
            return self
        left: NDArray[Any] = self.words["left"].to_numpy()
        place = len(left) - MOST_WORDS - 1
        less = int(np.partition(left, place)[place])
        words = self.words[left > less]
        words = words.assign(left=words["left"] - less)
        return WordCounts(self.texts, self.missing, words, self.lost + less)


def words_of(tables: TablePieces, names: Sequence[str]) -> dict[str, WordCounts]:
    """Return the words of columns of texts, which reads these columns once."""
    parts = grouped(tables, lambda piece: tables.read_columns(piece, names))
    return reduce(
        lambda found, more: {name: found[name].merge(more[name]) for name in names},
        ({name: WordCounts.of(rows.values[name]) for name in names} for rows, _, _ in parts),
    )
