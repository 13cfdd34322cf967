"""Decide whether quotes in a table of text enclose cells or are part of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from clearprop.data.records import scan
from clearprop.files.errors import DataError

if TYPE_CHECKING:
    from clearprop.data.records import Records

QUOTES = ("double", "none")
"""What quotes can mean: they enclose cells, as in CSV, or nothing."""

_COMMENT = ord("#")


class Cut(NamedTuple):
    """The records of a text, whether its quotes are part of the cells, and a note on it."""

    found: Records
    literal: bool
    note: str | None = None


def cut(data: bytes, separator: str, name: str, quote: str | None) -> Cut:
    r"""Return the records of a text.

    Programs that write tables between tabs often have no notion of quotes: there a quote is part
    of a message. That is so where quotes, taken to enclose cells, do not match or join lines, and
    where every line has the same number of cells once they are characters as any other.

    Parameters
    ----------
    data
        The text of the table, as UTF-8.
    separator
        What stands between cells.
    name
        The file's name, for messages.
    quote
        One of ``QUOTES``; None decides by the text.

    Raises
    ------
    DataError
        For the first record whose quotes do not match.

    >>> cut(b'spam\t"Win" now\nham\tok\n', "\t", "my.tsv", None).literal
    True
    """
    if quote is not None:
        literal = quote == "none"
        return Cut(scan(data, separator, name, literal), literal)
    if separator != "\t" or b'"' not in data:
        return Cut(scan(data, separator, name), False)
    plain = scan(data, separator, name, literal=True)
    width = _width(plain, data)
    try:
        found = scan(data, separator, name)
    except DataError:
        if not width:
            raise
    else:
        joined = len(found.lines) < len(plain.lines)
        if not width or (not joined and _width(found, data)):
            return Cut(found, False)
    return Cut(
        plain,
        True,
        f"Double quotes were read as part of the cells, because every row then has {width} "
        "cells (--quote double, or quote='double' in Python, takes them for marks around cells).",
    )


def _width(found: Records, data: bytes) -> int:
    """Return how many cells every record has, comments left out; 0 if that differs, or is one."""
    rows = found.widths[np.frombuffer(data, np.uint8)[found.starts] != _COMMENT]
    if not rows.size or (rows != rows[0]).any() or rows[0] < 2:
        return 0
    return int(rows[0])
