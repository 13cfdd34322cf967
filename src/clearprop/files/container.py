"""Write and read model files: a document, arrays, and a checksum over every byte.

A model file is a plain safetensors file, which any safetensors reader opens. Its first eight bytes
hold the length of the header. In all versions of the format, these bytes follow (the version number
differs)::

    {"__metadata__":{"format":"clearprop","version":"1","sha256":"<64 hexadecimal digits>"

The digits are the SHA-256 of the whole file with 64 zeros in their place. Formats 1 and 2 then have
one more entry in the metadata, ``"document"``: everything that is not an array, as strict JSON
text. Format 2 is for documents that readers of format 1 do not understand.
Loading follows data only. Nothing in a file names code, and nothing is ever executed.

The checksum detects damage, not intent: anyone can compute it for a forged file. So the content is
checked too, before memory is allocated for it.
"""

from __future__ import annotations

import hashlib
import json
import operator
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

import numpy as np

from clearprop.files.atomic import write_atomically
from clearprop.files.contents import DTYPES, check_document, plain_array
from clearprop.files.recognised import START, is_ours, why_not_ours

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""A value that strict JSON returns unchanged."""

VERSION, NEWEST_VERSION = 1, 2
"""The format that files have without being told, and the newest that is read."""

_SEALED = re.compile(rb'(?s).{8}%s([1-9][0-9]{0,8})","sha256":"([0-9a-f]{64})"' % re.escape(START))
_ZEROS = b"0" * 64
_METADATA = {"format", "version", "sha256", "document"}
_LARGEST_HEADER = 100_000_000  # the most that safetensors reads
_MOST_VALUES = 4_000_000  # in the JSON of a header: as Python objects they take up to 0.5 GB
_HEAD_BYTES = 4096  # enough to recognise a file
_CHUNK_BYTES = 1 << 15
_WRONG_CHECKSUM = "its bytes do not match the SHA-256 checksum inside it"


class ModelFileError(ValueError):
    """A file that is not a model, is damaged, or was written by a newer clearprop."""


def write_model(
    path: str | os.PathLike[str],
    document: Mapping[str, Json],
    arrays: Mapping[str, np.ndarray[Any, Any]],
    version: int = VERSION,
    *,
    proven: bool = False,
) -> None:
    """Save a document and named arrays in one file, atomically.

    The same content gives the same bytes. An existing file is replaced in one step.

    Parameters
    ----------
    path
        The file to create or to replace. A symbolic link stays one; its target is replaced.
    document
        Everything that is not an array: None, bool, int, finite float, str, lists and dicts of
        them.
    arrays
        Arrays of float32, float64, bool or any integer type, in any memory layout.
    version
        The format; 2 where the document has what earlier versions of clearprop do not know.
    proven
        Whether the new file is read again before it replaces the old one.

    Raises
    ------
    TypeError, ValueError
        If the document or an array cannot be saved unchanged. No file is touched.
    OSError
        If the file cannot be written. An existing file is unchanged.

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
    write_atomically(path, _encode(document, arrays, version), proven=proven)


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
        The document that was saved.
    arrays : dict of str to ndarray
        The arrays in the order of their names: writable, in C order, in native byte order. They
        do not depend on the file, which may be replaced or deleted.

    Raises
    ------
    ModelFileError
        If the file is not a clearprop model, is damaged, does not fit into memory, or needs a
        newer clearprop.
    OSError
        If there is no such file, or it cannot be read.
    """
    if not os.fspath(path):
        raise ModelFileError("the path is empty: give the name of a model file.")
    path = Path(path)
    if path.is_dir():
        raise ModelFileError(f"{path} is a folder; a clearprop model is a single file.")
    if path.exists() and not path.is_file():
        raise ModelFileError(f"{path} is a pipe or a device; a clearprop model is a regular file.")
    with path.open("rb") as file:
        try:
            return _read(path, file, os.fstat(file.fileno()).st_size)
        except MemoryError as error:
            raise ModelFileError(too_large(path)) from error


def too_large(path: str | os.PathLike[str]) -> str:
    """Return the message about a model that does not fit into memory."""
    return f"{path} does not fit into memory: it has {Path(path).stat().st_size:,} bytes."


def _encode(
    document: Mapping[str, Json], arrays: Mapping[str, np.ndarray[Any, Any]], version: int
) -> tuple[bytes, memoryview]:
    """Return the file's bytes: the header with its checksum, and the arrays."""
    from safetensors.numpy import save

    document = dict(document)
    check_document(document, "document")
    tensors = save({name: plain_array(name, array) for name, array in arrays.items()})
    end = _header_end(tensors)
    # safetensors writes metadata in random order, so the header is assembled here.
    metadata = {
        "format": "clearprop",
        "version": str(version),
        "sha256": _ZEROS.decode(),
        "document": json.dumps(document, allow_nan=False, separators=(",", ":")),
    }
    table = json.loads(tensors[8:end])
    header = json.dumps(
        {"__metadata__": metadata, **table}, ensure_ascii=False, separators=(",", ":")
    ).encode()
    header += b" " * (-len(header) % 8)  # the arrays that follow stay aligned
    values = _count_values(header.decode())
    if values > _MOST_VALUES:
        raise ValueError(
            f"the document and the table of the arrays hold about {values:,} values; a model file "
            f"has room for {_MOST_VALUES:,}: save large lists of numbers as arrays"
        )
    if len(header) > _LARGEST_HEADER:
        raise ValueError(
            f"the document and the names of the arrays take {len(header):,} bytes; a model file "
            f"has room for {_LARGEST_HEADER:,}: save large lists of numbers as arrays"
        )
    head = len(header).to_bytes(8, "little") + header
    body = memoryview(tensors)[end:]
    at = head.index(_ZEROS)  # the first occurrence: nothing before it holds 64 zeros
    return head[:at] + _checksum(at, [head, body]) + head[at + len(_ZEROS) :], body


