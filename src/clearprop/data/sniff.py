"""Recognise the separator of a text, its header and a row of units."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from clearprop.data.cells import MISSING_WORDS, is_number
from clearprop.data.number_parts import parts_of
from clearprop.data.records import BLANKS, HEAD, RecordError, quotes_enclose_cells, records
from clearprop.writing.sentences import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

# Tried in this order: a comma may be a decimal comma, a tab hardly ever stands inside a cell.
SEPARATORS = {
    "\t": "tabs",
    ";": "semicolons",
    ",": "commas",
    "|": "vertical bars",
    BLANKS: "blanks",
}
"""The separators that are recognised, and what to call them."""

_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+", re.ASCII)


def find_separator(text: str, quote: str | None = None) -> str:
    r"""Return the separator of the columns, one of ``SEPARATORS``.

    The first separator that cuts every one of the first records into the same number of cells, at
    least two; before others, tabs that do so if quotes are characters as any other. Where none
    does, and every line under the first is a number with a decimal comma,
    there is one column. Otherwise the separator that is most frequent in the first record: then
    reading the table will name the row that is wrong.

    Parameters
    ----------
    text
        The beginning of the table, of whole records.
    quote
        "none" where quotes are characters as any other, "double" where they enclose cells; None
        decides by the text.

    >>> find_separator("height;price\n1,75;20\n")
    ';'
    """
    tabs_alone = quote is None and '"' in text and _is_table(text, "\t", literal=True)
    for separator in SEPARATORS:
        if tabs_alone and separator != "\t" and not quotes_enclose_cells(text, separator):
            continue
        if _is_table(text, separator, literal=quote == "none"):
            return separator
    if tabs_alone:
        return "\t"
    for separator in SEPARATORS:
        if _names_rows(text, separator, literal=quote == "none"):
            return separator
    lines = [line for line in text.splitlines() if line.strip()]
    if "," not in lines[0] and lines[1:]:
        cells = [line.strip().rstrip(";") for line in lines[1:HEAD]]
        if all(map(_DECIMAL_COMMA.fullmatch, cells)):
            return ";"
    most = max((s for s in SEPARATORS if s != BLANKS), key=lines[0].count)
    if most in lines[0]:
        return most
    words = lines[0].split()
    return BLANKS if len(words) > 1 and all(map(is_number, words)) else ","


def _is_table(text: str, separator: str, literal: bool = False) -> bool:
    """Return whether every one of the first records has the same number of cells, at least two."""
    widths = set(_widths(text, separator, literal))
    return len(widths) == 1 and widths.pop() > 1


def _names_rows(text: str, separator: str, literal: bool) -> bool:
    """Return whether each record has one cell more than the first, as where R names the rows."""
    first, *others = _widths(text, separator, literal) or [0]
    return first > 1 and len(others) > 1 and set(others) == {first + 1}


def _widths(text: str, separator: str, literal: bool) -> list[int]:
    """Return how many cells each of the first records has; nothing where they cannot be cut."""
    try:
        return [len(cells) for _, cells in islice(records(text, separator, literal), HEAD)]
    except RecordError:
        return []


class Header(NamedTuple):
    """Whether the first record names the columns, and a note on it."""

    present: bool
    note: str | None = None


def find_header(head: Sequence[Sequence[str]]) -> Header:
    """Return whether the first record holds names or values.

    Names: where the numbers among them count the columns or are consecutive, such as years; where
    a word stands over a column of numbers. Where no cell of the table is a number, the first
    record holds names unless a name stands there twice or its words are values in the rows below.
    Otherwise values.

    >>> find_header([["age", "job"], ["39", "clerk"]]).present
    True
    >>> find_header([["50", "clerk"], ["39", "clerk"]]).present
    False
    """
    first, rest = head[0], head[1:]
    numbers = [cell.strip() for cell in first if is_number(cell)]
    if any(_is_title(cell, [row[i] for row in rest]) for i, cell in enumerate(first)):
        return Header(True)
    if not numbers:
        return _header_of_words(first, rest)
    shown = listed(numbers, limit=3)
    if _consecutive(numbers):
        return Header(
            True,
            f"The first row was read as the names of the columns, as its numbers ({shown}) are "
            "consecutive (--no-header, or header=False in Python, reads it as values).",
        )
    return Header(
        False,
        f"The first row holds numbers ({shown}), so it was read as values and the columns were "
        f"named x1 to x{len(first)} (--header, or header=True in Python, reads it as names).",
    )


def _header_of_words(first: Sequence[str], rest: Sequence[Sequence[str]]) -> Header:
    """Decide about a first record without numbers, over columns of words."""
    words = [cell.strip() for cell in first]
    below = [{row[i].strip() for row in rest} for i in range(len(words))]
    filled = [(word, under) for word, under in zip(words, below, strict=True) if word]
    again = sum(word in under for word, under in filled)
    shown = listed([word for word, _ in filled], limit=3)
    if 2 * again >= max(1, len(filled)):
        return Header(
            False,
            f"The first row ({shown}) holds words that are values in the rows below, so it was "
            f"read as values and the columns were named x1 to x{len(first)} (--header, or "
            "header=True in Python, reads it as names).",
        )
    if any(any(map(_has_number, under)) for under in below):
        return Header(True)
    return Header(
        True,
        f"The first row ({shown}) was read as the names of the columns, though nothing tells it "
        "from the rows below (--no-header, or header=False in Python, reads it as values).",
    )


def _has_number(cell: str) -> bool:
    return bool(re.search(r"\d", cell))


def find_units(head: Sequence[Sequence[str]]) -> bool:
    """Return whether the record under the names holds units, such as days and kg.

    No cell of it is a number, and at least one stands over a column that holds numbers only.

    >>> find_units([["period", "mass"], ["days", "kg"], ["57", "1.5"], ["58", "1.7"]])
    True
    """
    if len(head) < 4:
        return False
    units, rest = head[1], head[2:]
    if any(re.search(r"^\W*\d", cell) for cell in units):
        return False
    return any(_is_title(cell, [row[i] for row in rest]) for i, cell in enumerate(units))


def _consecutive(numbers: Sequence[str]) -> bool:
    if len(numbers) < 3 or not all(number.isdecimal() for number in numbers):
        return False
    start = int(numbers[0])
    return [int(number) for number in numbers] == list(range(start, start + len(numbers)))


def _is_title(cell: str, below: Sequence[str]) -> bool:
    """Return whether a cell is a word over a column of numbers."""
    if _is_quantity(cell) or cell.strip() in MISSING_WORDS:
        return False
    # The names may stand once more among the values.
    gaps = {*MISSING_WORDS, cell.strip()}
    values = [value for value in below if value.strip() not in gaps]
    return bool(values) and all(map(_is_quantity, values))


def _is_quantity(cell: str) -> bool:
    return is_number(cell) or parts_of(cell.strip()) is not None
