"""What a check sees in a training, before it becomes a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from clearprop.health.record import TrainingRecord


@dataclass(frozen=True)
class Sign:
    """Something measured that is out of its norm.

    Attributes
    ----------
    where : str
        The layer's path, an epoch, a column; "" for the whole network.
    what : str
        A sentence without its full stop.
    measured : float
        The number that the norm is about.
    at : str
        Which step shows it: "start", "end", "incident", or "" for none.
    rows : sequence of int, optional
        The kept rows of that step; the sample's rows unless given.
    """

    where: str
    what: str
    measured: float
    at: str = "end"
    rows: Sequence[int] | None = None


Look = Callable[[TrainingRecord], Iterator[Sign]]
"""Yields the signs of one illness in a training; none in a healthy one."""
