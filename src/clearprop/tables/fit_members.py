"""Train a table estimator on prepared rows, with progress, until a signal or the time ends it."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from clearprop.files.errors import DataError
from clearprop.tables.classifier import TableClassifier
from clearprop.tables.errors import TrainingError
from clearprop.tables.findings import LeakWarning
from clearprop.tables.fit import Trained
from clearprop.tables.regressor import TableRegressor
from clearprop.tables.unread import UnreadWarning

if TYPE_CHECKING:
    from collections.abc import Callable

    from clearprop.cli.progress import ProgressLine
    from clearprop.tables.prepare import PreparedTable
    from clearprop.tables.settings import TrainSettings


_MANY_CLASSES = "The number of unique classes is greater"
"""scikit-learn's warning of what is told before training, see :mod:`clearprop.data.doubts`."""


def fit_members(
    settings: TrainSettings,
    prepared: PreparedTable,
    line_of: Callable[[int], ProgressLine],
    signals: list[int],
    callback: Any = None,
) -> Trained:
    """Train a table estimator on prepared rows.

    Parameters
    ----------
    line_of
        Returns the line of progress for so many epochs of all members.
    signals
        The numbers of the signals received so far. A handler that adds one also raises
        KeyboardInterrupt.
    callback
        Of scikit-learn's protocol, told of the members and of their epochs.

    Raises
    ------
    DataError
        If a value of the table cannot be used.
    KeyboardInterrupt
        If a signal came before the end of the first epoch.
    TrainingError
        If training fails for another reason.
    """
    estimator = build_members(settings, prepared)
    if callback is not None:
        estimator.set_callbacks(callback)
    lines: list[ProgressLine] = []

    def progress(epochs: int) -> ProgressLine:
        lines.append(line_of(epochs))
        return lines[0]

    with warnings.catch_warnings(record=True) as caught, prepared.dataset.origin.locating():
        warnings.simplefilter("always")
        try:
            estimator.fit_with(*prepared.given, progress)
        except DataError:
            raise
        except ValueError as error:
            raise TrainingError(str(error)) from error
    estimator.set_callbacks()
    line = lines[0]
    told_elsewhere = {LeakWarning, *([UnreadWarning] if prepared.dataset.reading else [])}
    return Trained(
        estimator, line.seconds, line.rate(line.done), list(signals),
        [
            str(warning.message)
            for warning in caught
            if warning.category not in told_elsewhere
            and not str(warning.message).startswith(_MANY_CLASSES)
        ],
        line.done,
    )  # fmt: skip


def build_members(settings: TrainSettings, prepared: PreparedTable) -> Any:
    """Return the table estimator that `settings` ask for, not yet fitted."""
    arguments: dict[str, Any] = {
        "preset": settings.preset,
        "time_limit": settings.time_limit,
        "random_state": settings.seed,
        "keep": list(settings.keep) or None,
        "checkpoint": settings.checkpoint,
        "resume": settings.resume,
        "engine": settings.engine,
    }
    if prepared.task == "regression":
        return TableRegressor(**arguments)
    return TableClassifier(class_weight=settings.class_weight, **arguments)
