"""One contender's row in a comparison, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clearprop.tables.compare.statistics import Difference, MeanOverSplits

DONE, FAILED, LEFT_OUT, INTERRUPTED = "done", "failed", "left out", "interrupted"
"""What became of a contender."""


@dataclass(frozen=True)
class ContenderResult:
    """One row of a comparison.

    Attributes
    ----------
    name, title
        What the contender is asked for by, and what tables call it.
    ours
        Whether it is clearprop's.
    status
        "done", "failed", "left out" or "interrupted".
    reason
        Why it is not done; None where it is.
    scores
        By name, over the splits; empty where it is not done.
    values
        The scores of each split, by name.
    fit_seconds, predict_seconds
        The median over the splits: of fitting one model, and of predicting one split's rows.
    memory
        By how many bytes its process grew at most; None where that was not measured.
    difference
        How far it is behind the best by the deciding score; None for the best.
    notes
        What it warned about.
    """

    name: str
    title: str
    ours: bool
    status: str
    reason: str | None = None
    scores: dict[str, MeanOverSplits] = field(default_factory=dict)
    values: dict[str, tuple[float, ...]] = field(default_factory=dict, repr=False)
    fit_seconds: float | None = None
    predict_seconds: float | None = None
    memory: int | None = None
    difference: Difference | None = None
    notes: tuple[str, ...] = ()

    @property
    def done(self) -> bool:
        """Whether it was scored on all splits."""
        return self.status == DONE
