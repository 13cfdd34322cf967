"""Split text into records: where each begins, on which line, and how many cells it has.

pandas fills a short row with missing values and does not say so. So every record is counted here
first, where the line is still known, and pandas only converts what was found to be a table. The
counting is done on the bytes, by NumPy. Only a text whose quotes stand where CSV has none, and one
whose columns are separated by blanks, is cut by Python, record by record.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from clearprop.files.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

BLANKS = r"\s+"
"""The separator of columns that stand apart by blanks, as pandas writes it."""

_CELL_BETWEEN_BLANKS = re.compile(r'"(?:[^"]|"")*"(?=\s|$)|\S+')

HEAD = 50
"""As many records are looked at to find the separator and the header."""

_BLOCK = 1 << 24
_NEWLINE, _RETURN, _QUOTE, _SPACE = b'\n\r" '
_NOTHING = b' \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f"'


class Records(NamedTuple):
    """The records of a text without blank lines, as arrays (R,) with one entry per record.

    Attributes
    ----------
    starts, ends
        Where each begins, and the byte after its last.
    lines
        The line on which each begins, counted from 1.
    widths
        How many cells each has.
    empty
        Whether none of its cells holds anything.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    lines: NDArray[np.int64]
    widths: NDArray[np.int64]
    empty: NDArray[np.bool_]

    def only(self, chosen: NDArray[np.bool_]) -> Records:
        """Return some of the records."""
        starts, ends, lines, widths, empty = self
        return Records(starts[chosen], ends[chosen], lines[chosen], widths[chosen], empty[chosen])

    @classmethod
    def joined(cls, parts: Sequence[Records]) -> Records:
        """Return the records of several parts of a text, one after the other."""
        if not parts:
            none = np.array([], np.int64)
            return cls(none, none, none, none, np.array([], bool))
        starts, ends, lines, widths, empty = map(np.concatenate, zip(*parts, strict=True))
        return cls(starts, ends, lines, widths, empty)


