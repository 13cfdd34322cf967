"""Text cut into records: one list of cells a row, with the line it starts on.

pandas fills a short row with missing values and does not say so. So every row is counted here
first, where the line is still known, and pandas only converts what was found to be a table.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from clearprop.files.errors import DataError
from clearprop.writing.sentences import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

BLANKS = r"\s+"
"""The separator of columns that stand apart by blanks, as pandas writes it."""

_CELL_BETWEEN_BLANKS = re.compile(r'"(?:[^"]|"")*"|\S+')

HEAD = 50
"""As many records are looked at to find the separator and the header."""


class Scan(NamedTuple):
    """What a table of text is, cell by cell.

    Attributes
    ----------
    head
        The cells of its first records, up to ``HEAD``.
    lines
        The line each record starts on, counted from 1.
    """

    head: list[list[str]]
    lines: NDArray[np.int64]


def records(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    r"""The records of a text that are not blank: the line each starts on, and its cells.

    Raises
    ------
    RecordError
        Where the quotes do not match.

    Examples
    --------
    >>> list(records('a, b\n\n1,"2, 3"\n', ","))
    [(1, ['a', 'b']), (3, ['1', '2, 3'])]
    """
    stream = io.StringIO(text, newline="")
    if separator == BLANKS:
        for line, content in enumerate(stream, start=1):
            if cells := _CELL_BETWEEN_BLANKS.findall(content):
                yield line, [cell.strip('"') for cell in cells]
        return
    latest = ""

    def contents() -> Iterator[str]:
        nonlocal latest
        for line in stream:
            latest = line
            yield line

    reader = csv.reader(contents(), delimiter=separator, skipinitialspace=True, strict=True)
    start = 1
    try:
        for cells in reader:
            # A blank line is no record, but one that holds only "" is.
            if len(cells) > 1 or latest.strip():
                yield start, cells
            start = reader.line_num + 1
    except csv.Error as error:
        raise RecordError(start, str(error)) from error


class RecordError(ValueError):
    """A record that cannot be cut into cells; `line` is where it starts."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


def scan(text: str, separator: str, name: str) -> Scan:
    r"""Check that every record has as many cells as the first.

    Parameters
    ----------
    text
        The whole content of the file.
    separator
        What stands between cells.
    name
        The file's name, for the message.

    Raises
    ------
    DataError
        For the first line that has more cells or fewer, or whose quotes do not match.

    Examples
    --------
    >>> scan("a,b\n1,2\n3\n", ",", "my.csv")
    Traceback (most recent call last):
    clearprop.files.errors.DataError: my.csv, line 3: 1 cell, where line 1 has 2.
    """
    head: list[list[str]] = []
    lines: list[int] = []
    width = 0
    try:
        for line, cells in records(text, separator):
            if not lines:
                width = len(cells)
            elif len(cells) != width:
                raise DataError(
                    f"{name}, line {line}: {count(len(cells), 'cell')}, "
                    f"where line {lines[0]} has {width}."
                )
            if len(head) < HEAD:
                head.append(cells)
            lines.append(line)
    except RecordError as error:
        raise DataError(
            f"{name}, line {error.line}: the quotes in this row do not match ({error}); "
            'a quote inside a quoted cell is written twice, as "".'
        ) from error
    return Scan(head, np.array(lines, dtype=np.int64))
