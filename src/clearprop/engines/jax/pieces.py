"""Epochs cut into pieces: what one call of a compiled program runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

PIECE_WORK = 2_000_000_000
"""Weights times rows of the longest run of steps that Ctrl-C waits for: some tenths of a second."""

FEW_STEPS = 256
"""Short epochs run several at a time, so many steps in all: a call costs little beside them."""

MOST_NUMBERS = 2**20
"""Numbers of the rows of several epochs, which are brought into their order together."""


@dataclass(frozen=True)
class Piece:
    """Steps that follow each other: several whole epochs, or a part of one.

    Attributes
    ----------
    order : (epochs, rows)
        Row indices of the steps.
    rates : (epochs, steps)
        Their learning rates.
    ends_epoch : bool
        Whether the last step is the last of its epoch.
    """

    order: np.ndarray
    rates: np.ndarray
    ends_epoch: bool = True


@dataclass(frozen=True)
class Cutting:
    """How epochs are cut: by size alone, so that the same training is always cut the same way.

    Attributes
    ----------
    batch_size : int
        The rows of a step.
    steps : int
        The steps of a piece, where an epoch has more.
    epochs : int
        The epochs of a piece, where they are short.
    """

    batch_size: int
    steps: int
    epochs: int

    @classmethod
    def of(cls, weights: int, rows: int, numbers: int, batch_size: int) -> Cutting:
        """Return how to cut epochs of `rows` rows that hold `numbers` numbers each."""
        steps = -(-rows // batch_size)
        work = PIECE_WORK // max(weights, 1)
        together = min(FEW_STEPS // steps, work // rows, MOST_NUMBERS // (rows * numbers))
        return cls(batch_size, min(max(work // batch_size, 1), steps), max(together, 1))

    def pieces(self, orders: np.ndarray, rates: np.ndarray) -> Iterator[Piece]:
        """Yield the epochs in pieces, each as long as may run without a look at Ctrl-C."""
        for first in range(0, len(orders), self.epochs):
            some = slice(first, first + self.epochs)
            if self.epochs > 1:
                yield Piece(orders[some], rates[some])
            else:
                yield from self._cut(Piece(orders[some], rates[some]), self.steps)

    def single_steps(self, piece: Piece) -> Iterator[Piece]:
        """Yield the steps of a piece one by one."""
        for epoch in range(len(piece.order)):
            some = slice(epoch, epoch + 1)
            last = epoch == len(piece.order) - 1
            ends = piece.ends_epoch if last else True
            yield from self._cut(Piece(piece.order[some], piece.rates[some], ends), 1)

    def _cut(self, piece: Piece, steps: int) -> Iterator[Piece]:
        rows, count = steps * self.batch_size, piece.rates.shape[1]
        for place, first in enumerate(range(0, count, steps)):
            yield Piece(
                piece.order[:, place * rows : (place + 1) * rows],
                piece.rates[:, first : first + steps],
                piece.ends_epoch and first + steps >= count,
            )
