"""Several networks in a report: their curves, calibration, importance of columns, and interval."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.writing.json_safe import json_safe

if TYPE_CHECKING:
    from clearprop.reporting.measured import EvaluatedRows
    from clearprop.tables.members_model import MembersModel

BINS = 10
COVERAGE = 0.9
IMPORTANCE_SECONDS = 10.0
"""The longest that the importance of columns may take, about."""

REPEATS, FEWEST_ROWS, MOST_ROWS = 5, 50, 2_000
"""How often each column is shuffled at most, and on how many rows."""


def members_of(model: MembersModel) -> dict[str, Any]:
    """Return the members with their curves."""
    estimator = model.estimator
    classes = model.task == "classification"
    return {
        "temperature": json_safe(estimator.temperature_) if classes else None,
        "ended": estimator.ended_,
        "held_out_loss": "log loss, after the best temperature" if classes else "loss",
        "members": [
            {
                "inputs": int(estimator.network(number).layers[0].inputs),
                "epochs": member.epochs,
                "rows_held_out": member.rows_held_out,
                "loss": [json_safe(value) for value in member.loss_curve],
                "held_out_loss": [json_safe(value) for value in member.held_out_curve],
            }
            for number, member in enumerate(estimator.members_)
        ],
    }


def calibration_of(rows: EvaluatedRows) -> list[dict[str, Any]] | None:
    """Return how often rows are right, by the probability of the class predicted for them.

    Each bin has its rows, their mean probability, and the part of them that is right. Bins are of
    equal width from 0 to 1; empty ones are left out.
    """
    if rows.probabilities is None:
        return None
    sure = rows.probabilities.max(axis=1)
    place = np.minimum((sure * BINS).astype(int), BINS - 1)
    right = ~rows.wrong
    return [
        {
            "from": number / BINS,
            "to": (number + 1) / BINS,
            "rows": int(inside.sum()),
            "probability": json_safe(sure[inside].mean()),
            "right": json_safe(right[inside].mean()),
        }
        for number in range(BINS)
        if (inside := place == number).any()
    ]


def interval_of(model: MembersModel, rows: EvaluatedRows) -> dict[str, Any] | None:
    """Return the interval of a regression, and the part of these rows that it holds."""
    half = model.half_interval(COVERAGE)
    if half is None:
        return None
    covered = float((np.abs(rows.true - rows.predicted) <= half).mean())
    return {"coverage": COVERAGE, "plus_minus": json_safe(half), "covered": json_safe(covered)}


def importance_of(
    model: MembersModel, rows: EvaluatedRows, seconds: float = IMPORTANCE_SECONDS
) -> dict[str, Any] | None:
    """Return how much worse the model is where one column's values are shuffled among the rows.

    Measured by scikit-learn's permutation_importance: accuracy for classes, R² for quantities. The
    number of rows and of shuffles is chosen so that it takes about the given time at most. None
    where there is not enough time for a few rows, or there are too few rows.
    """
    from sklearn.inspection import permutation_importance

    names = [name for name in model.columns if name in rows.columns]
    known = np.arange(len(rows))
    if rows.names is not None:
        known = np.flatnonzero(rows.true < len(model.estimator.classes_))
    chosen = known[np.linspace(0, len(known) - 1, min(MOST_ROWS, len(known))).astype(int)]
    if len(chosen) < 2:
        return None
    began = time.perf_counter()
    predictor = _Predictor(model, names)
    predictor.predict(_rows(rows.table, chosen, names))
    one = (time.perf_counter() - began) * len(names)
    repeats = int(np.clip(seconds / max(one, 1e-9), 1, REPEATS))
    if one > seconds:
        few = int(len(chosen) * seconds / one)
        if few < FEWEST_ROWS:
            return None
        chosen = chosen[np.linspace(0, len(chosen) - 1, few).astype(int)]
    table = _rows(rows.table, chosen, names)
    wanted = (
        rows.true[chosen] if rows.names is None else model.estimator.classes_[rows.true[chosen]]
    )
    found = permutation_importance(
        predictor, table, wanted, scoring=_SCORES[model.task][1], n_repeats=repeats, random_state=0
    )
    order = np.argsort(-found.importances_mean, kind="stable")
    return {
        "score": _SCORES[model.task][0],
        "rows": len(chosen),
        "repeats": repeats,
        "columns": [
            {
                "column": names[place],
                "drop": json_safe(found.importances_mean[place]),
                "spread": json_safe(found.importances_std[place]),
            }
            for place in order
        ],
    }


_SCORES = {"classification": ("accuracy", "accuracy"), "regression": ("R²", "r2")}


class _Predictor:
    """A model of a table as scikit-learn's scorers want it."""

    def __init__(self, model: MembersModel, names: list[str]) -> None:
        self.model, self.names = model, names
        if model.task == "classification":
            self.classes_ = model.estimator.classes_

    def fit(self, X: Any, y: Any) -> _Predictor:
        """Return itself: it is fitted."""
        return self

    def predict(self, X: Any) -> np.ndarray[Any, Any]:
        """Return the predictions for rows of the table."""
        return self.model.predict(X)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __sklearn_tags__(self) -> Any:
        return self.model.estimator.__sklearn_tags__()


def _rows(table: Any, places: np.ndarray[Any, Any], names: list[str]) -> Any:
    if hasattr(table, "iloc"):
        return table[names].iloc[places]
    import pandas as pd

    return pd.DataFrame(table[places], columns=pd.Index(names))
