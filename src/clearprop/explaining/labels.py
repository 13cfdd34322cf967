"""What the arrays of a step stand for: names of the model, rows, columns and classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


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
    pictures: np.ndarray | None = None
