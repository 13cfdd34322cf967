"""Find the layout of a table of text: its beginning, its separator, and the records that are rows.

Programs write more into a table of text than its rows: a line that names the separator, comments,
a row of units, empty rows, the header once more. What is no row is told and left out here, so that
the reader of the values meets nothing but values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from clearprop.data.naming import names_of, numbered_apart
from clearprop.data.quotes import cut
from clearprop.data.records import BLANKS, HEAD, RecordError, Records, records
from clearprop.data.rectangle import require_rectangle
from clearprop.data.sniff import SEPARATORS, find_header, find_separator, find_units
from clearprop.files.errors import DataError
from clearprop.writing.sentences import listed, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from clearprop.data.reading import Reading, TextOptions

_SEPARATOR_LINE = re.compile(rb"\s*\"?sep=(.)\"?[ \t;,]*(?:\r\n|\n|\r)", re.IGNORECASE)
_HEAD_BYTES = 1 << 16
_COMMENT = ord("#")

_WORDS_FOR_SEPARATORS = {"tab": "\t", "\\t": "\t", "space": " ", "blanks": BLANKS, "comma": ",",
                         "semicolon": ";", "bar": "|"}  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """A table of text whose rows, names and separator are known.

    Attributes
    ----------
    data
        The text of the rows alone, as UTF-8.
    separator
        What stands between cells.
    literal
        Whether a quote is a character as any other, and encloses no cell.
    names
        The name of each column; empty where the file gives none.
    lines
        The line of the file on which each row starts.
    named
        Whether the file itself names the columns.
    notes
        Sentences about what was decided.
    """

    data: bytes
    separator: str
    literal: bool
    names: tuple[str, ...]
    lines: NDArray[np.int64]
    named: bool
    notes: tuple[str, ...]


def lay_out(
    data: bytes, name: str, usual: str, options: TextOptions, known: Reading | None
) -> Layout:
    """Find the rows of a table.

    Parameters
    ----------
    data
        The text of the file, as UTF-8.
    name
        The file's name, for messages.
    usual
        The separator that needs no note.
    options
        What is not left to be recognised.
    known
        How the table of a model was read, whose columns are looked for.

    Raises
    ------
    DataError
        When the rows are not all as wide as the first, there are none, or the names do not fit.
    """
    start, told = _separator_line(data)
    comments = _leading_comments(data, start)
    start = comments[-1][1] if comments else start
    skipped = _count_lines(data[:start])
    text = _head(data, start)
    if not text.strip():
        raise DataError(f"{name} is empty." if not start else f"{name} has no rows.")
    separator = _separator(text, told, options, known)
    commented = _commented_header(data, comments, text, separator, options)
    if commented is not None:
        start, skipped = commented, skipped - 1
        comments = comments[:-1]
        data = data[:start] + data[start:].replace(b"#", b" ", 1)
    if start:
        data = data[start:]
    found, literal, quotes_note = cut(data, separator, name, _quote(separator, options, known))
    found = found._replace(lines=found.lines + skipped)
    notes = [_comments_note(len(comments)), _separator_note(separator, usual, found), quotes_note]
    found, note = _without_comments(found, data, name)
    notes.append(note)
    require_rectangle(found, name)
    head = [cells for _, cells in _records(data, found, separator, literal)]
    header, names = names_of(head[0], head, options, known, name)
    notes += [header.note]
    rows, note = _rows_only(found, data, head, header.present)
    notes.append(note)
    if not rows.lines.size:
        told_off = "" if options.header else (
            " (--no-header, or header=False in Python, reads its only line as values)"
            if len(found.lines) == 1 else ""
        )  # fmt: skip
        has = "a header and no rows" if header.present else "no rows"
        raise DataError(f"{name} has {has}{told_off}.")
    numbered, note = numbered_apart(names, options, name)
    notes.append(note)
    return Layout(
        data=_text_of(data, rows),
        separator=separator,
        literal=literal,
        names=numbered,
        lines=rows.lines,
        named=header.present and options.columns is None,
        notes=tuple(note for note in notes if note),
    )


def _separator_line(data: bytes) -> tuple[int, str | None]:
    """Return where the table begins after a line such as ``sep=;``, and the separator it names."""
    found = _SEPARATOR_LINE.match(data)
    return (found.end(), found[1].decode("ascii", "replace")) if found else (0, None)


def _leading_comments(data: bytes, start: int) -> list[tuple[int, int]]:
    """Return begin and end of the lines before the table that begin with #."""
    lines = []
    pattern = re.compile(rb"[ \t]*(#)?[^\r\n]*(?:\r\n|\n|\r|\Z)")
    at = start
    while at < len(data):
        line = pattern.match(data, at)
        if line is None or (line[1] is None and line[0].strip()):
            break
        if line[1] is not None:
            lines.append((at, line.end()))
        at = line.end()
    return lines


