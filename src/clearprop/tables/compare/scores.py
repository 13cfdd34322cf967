"""How good predictions are: the scores of a comparison, and what each of them is called."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.metrics import log_loss, mean_absolute_error, r2_score, roc_auc_score

if TYPE_CHECKING:
    from clearprop.data.dataset import Task

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class ScoreKind:
    """A score by name.

    Attributes
    ----------
    name
        In data: "log_loss".
    title
        In tables and pages: "log loss".
    sign
        1 where less is better, -1 where more is better.
    percent
        Whether it is written as a percentage.
    quantity
        Whether it is in the target's unit.
    """

    name: str
    title: str
    sign: int = 1
    percent: bool = False
    quantity: bool = False

    def shown(self, value: float) -> float:
        """Return the value as it is written: of a percentage, a hundred times it."""
        return 100 * value if self.percent else value


SCORES: dict[Task, tuple[ScoreKind, ...]] = {
    "classification": (
        ScoreKind("error", "error", percent=True),
        ScoreKind("log_loss", "log loss"),
        ScoreKind("auc", "AUC", sign=-1),
        ScoreKind("balanced_accuracy", "balanced accuracy", sign=-1, percent=True),
    ),
    "regression": (
        ScoreKind("rmse", "RMSE", quantity=True),
        ScoreKind("mae", "MAE", quantity=True),
        ScoreKind("r2", "R²", sign=-1),
    ),
}
"""The first decides which contender is best."""


def class_scores(codes: Array, probabilities: Array) -> dict[str, float]:
    """Return error, log loss, AUC and balanced accuracy.

    Parameters
    ----------
    codes
        The true classes as numbers from 0, (N,).
    probabilities
        (N, K), rows that sum to one. The predicted class is the one of the largest.

    Notes
    -----
    The AUC of more than two classes is the mean of one against the rest; classes that have no rows
    here, or all of them, count neither there nor in the balanced accuracy.
    """
    count = probabilities.shape[1]
    predicted = probabilities.argmax(axis=1)
    present = [k for k in range(count) if (codes == k).any()]
    recalls = [float((predicted[codes == k] == k).mean()) for k in present]
    ranked = [k for k in present if not (codes == k).all()]
    if count == 2:
        ranked = ranked[-1:]
    areas = [float(roc_auc_score(codes == k, probabilities[:, k])) for k in ranked]
    return {
        "error": float((predicted != codes).mean()),
        "log_loss": float(log_loss(codes, probabilities, labels=np.arange(count))),
        "auc": float(np.mean(areas)) if areas else math.nan,
        "balanced_accuracy": float(np.mean(recalls)),
    }


def number_scores(y: Array, predicted: Array) -> dict[str, float]:
    """Return RMSE and MAE in the target's unit, and R² (NaN for a single row)."""
    return {
        "rmse": float(np.sqrt(np.mean(np.square(predicted - y)))),
        "mae": float(mean_absolute_error(y, predicted)),
        "r2": float(r2_score(y, predicted)) if len(y) > 1 else math.nan,
    }
