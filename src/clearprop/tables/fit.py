"""Training of an estimator on prepared rows, watched epoch by epoch, ended by Ctrl-C if need be."""

from __future__ import annotations

import signal
import threading
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from clearprop.estimators import MLPClassifier, MLPRegressor
from clearprop.estimators.stopping import VALIDATION_LOSS, kept_epoch
from clearprop.tables.errors import TrainingError
from clearprop.tables.settings import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clearprop.cli.progress import ProgressLine
    from clearprop.estimators.recorder import EpochRecorder
    from clearprop.tables.prepare import Prepared
    from clearprop.tables.settings import TrainSettings


@dataclass(frozen=True)
class Trained:
    """A fitted estimator, and how it got there.

    Attributes
    ----------
    rate
        The rows trained on in a second.
    interrupted
        Whether Ctrl-C ended training.
    complaints
        What the estimator warned about.
    """

    estimator: Any
    seconds: float
    rate: float
    interrupted: bool
    complaints: list[str]

    @property
    def best_epoch(self) -> int | None:
        """The epoch whose weights are kept, counted from 1; None where it is the last."""
        return kept_epoch(self.estimator)


def fit(
    settings: TrainSettings,
    prepared: Prepared,
    line: ProgressLine,
    recorder: EpochRecorder | None = None,
) -> Trained:
    """Train an estimator on prepared rows, recorded where a recorder is given.

    Raises
    ------
    TrainingError
        When the first step already leaves the finite numbers.
    """
    estimator = build(settings, prepared)
    watch = _Watch(line)
    estimator.set_callbacks(watch, *([] if recorder is None else [recorder]))
    validation = None
    if prepared.validation is not None:
        validation = prepared.validation.inputs, prepared.scaled(prepared.validation)
    train = prepared.train
    with warnings.catch_warnings(record=True) as caught, _interruptible() as signals, line:
        warnings.simplefilter("always")
        watch.signals = signals
        try:
            estimator.fit(train.inputs, prepared.scaled(train), validation_data=validation)
        except ValueError as error:
            raise TrainingError(str(error)) from error
        seconds, rate = line.seconds, line.rate(estimator.n_iter_)
    estimator.set_callbacks()
    complaints = [
        str(warning.message)
        for warning in caught
        if not _is_known(warning, estimator, bool(signals))
    ]
    return Trained(estimator, seconds, rate, bool(signals), complaints)


def build(settings: TrainSettings, prepared: Prepared) -> Any:
    """Return the estimator that `settings` ask for, not yet fitted.

    It stops by the validation loss, which still falls when the accuracy of few rows has long
    reached its best.
    """
    arguments: dict[str, Any] = {
        "hidden_layer_sizes": settings.hidden,
        "activation": settings.activation,
        "solver": settings.solver,
        "alpha": settings.alpha,
        "max_iter": settings.epochs,
        "random_state": settings.seed,
        "dropout": settings.dropout,
        "weight_decay": settings.weight_decay,
        "early_stopping": prepared.validation is not None and VALIDATION_LOSS,
        "n_iter_no_change": PATIENCE if prepared.validation is not None else np.inf,
    }
    if settings.steps:
        arguments["batch_size"] = settings.batch_for(len(prepared.train))
        arguments["learning_rate_init"] = settings.rate_for(len(prepared.train))
    if prepared.task == "regression":
        return MLPRegressor(**arguments)
    return MLPClassifier(class_weight=settings.class_weight, **arguments)


@dataclass
class _Watch:
    """Hears of each epoch and shows it; scikit-learn's callback protocol."""

    line: ProgressLine
    signals: list[int] = field(default_factory=list)
    begun: bool = False

    def setup(self, estimator: Any, context: Any) -> None:
        """Nothing is to be set up."""

    def teardown(self, estimator: Any, context: Any) -> None:
        """Nor taken down."""

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Start the clock at the first epoch; L-BFGS tells of its first when that has ended."""
        if context.task_name == "epoch" and not self.begun and estimator.solver != "lbfgs":
            self.begun = True
            self.line.training_begins()

    def on_fit_task_end(self, estimator: Any, context: Any) -> bool:
        """Show where training is, and end it after Ctrl-C.

        The exception of a Ctrl-C can be lost: Numba drops those that are raised while it looks at
        the types of arguments. What was noted is not.
        """
        if context.task_name == "epoch":
            scores = estimator.validation_scores_
            score = scores[-1] if scores else None
            self.line.show(estimator.n_iter_, estimator.loss_, score)
        return bool(self.signals)


@contextmanager
def _interruptible() -> Iterator[list[int]]:
    """Note whether Ctrl-C was pressed: the estimator ends its training then, and does not say."""
    noted: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield noted  # signals go to the main thread
        return

    def note(number: int, frame: Any) -> None:
        noted.append(number)
        signal.default_int_handler(number, frame)

    earlier = signal.signal(signal.SIGINT, note)
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, earlier)


def _is_known(warning: Any, estimator: Any, interrupted: bool) -> bool:
    """Return whether the report says so anyway: that all epochs are over, or Ctrl-C."""
    if issubclass(warning.category, ConvergenceWarning):
        return bool(estimator.n_iter_ == estimator.max_iter)
    return interrupted and "interrupted" in str(warning.message)