def _count_lines(data: bytes) -> int:
    return len(re.findall(rb"\r\n|\n|\r", data))


def _head(data: bytes, start: int) -> str:
    """Return the first lines of the table, with as many records as are examined."""
    size = _HEAD_BYTES
    while True:
        piece = data[start : start + size]
        if start + size >= len(data):
            return piece.decode()
        end = max(piece.rfind(b"\n"), piece.rfind(b"\r"))
        if end >= 0 and piece.count(b'"', 0, end) % 2 == 0:
            return piece[: end + 1].decode()
        size *= 2


def _separator(text: str, told: str | None, options: TextOptions, known: Reading | None) -> str:
    if options.separator is not None:
        separator = _WORDS_FOR_SEPARATORS.get(options.separator.lower(), options.separator)
        if separator != BLANKS and (len(separator) != 1 or not separator.isascii()
                                    or separator in '"\r\n'):  # fmt: skip
            raise DataError(
                f"{options.separator!r} cannot separate columns: give one character, or one of "
                f"{quoted(_WORDS_FOR_SEPARATORS, 20)}."
            )
        return separator
    if told is not None and told.isascii() and told != '"':
        return told
    if known is not None and known.separator and _names_known(text, known.separator, known):
        return known.separator
    return find_separator(text, options.quote)


def _quote(separator: str, options: TextOptions, known: Reading | None) -> str | None:
    """Return what quotes mean, where that is told or was recognised in the table of a model."""
    if options.quote is None and known is not None and known.separator == separator:
        return known.quote
    return options.quote


def _names_known(text: str, separator: str, known: Reading) -> bool:
    try:
        first = next((cells for _, cells in records(text, separator)), [])
    except RecordError:
        return False
    return any(cell.strip() in known.columns for cell in first)


def _commented_header(
    data: bytes,
    comments: list[tuple[int, int]],
    text: str,
    separator: str,
    options: TextOptions,
) -> int | None:
    """Return where the header stands if it is the last comment, as in ``#id,x,y``."""
    if not comments:
        return None
    start, end = comments[-1]
    literal = options.quote == "none"
    try:
        head = [cells for _, cells in islice(records(text, separator, literal), HEAD)]
        title = [c for _, c in records(data[start:end].decode().lstrip()[1:], separator, literal)]
    except RecordError:
        return None
    if not title or {len(cells) for cells in head} != {len(title[0])} or len(title[0]) < 2:
        return None
    header = find_header(head)
    return None if header.present and header.note is None else start


def _comments_note(number: int) -> str | None:
    if not number:
        return None
    lines = "The first line begins" if number == 1 else f"The first {number} lines begin"
    return f"{lines} with # and {'was' if number == 1 else 'were'} left out as a comment."


def _separator_note(separator: str, usual: str, found: Records) -> str | None:
    if separator == usual or not (found.widths > 1).any():
        return None
    what = SEPARATORS.get(separator, repr(separator))
    return f"The columns were taken to be separated by {what}."


