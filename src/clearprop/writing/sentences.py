"""Words that many sentences need: lists, quotes, counts, near misses."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def listed(items: Iterable[object], limit: int = 12) -> str:
    """The items separated by commas, cut after `limit` of them.

    >>> listed(["age", "sex", "job"], limit=2)
    'age, sex and 1 more'
    """
    texts = [str(item) for item in items]
    if len(texts) <= limit:
        return ", ".join(texts)
    return f"{', '.join(texts[:limit])} and {len(texts) - limit} more"


def quoted(items: Iterable[object], limit: int = 5) -> str:
    """The items, each in quotes, separated by commas, cut after `limit` of them.

    >>> quoted(["<=50K", 3])
    "'<=50K', '3'"
    """
    return listed((repr(str(item)) for item in items), limit)


def count(number: int, noun: str) -> str:
    """A number with its noun, in the plural where it must be.

    >>> count(1, "row"), count(3, "row")
    ('1 row', '3 rows')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def suggestion(word: str, known: Sequence[str]) -> str:
    """The question whether another of the known words was meant, or nothing.

    >>> suggestion("Pirce", ["price", "rooms"])
    " Did you mean 'price'?"
    """
    by_lower_case = {name.lower(): name for name in known}
    matches = difflib.get_close_matches(word.lower(), by_lower_case, n=1)
    return f" Did you mean {by_lower_case[matches[0]]!r}?" if matches else ""
