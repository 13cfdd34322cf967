"""The file a model is saved in: names, settings and arrays, and a checksum over every byte.

It is a plain safetensors file, so any safetensors reader opens it. In every version of the format,
its number aside, these bytes follow the first eight, which hold the length of the header::

    {"__metadata__":{"format":"clearprop","version":"1","sha256":"<64 hexadecimal digits>"

The digits are the SHA-256 of the whole file with 64 zeros in their place. Format 1 then has one
more entry in the metadata, ``"document"``: everything that is not an array, as strict JSON text.
Loading follows data only. Nothing in a file names code, and nothing is ever executed.

The checksum tells damage, not intent: whoever forges a file can compute it. So what comes behind
it is checked as well, before any memory is set aside for it.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import math
import operator
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from clearprop.files.atomic import write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""A value that strict JSON gives back as it was."""

VERSION = 1

_START = b'{"__metadata__":{"format":"clearprop","version":"'
_SEALED = re.compile(rb'(?s).{8}%s([1-9][0-9]{0,8})","sha256":"([0-9a-f]{64})"' % re.escape(_START))
_ZEROS = b"0" * 64
_METADATA = {"format", "version", "sha256", "document"}
_LARGEST_HEADER = 100_000_000  # the most that safetensors reads
_DEEPEST_JSON = 100  # far below where Python's reader gives up
_HEAD_BYTES = 4096  # enough to tell what a file is

_DTYPES = {  # the dtypes of safetensors that are saved, and NumPy's names for them
    **{f"F{bits}": f"float{bits}" for bits in (32, 64)},
    **{f"I{bits}": f"int{bits}" for bits in (8, 16, 32, 64)},
    **{f"U{bits}": f"uint{bits}" for bits in (8, 16, 32, 64)},
    "BOOL": "bool",
}

