"""Build a report from a fitted model and rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.definitions.parameters import leaves_of
from clearprop.estimators.diagnosis import Figure, course_of, diagnosed, healths
from clearprop.estimators.inside import fitted_network
from clearprop.estimators.options import STOCHASTIC_SOLVERS, optimizer_of
from clearprop.estimators.scores import ClassFigures, Figures
from clearprop.explaining.titles import network_title, optimizer_title
from clearprop.reporting.about import data_of, settings_of, versions
from clearprop.reporting.curves import METRICS, NO_CURVES, curves_of
from clearprop.reporting.details import details_of, rows_worth_a_look
from clearprop.reporting.figured import confusion_of, figures_of, residuals_of
from clearprop.reporting.leaks import findings_of
from clearprop.reporting.measured import measure
from clearprop.reporting.members import calibration_of, importance_of, interval_of, members_of
from clearprop.reporting.result import FORMAT, VERSION, Report
from clearprop.reporting.table_model import as_reported
from clearprop.tables.health import of_members
from clearprop.tables.members_model import MembersModel
from clearprop.tables.trained_table import TrainedTable
from clearprop.version import __version__
from clearprop.writing.json_safe import json_safe

if TYPE_CHECKING:
    from clearprop.estimators.recorder import EpochRecorder
    from clearprop.health.finding import Finding as HealthFinding
    from clearprop.tables.findings import Finding

MISTAKES, STEPS = 24, 6
"""How many of the rows with the largest loss are listed, and how many have their step."""


@dataclass(frozen=True)
class Training:
    """Facts about a training that the fitted model does not hold. All are optional.

    Attributes
    ----------
    recorder
        The recorder that was a callback of the fit.
    rows
        The number of rows in each part of the data ("train", "test"), by name.
    constant
        The index of the most frequent class, or the mean target, of the training rows.
    seconds, interrupted
        How long training took, and whether the user interrupted it.
    notes
        Sentences on how the data was read and what was unusual in it.
    findings
        What was found about columns of the training rows. Where it is None, the report's own rows
        are looked at.
    health
        What is wrong with the networks of a table estimator. Where it is None, all are looked at.
    command
        The command line that trained the model.
    """

    recorder: EpochRecorder | None = None
    rows: Mapping[str, int] = field(default_factory=dict)
    constant: float | int | None = None
    seconds: float | None = None
    interrupted: bool = False
    notes: Sequence[str] = ()
    findings: Sequence[Finding] | None = None
    health: Sequence[HealthFinding] | None = None
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
    """Return a report of a training: its curves, the model's scores, and its errors.

    Parameters
    ----------
    model : MLPClassifier, MLPRegressor, TableClassifier, TableRegressor or model of clearprop.load
        A fitted model with one target.
    X : array-like, sparse matrix or DataFrame of shape (n_rows, n_columns)
        Rows to measure the model on, preferably not those that it was trained on.
    y : array-like of shape (n_rows,)
        Their targets: classes, or numbers in their unit.
    recorder : EpochRecorder, optional
        A callback of the fit, from which the report takes learning rate, seconds and gradient
        norms of each epoch.
    measured_on : str
        What the rows are, in one word, such as "test".
    row_numbers : array-like of int, optional
        The numbers to call the rows by; by default they are counted from 1.
    image_shape : (int, int), optional
        Height and width, if each row is an image.
    source : str, optional
        The name of the data.
    training : Training, optional
        More facts about the training.
    steps : int
        How many of the rows with the largest loss are shown with their training step.

    Returns
    -------
    report : Report
        The report, as data (``to_dict``) and as one page that works offline (``to_html``).

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
    <Report: 4 → 3 softmax: 73 of 75 test rows right (95 %: 0.91 to 0.99)>
    >>> page = found.to_html()
    """
    known = training or Training(recorder=recorder)
    model, X = as_reported(model, X, y)
    rows = measure(model, X, y, row_numbers, image_shape)
    estimator = model.estimator if isinstance(model, TrainedTable) else model
    constant = known.constant
    if constant is None and isinstance(model, TrainedTable):
        constant = model.target_mean
    figures, learned_from = figures_of(rows, constant)
    worst = rows.worst()[:MISTAKES]
    worst = worst[np.isfinite(rows.loss[worst])].tolist()
    opened = {int(rows.numbers[place]): rows.explain([place]) for place in worst[:steps]}
    classes = isinstance(figures, ClassFigures)
    several = isinstance(model, MembersModel)
    seed = estimator.random_state
    data = data_of(model, source, known.rows)
    notes = rows.notes if training is None else known.notes
    found = findings_of(model, rows) if known.findings is None else known.findings
    said = {str(finding) for finding in found}
    document = {
        "format": FORMAT,
        "version": VERSION,
        "made_by": f"clearprop {__version__}",
        "title": {
            **(_members_title(model) if several else _title(estimator)),
            "source": source or getattr(model, "source", None),
            "target": getattr(model, "target_name", None),
            "task": _task(classes),
        },
        "measured_on": measured_on,
        "figures": {**_finite(figures.document()), "constant_from": learned_from},
        "curves": NO_CURVES | {"metric": METRICS[_task(classes)]}
        if several
        else curves_of(estimator, known.recorder),
        "diagnosis": _diagnosis(estimator, known, figures, measured_on),
        "findings": [
            {"column": one.column, "kind": one.kind, "sentence": str(one)} for one in found
        ],
        "members": members_of(model) if several else None,
        "calibration": calibration_of(rows) if several else None,
        "importance": importance_of(model, rows) if several else None,
        "interval": interval_of(model, rows) if several else None,
        "confusion": confusion_of(rows, figures) if isinstance(figures, ClassFigures) else None,
        "residuals": None if classes else residuals_of(rows),
        "mistakes": [int(rows.numbers[place]) for place in worst],
        "rows": details_of(rows, rows_worth_a_look(rows, worst)),
        "data": data,
        "notes": [note for note in notes if note not in {*data["preparation"], *said}],
        "settings": settings_of(model),
        "seed": seed if isinstance(seed, int) else None,
        "seconds": None if known.seconds is None else json_safe(known.seconds),
        "interrupted": known.interrupted,
        "command": known.command,
        "versions": versions(),
    }
    return Report(document, opened)


def _diagnosis(
    estimator: Any, known: Training, figures: Figures, measured_on: str
) -> list[dict[str, str]]:
    if hasattr(estimator, "members_"):
        found = of_members(estimator.members_) if known.health is None else known.health
        return [asdict(one) for one in healths(found)]
    value = figures.accuracy if isinstance(figures, ClassFigures) else figures.r2
    test = Figure(value, figures.rows) if measured_on == "test" else None
    course = course_of(estimator, known.rows.get("validation"), test)
    return [asdict(one) for one in diagnosed(course)]


def _task(classes: bool) -> str:
    return "classification" if classes else "regression"


def _members_title(model: MembersModel) -> dict[str, Any]:
    estimator = model.estimator
    parameters = (
        part.size for member in estimator.members_ for _, part in leaves_of(member.params)
    )
    rate = estimator.learning_rate_init
    optimizers = dict.fromkeys(
        optimizer_title(estimator.member_optimizer(member), rate)
        for member in range(len(estimator.members_))
    )
    return {
        "network": model.title,
        "parameters": int(sum(parameters)),
        "optimizer": " and ".join(map(str, optimizers)),
        "loss": estimator.member_loss.convention,
    }


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
    """Return figures with NaN and infinities as texts, which JSON needs."""
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_finite(each) for each in value]
    return value if value is None or isinstance(value, str) else json_safe(value)
