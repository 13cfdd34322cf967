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


class NumberInputs(NamedTuple):
    """How a column of numbers became inputs, from input `first` on.

    The first is z / sqrt(1 + (z / squash)²) with z = (value - median) / scale; one for each piece
    between `edges` is its share below the value; one for each knot of the `hats` is the share of
    the piece before it less that of the piece after it; one for each of the `repeated` values is 1
    between its two numbers; the last says whether it is `missing`. Input j of these is then
    (code_j - center_j) · factor_j.
    """

    first: int
    median: float
    scale: float
    squash: float
    edges: tuple[float, ...]
    hats: tuple[float, ...]
    repeated: tuple[tuple[float, float], ...]
    missing: bool
    center: tuple[float, ...]
    factor: tuple[float, ...]


@dataclass(frozen=True)
class TableCells:
    """What stands in the table for the rows of a step.

    Attributes
    ----------
    columns
        The names of the C columns.
    of
        For each of the I inputs its column, counted from 0.
    rows
        The cells as text, N rows of C.
    codes
        For each column of numbers how it became inputs; None for others.
    """

    columns: tuple[str, ...]
    of: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]
    codes: tuple[NumberInputs | None, ...]


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
    cells : TableCells, optional
        What stands in the table, where the inputs are codes of it.
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
    cells: TableCells | None = None
    pictures: np.ndarray | None = None
