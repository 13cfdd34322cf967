"""Ctrl-C while several trainings run in threads."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType


@contextmanager
def set_by_ctrl_c(stop: Event) -> Iterator[None]:
    """Let Ctrl-C set `stop` for now, in place of raising KeyboardInterrupt; a second one raises.

    The exception may come while this thread holds a lock of the pool, which then is held for ever.
    """
    earlier = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(earlier):
        yield
        return

    def note(number: int, frame: FrameType | None) -> None:
        again = stop.is_set()
        try:
            earlier(number, frame)
        except KeyboardInterrupt:
            stop.set()
            if again:
                raise

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, earlier)
