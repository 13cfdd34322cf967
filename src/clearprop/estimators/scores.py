"""How good predictions are, by scikit-learn's metrics, beside those of a constant prediction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    mean_absolute_error,
    precision_recall_fscore_support,
    r2_score,
    root_mean_squared_error,
)

from clearprop.estimators.shares import decimals_of, interval_of


@dataclass(frozen=True)
class ClassFigures:
    """How well classes are predicted, K of them.

    Attributes
    ----------
    names : list of str
        The classes' names.
    matrix : ndarray (K, K)
        How many rows of each class (row) were predicted as each class (column).
    accuracy : float
        The share of the rows that were predicted right.
    precision : ndarray (K,)
        For each class, the share of right rows among those predicted as it; NaN where there are
        none.
    recall : ndarray (K,)
        For each class, the share of its rows that were predicted as it; NaN where it has none.
    f1 : ndarray (K,)
        For each class 2 PR / (P + R); NaN where it has no rows and was never predicted.
    support : ndarray (K,)
        The number of rows of each class.
    baseline : int or None
        The index of the most frequent class in training, which is what a model that knows nothing
        would always predict; None where that is no longer known.
    """

    names: list[str]
    matrix: np.ndarray[Any, Any]
    accuracy: float
    precision: np.ndarray[Any, Any]
    recall: np.ndarray[Any, Any]
    f1: np.ndarray[Any, Any]
    support: np.ndarray[Any, Any]
    baseline: int | None

    @classmethod
    def of(
        cls,
        true: np.ndarray[Any, Any],
        predicted: np.ndarray[Any, Any],
        names: list[str],
        baseline: int | None,
    ) -> ClassFigures:
        """Return the figures for true and predicted classes, given as indices into `names`."""
        labels = np.arange(len(names))
        precision, recall, f1, support = precision_recall_fscore_support(
            true, predicted, labels=labels, zero_division=np.nan
        )
        # Of a single class scikit-learn warns, even where that is all there are.
        two = np.arange(max(2, len(names)))
        matrix = confusion_matrix(true, predicted, labels=two)[: len(names), : len(names)]
        accuracy = float(accuracy_score(true, predicted))
        return cls(names, matrix, accuracy, precision, recall, f1, support, baseline)

    @property
    def rows(self) -> int:
        """The number of rows that were predicted."""
        return int(self.matrix.sum())

    def summary(self) -> dict[str, float]:
        """Return the figures that a model file stores."""
        return {"rows": self.rows, "accuracy": self.accuracy, **self.constant()}

    @property
    def class_decimals(self) -> int:
        """The decimals that the rows of the largest class carry."""
        return decimals_of(int(self.support.max()))

    def constant(self) -> dict[str, float]:
        """Return the accuracy of always predicting the most frequent class."""
        if self.baseline is None:
            return {}
        return {"baseline_accuracy": float(self.support[self.baseline] / self.rows)}

    def document(self) -> dict[str, Any]:
        """Return all figures as JSON values."""
        columns = (self.names, self.precision, self.recall, self.f1, self.support)
        each = zip(*columns, strict=True)
        return {
            **self.summary(),
            "accuracy_interval": list(interval_of(int(np.trace(self.matrix)), self.rows)),
            "decimals": decimals_of(self.rows),
            "class_decimals": self.class_decimals,
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
    """How well quantities are predicted.

    Attributes
    ----------
    rows : int
        The number of rows that were predicted.
    r2 : float
        The share of the variance that is explained; NaN where the targets are all equal.
    rmse, mae : float
        The root of the mean squared error, and the mean absolute error, in the target's unit.
    baseline : NumberFigures or None
        The same figures of always predicting the mean of the training targets.
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
        """Return the figures, beside those of always predicting `mean`."""
        constant = cls._of_one(true, np.full(len(true), mean))
        return replace(cls._of_one(true, predicted), baseline=constant)

    @classmethod
    def _of_one(cls, true: np.ndarray[Any, Any], predicted: np.ndarray[Any, Any]) -> NumberFigures:
        largest = float(np.abs(predicted).max())
        if not np.isfinite(largest):  # scikit-learn's metrics refuse it
            return cls(len(true), float("nan"), largest, largest)
        varied = bool(np.ptp(true) > 0)
        return cls(
            len(true),
            float(r2_score(true, predicted)) if varied else float("nan"),
            float(root_mean_squared_error(true, predicted)),
            float(mean_absolute_error(true, predicted)),
        )

    def summary(self) -> dict[str, float]:
        """Return the figures that a model file stores."""
        finite = {} if np.isnan(self.r2) else {"r2": self.r2}
        return {"rows": self.rows, **finite, "rmse": self.rmse, "mae": self.mae}

    def document(self) -> dict[str, Any]:
        """Return all figures as JSON values."""
        found = {"rows": self.rows, "r2": or_none(self.r2), "rmse": self.rmse, "mae": self.mae}
        if self.baseline is None:
            return found
        return {**found, "decimals": decimals_of(self.rows), "baseline": self.baseline.document()}


Figures = ClassFigures | NumberFigures


def or_none(number: float) -> float | None:
    """Return the number, or None where it is not finite, which JSON cannot write."""
    return float(number) if np.isfinite(number) else None