_SIGNATURES = [
    (b"PK\x03\x04", "a zip archive, as Keras (.keras), PyTorch (.pt) and NumPy (.npz) write"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file, as Keras (.h5) writes"),
    *[
        (bytes([0x80, protocol]), "a Python pickle, which can run code and is never opened here")
        for protocol in range(2, 6)
    ],
    (b"\x93NUMPY", "a NumPy array (.npy)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"PAR1", "a Parquet table"),
    (bytes(64), "nothing but zeros, as a crash or an unfinished download leaves"),
    (b"version https://git-lfs", "a Git LFS pointer, to be replaced by `git lfs pull`"),
]


class ModelFileError(ValueError):
    """A file that is not a model, is damaged, or was written by a newer clearprop."""


def write_model(
    path: str | os.PathLike[str],
    document: Mapping[str, Json],
    arrays: Mapping[str, np.ndarray[Any, Any]],
) -> None:
    """Save a document and named arrays in one file, as a whole or not at all.

    The same content gives the same bytes. A file that is already there is replaced in one step.

    Parameters
    ----------
    path
        The file to create or to replace. A symbolic link stays one; its target is replaced.
    document
        Whatever is not an array: None, bool, int, finite float, str, and lists and dicts of them.
    arrays
        Arrays of float32, float64, bool or any integer type, in any memory layout.

    Raises
    ------
    TypeError, ValueError
        If the document or an array cannot be saved without change. No file is touched.
    OSError
        If the file cannot be written. A file that was there is as it was.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_model(f"{folder}/model", {"layers": [2, 1]}, {"W": np.array([[0.5], [2.0]])})
    ...     document, arrays = read_model(f"{folder}/model")
    >>> document
    {'layers': [2, 1]}
    >>> arrays["W"]
    array([[0.5],
           [2. ]])
    """
    write_atomically(path, _encode(document, arrays))


def read_model(
    path: str | os.PathLike[str],
) -> tuple[dict[str, Json], dict[str, np.ndarray[Any, Any]]]:
    """Load the document and the arrays that `write_model` saved.

    Parameters
    ----------
    path
        The file to load.

    Returns
    -------
    document : dict
        The document, equal to the one that was saved.
    arrays : dict of str to ndarray
        The arrays in the order of their names: writable, in C order and native byte order, and
        independent of the file, which may be replaced or deleted.

    Raises
    ------
    ModelFileError
        If the file is not a clearprop model, is damaged, or needs a newer clearprop.
    OSError
        If there is no such file, or it cannot be read.
    """
    path = Path(path)
    if path.is_dir():
        raise ModelFileError(f"{path} is a folder; a clearprop model is a single file.")
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        if not _is_ours(head):
            raise ModelFileError(_why_not_ours(path, head, os.fstat(file.fileno()).st_size))
        data = head + file.read()
    version = _intact_version(path, data)
    if version > VERSION:
        raise ModelFileError(
            f"{path} was written by a newer clearprop (format {version}); "
            f"this one reads format {VERSION}: upgrade clearprop."
        )
    return _decode(path, data)


def _encode(
    document: Mapping[str, Json], arrays: Mapping[str, np.ndarray[Any, Any]]
) -> tuple[bytes, memoryview]:
    """Return the file's bytes: the header with its checksum, and the arrays."""
    from safetensors.numpy import save

    document = dict(document)
    _check_document(document, "document")
    tensors = save({name: _plain(name, array) for name, array in arrays.items()})
    end = _header_end(tensors)
    # safetensors writes metadata in random order, so the header is put together here.
    metadata = {
        "format": "clearprop",
        "version": str(VERSION),
        "sha256": _ZEROS.decode(),
        "document": json.dumps(document, allow_nan=False, separators=(",", ":")),
    }
    table = json.loads(tensors[8:end])
    header = json.dumps(
        {"__metadata__": metadata, **table}, ensure_ascii=False, separators=(",", ":")
    ).encode()
    header += b" " * (-len(header) % 8)  # the arrays that follow stay aligned
    if len(header) > _LARGEST_HEADER:
        raise ValueError(
            f"the document and the names of the arrays take {len(header):,} bytes; a model file "
            f"has room for {_LARGEST_HEADER:,}: save large lists of numbers as arrays"
        )
    head = len(header).to_bytes(8, "little") + header
    body = memoryview(tensors)[end:]
    at = head.index(_ZEROS)  # the first: nothing before it can hold 64 zeros
    return head[:at] + _checksum(at, head, body) + head[at + len(_ZEROS) :], body


def _check_document(value: object, where: str, depth: int = 0) -> None:
    """Raise unless strict JSON text would give an equal value back."""
    if depth > _DEEPEST_JSON:
        raise ValueError(f"{where} is nested more than {_DEEPEST_JSON} levels deep")
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise TypeError(f"{where} has the key {key!r}: the keys must be str")
            _check_document(item, f"{where}[{key!r}]", depth + 1)
    elif isinstance(value, list):
        for position, item in enumerate(value):
            _check_document(item, f"{where}[{position}]", depth + 1)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{where} is {value}, and JSON has no such number")
    elif value is not None and not isinstance(value, str | int):
        raise TypeError(
            f"{where} is of type {type(value).__name__}, but a document holds only None, bool, "
            "int, float, str, list and dict: convert it, or save it among the arrays"
        )


def _plain(name: str, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the array in C order, as safetensors needs it, or raise if it cannot be saved."""
    _check_name(name)
    if not isinstance(array, np.ndarray):
        raise TypeError(f"array {name!r} is of type {type(array).__name__}, not a NumPy array")
    if array.dtype.name not in _DTYPES.values():
        raise TypeError(
            f"array {name!r} has dtype {array.dtype}, which cannot be saved: "
            f"convert it to one of {', '.join(_DTYPES.values())}"
        )
    # Not ascontiguousarray: it would give a 0-d array one dimension.
    return np.asarray(array, order="C")


def _check_name(name: object) -> None:
    if not isinstance(name, str):
        raise TypeError(f"the name {name!r} of an array is of type {type(name).__name__}, not str")
    if name == "__metadata__":
        raise ValueError(f"no array can have the name {name!r}: safetensors uses it itself")
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"the name {name!r} of an array is not valid Unicode text") from error


def _is_ours(head: bytes) -> bool:
    """Whether the file begins like ours, a few damaged bytes aside."""
    differing = sum(map(operator.ne, head[8:], _START))
    return len(head) >= 8 + len(_START) and differing <= 4


def _why_not_ours(path: Path, head: bytes, size: int) -> str:
    if size == 0:
        return f"{path} is empty, so it is not a clearprop model: copy it or save the model again."
    if len(head) < 8 + len(_START) and _START.startswith(head[8:]):
        return (
            f"{path} is too short for a clearprop model ({size} bytes), so it was probably cut "
            "off: copy it or save the model again."
        )
    if kind := _kind_of_file(head, size):
        return f"{path} is not a clearprop model: it looks like {kind}."
    return f"{path} is not a clearprop model: it begins with the bytes {head[:8].hex(' ')}."


def _kind_of_file(head: bytes, size: int) -> str | None:
    """Say what a file that is not ours looks like, if that can be told from its first bytes."""
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") <= size - 8:
        return "a safetensors file that another program wrote"
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    try:
        # The incremental decoder accepts a character that is cut in two at the end of the head.
        text = codecs.getincrementaldecoder("utf-8")().decode(head).lstrip()
    except UnicodeDecodeError:
        return None
    if re.search(r"[\x00-\x08\x0e-\x1f]", text):
        return None
    if text.lower().startswith(("<!doctype html", "<html")):
        return "a web page, perhaps in place of a failed download"
    return "JSON text" if text.startswith(("{", "[")) else "text"


def _intact_version(path: Path, data: bytes) -> int:
    """Return the version of the format, once the checksum shows that no byte has changed."""
    sealed = _SEALED.match(data)
    if sealed is None or sealed[2] != _checksum(sealed.start(2), data):
        raise ModelFileError(
            f"{path} is damaged: its bytes do not match the SHA-256 checksum inside it. "
            "Copy it again or save the model again."
        )
    return int(sealed[1])


def _decode(path: Path, data: bytes) -> tuple[dict[str, Json], dict[str, np.ndarray[Any, Any]]]:
    from safetensors import SafetensorError

    try:
        return _read_document(data), _read_arrays(data)
    except (ValueError, RecursionError, SafetensorError) as error:
        raise ModelFileError(
            f"{path} is not damaged, but it is not a valid clearprop model either, "
            f"so another program wrote it: {error}."
        ) from error


def _read_document(data: bytes) -> dict[str, Json]:
    text = data[8 : _header_end(data)].decode()
    header = json.loads(text, object_pairs_hook=_unique_keys)
    metadata = header["__metadata__"]
    if metadata.keys() != _METADATA or not isinstance(metadata["document"], str):
        raise ValueError(f"its metadata is not {', '.join(sorted(_METADATA))}")
    document = json.loads(metadata["document"], object_pairs_hook=_unique_keys)
    if not isinstance(document, dict):
        raise ValueError("its document is not a JSON object")
    _check_document(document, "its document")  # Python's reader lets NaN and Infinity through
    return document


def _read_arrays(data: bytes) -> dict[str, np.ndarray[Any, Any]]:
    from safetensors import deserialize

    # It refuses sizes that differ from the bytes there are, before it allocates.
    tensors = deserialize(data)  # type: ignore[no-untyped-call]
    arrays = {}
    for name, tensor in sorted(tensors, key=operator.itemgetter(0)):
        if tensor["dtype"] not in _DTYPES:
            raise ValueError(f"array {name!r} is of type {tensor['dtype']}")
        native = np.dtype(_DTYPES[tensor["dtype"]])
        flat = np.frombuffer(tensor["data"], dtype=native.newbyteorder("<"))
        if native == np.bool_ and flat.view(np.uint8).max(initial=0) > 1:
            raise ValueError(f"array {name!r} is of type BOOL but holds more than 0 and 1")
        arrays[name] = flat.reshape(tensor["shape"]).astype(native)
    return arrays


def _header_end(data: bytes) -> int:
    """Return where the safetensors header ends and the arrays begin."""
    return 8 + int.from_bytes(data[:8], "little")


def _checksum(at: int, head: bytes, *rest: memoryview) -> bytes:
    """Return the digits of the SHA-256 over all parts, with zeros in place of its own digits."""
    view = memoryview(head)  # its slices are not copies
    digest = hashlib.sha256(view[:at])
    digest.update(_ZEROS)
    for part in (view[at + len(_ZEROS) :], *rest):
        digest.update(part)
    return digest.hexdigest().encode()


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key occurs twice in one JSON object")
    return result
