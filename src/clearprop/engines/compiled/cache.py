"""Where compiled kernels are kept between runs, so that a machine compiles them once.

Numba looks only at the file of the function it caches; a change in a kernel that this one calls
would go unseen, and a class that has moved since would break the loading. So the folder's name
is a digest of all the sources here, of Numba's version and of the processor: other code, other
folder.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
import numba as nb

from clearprop.engines.compiled.vectormath import KERNEL


def kept(function: Callable[..., Any]) -> Any:
    """Compile `function` when it is first called, and keep the machine code where that can be."""
    if not can_be_kept():
        return nb.njit(**KERNEL)(function)
    config: Any = nb.config  # its names are made when it is imported, which hides them from types
    default = config.CACHE_DIR
    config.CACHE_DIR = str(cache_folder())
    try:
        return nb.njit(cache=True, **KERNEL)(function)
    finally:
        config.CACHE_DIR = default


@cache
def cache_folder() -> Path:
    """Return the folder for this version of the kernels; NUMBA_CACHE_DIR moves it."""
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    base = Path(chosen) if chosen else _user_cache() / "clearprop"
    return base / f"kernels-{_digest()}"


@cache
def can_be_kept() -> bool:
    """Return whether the folder is there, or can be made, and can be written to."""
    try:
        cache_folder().mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(cache_folder(), os.W_OK)


def _user_cache() -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))


def _digest() -> str:
    processor = f"{llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}"
    digest = hashlib.sha256(f"{nb.__version__} {processor}".encode())
    for source in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]
