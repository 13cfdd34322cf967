"""What separates the columns of a text, and whether its first row names them."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from clearprop.data.cells import MISSING_WORDS, is_number
from clearprop.data.records import BLANKS, HEAD, RecordError, records
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

_LONG_LINE = 1_000_000


def find_separator(text: str) -> str:
    r"""What separates the columns: one of ``SEPARATORS``.

    The first separator that cuts every one of the first records into the same number of cells, at
    least two. Where none does, the one that is most frequent in the first record: then reading
    the table will name the row that is wrong.

    >>> find_separator("height;price\n1,75;20\n")
    ';'
    """
    for separator in SEPARATORS:
        widths = _widths(text, separator)
        if len(widths) == 1 and widths.pop() > 1:
            return separator
    first_line = text.lstrip()[:_LONG_LINE].splitlines()[0]
    most = max((s for s in SEPARATORS if s != BLANKS), key=first_line.count)
    if most in first_line:
        return most
    words = first_line.split()
    return BLANKS if len(words) > 1 and all(map(is_number, words)) else ","


def _widths(text: str, separator: str) -> set[int]:
    try:
        return {len(cells) for _, cells in islice(records(text, separator), HEAD)}
    except RecordError:
        return set()


class Header(NamedTuple):
    """Whether the first record names the columns, and what to tell about it."""

    present: bool
    note: str | None = None


def find_header(head: Sequence[Sequence[str]]) -> Header:
    """Whether the first record holds names or values.

    Names: where no cell is a number; where the numbers count the columns or are consecutive, such
    as years; where a word stands over a column of numbers. Otherwise values.

    >>> find_header([["age", "job"], ["39", "clerk"]]).present
    True
    >>> find_header([["50", "clerk"], ["39", "clerk"]]).present
    False
    """
    first, rest = head[0], head[1:]
    numbers = [cell.strip() for cell in first if is_number(cell)]
    if not numbers:
        return Header(True)
    shown = listed(numbers, limit=3)
    if _consecutive(numbers):
        return Header(
            True,
            f"The first row was read as the names of the columns, as its numbers ({shown}) are "
            "consecutive (header=False reads it as values).",
        )
    if any(_is_title(cell, [row[i] for row in rest]) for i, cell in enumerate(first)):
        return Header(True)
    return Header(
        False,
        f"The first row holds numbers ({shown}), so it was read as values and the columns were "
        f"named x1 to x{len(first)} (header=True reads it as names).",
    )


def _consecutive(numbers: Sequence[str]) -> bool:
    if len(numbers) < 3 or not all(number.isdecimal() for number in numbers):
        return False
    start = int(numbers[0])
    return [int(number) for number in numbers] == list(range(start, start + len(numbers)))


def _is_title(cell: str, below: Sequence[str]) -> bool:
    """Whether this is a word over a column of numbers."""
    if is_number(cell) or cell.strip() in MISSING_WORDS:
        return False
    values = [value for value in below if value.strip() not in MISSING_WORDS]
    return bool(values) and all(map(is_number, values))