def _without_comments(found: Records, data: bytes, name: str) -> tuple[Records, str | None]:
    """Remove lines that begin with #, with other cells than the rows or a blank after it."""
    if not found.lines.size:
        raise DataError(f"{name} is empty.")
    whole = np.frombuffer(data + b" ", np.uint8)
    first = whole[found.starts] == _COMMENT
    # A few with as many cells as a row are comments, too, where a blank follows the mark.
    apart = first & (whole[found.starts + 1] == ord(" "))
    few = 20 * apart.sum() <= len(apart)
    comments = first & ((found.widths != found.widths[0]) | (apart & few))
    comments[0] = False
    if not comments.any():
        return found, None
    where = places(found.lines[comments])
    return found.only(~comments), f"Left out {where} (comments, after #)."


def places(lines: NDArray[np.int64]) -> str:
    """Return line numbers in words.

    >>> places(np.array([3])), places(np.array([3, 5]))
    ('line 3', 'lines 3, 5')
    """
    return f"{'line' if len(lines) == 1 else 'lines'} {listed(lines, limit=5)}"


def _records(
    data: bytes, found: Records, separator: str, literal: bool
) -> list[tuple[int, list[str]]]:
    end = found.ends[min(HEAD, len(found.ends)) - 1]
    # Comments between the first rows are not as wide as these.
    width = found.widths[0]
    text = data[found.starts[0] : end].decode()
    cut_again = records(text, separator, literal)
    return [(line, cells) for line, cells in cut_again if len(cells) == width]


def _rows_only(
    found: Records, data: bytes, head: Sequence[Sequence[str]], header: bool
) -> tuple[Records, str | None]:
    """Remove the header, repeated headers, a row of units and empty rows."""
    left_out = {}
    is_row = np.ones(found.lines.size, bool)
    if header:
        is_row[0] = False
        again = _like_first(found, data) & is_row
        left_out["the header once more"] = again
        if find_units(head):
            units = np.zeros_like(is_row)
            units[1] = is_row[1]
            left_out["units, over numbers"] = units
    if found.widths[0] > 1:
        left_out["no values"] = found.empty & is_row
    sentences = []
    for what, rows in left_out.items():
        if rows.any():
            rows = rows & is_row
            is_row &= ~rows
            sentences.append(f"{places(found.lines[rows])} ({what})")
    return found.only(is_row), f"Left out {'; '.join(sentences)}." if sentences else None


def _like_first(found: Records, data: bytes) -> NDArray[np.bool_]:
    """Return which records equal the first one."""
    text = np.frombuffer(data, np.uint8)
    first = data[found.starts[0] : found.ends[0]].rstrip()
    same = (found.ends - found.starts) >= len(first)
    for place, byte in enumerate(first[:16]):
        rows = np.flatnonzero(same)
        same[rows] = text[found.starts[rows] + place] == byte
    for row in np.flatnonzero(same):
        same[row] = data[found.starts[row] : found.ends[row]].rstrip() == first
    return same


def _text_of(data: bytes, rows: Records) -> bytes:
    """Return the text of some records; without copying if they are consecutive."""
    size = rows.ends - rows.starts
    if (rows.starts[1:] == rows.ends[:-1]).all():
        first, last = int(rows.starts[0]), int(rows.ends[-1])
        return data if (first, last) == (0, len(data)) else data[first:last]
    breaks = np.flatnonzero(rows.starts[1:] != rows.ends[:-1]) + 1
    firsts = rows.starts[np.concatenate([[0], breaks])]
    lasts = rows.ends[np.concatenate([breaks - 1, [len(size) - 1]])]
    pieces = [data[first:last] for first, last in zip(firsts, lasts, strict=True)]
    return b"".join(piece if piece.endswith((b"\n", b"\r")) else piece + b"\n" for piece in pieces)
