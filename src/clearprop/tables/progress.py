"""How far the training of a table's members has come: a line on standard error."""

from __future__ import annotations

import sys
import time
from typing import Any, Protocol, Self

SECONDS_BETWEEN = 0.2


class MemberProgress(Protocol):
    """Is told of each epoch of any member, between its enter and its exit."""

    wrong: list[str]

    @property
    def is_seen(self) -> bool:
        """Whether anything is shown."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *exception: Any) -> None: ...

    def epoch_done(self) -> None:
        """Count one epoch of one member."""


class ProgressText:
    """A line that says how many epochs of how many are done and what looks wrong, if `shown`."""

    def __init__(self, epochs: int, shown: bool) -> None:
        self.epochs = epochs
        self.done = self.width = 0
        self.is_seen = shown
        self.wrong: list[str] = []
        self.began = self.last = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: Any) -> None:
        if self.is_seen and self.done:
            seconds = time.monotonic() - self.began
            self._write(f"{self.done} epochs in {seconds:.1f} s", end="\n")

    def epoch_done(self) -> None:
        """Count one epoch of one member, and show it."""
        self.done += 1
        now = time.monotonic()
        if not self.is_seen or now - self.last < SECONDS_BETWEEN:
            return
        self.last = now
        left = (now - self.began) / self.done * max(self.epochs - self.done, 0)
        wrong = "".join(f", {one}" for one in self.wrong[:1])
        self._write(f"epoch {self.done} of at most {self.epochs}, at most {left:.0f} s left{wrong}")

    def _write(self, text: str, end: str = "") -> None:
        self.width = max(self.width, len(text))
        sys.stderr.write(f"\r{text:<{self.width}}{end}")
        sys.stderr.flush()
