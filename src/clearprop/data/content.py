"""Read the bytes of a file, unpacked up to a limit, and decode them as text."""

from __future__ import annotations

import gzip
import io
import stat
import sys
import zlib
from typing import TYPE_CHECKING

from clearprop.files.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 1_000_000_000
"""The most bytes that a packed file, or standard input, may come to without `max_bytes`."""

STANDARD_INPUT = "-"
"""The file name that means standard input."""

_GZIP = b"\x1f\x8b"
_PIECE = 1 << 24

# First bytes of files that are sometimes mistaken for tables of text, and what to do with each.
_FOREIGN_BEGINNINGS = {
    b"PK\x03\x04": "it is a ZIP archive or an Excel workbook; unpack it, or save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "it is an old Excel workbook; save the sheet as CSV",
    b"PAR1": "it is a Parquet file; let its name end in .parquet",
    b"\x93NUMPY": "it is a NumPy array; save inputs and targets with numpy.savez(file, X=X, y=y)",
    b"\x89HDF": "it is an HDF5 file; save the table as CSV or Parquet",
}

_FOREIGN_TEXTS = {
    (b'{"', b"[{", b"[["): "it is JSON; save the table as CSV",
    (b"<!doctype", b"<html", b"<?xml"): "it is a page of HTML or XML; save the table as CSV",
}

_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_UTF8_MARK = b"\xef\xbb\xbf"

_SPECIAL = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


def require_regular(path: Path) -> None:
    """Raise DataError if a path exists and is not a regular file, before it is opened.

    Raises
    ------
    DataError
        For a folder, and for a pipe or a device, which may never end.
    """
    kind = stat.S_IFMT(path.stat().st_mode)
    if kind == stat.S_IFDIR:
        raise DataError(f"{path} is a folder; give one file in it.")
    if kind != stat.S_IFREG:
        raise DataError(
            f"{path} is {_SPECIAL.get(kind, 'no regular file')}, not a file; "
            "give - as the source to read a table of text from standard input."
        )


def room(limit: int, packed: int) -> int:
    """Return how many bytes a packed file may unpack to: twenty times its size in any case.

    Tables rarely shrink to less than that, and files that are made to fill the memory do.
    """
    return max(limit, 20 * packed)


def too_large(name: str, limit: int, what: str = "unpacks to more than") -> DataError:
    """Return the error for a file that needs more memory than allowed."""
    return DataError(
        f"{name} {what} {_size(limit)}, the most that is read without being told; if it is what it "
        "should be, --max-size 8GB (max_bytes=8_000_000_000 in Python) raises the bound."
    )


def _size(number: int) -> str:
    """Return a number of bytes in a round unit.

    >>> _size(1_000_000_000), _size(2_500), _size(12)
    ('1 GB', '2.5 kB', '12 bytes')
    """
    for unit, word in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if number >= unit:
            return f"{number / unit:g} {word}"
    return f"{number} bytes"


def content(path: Path, limit: int = MOST_BYTES) -> bytes:
    """Return the bytes of a file, unpacked if gzip packed them, whatever its name.

    Parameters
    ----------
    path
        The file.
    limit
        The most bytes that it may unpack to, if these are more than twenty times its size.

    Raises
    ------
    DataError
        When the packed file is cut short or damaged, or unpacks to more.
    """
    require_regular(path)
    return unpacked(path.read_bytes(), path.name, limit)


def standard_input(limit: int = MOST_BYTES) -> bytes:
    """Return the bytes of standard input, unpacked if gzip packed them.

    Raises
    ------
    DataError
        When there are more than `limit`.
    """
    data = sys.stdin.buffer.read(limit + 1)
    if len(data) > limit:
        raise too_large("standard input", limit, "holds more than")
    return unpacked(data, "standard input", limit)


