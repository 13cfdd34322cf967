"""What a training's curves and figures say that its reader should know, in one sentence each."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import is_classifier

from clearprop.estimators.health import course_health
from clearprop.estimators.options import STOCHASTIC_SOLVERS
from clearprop.estimators.shares import decimals_of, share_told
from clearprop.estimators.stopping import kept_epoch
from clearprop.health.curves import WINDOW, overfitting
from clearprop.health.finding import Finding
from clearprop.health.of_rows import FAR_APART
from clearprop.writing.numbers import figure, fixed

STILL_FALLS = 0.01
"""A loss still falls if the window lowered it by this part: less is not seen in its curve."""

FEWEST_ROWS = 10
"""The standard errors below hold from about so many rows on."""

ADVICE = {
    "improving": "more epochs may help (--epochs, or max_iter in Python)",
    "overfitting": "early stopping, a larger penalty or a smaller network may help",
}


@dataclass(frozen=True)
class Figure:
    """An accuracy or an R², and the number of rows that it was measured on."""

    value: float
    rows: int


@dataclass(frozen=True)
class Course:
    """What a diagnosis looks at.

    Attributes
    ----------
    loss, validation_loss
        A number per epoch; the second is None where there are no validation rows.
    limit
        The most epochs that were allowed.
    kept
        The epoch, from 1, whose weights the model has.
    unit
        "epoch" or "iteration".
    metric
        "accuracy" or "R²", what `validation` and `test` are; they are None where not known.
    health
        What the checks of its health found.
    """

    loss: Sequence[float]
    validation_loss: Sequence[float] | None
    limit: int
    kept: int
    unit: str = "epoch"
    metric: str = "accuracy"
    validation: Figure | None = None
    test: Figure | None = None
    health: Sequence[Finding] = ()


@dataclass(frozen=True)
class Diagnosis:
    """One thing that is said, and its kind: "improving", "overfitting", "apart" or "health"."""

    kind: str
    sentence: str


def course_of(
    estimator: Any, validation_rows: int | None = None, test: Figure | None = None
) -> Course:
    """Return the course of a fitted estimator's training."""
    epochs = len(estimator.loss_curve_)
    kept = kept_epoch(estimator) or epochs
    losses, scores = estimator.validation_loss_curve_, estimator.validation_scores_
    known = validation_rows and scores and estimator.scoring is None and kept <= len(scores)
    return Course(
        estimator.loss_curve_,
        None if losses is None else list(losses)[:epochs],
        estimator.max_iter,
        kept,
        "epoch" if estimator.solver in STOCHASTIC_SOLVERS else "iteration",
        "accuracy" if is_classifier(estimator) else "R²",
        Figure(float(scores[kept - 1]), int(validation_rows or 0)) if known else None,
        test,
        course_health(estimator),
    )


def diagnosed(course: Course) -> tuple[Diagnosis, ...]:
    """Return what should be said of a training; nothing of a healthy one."""
    found = (_overfitting(course) or _improving(course), _apart(course))
    said = [one for one in found if one is not None]
    # Overfitting is told above, with the epoch whose weights are kept.
    return (*said, *healths(one for one in course.health if one.check != "overfitting"))


def healths(findings: Iterable[Finding]) -> tuple[Diagnosis, ...]:
    """Return findings of a training's health as sentences."""
    return tuple(Diagnosis("health", sentence_of(finding)) for finding in findings)


def sentence_of(finding: Finding) -> str:
    """Return a finding as a sentence with its norm and what to try."""
    return f"{finding.what[0].upper()}{finding.what[1:]}; norm: {finding.norm}. {finding.advice}"


def _improving(course: Course) -> Diagnosis | None:
    """The judged loss fell until the limit of epochs ended the training."""
    judged = course.loss if course.validation_loss is None else course.validation_loss
    values = np.asarray(judged, float)
    window = min(WINDOW, len(values) // 2)  # of a short training its second half
    if len(values) < course.limit or not window or not np.isfinite(values).all():
        return None
    before, at_end = float(values[:-window].min()), float(values[-window:].min())
    if not before - at_end > STILL_FALLS * abs(before):
        return None
    name = "training" if course.validation_loss is None else "validation"
    fall = f"{100 * (before - at_end) / abs(before):.2g} %"
    return Diagnosis(
        "improving",
        f"Still improving at the last {course.unit}: the last {window} lowered the {name} loss by "
        f"{fall}; {ADVICE['improving']}.",
    )


def _overfitting(course: Course) -> Diagnosis | None:
    """The validation loss rose while the training loss went on falling."""
    if course.validation_loss is None:
        return None
    turn = overfitting(course.loss, course.validation_loss)
    if turn is None:
        return None
    kept = (
        f"the weights of {course.unit} {course.kept} are kept"
        if course.kept <= turn.epoch
        else f"the weights are those of {course.unit} {course.kept}; {ADVICE['overfitting']}"
    )
    return Diagnosis(
        "overfitting",
        f"Overfitting since {course.unit} {turn.epoch}: the validation loss rose from "
        f"{figure(turn.lowest)} to {figure(turn.now)} while the training loss went on falling; "
        f"{kept}.",
    )


def _apart(course: Course) -> Diagnosis | None:
    """Validation and test figure differ by more than so few rows explain."""
    validation, test = course.validation, course.test
    if validation is None or test is None or min(validation.rows, test.rows) < FEWEST_ROWS:
        return None
    (a, error_a), (b, error_b) = (_scaled(course.metric, one) for one in (validation, test))
    if not abs(a - b) > FAR_APART * math.hypot(error_a, error_b):
        return None
    told = [_told(course.metric, one) for one in (validation, test)]
    return Diagnosis(
        "apart",
        f"The validation rows have {course.metric} {told[0]}, the test rows {told[1]}: further "
        f"apart than chance explains in {validation.rows:,} and {test.rows:,} rows. Trust the test "
        "rows, and see whether the validation rows are of the same kind.",
    )


def _scaled(metric: str, one: Figure) -> tuple[float, float]:
    """Return a figure on a scale where its standard error depends on the rows alone, and that.

    Of an accuracy p: 2 arcsin √p, with 1 / √N (Cohen 1988, section 6.2). Of R², the square of a
    correlation r: artanh r, with 1 / √(N − 3) (Fisher 1921); below 0 it counts as 0.
    """
    if metric == "accuracy":
        return 2 * math.asin(math.sqrt(one.value)), 1 / math.sqrt(one.rows)
    r = min(math.sqrt(max(one.value, 0.0)), 1 - 1e-9)
    return math.atanh(r), 1 / math.sqrt(one.rows - 3)


def _told(metric: str, one: Figure) -> str:
    if metric == "accuracy":
        return share_told(one.value, one.rows)
    return fixed(one.value, decimals_of(one.rows))
