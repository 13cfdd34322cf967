"""Processes that train together: what the first of them decides, or any of them, holds for all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from clearprop.files.errors import DataError


class LostProcessError(RuntimeError):
    """Raised where another process of a training has ended or cannot be reached."""


class OtherTrainingError(DataError):
    """Raised where processes that train together were not given the same training."""


class Processes:
    """The processes of a training, as one of them sees them. This one is alone.

    All of them must call the same methods in the same order: each call waits for the others.

    Attributes
    ----------
    count, place : int
        How many there are, and which one this is, from 0.
    """

    count: int = 1
    place: int = 0

    @property
    def is_first(self) -> bool:
        """Whether this is the process that writes files and whose decisions hold."""
        return self.place == 0

    def summed(self, numbers: Sequence[float]) -> list[float]:
        """Return the sum of what all processes give, number by number."""
        return list(numbers)

    def of_first(self, numbers: Sequence[float]) -> list[float]:
        """Return the numbers that the first process gives."""
        return self.summed(numbers if self.is_first else [0.0] * len(numbers))

    def vector_of_first(self, vector: np.ndarray) -> np.ndarray:
        """Return the vector that the first process gives; it is as long in each."""
        return vector

    def any(self, ask: Callable[[], bool]) -> Callable[[], bool]:
        """Return a function that says whether `ask` returns True in any process."""
        return ask if self.count == 1 else lambda: self.summed([float(ask())])[0] > 0

    def check_same(self, given: Mapping[str, str]) -> None:
        """Raise OtherTrainingError, in all processes, unless each was given the same.

        `given` has fingerprints, or other texts, by what they are of.
        """
        if self.count == 1:
            return
        mine = [_number(text) for text in given.values()]
        theirs = self.of_first(mine)
        other = [name for name, one, its in zip(given, mine, theirs, strict=True) if one != its]
        if not self.any(lambda: bool(other))():
            return
        if not other:
            raise OtherTrainingError(
                "another process was given another training than this one; its own error says what "
                "differs. Nothing was trained"
            )
        raise OtherTrainingError(
            f"process {self.place} was given another training than process 0. What differs: "
            f"{', '.join(other)}. All processes need the same rows, settings and first parameters, "
            "a seed, and to go on, the same checkpoint in a folder that each of them sees"
        )


ALONE = Processes()


def _number(text: str) -> float:
    """Return a whole number that a float holds and that only this text has."""
    return float(int(hashlib.sha256(text.encode()).hexdigest()[:12], 16))
