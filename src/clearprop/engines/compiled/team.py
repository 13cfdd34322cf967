"""Several threads in one call of the kernels."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import numpy as np

from clearprop.engines.compiled.kernels.sharing import SHARED_SIZE, STOPPED, make_ready

Work = Callable[[np.ndarray, int], int]
"""Runs the kernels with a team's counters, as the thread of that number."""


class Team:
    """Helpers for a fit: threads that sleep in Python between calls, started when first needed."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._size = 0

    def run(self, work: Work, threads: int) -> int:
        """Return what `work` returns, done by this thread and `threads` - 1 helpers.

        An interrupt is raised when all have stopped, at the end of a step.
        """
        shared: Any = np.zeros(SHARED_SIZE, np.int64)
        if threads == 1:
            return work(shared, 0)
        make_ready(shared)
        helpers = []
        try:
            pool = self._helpers(threads - 1)
            helpers = [pool.submit(work, shared, number) for number in range(1, threads)]
            return work(shared, 0)
        finally:
            # Reached with work left only by an interrupt before this thread's own part.
            _, unfinished = wait(helpers)
            assert not unfinished

    def _helpers(self, number: int) -> ThreadPoolExecutor:
        if self._pool is None or self._size < number:
            if self._pool is not None:
                self._pool.shutdown()
            self._pool = ThreadPoolExecutor(number, thread_name_prefix="clearprop")
            self._size = number
        return self._pool


__all__ = ["STOPPED", "Team"]
