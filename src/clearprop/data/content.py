"""The bytes of a file, unpacked, and whether they are text."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

from clearprop.files.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

_GZIP = b"\x1f\x8b"

# How files begin that are sometimes taken for a table of text, and what to do with each.
_FOREIGN_BEGINNINGS = {
    b"PK\x03\x04": "it is a ZIP archive or an Excel workbook; unpack it, or save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "it is an old Excel workbook; save the sheet as CSV",
    b"PAR1": "it is a Parquet file; let its name end in .parquet",
    b"\x93NUMPY": "it is a NumPy array; save inputs and targets with numpy.savez(file, X=X, y=y)",
    b"\x89HDF": "it is an HDF5 file; save the table as CSV or Parquet",
    b"\xff\xfe": "it is UTF-16 text; read it with encoding='utf-16'",
    b"\xfe\xff": "it is UTF-16 text; read it with encoding='utf-16'",
}


def content(path: Path) -> bytes:
    """The bytes of a file, unpacked if gzip packed them, whatever its name.

    Raises
    ------
    DataError
        When the packed file is cut short or damaged.
    """
    data = path.read_bytes()
    if not data.startswith(_GZIP):
        return data
    try:
        return gzip.decompress(data)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path.name}: the gzip file is damaged or cut short ({error}).") from error


def decode(data: bytes, encoding: str, name: str) -> str:
    """The text that the bytes of a file stand for.

    Parameters
    ----------
    data
        The content of the file.
    encoding
        A name that Python knows; a byte order mark at the start of UTF-8 is left out.
    name
        The file's name, for the message.

    Raises
    ------
    DataError
        When it is not text in that encoding, or the encoding is unknown.
    """
    unicode = encoding.lower().replace("_", "-") in ("utf-8", "utf8")
    if unicode:
        _refuse_binary(data, name)
    try:
        return data.decode("utf-8-sig" if unicode else encoding)
    except LookupError as error:
        message = f"unknown encoding {encoding!r}; 'utf-8', 'cp1252' and 'utf-16' are usual ones."
        raise DataError(message) from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{name}, line {line}: not {encoding} text (byte 0x{data[error.start]:02x}). Save the "
            "file as UTF-8, or say which encoding it has, such as encoding='cp1252'."
        ) from error


def _refuse_binary(data: bytes, name: str) -> None:
    for beginning, advice in _FOREIGN_BEGINNINGS.items():
        if data.startswith(beginning):
            raise DataError(f"{name} is not a table of text: {advice}.")
    if b"\0" in data:
        raise DataError(
            f"{name} is not a table of text: it holds binary data. "
            "Tables are read from CSV, TSV, Parquet, NPZ and IDX files."
        )
