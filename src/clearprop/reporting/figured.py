"""Figures of the predictions, and a confusion matrix with its rows, or residuals."""

from __future__ import annotations

from typing import Any

import numpy as np

from clearprop.estimators.scores import ClassFigures, Figures, NumberFigures
from clearprop.reporting.measured import EvaluatedRows
from clearprop.writing.json_safe import json_safe

MOST_POINTS = 2_000
QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


def figures_of(rows: EvaluatedRows, constant: float | int | None) -> tuple[Figures, str]:
    """Return the figures of the rows, and the source of the baseline they are compared with.

    Parameters
    ----------
    rows
        Rows with targets and predictions.
    constant
        The constant prediction of the baseline: the index of the most frequent class in
        training, or the mean of the training targets. By default, those of these rows.
    """
    source = "training" if constant is not None else "these rows"
    if rows.names is None:
        mean = float(np.mean(rows.true)) if constant is None else float(constant)
        return NumberFigures.of(rows.true, rows.predicted, mean), source
    common = int(np.bincount(rows.true).argmax()) if constant is None else int(constant)
    return ClassFigures.of(rows.true, rows.predicted, rows.names, common), source


def confusion_of(rows: EvaluatedRows, figures: ClassFigures) -> dict[str, Any]:
    """Return the non-empty cells of the confusion matrix, with their rows by falling loss."""
    order = rows.worst()
    cells = []
    for true, predicted in np.argwhere(figures.matrix).tolist():
        inside = order[(rows.true[order] == true) & (rows.predicted[order] == predicted)]
        cells.append(
            {
                "true": true,
                "predicted": predicted,
                "count": len(inside),
                "rate": json_safe(len(inside) / figures.support[true]),
                "rows": rows.numbers[inside].tolist(),
            }
        )
    return {"names": list(figures.names), "cells": cells}


def residuals_of(rows: EvaluatedRows) -> dict[str, Any]:
    """Return predicted and true numbers, and quantiles of the residuals predicted − true.

    If there are many rows, the points are a sample evenly spaced in the order of the residuals,
    with both extremes; the quantiles are those of all rows.
    """
    residuals = rows.predicted - rows.true
    order = np.argsort(residuals, kind="stable")
    places = np.linspace(0, len(order) - 1, min(MOST_POINTS, len(order))).round().astype(int)
    chosen = np.sort(order[places])
    return {
        "rows": len(rows),
        "points": {
            "rows": rows.numbers[chosen].tolist(),
            "true": [json_safe(value) for value in rows.true[chosen]],
            "predicted": [json_safe(value) for value in rows.predicted[chosen]],
        },
        "quantiles": [
            {"part": part, "residual": json_safe(value)}
            for part, value in zip(QUANTILES, np.quantile(residuals, QUANTILES), strict=True)
        ],
    }
