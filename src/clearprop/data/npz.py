"""Arrays of inputs and targets in NumPy's NPZ files."""

from __future__ import annotations

import math
import zipfile
import zlib
from tokenize import TokenError
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.data.content import MOST_BYTES, room, too_large
from clearprop.data.dataset import Dataset, Table, image_of, numbered_names
from clearprop.data.target import infer_task
from clearprop.files.errors import DataError
from clearprop.writing.sentences import listed, quoted, suggestion

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_ARRAY = ".npy"
_ENCRYPTED = 0x1

# What zipfile raises over bytes that make no sense, or ways of packing that it does not know.
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError,
           ValueError, OverflowError, IndexError)  # fmt: skip

# What NumPy raises over a header, which it reads as a Python literal and then as Python's tokens.
_NO_HEADER = (ValueError, TypeError, KeyError, SyntaxError, RecursionError, OverflowError,
              MemoryError, TokenError)  # fmt: skip

_PAIRS = (
    ("X", "y"),
    ("x", "y"),
    ("data", "target"),
    ("X_train", "y_train"),
    ("x_train", "y_train"),
    ("X_test", "y_test"),
    ("x_test", "y_test"),
)
"""The names of inputs and targets that are recognised, the first pair found being taken."""


def read_npz(path: Path, target: str | int | None, limit: int = MOST_BYTES) -> Dataset:
    """Return the inputs and targets in an NPZ file.

    Inputs of more than two dimensions, such as images, become one row an example.

    Parameters
    ----------
    path
        The file, with arrays called X and y, data and target, x_train and y_train and the like,
        or just two arrays of which one has a single column.
    target
        The name of the array of targets; None takes the first known pair of names.
    limit
        The most bytes that the arrays may take.

    Raises
    ------
    DataError
        When the arrays cannot be read without pickle, are not found or do not fit each other.
    """
    arrays = _arrays(path, limit)
    inputs_name, target_name = _choose(arrays, target, path.name)
    y = arrays[target_name]
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    if y.ndim != 1:
        raise DataError(
            f"{path.name}: the targets {target_name!r} have the shape {y.shape}; "
            "one number or text for each row is expected."
        )
    X = _rows(arrays[inputs_name], inputs_name, path.name)
    if len(X) != len(y):
        raise DataError(
            f"{path.name}: {inputs_name!r} has {len(X)} rows and {target_name!r} has {len(y)}."
        )
    try:
        task = infer_task(y)
    except DataError as error:
        raise DataError(f"{path.name}: {target_name!r}: {error}") from error
    return Dataset(
        name=path.name,
        X=X,
        y=y,
        feature_names=numbered_names(X.shape[1]),
        target_name=target_name,
        task=task,
        notes=_notes(arrays, (inputs_name, target_name)),
        image=image_of(arrays[inputs_name].shape),
    )


def read_npz_inputs(path: Path, limit: int = MOST_BYTES) -> Table:
    """Return the inputs in an NPZ file: those of :func:`read_npz`, or its only array.

    Raises
    ------
    DataError
        When the arrays cannot be read without pickle or the inputs are not found.
    """
    arrays = _arrays(path, limit)
    name = next(iter(arrays)) if len(arrays) == 1 else _choose(arrays, None, path.name)[0]
    X = _rows(arrays[name], name, path.name)
    image = image_of(arrays[name].shape)
    return Table(path.name, X, numbered_names(X.shape[1]), _notes(arrays, (name,)), image=image)


def _arrays(path: Path, limit: int) -> dict[str, NDArray[Any]]:
    if not zipfile.is_zipfile(path):
        raise DataError(f"{path.name} is not an NPZ file, or it is cut short.")
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(archive, path, limit)
            arrays = {name: _array(archive, info, path.name) for name, info in members.items()}
    except DataError:
        raise
    except _DAMAGE as error:
        raise DataError(f"{path.name}: the NPZ file is damaged ({error}).") from error
    if not arrays:
        raise DataError(f"{path.name} holds no arrays.")
    return arrays


