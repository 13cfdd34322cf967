"""A checkpoint that is written only once a training has taken some time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import ClassVar

from clearprop.training.checkpoint import Checkpoint

PATTERN = "*.checkpoint"
"""The files of a folder of checkpoints."""


class Opening:
    """When the first file of a folder may be written, and what is done then, once.

    Parameters
    ----------
    folder : Path
        Made when it opens.
    seconds : float
        It opens so long after the training has begun.
    anew : bool
        Whether the files of an earlier training go then.
    told : function () -> None
        Called when it opens.
    """

    def __init__(self, folder: Path, seconds: float, anew: bool, told: Callable[[], None]) -> None:
        self.folder, self.seconds, self.anew, self.told = folder, seconds, anew, told
        self.at: float | None = None
        self.is_open = False
        self._lock = Lock()

    def begin(self) -> None:
        """Take note that a network begins to train; the first one counts."""
        with self._lock:
            if self.at is None:
                self.at = time.monotonic() + self.seconds

    def opened(self) -> bool:
        """Return whether files may be written now."""
        with self._lock:
            if self.is_open or self.at is None or time.monotonic() < self.at:
                return self.is_open
            self.folder.mkdir(parents=True, exist_ok=True)
            if self.anew:
                remove(self.folder)
                self.folder.mkdir(parents=True, exist_ok=True)
            self.is_open = True
            self.told()
            return True


@dataclass(frozen=True)
class DeferredCheckpoint(Checkpoint):
    """A checkpoint in a folder that is made when it is first needed.

    Parameters
    ----------
    opening : Opening
        Shared by all networks of the training.
    """

    opening: Opening | None = None
    replaces: ClassVar[bool] = True

    def inside(self, name: str) -> DeferredCheckpoint:
        """Return the same for a file in the folder; the folder is not made yet."""
        if self.opening is not None:
            self.opening.begin()
        return replace(self, path=Path(self.path) / name)

    def may_write(self) -> bool:
        """Return whether a save may be written now."""
        return self.opening is None or self.opening.opened()


def holds_training(folder: Path) -> bool:
    """Return whether a folder holds a training that can be gone on with."""
    return any(folder.glob(PATTERN))


def remove(folder: Path) -> None:
    """Remove the checkpoints of a folder, and the folder unless it holds something else."""
    for path in folder.glob(PATTERN):
        path.unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
