"""A fitted estimator's health: the checks of its training, and columns that decide its target."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils.validation import check_is_fitted

from clearprop.estimators.deciding import (
    DECIDES_CLASSES,
    DECIDES_NUMBERS,
    FEWEST_ROWS,
    measure_of,
    sample_of,
)
from clearprop.health.checks import CHECKS, Check, Health, examined
from clearprop.health.signs import Sign

if TYPE_CHECKING:
    from clearprop.health.record import TrainingRecord
    from clearprop.training.flight import Incident

ADVICE = "Is it known when you predict? If it is not, leave it out."
NORM = (
    f"alone it removes less than {DECIDES_CLASSES:.0%} of the errors, or has R² below "
    f"{DECIDES_NUMBERS}"
)
SOURCE = "ours: between leaks and honest columns of the tables in docs/tables.md"
DECIDING = "deciding column"


class HasHealth:
    """What a fitted estimator says of its training."""

    _record: TrainingRecord

    @property
    def health_(self) -> Health:
        """What is wrong with the last fit: a sequence of findings, empty if nothing is.

        It is computed when asked for, from a few rows and two positions that the fit kept. They are
        no part of the model: a loaded, copied or unpickled estimator has no health.
        """
        return examined(_record_of(self), (*CHECKS, column_check(self)))

    @property
    def incident_(self) -> Incident | None:
        """The first jump of the last fit's loss, or what was not finite; None without."""
        incident: Incident | None = _record_of(self).incident
        return incident

    def __getstate__(self) -> dict[str, Any]:
        """Return what a pickle or a copy holds: not the rows that `health_` is computed from."""
        state: Any = super().__getstate__()
        return {name: value for name, value in state.items() if name != "_record"}


def _record_of(estimator: Any) -> TrainingRecord:
    check_is_fitted(estimator)
    record: TrainingRecord | None = estimator.__dict__.get("_record")
    if record is None:
        raise AttributeError(
            "the health of a fit is known where it was fitted: this estimator was loaded or copied"
        )
    return record


def course_health(estimator: Any) -> Health:
    """Return the health of a fit without the check of its columns, for those who made it."""
    record = estimator.__dict__.get("_record")
    return Health(()) if record is None else examined(record)


def column_check(estimator: Any) -> Check:
    """Return the row of the table that looks for an input that decides the target alone."""

    def look(record: TrainingRecord) -> Iterator[Sign]:
        names = getattr(estimator, "feature_names_in_", None)
        yield from deciding_columns(record, is_classifier(estimator), names)

    return Check(DECIDING, look, NORM, SOURCE, ADVICE)


def deciding_columns(record: TrainingRecord, classifies: bool, names: Any = None) -> Iterator[Sign]:
    """Yield each input that decides the target alone, on kept rows; none of sparse inputs."""
    x, t = record.rows.x, record.rows.t
    if hasattr(x, "tocsr") or x.shape[1] < 2 or len(t) < FEWEST_ROWS:
        return
    if classifies:
        target = t.argmax(axis=1) if t.shape[1] > 1 else (t[:, 0] > 0).astype(np.intp)
    else:
        target = t
    order = sample_of(len(t))
    for column in range(x.shape[1]):
        told, measured = measure_of(x[order, column], target[order], False, classifies)
        if told:
            name = f"column {column}" if names is None else str(names[column])
            yield Sign(name, f"{name} alone decides the target: {told}", measured, "")
