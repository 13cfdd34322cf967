"""Where compiled kernels are kept between runs, so that a machine compiles them once.

The folder's name is a digest of everything that the machine code depends on: the sources of this
package, the constants that kernels take from definitions, Python, NumPy, Numba and LLVM, Numba's
settings and the processor. Two environments with the same of these share their kernels, wherever
they are installed; any others have folders of their own.
"""

from __future__ import annotations

import hashlib
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite
import numba as nb
import numpy as np
from numba.core.registry import cpu_target

from clearprop.definitions.layers import SELU

_USER_CACHES = {
    "darwin": ("", ("Library", "Caches")),
    "win32": ("LOCALAPPDATA", ("AppData", "Local")),
}
"""By system: the variable that names the folder for caches, and where it is without one."""
_XDG = ("XDG_CACHE_HOME", (".cache",))

_SETTINGS = (
    "OPT", "LOOP_VECTORIZE", "SLP_VECTORIZE", "BOUNDSCHECK", "DEBUGINFO_DEFAULT", "USING_SVML",
)  # fmt: skip
"""The names in `numba.config` that change machine code."""

_WRITABLE_BY_OTHERS = 0o022
_ROOT = 0


def cache_folder() -> Path | None:
    """Return the folder for these kernels, or None for a user without a home folder.

    NUMBA_CACHE_DIR moves it.
    """
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    base = Path(chosen).absolute() if chosen else _user_cache()
    return None if base is None else base / f"kernels-{_digest()}"


def reason_not_used() -> str | None:
    """Return why the folder is neither read nor written, or None where it can be used.

    What lies in it is run as machine code: it must be this user's or root's, and no other user
    may write to it.
    """
    folder = cache_folder()
    if folder is None:
        return (
            "this user has no home folder to keep them in; NUMBA_CACHE_DIR may name another folder"
        )
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        status = folder.stat()
    except OSError as error:
        return f"{folder} cannot be made ({error.strerror})"
    if not is_own(status):
        return f"{folder} belongs to another user"
    if not is_private(status):
        return f"{folder} can be written to by other users"
    return None


def reason_not_kept() -> str | None:
    """Return why no kernels can be written to the folder, or None where they can."""
    reason = reason_not_used()
    folder = cache_folder()
    if reason is None and folder is not None and not os.access(folder, os.W_OK):
        reason = f"{folder} cannot be written to"
    return reason


def is_own(status: os.stat_result) -> bool:
    """Return whether a file or folder belongs to this user or to root."""
    return not hasattr(os, "geteuid") or status.st_uid in (os.geteuid(), _ROOT)


def is_private(status: os.stat_result) -> bool:
    """Return whether only its owner can write to a file or folder."""
    return not hasattr(os, "geteuid") or not status.st_mode & _WRITABLE_BY_OTHERS


def _user_cache() -> Path | None:
    """Return the user's folder for our caches; an empty or relative variable counts as unset."""
    variable, below_home = _USER_CACHES.get(sys.platform, _XDG)
    chosen = Path(os.environ.get(variable, "") if variable else "")
    if chosen.is_absolute():
        return chosen / "clearprop"
    try:
        home = Path.home()
    except RuntimeError:  # no HOME, and no entry in the list of users
        return None
    return home.joinpath(*below_home, "clearprop") if home.is_absolute() else None


@cache
def _digest() -> str:
    digest = hashlib.sha256(repr(_surroundings()).encode())
    root = Path(__file__).parent
    for source in sorted(root.rglob("*.py")):
        digest.update(source.relative_to(root).as_posix().encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _surroundings() -> tuple[Any, ...]:
    """Return everything beside the sources here that the machine code depends on."""
    config: Any = nb.config  # its names are made when it is imported, which hides them from types
    return (
        sys.implementation.cache_tag,
        getattr(sys, "abiflags", ""),
        np.__version__,
        nb.__version__,
        llvmlite.__version__,
        cpu_target.target_context.codegen().magic_tuple(),
        [getattr(config, name, None) for name in _SETTINGS],
        (SELU.alpha, SELU.scale),
    )