class RecordError(ValueError):
    """A record cannot be split into cells; `line` is where it starts."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


def cells_of(
    text: str, separator: str, literal: bool = False
) -> Iterator[tuple[int, int, list[str]]]:
    r"""Yield the line on which each record starts, its length in characters, and its cells.

    A blank line gives no cells. The lengths add up to the length of the text. With `literal` a
    quote is a character as any other.

    Raises
    ------
    RecordError
        Where the quotes do not match.

    Examples
    --------
    >>> list(cells_of('a, b\n\n1,"2, 3"\n', ","))
    [(1, 5, ['a', 'b']), (2, 1, []), (3, 9, ['1', '2, 3'])]
    """
    stream = io.StringIO(text, newline="")
    if separator == BLANKS:
        for line, content in enumerate(stream, start=1):
            found = content.split() if literal else _CELL_BETWEEN_BLANKS.findall(content)
            yield line, len(content), found if literal else [cell.strip('"') for cell in found]
        return
    taken, latest = 0, ""

    def contents() -> Iterator[str]:
        nonlocal latest, taken
        for line in stream:
            latest = line
            taken += len(line)
            yield line

    reader = csv.reader(
        contents(),
        delimiter=separator,
        skipinitialspace=True,
        strict=True,
        quoting=csv.QUOTE_NONE if literal else csv.QUOTE_MINIMAL,
    )
    start = 1
    with _long_cells():
        try:
            for cells in reader:
                # A blank line is no record, but one that holds only "" is.
                yield start, taken, cells if len(cells) > 1 or latest.strip() else []
                start, taken = reader.line_num + 1, 0
        except csv.Error as error:
            raise RecordError(start, str(error)) from error


def records(text: str, separator: str, literal: bool = False) -> Iterator[tuple[int, list[str]]]:
    r"""Yield the records of a text that are not blank: the line each starts on, and its cells.

    With `literal` a quote is a character as any other.

    Raises
    ------
    RecordError
        Where the quotes do not match.

    Examples
    --------
    >>> list(records('a, b\n\n1,"2, 3"\n', ","))
    [(1, ['a', 'b']), (3, ['1', '2, 3'])]
    """
    for line, _, cells in cells_of(text, separator, literal):
        if cells:
            yield line, cells


@contextmanager
def _long_cells() -> Iterator[None]:
    """Let the csv module read cells of any length; its limit is set for the whole process."""
    bound = csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    try:
        yield
    finally:
        csv.field_size_limit(bound)


def scan(data: bytes, separator: str, name: str, literal: bool = False) -> Records:
    r"""Return the records of a text.

    Parameters
    ----------
    data
        The whole content of the file, as UTF-8.
    separator
        What stands between cells.
    name
        The file's name, for the message.
    literal
        Whether a quote is a character as any other.

    Raises
    ------
    DataError
        For the first record whose quotes do not match.

    Examples
    --------
    >>> scan(b"a,b\n1,2\n\n,\n", ",", "my.csv").lines
    array([1, 2, 4])
    """
    found = None if separator == BLANKS else _scan_bytes(data, ord(separator), literal)
    if found is None:
        try:
            found = _scan_text(data, separator, literal)
        except RecordError as error:
            raise DataError(
                f"{name}, line {error.line}: the quotes in this row do not match ({error}); "
                'a quote inside a quoted cell is written twice, as "". If quotes are part of the '
                "cells, --quote none (quote='none' in Python) reads them as they stand."
            ) from error
    return found


def _scan_text(data: bytes, separator: str, literal: bool = False) -> Records:
    ascii_only = data.isascii()
    text = data.decode()
    rows, start, at = [], 0, 0
    for line, length, cells in cells_of(text, separator, literal):
        size = length if ascii_only else len(text[at : at + length].encode())
        if cells:
            rows.append((start, start + size, line, len(cells), not any(map(str.strip, cells))))
        start += size
        at += length
    table = np.array(rows, dtype=np.int64).reshape(-1, 5)
    starts, ends, lines, widths, empty = table.T
    return Records(starts, ends, lines, widths, empty.astype(bool))


def _scan_bytes(data: bytes, separator: int, literal: bool = False) -> Records | None:
    """Return the records, None if a quote is in the middle of a cell or is never closed.

    The text is scanned in blocks of whole records, so that temporary arrays stay small.
    """
    whole = np.frombuffer(data, np.uint8)
    quoted, returns = not literal and b'"' in data, b"\r" in data
    content = np.ones(256, bool)
    content[[separator, *_NOTHING]] = False
    content[_QUOTE] = literal
    parts, start, line, size = list[Records](), 0, 1, _BLOCK
    while start < len(whole):
        block = whole[start : start + size]
        last = start + size >= len(whole)
        breaks = _line_ends(whole, start, len(block), returns)
        quotes = np.flatnonzero(block == _QUOTE) if quoted else np.array([], np.int64)
        ends = breaks[np.searchsorted(quotes, breaks) % 2 == 0] + 1
        if last and (not ends.size or ends[-1] < len(block)):
            ends = np.append(ends, len(block))
        if not ends.size:
            size *= 2
            continue
        block = block[: ends[-1]]
        quotes, breaks = quotes[quotes < ends[-1]], breaks[breaks < ends[-1]]
        if quotes.size and not _proper(block, quotes, separator):
            return None
        parts.append(_cut(block, ends, quotes, breaks, separator, content, start, line))
        line += len(breaks)
        start += int(ends[-1])
    return Records.joined(parts)


def _line_ends(
    whole: NDArray[np.uint8], start: int, length: int, returns: bool
) -> NDArray[np.int64]:
    """Return where lines end in a block: at newlines, and at returns without a newline after."""
    block = whole[start : start + length]
    ends = block == _NEWLINE
    if returns:
        following = whole[start + 1 : start + length + 1] == _NEWLINE
        lone = block == _RETURN
        lone[: len(following)] &= ~following
        ends |= lone
    return np.flatnonzero(ends)


def _cut(
    block: NDArray[np.uint8],
    ends: NDArray[np.int64],
    quotes: NDArray[np.int64],
    breaks: NDArray[np.int64],
    separator: int,
    content: NDArray[np.bool_],
    start: int,
    line: int,
) -> Records:
    """Return the records of a block that begins and ends with one."""
    starts = np.concatenate([[0], ends[:-1]])
    separators = np.flatnonzero(block == separator)
    filled = content[block]
    if quotes.size:
        closing, opening = quotes[1:-1:2], quotes[2::2]
        filled[opening[opening == closing + 1]] = True  # two quotes within a cell are one quote
        within = np.searchsorted(quotes, separators) % 2 == 1
        if separator not in _NOTHING:  # within quotes it is part of a cell, and no blank
            filled[separators[within]] = True
        separators = separators[~within]
    widths = np.diff(np.searchsorted(separators, ends), prepend=0) + 1
    empty = ~np.logical_or.reduceat(filled, starts)
    blank = empty & (widths == 1)
    if quotes.size:  # a line that holds only "" is a record
        blank &= np.diff(np.searchsorted(quotes, ends), prepend=0) == 0
    lines = line + np.searchsorted(breaks, starts)
    return Records(starts + start, ends + start, lines, widths, empty).only(~blank)


def _proper(block: NDArray[np.uint8], quotes: NDArray[np.int64], separator: int) -> bool:
    """Return whether every quote opens a cell, closes one, or is written twice inside one."""
    if quotes.size % 2:
        return False
    around = np.concatenate([[_NEWLINE, _NEWLINE], block, [_NEWLINE]])
    opening, closing = quotes[::2] + 2, quotes[1::2] + 2
    before = around[opening - 1]
    before = np.where(before == _SPACE, around[opening - 2], before)
    twice = np.zeros(opening.size, bool)
    twice[1:] = opening[1:] == closing[:-1] + 1
    opens = np.isin(before, [separator, _NEWLINE, _RETURN]) | twice
    after = around[closing + 1]
    closes = np.isin(after, [separator, _NEWLINE, _RETURN])
    closes[:-1] |= twice[1:]
    return bool(opens.all() and closes.all())


def quotes_enclose_cells(text: str, separator: str) -> bool:
    """Return whether every quote opens a cell, closes one, or is written twice inside one.

    >>> quotes_enclose_cells('1,"2, 3"', ","), quotes_enclose_cells('1,5" pipe', ",")
    (True, False)
    """
    if separator == BLANKS:
        return True
    block = np.frombuffer(text.encode(), np.uint8)
    quotes = np.flatnonzero(block == _QUOTE)
    return not quotes.size or _proper(block, quotes, ord(separator))
