"""Which is faster at present: a fit's threads, or one of them."""

from __future__ import annotations

TRIED = 0.1
"""The part of a call's usual time for which the other number of threads is tried."""

REST = 1.0
"""Seconds from one try to the next, at least; and 50 times the seconds of a try."""


class Pace:
    """How long steps take by all threads of a fit and by one, and so which number to use.

    Pieces and chunks stay as they are, so the numbers do not depend on it. Where others need the
    processors, threads may wait for each other longer than they save. So the other number is tried
    now and then, and the faster one is used from then on.

    Parameters
    ----------
    threads
        All threads of the fit.
    """

    def __init__(self, threads: int) -> None:
        self._numbers = {threads: 1, 1: threads}
        self._current = threads
        self._step_seconds: dict[int, float] = {}
        self._since_try, self._rest = 0.0, REST

    @property
    def threads(self) -> int:
        """How many threads to use in the next call of the kernels."""
        return self._numbers[self._current] if self._is_due else self._current

    @property
    def part(self) -> float:
        """The part of a call's usual time that the next call shall take."""
        return TRIED if self._is_due else 1.0

    def took(self, threads: int, steps: int, seconds: float) -> None:
        """Note how long a call took; other fits may have left it another number of threads."""
        if threads not in self._numbers or not steps:
            return
        if threads == self._current:
            self._since_try += seconds
        else:
            self._since_try, self._rest = 0.0, max(REST, 50 * seconds)
        self._step_seconds[threads] = seconds / steps
        if len(self._step_seconds) == len(self._numbers):
            self._current = min(self._step_seconds, key=self._step_seconds.__getitem__)

    @property
    def _is_due(self) -> bool:
        return self._since_try >= self._rest