def _members(archive: zipfile.ZipFile, path: Path, limit: int) -> dict[str, zipfile.ZipInfo]:
    """Return the members that are arrays, by name, without unpacking them."""
    members = {}
    for info in archive.infolist():
        if info.flag_bits & _ENCRYPTED:
            raise DataError(f"{path.name}: {info.filename!r:.60} is encrypted.")
        if info.filename.endswith(_ARRAY):
            members[info.filename.removesuffix(_ARRAY)] = info
    if sum(info.file_size for info in members.values()) > room(limit, path.stat().st_size):
        raise too_large(path.name, room(limit, path.stat().st_size))
    return members


def _array(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> NDArray[Any]:
    """Return one array, after checking that its header fits its size; then allocate memory."""
    try:
        with archive.open(info) as member:
            shape, dtype, start = _header(member)
        if dtype.hasobject:
            raise ValueError("Object arrays cannot be loaded when allow_pickle=False")
        if start + math.prod(shape) * dtype.itemsize != info.file_size:
            size = " x ".join(map(str, shape)) or "a single value"
            raise DataError(
                f"{name}: the array {info.filename!r:.60} is said to be {size}, which its "
                f"{info.file_size} bytes are not."
            )
        with archive.open(info) as member:
            return np.lib.format.read_array(member, allow_pickle=False)
    except DataError:
        raise
    except _NO_HEADER as error:
        raise DataError(
            f"{name}: an array cannot be read ({error}). Arrays of Python objects are pickled "
            "and never opened; save numbers or fixed-width texts."
        ) from error


def _header(member: Any) -> tuple[tuple[int, ...], np.dtype[Any], int]:
    """Return shape and type of an array, and the offset of its values."""
    version = np.lib.format.read_magic(member)
    readers = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    if version not in readers:
        raise ValueError(f"its version is {version[0]}.{version[1]}")
    shape, _, dtype = readers[version](member)
    return shape, dtype, member.tell()


def _choose(
    arrays: dict[str, NDArray[Any]], target: str | int | None, name: str
) -> tuple[str, str]:
    """Return the names of the inputs and of the targets."""
    if target is not None and target not in arrays:
        hint = suggestion(str(target), list(arrays))
        raise DataError(
            f"{name} has no array {str(target)!r}.{hint} Its arrays are {quoted(arrays, 20)}."
        )
    for inputs_name, target_name in _PAIRS:
        if inputs_name in arrays and target_name in arrays and target in (None, target_name):
            return inputs_name, target_name
    if len(arrays) == 2:
        # The targets are the array with one value a row; where both have, nothing tells which.
        first, second = arrays
        if target == second or (target is None and _is_target(arrays, second, first)):
            return first, second
        if target == first or (target is None and _is_target(arrays, first, second)):
            return second, first
    raise DataError(
        f"{name}: cannot tell which of its arrays ({_shapes(arrays)}) are inputs and targets; "
        "call them X and y."
    )


def _is_target(arrays: dict[str, NDArray[Any]], name: str, other: str) -> bool:
    return arrays[name].ndim == 1 and arrays[other].ndim > 1


def _rows(X: NDArray[Any], inputs_name: str, name: str) -> NDArray[Any]:
    if X.ndim < 2 or not X.size or X.dtype.kind not in "biufU":
        raise DataError(
            f"{name}: the inputs {inputs_name!r} are of type {X.dtype} and shape {X.shape}; rows "
            "and columns of numbers or texts are expected."
        )
    return X.reshape(len(X), -1)


def _notes(arrays: dict[str, NDArray[Any]], taken: tuple[str, ...]) -> tuple[str, ...]:
    others = [name for name in arrays if name not in taken]
    if not others:
        return ()
    return (f"Read {' and '.join(taken)}; the file's {listed(others)} were left aside.",)


def _shapes(arrays: dict[str, NDArray[Any]]) -> str:
    return listed(f"{name} {array.shape}" for name, array in arrays.items())
