"""Compile the kernels in a separate process, once per machine.

The process in which Numba compiles a kernel runs other code than those that load it from disk:
its linker takes the functions that a kernel calls from where they were compiled singly, and
these round differently. So no process trains with kernels that it compiled itself: a separate
process compiles them, and every process that trains loads them.
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
from typing import IO, Any

import numpy as np

from clearprop.engines.compiled.cache import cache_folder, reason_not_kept, reason_not_used
from clearprop.engines.compiled.kernel_files import (
    Use,
    files_used,
    kernels_are_whole,
    list_kernels,
    remove_what_is_not_whole,
    use_files,
)

UNTIL_INPUT_ENDS = "--until-input-ends"
"""Tells the process that compiles to end when its standard input does: when its parent has."""


class _State:
    """What this process knows of the kernels: reset in a forked child, which may inherit a lock."""

    lock = threading.Lock()
    ready: set[str] = set()  # noqa: RUF012 - one process, one set


def make_sure_compiled(dtype: Any) -> None:
    """Return when the kernels for numbers of this dtype can be loaded.

    Where they cannot be kept on disk, or no process can compile and save them, they are compiled
    in this process when they are first called; one line or a warning says so.
    """
    name = np.dtype(dtype).name
    with _State.lock:
        if name in _State.ready:
            return
        reason = _reason_to_compile_here(name)
        if reason is not None:
            use_files(Use.NONE)
        _State.ready.add(name)


def compile_here(dtype: Any) -> None:
    """Make this the process that compiles and saves the kernels for `dtype`."""
    reason = reason_not_kept()
    if reason is not None:
        raise OSError(f"the kernels cannot be saved: {reason}")
    if hasattr(os, "umask"):  # no file that other users may write to
        os.umask(os.umask(0) | 0o022)
    use_files(Use.SAVE)
    _State.ready.add(np.dtype(dtype).name)


def all_compiled(dtype: Any) -> None:
    """Note on disk that all kernels for `dtype` have been saved."""
    list_kernels(_folder(), np.dtype(dtype).name, files_used())


def _folder() -> Path:
    folder = cache_folder()
    assert folder is not None, "there is a reason not to use it otherwise"
    return folder


def _reason_to_compile_here(name: str) -> str | None:
    """Return None when the kernels can be loaded, or why they are compiled in this process."""
    reason = reason_not_used()
    if reason is None and kernels_are_whole(_folder(), name):
        return None
    reason = reason or reason_not_kept()
    if reason is not None:
        _say(f"compiling the training kernels for {name} in this process, each time: {reason}")
        return reason
    with _one_process_at_a_time():
        if kernels_are_whole(_folder(), name):  # by the process that this one has waited for
            return None
        reason = _compile_elsewhere(name)
    if reason is None and not kernels_are_whole(_folder(), name):
        reason = f"it has left no kernels in {_folder()}"
    if reason is not None:
        warnings.warn(
            f"could not compile the kernels in a separate process ({reason}): they are compiled "
            "in this one, whose results may differ from later ones in the last digits",
            stacklevel=4,
        )
    return reason


def _say(text: str) -> None:
    print(f"clearprop: {text} ...", file=sys.stderr)  # noqa: T201 - seen while one waits


def _compile_elsewhere(name: str) -> str | None:
    """Compile and save the kernels in a separate process; return why that failed, if it did."""
    executable = get_executable()
    if not executable or getattr(sys, "frozen", False):
        return "there is no Python to start"
    module = "clearprop.engines.compiled.compile_kernels"
    command = [os.fsdecode(executable), "-m", module, name, UNTIL_INPUT_ENDS]
    try:
        damaged = remove_what_is_not_whole(_folder(), name)
    except OSError as error:
        return str(error)
    if damaged:
        damage = "are damaged or incomplete: making them anew"
        _say(f"the compiled training kernels in {_folder()} {damage}")
    _say(f"compiling the training kernels for {name}, once on this machine (about a minute)")
    try:
        code, said = _run(command)
    except OSError as error:
        return str(error)
    if code == -signal.SIGINT:
        raise KeyboardInterrupt
    if code:
        return (said.strip().splitlines() or [f"it ended with status {code}"])[-1]
    return None


def _run(command: list[str]) -> tuple[int, str]:
    """Return exit status and errors of a command that does not outlive this process.

    It reads a pipe to which nothing is written. However this process ends, the pipe ends with it.
    """
    search = os.pathsep.join(path for path in sys.path if path)
    reading, writing = os.pipe()
    try:
        try:
            child = subprocess.Popen(
                command,
                env=os.environ | {"PYTHONPATH": search},
                stdin=reading,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
        finally:
            os.close(reading)
        try:
            _, said = child.communicate()
        except BaseException:
            child.kill()
            child.communicate()
            raise
    finally:
        os.close(writing)
    return child.returncode, said


@contextmanager
def _one_process_at_a_time() -> Iterator[None]:
    """Let other processes that need the same kernels wait.

    Where the system or the file system has no such locks, two processes compile the same.
    """
    try:
        lock = (_folder() / "lock").open("w")
    except OSError:
        yield
        return
    with lock:
        _wait_for(lock)
        yield


def _wait_for(lock: IO[str]) -> None:
    """Return when this process has locked the file, or the file cannot be locked."""
    try:
        import fcntl
    except ImportError:  # Windows
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _say("waiting for another process that compiles the training kernels")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError:
            return
    except OSError:  # some network file systems: ENOLCK, ENOSYS, EOPNOTSUPP
        return


def _begin_anew_after_fork() -> None:
    """Replace a lock that some thread of the parent may hold for ever."""
    _State.lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew_after_fork)
