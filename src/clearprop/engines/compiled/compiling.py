"""Compiling the kernels in a process of its own, once on a machine.

The process in which Numba compiles a kernel runs other code than those that load it from disk:
its linker takes the functions that a kernel calls from where they were compiled singly, and
these round differently. So nobody trains where kernels are compiled: a process of their own
compiles them, and whoever trains loads them.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.spawn import get_executable
from pathlib import Path
from typing import Any

import numpy as np

from clearprop.engines.compiled.cache import cache_folder, can_be_kept

_LOCK = threading.Lock()
_READY: set[str] = set()


def make_sure_compiled(dtype: Any) -> None:
    """Return when the kernels for numbers of this dtype can be loaded.

    Where they cannot be kept on disk, or the other process fails, they are compiled here when
    they are first called, and a warning says so.
    """
    name = np.dtype(dtype).name
    with _LOCK:
        if name in _READY:
            return
        if not can_be_kept():
            _say("each time, since", f"{cache_folder()} cannot be written to")
        elif not _mark(name).exists():
            with _one_process_at_a_time():
                if not _mark(name).exists():
                    _say("once on this machine")
                    _compile_elsewhere(name)
        _READY.add(name)


def compiled_here(dtype: Any) -> None:
    """Take note that this is the process that compiles the kernels for `dtype`."""
    _READY.add(np.dtype(dtype).name)


def compiled(dtype: Any) -> None:
    """Leave a mark that the kernels for `dtype` lie on disk."""
    _mark(np.dtype(dtype).name).touch()


def _mark(name: str) -> Path:
    return cache_folder() / f"{name}.compiled"


def _say(*when: str) -> None:
    print(  # noqa: T201 - the one visible line while compiling
        f"clearprop: compiling the training kernels, {' '.join(when)} ...", file=sys.stderr
    )


def _compile_elsewhere(name: str) -> None:
    executable = get_executable()
    if not executable or getattr(sys, "frozen", False):
        _warn("there is no Python to start")
        return
    command = [os.fsdecode(executable), "-m", "clearprop.engines.compiled.compile_kernels", name]
    search = os.pathsep.join(path for path in sys.path if path)
    try:
        ended = subprocess.run(
            command,
            env=os.environ | {"PYTHONPATH": search},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        _warn(str(error))
        return
    if ended.returncode == -signal.SIGINT:
        raise KeyboardInterrupt
    if ended.returncode:
        *_, last = ended.stderr.strip().splitlines() or [f"exit status {ended.returncode}"]
        _warn(last)


def _warn(reason: str) -> None:
    warnings.warn(
        f"no process of their own to compile the kernels in ({reason}): they are compiled in this "
        "one, whose results may differ from later ones in the last digits",
        stacklevel=2,
    )


@contextmanager
def _one_process_at_a_time() -> Iterator[None]:
    """Let other processes wait that need the same kernels, where the system has such locks."""
    try:
        import fcntl
    except ImportError:  # Windows: two processes then compile the same
        yield
        return
    with (cache_folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
