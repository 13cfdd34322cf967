"""The tables of slips and of right work."""

from collections.abc import Callable
from typing import NamedTuple

from tests.explaining.restated.by_hand import Hand


class Slip(NamedTuple):
    """A wrong step, the quantity that is wrong first (None: an error says it), and its name."""

    made: Callable[[], Hand]
    first: str | None
    says: str


SLIPS: dict[str, Slip] = {}
RIGHT: dict[str, Callable[[], object]] = {}


def slip(name, says, first=None):
    """Register a subclass of `Hand` as a slip; `says` is a pattern of what must be said."""

    def register(made):
        SLIPS[name] = Slip(made, first, says)
        return made

    return register


def right(name):
    """Register work that is right, and must be accepted."""

    def register(made):
        RIGHT[name] = made
        return made

    return register


class New(Hand):
    """Hands over new parameters only."""

    def work(self):
        return self.new()