def unpacked(data: bytes, name: str, limit: int) -> bytes:
    """Return bytes as they are, or what gzip packed in them.

    Raises
    ------
    DataError
        As for :func:`content`.
    """
    if not data.startswith(_GZIP):
        return data
    limit = room(limit, len(data))
    # The last four bytes are the size of the last part, modulo 2 ** 32: where that is too large,
    # nothing is kept, so that the refusal costs no memory.
    doubtful = int.from_bytes(data[-4:], "little") > limit
    pieces, size = list[bytes](), 0
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            while piece := file.read(_PIECE):
                size += len(piece)
                if size > limit:
                    raise too_large(name, limit)
                if not doubtful:
                    pieces.append(piece)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{name}: the gzip file is damaged or cut short ({error}).") from error
    return b"".join(pieces)


def as_utf8(data: bytes, encoding: str | None, name: str) -> tuple[bytes, str | None]:
    """Return the text of a file as UTF-8 without a byte order mark, and a note on its encoding.

    A byte order mark of UTF-8 or UTF-16 decides, whatever `encoding` says.

    Parameters
    ----------
    data
        The content of the file.
    encoding
        A name that Python knows; None is UTF-8.
    name
        The file's name, for messages.

    Raises
    ------
    DataError
        When it is not text in that encoding, or the encoding is unknown.
    """
    note = None
    if data.startswith(_UTF8_MARK):
        while data.startswith(_UTF8_MARK):  # some programs write it before one that is there
            data = data[len(_UTF8_MARK) :]
        encoding = None
    elif data.startswith(_UTF16_MARKS):
        if encoding is None:
            note = "The file was read as UTF-16, by its byte order mark."
        encoding = "utf-16"
    if encoding is None or encoding.lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig"):
        _refuse_binary(data, name)
        if not data.isascii():
            _decoded(data, "utf-8", name)
    else:
        data = _decoded(data, encoding, name).removeprefix("\ufeff").encode()
        _refuse_binary(data, name)
    return _without_end_mark(data), note


def _decoded(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.decode(encoding)
    except LookupError as error:
        message = f"unknown encoding {encoding!r}; 'utf-8', 'cp1252' and 'utf-16' are usual ones."
        raise DataError(message) from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{name}, line {line}: not {encoding} text (byte 0x{data[error.start]:02x}). Save the "
            "file as UTF-8, or say which encoding it has, such as --encoding cp1252 "
            "(encoding='cp1252' in Python)."
        ) from error
    except ValueError as error:  # codecs that are no encodings of text refuse in their own ways
        raise DataError(f"{name}: not {encoding} text ({error}).") from error


def _refuse_binary(data: bytes, name: str) -> None:
    for beginning, advice in _FOREIGN_BEGINNINGS.items():
        if data.startswith(beginning):
            raise DataError(f"{name} is not a table of text: {advice}.")
    beginning = data[:200].lstrip().lower()
    for beginnings, advice in _FOREIGN_TEXTS.items():
        if beginning.startswith(beginnings):
            raise DataError(f"{name} is no table: {advice}.")
    if b"\0" in data:
        wide = _wide(data)
        advice = (
            f" If it is {wide[:6].upper()} text, --encoding {wide} (encoding={wide!r} in Python) "
            "reads it."
            if wide
            else ""
        )
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise DataError(
            f"{name} is not a table of text: it holds binary data (the first zero byte is in line "
            f"{line}). Tables are read from CSV, TSV, Parquet, NPZ and IDX files.{advice}"
        )


def _wide(data: bytes) -> str:
    """Return the encoding of text with two bytes or four a character; "" for other bytes."""
    if data.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "utf-32"
    if data[1:4:2] == b"\0\0":
        return "utf-16-le"
    return "utf-16-be" if data[:3:2] == b"\0\0" else ""


def _without_end_mark(data: bytes) -> bytes:
    """Return a text without the Ctrl-Z at its end, which DOS programs write."""
    return data[:-1] if data.endswith(b"\x1a") else data
