"""The chapter: backpropagation step by step, every number computed when you ask.

Eight items, each data that any view can show: words, equations, tables, and the results behind
them. ``print(item("3"))`` shows one; ``clearprop chapter`` walks through all, or writes
them to a file.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from clearprop.chapter.page import Item

_MODULES = {
    "1": "mountain",
    "2": "error",
    "3": "shares",
    "4": "matrices",
    "5": "slope",
    "6": "course",
    "7": "rules",
    "errata": "errata",
}

NAMES = tuple(_MODULES)
"""What an item is asked for by."""

HEADING = "Backpropagation, step by step"

__all__ = ["HEADING", "NAMES", "Item", "item", "title", "to_html", "to_markdown"]


def item(name: str | int) -> Item:
    """Return an item, computed now.

    Parameters
    ----------
    name : str or int
        One of `NAMES`.

    Raises
    ------
    ValueError
        When there is no such item.

    Examples
    --------
    >>> third = item(3)
    >>> third.title
    'One error, spread over four weights'
    >>> third.numbers.even, third.numbers.proportional.round(4)
    (array([0.02, 0.02, 0.02, 0.02]), array([0.0369, 0.0246, 0.0062, 0.0123]))
    """
    return _module(name).item()


def title(name: str | int) -> str:
    """Return an item's title, without computing anything."""
    return str(_module(name).TITLE)


def to_html() -> str:
    """Return the whole chapter, computed now, as one page of HTML that needs no network."""
    from clearprop.chapter.html import html_of

    return html_of([item(name) for name in NAMES], HEADING)


def to_markdown() -> str:
    """Return the whole chapter, computed now, in Markdown with LaTeX as GitHub renders it."""
    from clearprop.chapter.markdown import markdown_of

    return markdown_of([item(name) for name in NAMES], HEADING)


def _module(name: str | int) -> Any:
    known = str(name).strip().lower()
    if known not in _MODULES:
        raise ValueError(f"there is no item {name!r}; the items are {', '.join(NAMES)}")
    return import_module(f"clearprop.chapter.{_MODULES[known]}")
