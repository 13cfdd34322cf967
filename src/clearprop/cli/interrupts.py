"""Signals that end a command: Ctrl-C, SIGTERM and SIGHUP all do the same."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

HEEDED = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]
SAID = {"SIGINT": "interrupted", "SIGTERM": "terminated", "SIGHUP": "hung up"}


@contextmanager
def noted_signals() -> Iterator[list[int]]:
    """Raise KeyboardInterrupt at each signal of `HEEDED`, and note its number in a list.

    Where one of these is within another, both note the signal.

    The exception can be lost: Numba drops those that are raised while it looks at the types of
    arguments. The note is not. A signal that this process was started to ignore stays ignored
    (SIGHUP under ``nohup``, SIGINT in the background of a script). Only the main thread gets
    signals; in another one this does nothing.
    """
    noted: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield noted
        return

    def note(number: int, frame: Any) -> None:
        noted.append(number)
        outer = earlier[number]
        if callable(outer):
            outer(number, frame)
        raise KeyboardInterrupt

    earlier = {number: signal.getsignal(number) for number in HEEDED}
    for number, handler in earlier.items():
        if handler not in (signal.SIG_IGN, None):
            signal.signal(number, note)
    try:
        yield noted
    finally:
        for number, handler in earlier.items():
            if handler is not None:
                signal.signal(number, handler)


def handled() -> None:
    """Let CPython forget a KeyboardInterrupt that was caught, so that the exit code is ours.

    It notes one that has come through an `exec` of a text, as dataclasses have it when they are
    imported, and ``python -m`` then ends by SIGINT, whatever the exit code, as if nobody had caught
    it. The next `exec` of a text clears the note: `run_eval_code_obj` in Python/pythonrun.c.
    """
    exec("")


def exit_code_of(signals: list[int]) -> int:
    """Return the exit code that a shell gives a command ended by the first of these: 130, 143, 129.

    130 where no signal was noted, as for a KeyboardInterrupt of another origin.
    """
    return 128 + (signals[0] if signals else signal.SIGINT)


def said_of(signals: list[int]) -> str:
    """Return what the first signal is called: "interrupted", "terminated" or "hung up"."""
    return SAID[signal.Signals(signals[0] if signals else signal.SIGINT).name]
