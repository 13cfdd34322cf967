"""Several threads in one call of the kernels."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

import numpy as np

from clearprop.engines.compiled.kernels.sharing import SHARED_SIZE, STOPPED, THREADS, make_ready

Work = Callable[[np.ndarray, int], int]
"""Runs the kernels with a team's counters (SHARED_SIZE,) and a thread's number in the team."""


class Team:
    """Threads that help with a fit. They start when first needed and sleep between calls."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._size = 0
        self._process = 0
        self._shared = np.zeros(SHARED_SIZE, np.int64)

    def run(self, work: Work, threads: int) -> int:
        """Return what `work` returns, done by this thread and `threads` - 1 helpers.

        Raises
        ------
        KeyboardInterrupt
            After this thread and its helpers have ended the call.
        """
        shared = self._shared = np.zeros(SHARED_SIZE, np.int64)
        if threads == 1:
            return work(shared, 0)
        make_ready(shared)
        shared[THREADS] = threads
        helpers: list[Future[int]] = []
        try:
            pool = self._helpers(threads - 1)
            for number in range(1, threads):
                # One by one: an interrupt must find those that have begun.
                helpers.append(pool.submit(work, shared, number))  # noqa: PERF401
            return work(shared, 0)
        finally:
            _finish(helpers)

    def forget(self) -> None:
        """Forget whether the last call has stopped."""
        self._shared = np.zeros(SHARED_SIZE, np.int64)

    @property
    def stopped(self) -> bool:
        """Whether the kernels of the last call have met a number that is not finite.

        It can be asked even if an interrupt has kept the call from returning.
        """
        return bool(self._shared[STOPPED])

    def _helpers(self, number: int) -> ThreadPoolExecutor:
        if self._process != os.getpid():  # threads do not come along when a process forks
            self._pool, self._process = None, os.getpid()
        if self._pool is None or self._size < number:
            if self._pool is not None:
                self._pool.shutdown()
            self._pool = ThreadPoolExecutor(number, thread_name_prefix="clearprop")
            self._size = number
        return self._pool


def _finish(helpers: list[Future[int]]) -> None:
    """Wait for helpers, interrupted or not: they write to arrays that the caller reads next."""
    try:
        wait(helpers)
    except KeyboardInterrupt:
        _finish(helpers)
        raise
    for helper in helpers:
        helper.result()
