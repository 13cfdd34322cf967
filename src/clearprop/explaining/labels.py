"""What the arrays of a step stand for: names of the model, rows, columns and classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


class Standardised(NamedTuple):
    """How a column became an input: input = (value - mean) / sd."""

    name: str
    mean: float
    sd: float


@dataclass(frozen=True)
class StepLabels:
    """Names for the numbers of a step; each may be unknown.

    Attributes
    ----------
    model : str, optional
        Name of the model, as its file.
    step : int, optional
        The training step that this would be, counted from 1.
    rows, columns, classes : tuple of str
        Names of the N rows, the I inputs and the K outputs; empty where unknown.
    image : (int, int), optional
        Height and width of an input that is a picture.
    targets, predictions : tuple of str
        Target and prediction of each row, as text.
    inputs : tuple of Standardised or None
        How each of the I inputs was standardised, in the order of `columns`; None for an input
        that was not; empty where nothing is known.
    outputs : tuple of Standardised or None
        The same of the K outputs of a regression.
    pictures : array (N, height, width), optional
        The rows as they were given, where the network's inputs are not the pixels themselves.
    """

    model: str | None = None
    step: int | None = None
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    image: tuple[int, int] | None = None
    targets: tuple[str, ...] = ()
    predictions: tuple[str, ...] = ()
    inputs: tuple[Standardised | None, ...] = ()
    outputs: tuple[Standardised | None, ...] = ()
    pictures: np.ndarray | None = None
