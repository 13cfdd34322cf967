"""Data sets in files: which reader reads which."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from clearprop.data.delimited import TextOptions, read_text
from clearprop.data.idx import is_idx_name, read_idx, read_idx_inputs
from clearprop.data.npz import read_npz, read_npz_inputs
from clearprop.data.parquet import read_parquet
from clearprop.data.split import split_target
from clearprop.files.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from os import PathLike

    from clearprop.data.dataset import Dataset, Table

    Target = str | int | None


class _Format(NamedTuple):
    """How one kind of file is read, with a target and without."""

    data: Callable[[Path, Target], Dataset]
    inputs: Callable[[Path], Table]


_IDX = _Format(read_idx, read_idx_inputs)
_NPZ = _Format(read_npz, read_npz_inputs)
_PARQUET = _Format(
    lambda path, target: split_target(read_parquet(path), target),
    read_parquet,
)

_SUFFIXES = {".npz": _NPZ, ".parquet": _PARQUET, ".pq": _PARQUET}
"""What is not text; a file of any other name is read as text if its content is."""

_SPREADSHEET = "a spreadsheet: save the sheet as CSV"
_CONTAINER = "not read: save the table as CSV or Parquet"
_PICKLE = "a pickle, which can run code and is never opened: save the data as CSV, Parquet or NPZ"
_PACKED = "packed: unpack it first"
_IMAGE = "an image: put images into one NPZ file with arrays X and y"

_UNREAD_SUFFIXES = {
    ".arff": "an ARFF file, which is not read: save the table as CSV, or name a set on OpenML as "
    "openml:NAME",
    ".npy": "a single array: save inputs and targets with numpy.savez(file, X=X, y=y)",
    ".clearprop": "a model, not data",
    **dict.fromkeys([".xlsx", ".xls", ".xlsm", ".ods"], _SPREADSHEET),
    **dict.fromkeys([".json", ".jsonl", ".feather", ".arrow", ".orc", ".h5", ".hdf5"], _CONTAINER),
    **dict.fromkeys([".mat", ".dta", ".sav", ".sas7bdat", ".db", ".sqlite", ".xml"], _CONTAINER),
    **dict.fromkeys([".pkl", ".pickle", ".joblib"], _PICKLE),
    **dict.fromkeys([".zip", ".tar", ".tgz", ".bz2", ".xz", ".zst", ".7z"], _PACKED),
    **dict.fromkeys([".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff"], _IMAGE),
}


def read(
    path: str | PathLike[str],
    target: str | int | None = None,
    *,
    header: bool | None = None,
    columns: Sequence[str] | None = None,
    encoding: str = "utf-8",
) -> Dataset:
    """The data set in a file, one of its columns being the target.

    Parameters
    ----------
    path
        A table of text (CSV, TSV or the like, plain or .gz), Parquet, NPZ, or the images of a
        pair of IDX files (plain or .gz).
    target
        The target's name or its index from 0; None is the last column. In NPZ files the name of
        the array of targets.
    header
        For text: whether the first row names the columns; None looks.
    columns
        For text: the names of the columns, in a file that has none or instead of its own.
    encoding
        For text: how its characters are written.

    Returns
    -------
    Dataset
        Its `notes` tell what was decided in reading it.

    Raises
    ------
    DataError
        When the file does not hold such data; the message names the line and the column.
    FileNotFoundError
        When there is no such file.
    ModuleNotFoundError
        Without pandas, for tables.
    """
    path = _existing(path)
    options = TextOptions(header, columns, encoding)
    file_format = _format_of(path, options)
    if file_format is None:
        return split_target(read_text(path, options), target)
    return file_format.data(path, target)


def read_inputs(
    path: str | PathLike[str],
    *,
    header: bool | None = None,
    columns: Sequence[str] | None = None,
    encoding: str = "utf-8",
) -> Table:
    """The rows of a file that need no target, as when they are to be predicted.

    Parameters
    ----------
    path, header, columns, encoding
        As in :func:`read`.

    Returns
    -------
    Table
        With every column of a table, a target among them if there is one.

    Raises
    ------
    DataError, FileNotFoundError, ModuleNotFoundError
        As in :func:`read`.
    """
    path = _existing(path)
    options = TextOptions(header, columns, encoding)
    file_format = _format_of(path, options)
    return read_text(path, options) if file_format is None else file_format.inputs(path)


def _existing(path: str | PathLike[str]) -> Path:
    existing = Path(path)
    if existing.is_dir():
        raise DataError(f"{path} is a folder; give one file in it.")
    if not existing.exists():
        raise FileNotFoundError(f"there is no file {path}")
    return existing


def _format_of(path: Path, options: TextOptions) -> _Format | None:
    """What reads a file, judged by its name; None for text."""
    packed = path.suffix.lower() == ".gz"
    suffix = (path.with_suffix("") if packed else path).suffix.lower()
    if suffix in _UNREAD_SUFFIXES:
        raise DataError(f"{path.name} is {_UNREAD_SUFFIXES[suffix]}.")
    file_format = _IDX if is_idx_name(path.name) else _SUFFIXES.get(suffix)
    if file_format is None:
        return None
    if packed and file_format is not _IDX:
        raise DataError(f"{path.name} is packed by gzip: unpack it first.")
    if options != TextOptions():
        raise DataError(
            f"{path.name} is no table of text: header, columns and encoding are for those."
        )
    return file_format
