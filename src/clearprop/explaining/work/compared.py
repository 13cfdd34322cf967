"""A wrong quantity beside the right one: what exact statements are asked of."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from clearprop.explaining.record import Record
from clearprop.explaining.work.situation import Outcome, Situation, look
from clearprop.explaining.work.submitted import Submitted, matches

Statement = str | None

FEW_NUMBERS = 5_000
"""Parameters up to which the step is run again on other rows, or several times."""


FEW_ROWS = 64
"""Rows up to which each is looked at alone."""


@dataclass(frozen=True)
class Wrong:
    """A wrong quantity: what was given, what is right, and where it comes from."""

    given: Submitted
    right: np.ndarray
    situation: Situation
    record: Record
    alone: bool
    runs: dict[object, Outcome] = field(default_factory=dict)
    """Steps on other rows, kept for the next quantity."""

    def equals(self, values: np.ndarray) -> bool:
        """Return whether the numbers given are these, to rounding."""
        values = np.asarray(values, float)
        if values.shape != self.given.values.shape or not np.isfinite(values).all():
            return False
        scale = float(np.max(np.abs(values), initial=0.0))
        slack = self.given.epsilon * scale * 64
        return bool(matches(self.given, values, slack).all())

    def value(self, path: str) -> np.ndarray | None:
        """Return a quantity of the right step."""
        return look(self.record, self.situation, path)


def is_small(situation: Situation) -> bool:
    """Return whether the step may be run again on other rows, or several times."""
    return len(situation.position.params) <= FEW_NUMBERS