def _read(
    path: Path, file: BinaryIO, size: int
) -> tuple[dict[str, Json], dict[str, np.ndarray[Any, Any]]]:
    """Return document and arrays; the whole file is read only once its lengths are right."""
    head = file.read(_HEAD_BYTES)
    if not is_ours(head):
        raise ModelFileError(why_not_ours(path, head, size))
    sealed = _SEALED.match(head)
    if sealed is None:
        raise _damaged(path, _WRONG_CHECKSUM)
    version = int(sealed[1])
    if version > NEWEST_VERSION:
        _check_bytes(path, sealed, _chunks(file))
        raise ModelFileError(
            f"{path} was written by a newer clearprop (format {version}); "
            f"this one reads up to format {NEWEST_VERSION}: upgrade clearprop."
        )
    try:
        length = _described_length(file, size)
    except (ValueError, RecursionError) as error:
        _check_bytes(path, sealed, _chunks(file))
        raise _invalid(path, error) from error
    if length != size:
        raise _damaged(path, f"it has {size:,} bytes, but its header describes {length:,}")
    file.seek(0)
    whole = [file.read()]
    _check_bytes(path, sealed, whole)
    return _decode(path, whole)


def _described_length(file: BinaryIO, size: int) -> int:
    """Return the length in bytes that a file's header describes.

    Raises
    ------
    ValueError, RecursionError
        If it has no header that describes one.
    """
    file.seek(0)
    end = _header_end(file.read(8))
    if end > min(size, 8 + _LARGEST_HEADER):
        raise ValueError(f"its header would end at byte {end:,}")
    header = _parsed(file.read(end - 8).decode())
    if not isinstance(header, dict):
        raise ValueError("its header is not a JSON object")
    ends = [0]
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        match entry:
            case {"data_offsets": [int(), int(last)]}:
                ends.append(last)
            case _:
                raise ValueError(f"the header's entry {name!r:.60} describes no array")
    return end + max(ends)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    """Yield the bytes of a file from its beginning, in small chunks."""
    file.seek(0)
    while chunk := file.read(_CHUNK_BYTES):
        yield chunk


