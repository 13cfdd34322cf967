"""Open a data set by name: an embedded set, a file, or a set on OpenML."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from clearprop.data.content import STANDARD_INPUT
from clearprop.data.dataset import Dataset, Table
from clearprop.data.embedded import EMBEDDED_NAMES, embedded_name, load
from clearprop.data.files import read, read_inputs
from clearprop.data.openml import fetch_openml
from clearprop.files.errors import DataError
from clearprop.writing.sentences import suggestion

if TYPE_CHECKING:
    from os import PathLike

_OPENML = "openml:"


def open_dataset(
    source: str | PathLike[str], target: str | int | None = None, **text_options: Any
) -> Dataset:
    """Return the data set of a name.

    Parameters
    ----------
    source
        The name of an embedded set ("digits"), a file's path, or "openml:NAME", "openml:NAME@2"
        for its second version, "openml:61" by number. An embedded name comes before a file of the
        same name, which is "./digits".
    target
        Which column is the target, for files and OpenML; see :func:`clearprop.data.read`.
    **text_options
        `known` and the options of :func:`clearprop.data.read`, for files.

    Raises
    ------
    DataError
        When the data cannot be used.
    FileNotFoundError
        When there is no such file, with the embedded name that may be meant.
    ConnectionError
        When OpenML cannot be reached.

    Examples
    --------
    >>> print(open_dataset("wine"))
    wine: 178 rows, 13 columns, target cultivar (classification)
    """
    name = str(source)
    if name.startswith(_OPENML) or embedded_name(name):
        given = [option for option, value in text_options.items() if value not in (None, (), [])]
        if given := [option for option in given if option not in ("known", "max_bytes")]:
            raise DataError(f"{name} is not a file: {', '.join(given)} are for text files.")
        if name.startswith(_OPENML):
            openml_name, version = _openml_parts(name)
            return fetch_openml(openml_name, version, target=target)
        return _load(name, target)
    _require_file(name)
    return read(source, target, **text_options)


def open_inputs(source: str | PathLike[str], **text_options: Any) -> Table:
    """Return the rows of a named data set without choosing a target, as for a prediction.

    Parameters
    ----------
    source, **text_options
        As in :func:`open_dataset`.

    Raises
    ------
    DataError, FileNotFoundError, ConnectionError
        As in :func:`open_dataset`.
    """
    name = str(source)
    if name.startswith(_OPENML) or embedded_name(name):
        dataset = open_dataset(source, **text_options)
        return Table(
            dataset.name, dataset.X, dataset.feature_names, dataset.notes, image=dataset.image
        )
    _require_file(name)
    return read_inputs(source, **text_options)


def _load(name: str, target: str | int | None) -> Dataset:
    dataset = load(name)
    if target not in (None, dataset.target_name):
        raise DataError(
            f"the target of {dataset.name} is {dataset.target_name}; "
            "another can be chosen in files and OpenML sets only."
        )
    return dataset


def _openml_parts(source: str) -> tuple[str, int | Literal["active"]]:
    name, at, version = source.removeprefix(_OPENML).partition("@")
    if not name or (at and not version.isdecimal()):
        raise DataError(f"{source!r} is not of the form openml:NAME or openml:NAME@VERSION.")
    return name, int(version) if at else "active"


def _require_file(name: str) -> None:
    path = Path(name)
    if name == STANDARD_INPUT or path.exists():
        return
    siblings = []
    if path.parent.is_dir():
        siblings = [str(file) for file in path.parent.iterdir() if file.is_file()]
    hint = suggestion(path.stem, EMBEDDED_NAMES) or suggestion(name, siblings)
    raise FileNotFoundError(
        f"there is no file {name!r}.{hint} The embedded data sets are {', '.join(EMBEDDED_NAMES)}."
    )
