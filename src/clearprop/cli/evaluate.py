"""Compare predictions with the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from clearprop.checking import check_gradients
from clearprop.data import DataError
from clearprop.data.labels import match
from clearprop.definitions.parameters import Layout
from clearprop.definitions.penalty import L2
from clearprop.derivatives import GradientReport
from clearprop.estimators.scores import ClassFigures, Figures, NumberFigures

if TYPE_CHECKING:
    from clearprop.tables.trained_table import TrainedTable

GRADIENT_ROWS = 8
Array = np.ndarray[Any, Any]

MOST_ENTRIES, FEWEST_ENTRIES = 200, 40
"""Of the gradient, beside random directions through all of it; few where each takes long."""


class Evaluation(NamedTuple):
    """Figures, the truth as it was read, and sentences on classes that training did not meet."""

    figures: Figures
    truth: Array
    notes: list[str]


def evaluate(
    model: TrainedTable, y: Array, predictions: Array, source: str, baseline: int | None = None
) -> Evaluation:
    """Return the figures of predictions, compared with the truth.

    Parameters
    ----------
    model
        The model that predicted.
    y, predictions
        The truth as in the table, and the model's predictions, (N,).
    source
        The name of the table, for messages.
    baseline
        The index of the most frequent class in training, if it is known.
    """
    if model.target_mean is not None:
        if y.dtype.kind not in "iuf":
            raise DataError(f"{source}: the target {model.target_name} does not hold numbers.")
        y = y.astype(np.float64)
        return Evaluation(NumberFigures.of(y, predictions, model.target_mean), y, [])
    classes = model.estimator.classes_
    matched = match(y, classes, source)
    predicted = np.searchsorted(classes, predictions)
    figures = ClassFigures.of(matched.codes, predicted, matched.names, baseline)
    return Evaluation(figures, np.array(matched.names)[matched.codes], matched.notes)


def check_own_gradients(model: TrainedTable, table: Any, y: Array) -> GradientReport:
    """Compare a trained network's gradients with numerical derivatives on a few rows.

    Parameters
    ----------
    model
        A model; of several networks the first is checked.
    table, y
        A few rows as the model takes them, and their targets.
    """
    opened = model.opened(model.encode(table)[0], y)
    entries = 1_000_000 // Layout.of(opened.params).size
    return check_gradients(
        opened.network,
        opened.loss,
        opened.params,
        opened.inputs,
        opened.targets,
        l2=L2(opened.l2, per_row=True),
        entries=min(MOST_ENTRIES, max(FEWEST_ENTRIES, entries)),
    )
