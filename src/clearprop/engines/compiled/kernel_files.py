"""A file for each compiled kernel, checked before anything in it is used.

A file is the SHA-256 of its name and content, and then the content: what Numba needs to make the
kernel again, pickled. Unpickling runs code, and so does the kernel: a file that is damaged, or
that another user could have written, is not unpickled.

Numba's own cache is not used. Its files are keyed by where the package is installed, so that a
second environment misses them and compiles; and it checks neither their content nor their owner.
"""

from __future__ import annotations

import enum
import hashlib
import json
import os
import pickle
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba as nb
from numba.core import compiler, serialize

from clearprop.engines.compiled.cache import cache_folder, is_own, is_private, reason_not_used
from clearprop.engines.compiled.vectormath import KERNEL
from clearprop.files.atomic import write_atomically

_CHECKSUM_BYTES = hashlib.sha256().digest_size


class Use(enum.Enum):
    """What this process does with the files."""

    LOAD = "load"
    """Loads kernels. It is not to compile any; if it must, a warning says so."""
    SAVE = "save"
    """Compiles and saves kernels, and trains nothing."""
    NONE = "none"
    """Compiles kernels in memory when they are first called."""


class _Process:
    """What this process does with the files, and which it has loaded or saved."""

    use = Use.LOAD
    files: set[str] = set()  # noqa: RUF012 - one process, one set


def use_files(use: Use) -> None:
    """Set what this process does with the files from now on."""
    _Process.use = use


def files_used() -> list[str]:
    """Return the names of the files that this process has loaded or saved."""
    return sorted(_Process.files)


def kept(function: Callable[..., Any]) -> Any:
    """Return `function` as a kernel, loaded or compiled when it is first called for some types."""
    dispatcher: Any = nb.njit(**KERNEL)(function)
    dispatcher._cache = KernelFiles(function.__name__)
    return dispatcher


class KernelFiles:
    """Where Numba looks for the machine code of one function, and what it gives new code to."""

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def cache_path(self) -> str:
        """The folder, as Numba's statistics show it."""
        return str(cache_folder())

    def load_overload(self, signature: Any, target_context: Any) -> Any:
        """Return the compiled function for these types, or None to have it compiled."""
        target_context.refresh()
        if _Process.use is Use.NONE or reason_not_used() is not None:
            return None
        path = self._path(signature)
        content = read_checked(path)
        if content is None:
            return None
        _Process.files.add(path.name)
        return compiler.CompileResult._rebuild(target_context, *pickle.loads(content))

    def save_overload(self, signature: Any, compiled: Any) -> None:
        """Write a function that was just compiled, where that is what this process is for."""
        if _Process.use is Use.SAVE:
            path = self._path(signature)
            write_checked(path, serialize.dumps(compiled._reduce()))
            _Process.files.add(path.name)
        elif _Process.use is Use.LOAD:
            warnings.warn(
                f"the kernel {self._name} could not be loaded from {cache_folder()} and was "
                "compiled in this process: results may differ from later ones in the last digits",
                stacklevel=2,
            )

    def enable(self) -> None:
        """Do nothing, as disable and flush: :func:`use_files` decides."""

    disable = flush = enable

    def _path(self, signature: Any) -> Path:
        folder = cache_folder()
        assert folder is not None, "checked before anything is loaded or saved"
        types = hashlib.sha256(str(signature).encode()).hexdigest()[:16]
        return folder / f"{self._name}-{types}.kernel"


def list_kernels(folder: Path, dtype: str, names: list[str]) -> None:
    """Note in the folder that these files are all kernels for numbers of this dtype."""
    write_checked(_list_path(folder, dtype), json.dumps(names).encode())


def kernels_are_whole(folder: Path, dtype: str) -> bool:
    """Return whether all kernels for numbers of this dtype are there, none of them damaged."""
    listed = read_checked(_list_path(folder, dtype))
    return listed is not None and all(
        read_checked(folder / name) is not None for name in json.loads(listed)
    )


def remove_what_is_not_whole(folder: Path, dtype: str) -> bool:
    """Remove damaged files; return whether kernels that were once complete are no longer.

    The list of kernels of this dtype goes too, and what a killed process has left of its writing.
    """
    listed = _list_path(folder, dtype)
    files = [*folder.glob("*.kernel"), *folder.glob("*.kernels")]
    damaged = [path for path in files if read_checked(path) is None]
    broken = bool(damaged) or listed.exists()
    for path in {*damaged, listed, *folder.glob(".clearprop-*.tmp")}:
        path.unlink(missing_ok=True)
    return broken


def read_checked(path: Path) -> bytes | None:
    """Return the content of a file; None where it is missing, damaged or not this user's own."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            stored = file.read() if is_own(status) and is_private(status) else b""
    except OSError:
        return None
    checksum, content = stored[:_CHECKSUM_BYTES], stored[_CHECKSUM_BYTES:]
    return content if checksum == _checksum(path, content) else None


def write_checked(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    write_atomically(path, [_checksum(path, content), content])


def _checksum(path: Path, content: bytes) -> bytes:
    return hashlib.sha256(path.name.encode() + b"\0" + content).digest()


def _list_path(folder: Path, dtype: str) -> Path:
    return folder / f"{dtype}.kernels"
