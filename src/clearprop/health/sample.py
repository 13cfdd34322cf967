"""The rows that health is measured on: the same few in every epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.engines.base import Batch, TrainingRows, TrainingTask

MOST_ROWS = 256
"""Rows of a sample, unless told otherwise: a good estimate at a small cost."""


def spread(rows: int, most: int = MOST_ROWS) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Return the places of at most `most` of so many rows, spread evenly.

    >>> spread(9, 3)
    array([0, 4, 8])
    """
    return np.linspace(0, rows - 1, min(most, rows)).round().astype(np.intp)


@dataclass(frozen=True)
class Sample:
    """A training's task, and a few of its rows, to look at as one step of it.

    Attributes
    ----------
    task : TrainingTask
        What is trained.
    batch : Batch
        Rows spread evenly over those of the training; without dropout.
    places : (rows,)
        Their numbers among the training rows.
    """

    task: TrainingTask
    batch: Batch
    places: np.ndarray[Any, np.dtype[np.intp]]

    @classmethod
    def of(cls, task: TrainingTask, rows: TrainingRows, most: int = MOST_ROWS) -> Sample:
        """Return a sample of at most `most` of the rows."""
        places = spread(rows.count, most)
        weights = None if rows.weights is None else rows.weights[places]
        batch = Batch(rows.x[places], rows.t[places], weights, len(places) * rows.mean_weight)
        return cls(task, batch, places)
