"""What a contender is."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from cases import Case


class AbsentError(Exception):
    """Raised by a contender that cannot take part: why, in a few words for the table."""


class Contender(ABC):
    """One library's way to train the network of a case.

    Constructing it loads the rows, or raises :class:`AbsentError` where the library cannot do
    the case. One that does not take sparse rows gets dense ones.
    """

    takes_sparse = False

    def __init__(self, case: Case, variant: str, threads: int) -> None:
        self.case = case
        self.variant = variant
        self.threads = threads
        self.x, self.t = case.load()
        if not self.takes_sparse and not isinstance(self.x, np.ndarray):
            self.x = self.x.toarray()

    @abstractmethod
    def reset(self) -> None:
        """Go back to the first weights and an optimizer that has seen nothing."""

    @abstractmethod
    def train(self, epochs: int) -> None:
        """Train for so many epochs; all work is done when it returns."""

    @abstractmethod
    def weights(self) -> list[np.ndarray] | None:
        """Return the weights in the order of ``Case.start``, None for who trains nothing."""

    def own_difference(self) -> float | None:
        """Return by how much two of its own ways to compute an epoch differ, if it has two."""
        return None
