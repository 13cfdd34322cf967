"""Signals while several trainings run, in threads or processes: Ctrl-C, SIGTERM and SIGHUP."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Event
from types import FrameType
from typing import Any

SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


class Received:
    """The signals that came while `set_by_signals` heeds them.

    Attributes
    ----------
    numbers : list of int
        Those of this process, in their order.
    """

    def __init__(self, stop: Event, earlier: Mapping[int, Callable[..., Any]]) -> None:
        self.stop, self.earlier = stop, earlier
        self.numbers: list[int] = []
        self._from_elsewhere = False

    def note(self, number: int, frame: FrameType | None) -> None:
        """Set `stop` where the earlier handler raises KeyboardInterrupt; a second signal raises.

        The earlier handler may be that of a fit around this training, which has noted the signal.
        """
        again = self.stop.is_set() and not self._from_elsewhere
        self._from_elsewhere = False
        self.numbers.append(number)
        try:
            self.earlier[number](number, frame)
            around = self._around(number)
            if around is not None and around.stop.is_set():
                self.stop.set()
        except KeyboardInterrupt:
            self.stop.set()
            if again:
                raise

    def came_elsewhere(self, number: int) -> None:
        """Do what this process does at a signal that another process has got.

        It may get the same signal itself a moment later: that is no second one.
        """
        if (around := self._around(number)) is not None:
            around.came_elsewhere(number)
        elif number in self.earlier:
            self.note(number, None)
        self.stop.set()
        self._from_elsewhere = True

    def _around(self, number: int) -> Received | None:
        """Return what notes the signal around this."""
        owner = getattr(self.earlier.get(number), "__self__", None)
        return owner if isinstance(owner, Received) else None


@contextmanager
def set_by_signals(stop: Event) -> Iterator[Received]:
    """Let signals set `stop` for now, in place of raising KeyboardInterrupt; a second one raises.

    These are the signals that have a handler in Python: Ctrl-C, and others where the program
    handles them. A handler that raises nothing does what it did before.

    The exception may come while this thread holds a lock of the pool, which then is held for ever.
    """
    if threading.current_thread() is not threading.main_thread():
        yield Received(stop, {})
        return
    earlier = {number: signal.getsignal(number) for number in SIGNALS}
    handled = {number: handler for number, handler in earlier.items() if callable(handler)}
    received = Received(stop, handled)
    for number in handled:
        signal.signal(number, received.note)
    try:
        yield received
    finally:
        for number, handler in handled.items():
            signal.signal(number, handler)
