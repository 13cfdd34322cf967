"""What a file looks like by its first bytes, where it is not a clearprop model."""

from __future__ import annotations

import codecs
import operator
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

START = b'{"__metadata__":{"format":"clearprop","version":"'
"""What follows the first eight bytes of every clearprop model."""

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


def is_ours(head: bytes) -> bool:
    """Return whether the file begins like ours, but for a few damaged bytes."""
    differing = sum(map(operator.ne, head[8:], START))
    return len(head) >= 8 + len(START) and differing <= 4


def why_not_ours(path: Path, head: bytes, size: int) -> str:
    """Return a sentence on a file that does not begin like ours, from its first bytes and size."""
    if size == 0:
        return f"{path} is empty, so it is not a clearprop model: copy it or save the model again."
    if len(head) < 8 + len(START) and START.startswith(head[8:]):
        return (
            f"{path} is too short for a clearprop model ({size} bytes), so it was probably cut "
            "off: copy it or save the model again."
        )
    if kind := _kind_of_file(head, size):
        return f"{path} is not a clearprop model: it looks like {kind}."
    return f"{path} is not a clearprop model: it begins with the bytes {head[:8].hex(' ')}."


def _kind_of_file(head: bytes, size: int) -> str | None:
    """Return what a file looks like by its first bytes, None where they do not tell."""
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
