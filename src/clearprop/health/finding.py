"""One thing that is wrong with a training: what, where, the norm, its source, what to try."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clearprop.writing.json_safe import json_safe

if TYPE_CHECKING:
    from clearprop.explaining.opened import Step

Opener = Callable[[], "Step"]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a training.

    Attributes
    ----------
    check : str
        Its name in the table of checks, such as "dead units".
    where : str
        The layer's path, an epoch or a column; "" for the whole network.
    what : str
        A sentence without its full stop: what was measured.
    measured : float
        The number in it that the norm is about.
    norm, source : str
        What the number should be, and who says so.
    advice : str
        What to try.
    """

    check: str
    where: str
    what: str
    measured: float
    norm: str
    source: str
    advice: str
    opener: Opener | None = field(default=None, repr=False, compare=False)

    def open(self) -> Step:
        """Return the training step behind it, with the origin of every number.

        Raises
        ------
        ValueError
            Where no single step shows it.
        """
        if self.opener is None:
            raise ValueError(f"no single step shows it: {self}")
        return self.opener()

    def __getstate__(self) -> dict[str, Any]:
        """Return what a pickle or a copy holds: not the rows of the step behind it."""
        return {**self.__dict__, "opener": None}

    def __str__(self) -> str:
        return f"{self.check}: {self.what} (norm: {self.norm}). {self.advice}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON."""
        names = ("check", "where", "what", "norm", "source", "advice")
        document = {name: getattr(self, name) for name in names}
        return {**document, "measured": json_safe(self.measured)}
