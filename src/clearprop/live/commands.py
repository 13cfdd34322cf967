"""Commands from a page: they wait until the training is between two epochs."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

COMMANDS = ("pause", "go on", "step", "rate", "stop")


class CommandError(ValueError):
    """A command that makes no sense; the message says why."""


@dataclass(frozen=True)
class Command:
    """What a page asks of a run: one of `COMMANDS`, and the learning rate for "rate"."""

    do: str
    rate: float | None = None

    @classmethod
    def of(cls, document: Any) -> Command:
        """Return the command that a page has sent.

        Raises
        ------
        CommandError
            If it is none.
        """
        do = document.get("do")
        if do not in COMMANDS:
            raise CommandError(f"{do!r:.40} is none of {', '.join(COMMANDS)}")
        if do != "rate":
            return cls(do)
        rate = document.get("rate")
        if type(rate) not in (int, float) or not (math.isfinite(rate) and rate > 0):
            raise CommandError("a learning rate is a number above 0")
        return cls(do, float(rate))


class Mailbox:
    """The commands for one run, from the server's threads to the one that trains."""

    MOST = 100

    def __init__(self) -> None:
        self._waiting: deque[Command] = deque()
        self._came = threading.Condition()

    def put(self, command: Command) -> None:
        """Leave a command."""
        with self._came:
            if len(self._waiting) >= self.MOST:
                raise CommandError(f"{self.MOST} commands wait already: the epoch has to end first")
            self._waiting.append(command)
            self._came.notify_all()

    def take(self) -> Command | None:
        """Return the next command; None if there is none."""
        with self._came:
            return self._waiting.popleft() if self._waiting else None

    def wait(self, cancelled: Callable[[], bool]) -> Command | None:
        """Return the next command as soon as there is one; None once the run has to end."""
        with self._came:
            while not self._waiting:
                if cancelled():
                    return None
                self._came.wait(0.2)  # a signal may come without a command
            return self._waiting.popleft()
