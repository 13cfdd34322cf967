"""From a fitted model and rows to a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.estimators.inside import fitted_network
from clearprop.estimators.options import STOCHASTIC_SOLVERS, optimizer_of
from clearprop.estimators.scores import ClassFigures
from clearprop.explaining.titles import network_title, optimizer_title
from clearprop.reporting.about import data_of, settings_of, versions
from clearprop.reporting.curves import curves_of
from clearprop.reporting.details import details_of, rows_worth_a_look
from clearprop.reporting.figured import confusion_of, figures_of, residuals_of
from clearprop.reporting.measured import measure
from clearprop.reporting.result import FORMAT, VERSION, Report
from clearprop.tables.model import TableModel
from clearprop.version import __version__
from clearprop.writing.json_safe import json_safe

if TYPE_CHECKING:
    from clearprop.estimators.recorder import EpochRecorder

MISTAKES, STEPS = 24, 6
"""Rows with the largest loss that are told in full, and how many of them open a step."""


@dataclass(frozen=True)
class Training:
    """What is known of a training beside the fitted model; everything may be unknown.

    Attributes
    ----------
    recorder
        That watched the fit.
    rows
        How many rows each part of the data has, by its name.
    constant
        The place of the most frequent class, or the mean target, in the training rows.
    seconds, interrupted
        How long it took, and whether it was ended by hand.
    notes
        Sentences on how the data was read and what was met in it.
    """

    recorder: EpochRecorder | None = None
    rows: Mapping[str, int] = field(default_factory=dict)
    constant: float | int | None = None
    seconds: float | None = None
    interrupted: bool = False
    notes: Sequence[str] = ()
    command: str | None = None


def report(
    model: Any,
    X: Any,
    y: Any,
    *,
    recorder: EpochRecorder | None = None,
    measured_on: str = "given",
    row_numbers: Any = None,
    image_shape: tuple[int, int] | None = None,
    source: str | None = None,
    training: Training | None = None,
    steps: int = STEPS,
) -> Report:
    """Return a report of a training: its curves, how good the model is, and where it fails.

    Parameters
    ----------
    model : TableModel, MLPClassifier or MLPRegressor
        A fitted model with one target.
    X : array-like, sparse matrix or DataFrame of shape (n_rows, n_columns)
        Rows to measure it on, better not those it was trained on.
    y : array-like of shape (n_rows,)
        Their targets: classes, or quantities in their unit.
    recorder : EpochRecorder, optional
        That was a callback of the fit: gives learning rate, seconds and gradients of each epoch.
    measured_on : str
        What the rows are, in a word: "test".
    row_numbers : array-like of int, optional
        What to call the rows; their numbers from 1 by default.
    image_shape : (int, int), optional
        Height and width, where a row is a picture.
    source : str, optional
        What to call the data.
    training : Training, optional
        What else is known of the training.
    steps : int
        For how many of the rows with the largest loss the training step is opened.

    Returns
    -------
    report : Report
        As data (``to_dict``), and as one page that needs no network (``to_html``).

    Examples
    --------
    >>> import clearprop as cp
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> recorder = cp.EpochRecorder()
    >>> clf = cp.MLPClassifier((), solver="lbfgs", alpha=0.1, random_state=0)
    >>> clf = clf.set_callbacks(recorder).fit(X[::2], y[::2])
    >>> found = cp.report(clf, X[1::2], y[1::2], recorder=recorder, measured_on="test")
    >>> found
    <Report: 4 → 3 softmax: accuracy 0.9733 on 75 test rows>
    >>> page = found.to_html()
    """
    known = training or Training(recorder=recorder)
    rows = measure(model, X, y, row_numbers, image_shape)
    estimator = model.estimator if isinstance(model, TableModel) else model
    constant = known.constant
    if constant is None and isinstance(model, TableModel) and model.target is not None:
        constant = model.target.mean
    figures, learned_from = figures_of(rows, constant)
    worst = rows.worst()[:MISTAKES]
    worst = worst[np.isfinite(rows.loss[worst])].tolist()
    opened = {int(rows.numbers[place]): rows.explain([place]) for place in worst[:steps]}
    classes = isinstance(figures, ClassFigures)
    seed = estimator.random_state
    data = data_of(model, source, known.rows)
    notes = rows.notes if training is None else known.notes
    document = {
        "format": FORMAT,
        "version": VERSION,
        "made_by": f"clearprop {__version__}",
        "title": {
            **_title(estimator),
            "source": source or getattr(model, "source", None),
            "target": getattr(model, "target_name", None),
            "task": "classification" if classes else "regression",
        },
        "measured_on": measured_on,
        "figures": {**_finite(figures.document()), "constant_from": learned_from},
        "curves": curves_of(estimator, known.recorder),
        "confusion": confusion_of(rows, figures) if isinstance(figures, ClassFigures) else None,
        "residuals": None if classes else residuals_of(rows),
        "mistakes": [int(rows.numbers[place]) for place in worst],
        "rows": details_of(rows, rows_worth_a_look(rows, worst)),
        "data": data,
        "notes": [note for note in notes if note not in data["preparation"]],
        "settings": settings_of(model),
        "seed": seed if isinstance(seed, int) else None,
        "seconds": None if known.seconds is None else json_safe(known.seconds),
        "interrupted": known.interrupted,
        "command": known.command,
        "versions": versions(),
    }
    return Report(document, opened)


def _title(estimator: Any) -> dict[str, Any]:
    steps = estimator.solver in STOCHASTIC_SOLVERS
    fitted = fitted_network(estimator)
    optimizer = optimizer_of(estimator) if steps else None
    rate = estimator.learning_rate_init if steps else None
    return {
        "network": network_title(fitted.network, fitted.loss),
        "parameters": int(sum(part.size for part in (*estimator.coefs_, *estimator.intercepts_))),
        "optimizer": optimizer_title(optimizer, rate) if steps else "L-BFGS",
        "loss": fitted.loss.convention,
    }


def _finite(value: Any) -> Any:
    """Return figures with words where JSON has no number."""
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_finite(each) for each in value]
    return value if value is None or isinstance(value, str) else json_safe(value)
