"""How good predictions are, in numbers, beside the simplest thing one could say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class ClassFigures:
    """How good classes are predicted.

    Attributes
    ----------
    names
        Of the classes.
    matrix
        How many rows of each class (row) were given each class (column).
    baseline
        What to say always without knowing anything: the most frequent class in training; None
        where that is not known any more.
    """

    names: list[str]
    matrix: np.ndarray[Any, Any]
    baseline: int | None

    @classmethod
    def of(
        cls,
        true: np.ndarray[Any, Any],
        predicted: np.ndarray[Any, Any],
        names: list[str],
        baseline: int | None,
    ) -> ClassFigures:
        """Return the figures for true and predicted numbers of classes."""
        matrix = np.zeros((len(names), len(names)), int)
        np.add.at(matrix, (true, predicted), 1)
        return cls(names, matrix, baseline)

    @property
    def rows(self) -> int:
        """How many rows were predicted."""
        return int(self.matrix.sum())

    @property
    def accuracy(self) -> float:
        """The part of the rows whose class was predicted."""
        return float(np.trace(self.matrix) / self.rows)

    @property
    def support(self) -> np.ndarray[Any, Any]:
        """The rows of each class."""
        return np.asarray(self.matrix.sum(axis=1))

    @property
    def precision(self) -> np.ndarray[Any, Any]:
        """For each class the part of what was called so that is; NaN where nothing was."""
        return _ratio(np.diag(self.matrix), self.matrix.sum(axis=0))

    @property
    def recall(self) -> np.ndarray[Any, Any]:
        """For each class the part of its rows that was called so; NaN where it has none."""
        return _ratio(np.diag(self.matrix), self.support)

    @property
    def f1(self) -> np.ndarray[Any, Any]:
        """For each class 2 PR / (P + R): its rows found, of those that are it or were called so."""
        return _ratio(2 * np.diag(self.matrix), self.support + self.matrix.sum(axis=0))

    def summary(self) -> dict[str, float]:
        """Return the figures that a model file keeps."""
        return {"rows": self.rows, "accuracy": self.accuracy, **self.constant()}

    def constant(self) -> dict[str, float]:
        """Return how good it is to say always the most frequent class."""
        if self.baseline is None:
            return {}
        return {"baseline_accuracy": float(self.support[self.baseline] / self.rows)}

    def document(self) -> dict[str, Any]:
        """Return all figures as JSON."""
        columns = (self.names, self.precision, self.recall, self.f1, self.support)
        each = zip(*columns, strict=True)
        return {
            **self.summary(),
            "baseline": None if self.baseline is None else self.names[self.baseline],
            "classes": [
                {
                    "class": name,
                    "precision": or_none(precision),
                    "recall": or_none(recall),
                    "f1": or_none(f1),
                    "rows": int(rows),
                }
                for name, precision, recall, f1, rows in each
            ],
            "confusion_matrix": self.matrix.tolist(),
        }


@dataclass(frozen=True)
class NumberFigures:
    """How good quantities are predicted; `baseline` is the same of always saying one number.

    Attributes
    ----------
    r2
        The part of the variance that is explained; NaN where there is no variance.
    rmse, mae
        The root of the mean squared error, and the mean absolute error, in the target's unit.
    """

    rows: int
    r2: float
    rmse: float
    mae: float
    baseline: NumberFigures | None = None

    @classmethod
    def of(
        cls, true: np.ndarray[Any, Any], predicted: np.ndarray[Any, Any], mean: float
    ) -> NumberFigures:
        """Return the figures, beside those of always saying `mean`."""
        constant = cls._plain(true, np.full(len(true), mean))
        found = cls._plain(true, predicted)
        return cls(found.rows, found.r2, found.rmse, found.mae, constant)

    @classmethod
    def _plain(cls, true: np.ndarray[Any, Any], predicted: np.ndarray[Any, Any]) -> NumberFigures:
        errors = predicted - true
        variance = float(np.mean((true - true.mean()) ** 2))
        mse = float(np.mean(errors**2))
        r2 = 1 - mse / variance if variance > 0 else float("nan")
        return cls(len(true), r2, mse**0.5, float(np.mean(np.abs(errors))))

    def summary(self) -> dict[str, float]:
        """Return the figures that a model file keeps."""
        finite = {} if np.isnan(self.r2) else {"r2": self.r2}
        return {"rows": self.rows, **finite, "rmse": self.rmse, "mae": self.mae}

    def document(self) -> dict[str, Any]:
        """Return all figures as JSON."""
        found = {"rows": self.rows, "r2": or_none(self.r2), "rmse": self.rmse, "mae": self.mae}
        return found | ({"baseline": self.baseline.document()} if self.baseline else {})


Figures = ClassFigures | NumberFigures


def or_none(number: float) -> float | None:
    """Return the number, None where it is not one that JSON knows."""
    return float(number) if np.isfinite(number) else None


def _ratio(part: np.ndarray[Any, Any], whole: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
