"""Parts of sentences: lists, quotes, counts, suggestions for misspelt words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def listed(items: Iterable[object], limit: int = 12) -> str:
    """Return the items separated by commas, at most `limit` of them.

    >>> listed(["age", "sex", "job"], limit=2)
    'age, sex and 1 more'
    """
    texts = [str(item) for item in items]
    if len(texts) <= limit:
        return ", ".join(texts)
    return f"{', '.join(texts[:limit])} and {len(texts) - limit} more"


def quoted(items: Iterable[object], limit: int = 5) -> str:
    """Return the items in quotes, separated by commas, at most `limit` of them.

    >>> quoted(["<=50K", 3])
    "'<=50K', '3'"
    """
    return listed((repr(str(item)) for item in items), limit)


def count(number: int, noun: str) -> str:
    """Return a number with its noun in singular or plural.

    >>> count(1, "row"), count(3, "row")
    ('1 row', '3 rows')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def suggestion(word: str, known: Sequence[str]) -> str:
    """Return the question whether a similar known word was meant; "" if there is none.

    >>> suggestion("Pirce", ["price", "rooms"])
    " Did you mean 'price'?"
    """
    import difflib  # only for a message: importing it takes a millisecond

    by_lower_case = {name.lower(): name for name in known}
    matches = difflib.get_close_matches(word.lower(), by_lower_case, n=1)
    return f" Did you mean {by_lower_case[matches[0]]!r}?" if matches else ""
