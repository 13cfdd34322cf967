"""Signals while several trainings run in threads: Ctrl-C, SIGTERM and SIGHUP."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType

SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


@contextmanager
def set_by_signals(stop: Event) -> Iterator[None]:
    """Let signals set `stop` for now, in place of raising KeyboardInterrupt; a second one raises.

    These are the signals that have a handler in Python: Ctrl-C, and others where the program
    handles them. A handler that raises nothing does what it did before.

    The exception may come while this thread holds a lock of the pool, which then is held for ever.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    earlier = {number: signal.getsignal(number) for number in SIGNALS}

    def note(number: int, frame: FrameType | None) -> None:
        again = stop.is_set()
        try:
            handler = earlier[number]
            assert callable(handler)
            handler(number, frame)
        except KeyboardInterrupt:
            stop.set()
            if again:
                raise

    handled = {number: handler for number, handler in earlier.items() if callable(handler)}
    for number in handled:
        signal.signal(number, note)
    try:
        yield
    finally:
        for number, handler in handled.items():
            signal.signal(number, handler)
