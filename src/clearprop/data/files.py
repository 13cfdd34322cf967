"""Read data sets from files, with the reader for the kind of file."""

from __future__ import annotations

import io
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from clearprop.data.content import STANDARD_INPUT, content, require_regular, standard_input
from clearprop.data.dataset import Dataset, Table
from clearprop.data.delimited import read_text
from clearprop.data.idx import is_idx_name, read_idx, read_idx_inputs
from clearprop.data.npz import read_npz, read_npz_inputs
from clearprop.data.parquet import read_parquet
from clearprop.data.quotes import QUOTES
from clearprop.data.reading import TextOptions
from clearprop.data.split import split_target
from clearprop.files.errors import DataError
from clearprop.writing.sentences import listed, suggestion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from os import PathLike

    from clearprop.data.reading import Reading

    Target = str | int | None

_Source = TypeVar("_Source", Dataset, Table)

_PARQUET_MARK = b"PAR1"


class _Format(NamedTuple):
    """Readers of one kind of file, with and without a target; the last argument is a size limit."""

    data: Callable[[Path, Target, int], Dataset]
    inputs: Callable[[Path, int], Table]


_IDX = _Format(read_idx, read_idx_inputs)
_NPZ = _Format(read_npz, read_npz_inputs)
_PARQUET = _Format(
    lambda path, target, limit: split_target(read_parquet(path, limit), target),
    read_parquet,
)

_SUFFIXES = {".npz": _NPZ, ".parquet": _PARQUET, ".pq": _PARQUET}
"""Kinds of files that are not text, by suffix; other files are read as text."""

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
    known: Reading | None = None,
    **options: Any,
) -> Dataset:
    """Return the data set in a file, with one of its columns as the target.

    Parameters
    ----------
    path
        A table of text (CSV, TSV or the like, plain or .gz), Parquet, NPZ, or the images of a
        pair of IDX files (plain or .gz). "-" is a table of text, or Parquet, on standard input.
    target
        The target's name or its index from 0; None is the last column. In NPZ files the name of
        the array of targets.
    known
        How another table was read, to read this one in the same way.
    **options
        `header`, `columns`, `encoding`, `separator`, `quote`, `decimal`, `missing`, `text` and
        `day_first` for tables of text, `ignore` and `max_bytes` for all files; see
        :class:`clearprop.data.TextOptions`.

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
    told = text_options(**options)
    with _bounded(path):
        table_or_format = _open(path, told, known, target, has_target=True)
        if isinstance(table_or_format, Table):
            table = _without(table_or_format, _ignored(told, known), target)
            return split_target(table, target)
        dataset = table_or_format.data(Path(path), target, told.max_bytes)
        return _without(dataset, _ignored(told, known), target)


def read_inputs(
    path: str | PathLike[str], *, known: Reading | None = None, **options: Any
) -> Table:
    """Return the rows of a file without choosing a target, as for a prediction.

    Parameters
    ----------
    path, known, **options
        As in :func:`read`.

    Returns
    -------
    Table
        With every column of a table, the target included if there is one.

    Raises
    ------
    DataError, FileNotFoundError, ModuleNotFoundError
        As in :func:`read`.
    """
    told = text_options(**options)
    with _bounded(path):
        found = _open(path, told, known, None, has_target=False)
        return found if isinstance(found, Table) else found.inputs(Path(path), told.max_bytes)


def text_options(**options: Any) -> TextOptions:
    """Check the options of a reader and return them.

    Raises
    ------
    TypeError
        When there is no such option.
    DataError
        When a value cannot be one.
    """
    for name in ("missing", "ignore", "text"):
        value = options.get(name) or ()
        options[name] = (value,) if isinstance(value, str) else tuple(map(str, value))
    if options.get("columns") is not None:
        options["columns"] = tuple(options["columns"])
    if options.get("decimal") not in (None, ".", ","):
        raise DataError(f"the decimal mark is '.' or ',', not {options['decimal']!r:.40}.")
    if options.get("quote") not in (None, *QUOTES):
        raise DataError(f"quote is 'double' or 'none', not {options['quote']!r:.40}.")
    if options.get("max_bytes") is None:
        options.pop("max_bytes", None)
    return TextOptions(**options)


def _open(
    path: str | PathLike[str],
    options: TextOptions,
    known: Reading | None,
    target: Target,
    has_target: bool,
) -> Table | _Format:
    """Return the table in a file, or the format of a file that holds arrays."""
    if str(path) == STANDARD_INPUT:
        data, name = standard_input(options.max_bytes), "standard input"
        if data.startswith(_PARQUET_MARK):
            return read_parquet(io.BytesIO(data), options.max_bytes)
    else:
        existing = _existing(path)
        file_format = _format_of(existing, options)
        if file_format is not None:
            return file_format if file_format is not _PARQUET else _PARQUET.inputs(
                existing, options.max_bytes
            )  # fmt: skip
        data, name = content(existing, options.max_bytes), existing.name
    return read_text(data, name, options, known, target, has_target)


def _ignored(options: TextOptions, known: Reading | None) -> tuple[str, ...]:
    return tuple(options.ignore) or (() if known is None else tuple(known.options.ignore))


def _without(source: _Source, ignored: tuple[str, ...], target: Target) -> _Source:
    """Return a table or a data set without the ignored columns."""
    names = source.feature_names
    for name in ignored:
        if name not in names:
            raise DataError(
                f"{source.name} has no column {name!r} to leave out.{suggestion(name, names)} "
                f"Its columns are {listed(names, limit=30)}."
            )
    if not ignored:
        return source
    if target in ignored:
        raise DataError(f"the column {target!r} cannot be the target and be left out.")
    kept = [place for place, name in enumerate(names) if name not in ignored]
    X: Any = source.X
    return replace(
        source,
        X=X[:, kept] if isinstance(X, np.ndarray) else X.iloc[:, kept],
        feature_names=tuple(names[place] for place in kept),
        notes=(*source.notes, left_out_as_told(ignored)),
    )


def left_out_as_told(names: Sequence[str]) -> str:
    """Return the sentence on columns that an option leaves out."""
    return f"Left out as told: {listed(names)}."


@contextmanager
def _bounded(path: str | PathLike[str]) -> Iterator[None]:
    """Raise an error that names the file if it does not fit into memory."""
    try:
        yield
    except MemoryError as error:
        raise DataError(f"{path} does not fit into the memory of this machine.") from error


def _existing(path: str | PathLike[str]) -> Path:
    existing = Path(path)
    if not existing.exists():
        raise FileNotFoundError(f"there is no file {path}")
    require_regular(existing)
    return existing


def _format_of(path: Path, options: TextOptions) -> _Format | None:
    """Return the format of a file by its name; None for text."""
    packed = path.suffix.lower() == ".gz"
    suffix = (path.with_suffix("") if packed else path).suffix.lower()
    if suffix in _UNREAD_SUFFIXES:
        raise DataError(f"{path.name} is {_UNREAD_SUFFIXES[suffix]}.")
    file_format = _IDX if is_idx_name(path.name) else _SUFFIXES.get(suffix)
    if file_format is None:
        return None
    if packed and file_format is not _IDX:
        raise DataError(f"{path.name} is packed by gzip: unpack it first.")
    if given := options.of_text():
        raise DataError(f"{path.name} is no table of text, and {', '.join(given)} for those only.")
    return file_format
