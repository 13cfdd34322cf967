"""The splits that all contenders share: repeated k folds, of each class the same part."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.model_selection import RepeatedKFold, RepeatedStratifiedKFold

from clearprop.files.errors import DataError
from clearprop.writing.sentences import count

if TYPE_CHECKING:
    from clearprop.data.dataset import Task

    Array = np.ndarray[Any, Any]

BY_ROWS = ((2_000, 5, 4), (10_000, 5, 2), (100_000, 5, 1))
"""Up to so many rows: folds, and how often the rows are divided anew."""

OF_MORE = (3, 1)


@dataclass(frozen=True, eq=False)
class Splits:
    """Rows to fit and rows to score, J times.

    Attributes
    ----------
    folds, repeats
        The rows are divided into `folds` parts, `repeats` times; each part is scored once.
    pairs
        For each split the rows to fit and the rows to score, counted from 0.
    """

    folds: int
    repeats: int
    pairs: tuple[tuple[Array, Array], ...]

    @property
    def test_to_train(self) -> float:
        """n_test / n_train, over all splits."""
        return sum(len(test) for _, test in self.pairs) / sum(len(fit) for fit, _ in self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)

    def __str__(self) -> str:
        return told(self.folds, self.repeats)


def told(folds: int, repeats: int) -> str:
    """Return in words how the rows are split.

    >>> told(5, 4)
    '20 splits (5 folds, 4 times)'
    """
    if repeats == 1:
        return f"{folds} folds"
    return f"{folds * repeats} splits ({folds} folds, {repeats} times)"


def default_splits(rows: int) -> tuple[int, int]:
    """Return folds and repeats for so many rows: the more rows, the fewer repeats are needed."""
    for most, folds, repeats in BY_ROWS:
        if rows <= most:
            return folds, repeats
    return OF_MORE


def split(y: Array, task: Task, folds: int | None, repeats: int | None, seed: int) -> Splits:
    """Return the splits of so many rows.

    Parameters
    ----------
    y
        The targets (N,); of classes each part gets the same share as far as possible.
    folds, repeats
        None is chosen by the number of rows.

    Raises
    ------
    DataError
        If there are too few rows.
    """
    usual = default_splits(len(y))
    folds, repeats = folds or usual[0], repeats or usual[1]
    by_class = task == "classification"
    largest = int(np.unique(y, return_counts=True)[1].max()) if by_class else len(y)
    if largest < folds:
        what = "of a class" if by_class else "in the table"
        raise DataError(
            f"{count(folds, 'fold')} need {folds} rows {what}, and there are {largest} at most: "
            "ask for fewer folds, or bring more rows."
        )
    divide = RepeatedStratifiedKFold if by_class else RepeatedKFold
    parts = divide(n_splits=folds, n_repeats=repeats, random_state=seed)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        pairs = tuple(parts.split(np.zeros((len(y), 1)), y))
    return Splits(folds, repeats, pairs)
