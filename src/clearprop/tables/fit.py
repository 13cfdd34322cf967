"""Train an estimator on prepared rows, with progress after each epoch, until a signal ends it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from clearprop.estimators import MLPClassifier, MLPRegressor
from clearprop.estimators.stopping import VALIDATION_LOSS, kept_epoch
from clearprop.files.errors import DataError
from clearprop.tables.errors import TrainingError
from clearprop.tables.health import SHARE, of_members
from clearprop.tables.progress_health import ProgressHealth
from clearprop.tables.settings import PATIENCE
from clearprop.training.outcome import NO_EPOCH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clearprop.cli.progress import ProgressLine
    from clearprop.health.finding import Finding
    from clearprop.tables.prepare import PreparedTable
    from clearprop.tables.settings import TrainSettings


@dataclass(frozen=True)
class Trained:
    """A fitted estimator and the record of its training.

    Attributes
    ----------
    estimator
        A fitted MLPClassifier or MLPRegressor, or a table estimator.
    seconds
        How long training took.
    rate
        The rows trained on in a second.
    signals
        The signals that ended training early, by number; none where it ended by itself.
    complaints
        What the estimator warned about.
    epochs
        How many epochs it was trained for; of a table estimator, of all members together.
    """

    estimator: Any
    seconds: float
    rate: float
    signals: list[int]
    complaints: list[str]
    epochs: int

    @cached_property
    def health_of_members(self) -> tuple[Finding, ...]:
        """What is wrong with the networks of a table estimator, as far as a share of its time says.

        Looked for once: with more time more networks would be looked at.
        """
        return of_members(self.estimator.members_, SHARE * self.seconds)

    @property
    def interrupted(self) -> bool:
        """Whether a signal ended training."""
        return bool(self.signals)

    @property
    def best_epoch(self) -> int | None:
        """The epoch whose weights are kept, counted from 1; None where it is the last."""
        return kept_epoch(self.estimator)


def fit(
    settings: TrainSettings,
    prepared: PreparedTable,
    line: ProgressLine,
    callbacks: Sequence[Any] = (),
    signals: list[int] | None = None,
) -> Trained:
    """Train an estimator on prepared rows.

    Parameters
    ----------
    callbacks
        Of scikit-learn's protocol, such as an EpochRecorder.
    signals
        The numbers of the signals received so far. A handler that adds one also raises
        KeyboardInterrupt; training ends after a signal even if that exception is lost.

    Raises
    ------
    KeyboardInterrupt
        If a signal came before the end of the first epoch.
    TrainingError
        If numbers are not finite in the first step already.
    """
    estimator = build(settings, prepared)
    signals = [] if signals is None else signals
    limit = np.inf if settings.time_limit is None else settings.time_limit
    progress = _Progress(line, signals, limit)
    estimator.set_callbacks(progress, *callbacks)
    validation = None
    if prepared.validation is not None:
        validation = prepared.validation.inputs, prepared.scaled(prepared.validation)
    train = prepared.train
    with warnings.catch_warnings(record=True) as caught, line:
        warnings.simplefilter("always")
        try:
            estimator.fit(train.inputs, prepared.scaled(train), validation_data=validation)
        except DataError:
            raise
        except ValueError as error:
            raise TrainingError(str(error)) from error
        seconds, rate = line.seconds, line.rate(estimator.n_iter_)
    if progress.ended_too_early:
        raise KeyboardInterrupt(NO_EPOCH)
    estimator.set_callbacks()
    complaints = [
        str(warning.message)
        for warning in caught
        if not _is_known(warning, estimator, bool(signals))
    ]
    epochs = estimator.n_iter_
    return Trained(estimator, seconds, rate, list(signals), complaints, epochs)


def build(settings: TrainSettings, prepared: PreparedTable) -> Any:
    """Return the estimator that `settings` ask for, not yet fitted.

    Early stopping watches the validation loss, which still falls when the accuracy on few rows no
    longer changes.
    """
    arguments: dict[str, Any] = {
        "hidden_layer_sizes": settings.hidden,
        "activation": settings.activation,
        "solver": settings.solver,
        "alpha": settings.alpha,
        "max_iter": settings.epochs,
        "random_state": settings.seed,
        "dropout": settings.dropout,
        "engine": settings.engine,
        "weight_decay": settings.weight_decay,
        "early_stopping": prepared.validation is not None and VALIDATION_LOSS,
        "n_iter_no_change": PATIENCE if prepared.validation is not None else np.inf,
        "checkpoint": settings.network_checkpoint(),
        "resume": settings.resume,
    }
    if settings.steps:
        arguments["batch_size"] = settings.batch_for(len(prepared.train))
        arguments["learning_rate_init"] = settings.rate_for(len(prepared.train))
    if prepared.task == "regression":
        return MLPRegressor(**arguments)
    return MLPClassifier(class_weight=settings.class_weight, **arguments)


@dataclass
class _Progress(ProgressHealth):
    """Shows progress after each epoch, and ends training after a signal or when time is up.

    It follows scikit-learn's protocol of callbacks, and the training itself for its health.

    Attributes
    ----------
    ended_too_early
        Whether a signal came before the end of the first epoch.
    """

    line: ProgressLine
    signals: list[int]
    time_limit: float = np.inf
    begun: bool = False
    epochs: int = 0
    ended_too_early: bool = False

    def __post_init__(self) -> None:
        super().__init__(self.line)

    def setup(self, estimator: Any, context: Any) -> None:
        """No setup needed."""

    def teardown(self, estimator: Any, context: Any) -> None:
        """No teardown needed."""

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Start the clock at the first epoch, which L-BFGS announces only when it has ended."""
        if context.task_name == "epoch" and not self.begun and estimator.solver != "lbfgs":
            self.begun = True
            self.line.training_begins()

    def on_fit_task_end(self, estimator: Any, context: Any) -> bool:
        """Show progress, and return whether a signal came or the time is up.

        The exception of a signal can be lost: Numba drops those that are raised while it looks at
        the types of arguments.
        """
        if context.task_name == "epoch":
            self.epochs += 1
            self.ended_too_early |= bool(self.signals) and self.epochs == 1
            scores = estimator.validation_scores_
            score = scores[-1] if scores else None
            self.line.show(estimator.n_iter_, estimator.loss_, score)
        return bool(self.signals) or self.line.seconds > self.time_limit


def _is_known(warning: Any, estimator: Any, interrupted: bool) -> bool:
    """Return whether the report says the same: that all epochs are done, or a signal came."""
    if issubclass(warning.category, ConvergenceWarning):
        return bool(estimator.n_iter_ == estimator.max_iter)
    return interrupted and "interrupted" in str(warning.message)
