"""What the curves of a training say: it turned, it has grown, it jumps, it stands still.

`cp.learn`'s page judges its curve by the same numbers (``view/src/learn/diagnosis.ts``); a test
compares them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

WINDOW = 10
"""How many epochs at the end are looked at: the patience of early stopping by default."""

TURNED = 1.15
"""The validation loss has turned if it is this many times its lowest.

Source: the generalization loss of Prechelt 1998, "Early stopping: but when?", with α = 15. Between
neighbouring epochs the validation loss of a few dozen rows varies by some hundredths.
"""

SEEN = 0.01
"""And if the rise is this part of the first validation loss: a smaller one is not seen."""

FEWEST_AFTER = 5
"""So many epochs after the lowest are needed to tell a rise from one unlucky epoch."""

GROWN, SLACK = 1.5, 0.05
"""A loss has grown if it is so many times its lowest, by this part of the first loss or more."""

LAST, JUMPS = 20, 5
"""A loss jumps if so many of its last points rise, each by `SLACK` of the first loss or more."""

STUCK, FEWEST = 0.1, 20
"""A loss stands still if it fell by less than this part over the last half of so many points.

And is not below this part of the first: such a training is done.
"""


@dataclass(frozen=True)
class Turn:
    """The epoch of the lowest validation loss, from 1; that loss; and the mean of the last ones."""

    epoch: int
    lowest: float
    now: float


def overfitting(loss: Sequence[float], validation: Sequence[float]) -> Turn | None:
    """Return since when the validation loss rose while the training loss went on falling."""
    held, seen = np.asarray(validation, float), np.asarray(loss, float)
    if len(held) <= FEWEST_AFTER or len(held) != len(seen):
        return None
    if not (np.isfinite(held).all() and np.isfinite(seen).all()):
        return None
    best = int(held.argmin())
    after = held[best + 1 :][-WINDOW:]
    if len(after) < FEWEST_AFTER:
        return None
    now = float(after.mean())
    # The lowest of many noisy numbers is too low: a mean of neighbours is compared.
    lowest = float(np.convolve(held, np.full(FEWEST_AFTER, 1 / FEWEST_AFTER), "valid").min())
    if now <= TURNED * lowest or now - lowest <= SEEN * held[0] or seen[-1] >= seen[best]:
        return None
    return Turn(best + 1, float(held[best]), now)


def grown_from(loss: Sequence[float]) -> int | None:
    """Return the epoch, from 1, of the lowest loss, where the last has grown since; else None.

    >>> grown_from([2.0, 1.0, 1.2]), grown_from([2.0, 1.0, 1.6])
    (None, 2)
    """
    if len(loss) < 2 or not np.isfinite(loss).all():
        return None
    lowest = int(np.argmin(loss))
    least, last = loss[lowest], loss[-1]
    if not (last > GROWN * least and last - least > SLACK * abs(loss[0])):
        return None
    return lowest + 1


def jumps(loss: Sequence[float]) -> int:
    """Return how many of the last points of a curve rise by a visible part of the first."""
    recent = np.asarray(loss[-LAST:], float)
    return int((np.diff(recent) > SLACK * abs(loss[0])).sum()) if len(recent) > 1 else 0


def stands_still(loss: Sequence[float]) -> bool:
    """Return whether the loss hardly falls any more, though it is not small."""
    if len(loss) < FEWEST:
        return False
    half, last = loss[len(loss) // 2], loss[-1]
    return bool(last >= (1 - STUCK) * half and last >= STUCK * loss[0])