def _check_bytes(path: Path, sealed: re.Match[bytes], chunks: Iterable[bytes]) -> None:
    """Raise unless the bytes have the checksum that the file's beginning gives."""
    if _checksum(sealed.start(2), chunks) != sealed[2]:
        raise _damaged(path, _WRONG_CHECKSUM)


def _damaged(path: Path, sign: str) -> ModelFileError:
    return ModelFileError(f"{path} is damaged: {sign}. Copy it again or save the model again.")


def _invalid(path: Path, error: Exception) -> ModelFileError:
    return ModelFileError(
        f"{path} is not damaged, but it is not a valid clearprop model either, "
        f"so another program wrote it: {error}."
    )


def _decode(
    path: Path, whole: list[bytes]
) -> tuple[dict[str, Json], dict[str, np.ndarray[Any, Any]]]:
    """Return document and arrays; the bytes leave the list, and memory, once they are copied."""
    from safetensors import SafetensorError, deserialize

    try:
        document = _read_document(whole[0])
        # It checks all sizes against the bytes that exist before it allocates memory.
        return document, _read_arrays(deserialize(whole.pop()))  # type: ignore[no-untyped-call]
    except (ValueError, RecursionError, SafetensorError) as error:
        raise _invalid(path, error) from error


def _read_document(data: bytes) -> dict[str, Json]:
    document = _parsed(_document_text(data))
    if not isinstance(document, dict):
        raise ValueError("its document is not a JSON object")
    check_document(document, "its document")  # Python's reader accepts NaN and Infinity
    return document


def _document_text(data: bytes) -> str:
    metadata = _parsed(data[8 : _header_end(data)].decode())["__metadata__"]
    if metadata.keys() != _METADATA or not isinstance(metadata["document"], str):
        raise ValueError(f"its metadata is not {', '.join(sorted(_METADATA))}")
    return metadata["document"]


def _parsed(text: str) -> Any:
    """Return the value of a JSON text, unless it would take far more memory than the text."""
    values = _count_values(text)
    if values > _MOST_VALUES:
        raise ValueError(f"it holds about {values:,} values, more than {_MOST_VALUES:,}")
    return json.loads(text, object_pairs_hook=_unique_keys)


def _count_values(text: str) -> int:
    """Return how many values a JSON text has at most, commas within texts included."""
    return 1 + sum(map(text.count, ",[{"))


def _read_arrays(tensors: Any) -> dict[str, np.ndarray[Any, Any]]:
    """Return the arrays of safetensors' list of names and contents."""
    arrays = {}
    for name, tensor in sorted(tensors, key=operator.itemgetter(0)):
        if tensor["dtype"] not in DTYPES:
            raise ValueError(f"array {name!r} is of type {tensor['dtype']}")
        native = np.dtype(DTYPES[tensor["dtype"]])
        flat = np.frombuffer(tensor.pop("data"), dtype=native.newbyteorder("<"))
        if native == np.bool_ and flat.view(np.uint8).max(initial=0) > 1:
            raise ValueError(f"array {name!r} is of type BOOL but holds more than 0 and 1")
        # The bytes are the array's own, where safetensors hands them out writable: no copy.
        arrays[name] = flat.reshape(tensor["shape"]).astype(native, copy=not flat.flags.writeable)
    return arrays


def _header_end(data: bytes) -> int:
    """Return where the safetensors header ends and the arrays begin."""
    return 8 + int.from_bytes(data[:8], "little")


def _checksum(at: int, chunks: Iterable[bytes | memoryview]) -> bytes:
    """Return the SHA-256 of the chunks, its own digits in the first replaced by zeros."""
    digest = hashlib.sha256()
    for index, chunk in enumerate(chunks):
        view = memoryview(chunk)  # its slices are not copies
        if index == 0:
            digest.update(view[:at])
            digest.update(_ZEROS)
            view = view[at + len(_ZEROS) :]
        digest.update(view)
    return digest.hexdigest().encode()


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key occurs twice in one JSON object")
    return result
