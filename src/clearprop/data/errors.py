"""What the readers say when data cannot be used, in one sentence for a person."""

from __future__ import annotations

import difflib
import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class DataError(ValueError):
    """Data that cannot be used as it is; the message says where it is wrong and what to do."""


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


def require(package: str, purpose: str) -> None:
    """Check that an optional package is installed.

    Parameters
    ----------
    package
        The name it is imported by.
    purpose
        What needs it, as the subject of a sentence.

    Raises
    ------
    ModuleNotFoundError
        When it is not, with the command that installs it.
    """
    try:
        importlib.import_module(package)
    except ImportError as error:
        message = f"{purpose} needs {package}: pip install 'clearprop[cli]'"
        raise ModuleNotFoundError(message, name=package) from error
