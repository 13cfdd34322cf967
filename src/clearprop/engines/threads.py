"""How many threads a fit may use. The fits of a process share them out."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import Any

from threadpoolctl import ThreadpoolController

CAN_SLEEP = sys.platform != "win32"
"""Whether the system has POSIX conditions to wait on; without them a team has one thread."""

_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OMP_THREAD_LIMIT")


def allowed_threads() -> int:
    """Return how many threads the kernels of a fit may use: one where threads cannot sleep."""
    return allowed_processors() if CAN_SLEEP else 1


def allowed_processors() -> int:
    """Return how many processors this process may keep busy: the least of all limits, 1 or more.

    Limits are the processors of this process (its affinity and its container's quota, as joblib
    counts them), OMP_NUM_THREADS and its like, and what threadpoolctl has set BLAS to.
    """
    limits = [_processors(), _BLAS.threads(), *(_number(os.environ.get(n)) for n in _LIMITS)]
    return max(1, min(limit for limit in limits if limit is not None))


def _number(text: str | None) -> int | None:
    """Return the first number of "4" or "4,2"; None where there is none."""
    first = (text or "").split(",")[0].strip()
    return int(first) if first.isdigit() and int(first) > 0 else None


def _processors() -> int:
    """Return the processors this process may use, never more than LOKY_MAX_CPU_COUNT."""
    quota = _container_quota()
    usable = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    chosen = _number(os.environ.get("LOKY_MAX_CPU_COUNT"))
    return min(limit for limit in (usable, quota, chosen) if limit is not None)


@cache
def _container_quota() -> int:
    """Return joblib's count: with affinity, control groups and physical cores or logical ones."""
    from joblib import cpu_count

    return int(cpu_count())


class _Budget:
    """Shares processors out among the fits that run in this process at one time."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._taken = 0
        self._generation = 0

    def begin_anew(self) -> None:
        """Forget all fits: a forked child inherits them, and none of them goes on in it."""
        self._taken = 0
        self._generation += 1

    @contextmanager
    def share(self, wanted: int, allowed: int) -> Iterator[int]:
        """Give as many threads as are wanted and free, at least one, until the context ends."""
        generation = self._generation
        with self.lock:
            given = max(1, min(wanted, allowed - self._taken))
            self._taken += given
        try:
            yield given
        finally:
            with self.lock:
                if self._generation == generation:
                    self._taken -= given


class _OneThreadedBlas:
    """Keeps BLAS on one thread while anything needs that, and gives back what it found.

    The setting is one for the whole process. If each fit saved and restored it by itself, a fit
    that begins while another runs would find one thread, and leave one thread behind. So all code
    that sets BLAS to one thread does it here.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._holders = 0
        self._libraries: ThreadpoolController | None = None
        self._found: list[int] = []
        self._generation = 0

    def begin_anew(self) -> None:
        """Give back what was found: a forked child inherits the holders, and none goes on in it."""
        self._generation += 1
        if self._holders:
            self._holders = 0
            self._set(self._found)

    def threads(self) -> int:
        """Return the threads BLAS is set to, or was before it was kept on one."""
        with self.lock:
            if not self._holders:
                self._look()
            return max(self._found, default=1)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep BLAS on one thread."""
        generation = self._generation
        with self.lock:
            if not self._holders:
                self._look()
                self._set([1] * len(self._found))
            self._holders += 1
        try:
            yield
        finally:
            with self.lock:
                if self._generation == generation:
                    self._release()

    def _release(self) -> None:
        self._holders -= 1
        if not self._holders:
            self._set(self._found)

    def _look(self) -> None:
        if self._libraries is None:
            # Kernels call SciPy's BLAS: a library that is not loaded yet would go unseen.
            import_module("scipy.linalg.cython_blas")
            self._libraries = ThreadpoolController().select(user_api="blas")
        self._found = [library.get_num_threads() for library in self._libraries.lib_controllers]

    def _set(self, threads: list[int]) -> None:
        assert self._libraries is not None
        for library, number in zip(self._libraries.lib_controllers, threads, strict=True):
            _set_threads(library, number)


def _set_threads(library: Any, number: int) -> None:
    """Set a BLAS library to `number` threads, from any thread.

    OpenBLAS 0.3.30 and 0.3.31 ignore ``openblas_set_num_threads`` outside the main thread. There
    their ``openblas_set_num_threads_local`` works, for all threads.
    """
    library.set_num_threads(number)
    if library.get_num_threads() == number:
        return
    for name in ("openblas_set_num_threads_local", "scipy_openblas_set_num_threads_local"):
        for suffix in ("", "64_", "_64"):
            if (set_local := getattr(library.dynlib, f"{name}{suffix}", None)) is not None:
                set_local(number)
                return


_BLAS = _OneThreadedBlas()
_BUDGET = _Budget()


def _forget_after_fork(shared: _Budget | _OneThreadedBlas) -> None:
    """Let a forked child begin without the fits of its parent, whatever they were doing."""

    def in_child() -> None:
        shared.begin_anew()
        shared.lock.release()

    os.register_at_fork(
        before=shared.lock.acquire, after_in_parent=shared.lock.release, after_in_child=in_child
    )


if hasattr(os, "register_at_fork"):
    _forget_after_fork(_BUDGET)
    _forget_after_fork(_BLAS)

one_threaded_blas = _BLAS.held
share_of_processors = _BUDGET.share
