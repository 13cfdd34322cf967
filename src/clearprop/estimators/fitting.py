"""One fit of an estimator: its arguments become settings, results become fitted attributes."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from clearprop.definitions.layers import Chain, Dropout
from clearprop.definitions.losses import Loss
from clearprop.definitions.noise import Noise
from clearprop.definitions.optimizers import LBFGS, SGD
from clearprop.definitions.parameters import Layout
from clearprop.definitions.penalty import L2
from clearprop.definitions.schedules import Progress
from clearprop.engines import get_engine
from clearprop.engines.base import TrainingRows, TrainingState, TrainingTask
from clearprop.estimators.callbacks import FitCallbacks
from clearprop.estimators.ended_early import InterruptedFit, NotFiniteError, is_one_of_many
from clearprop.estimators.followed import FitFollower, followers_of
from clearprop.estimators.kept import keeper_of, kept_fit
from clearprop.estimators.network import from_tree, to_tree
from clearprop.estimators.options import STOCHASTIC_SOLVERS, optimizer_of, schedule_of
from clearprop.estimators.reported import (
    UNCONVERGED,
    lbfgs_message,
    reported_loss,
    say,
    scorer_of,
)
from clearprop.estimators.stopping import note_best, stopping_rule
from clearprop.estimators.validation import LabelledRows
from clearprop.readings import numpy as xp
from clearprop.training.examination import record_of
from clearprop.training.given import Data
from clearprop.training.lbfgs import run_lbfgs
from clearprop.training.loop import run_epochs
from clearprop.training.outcome import Outcome
from clearprop.training.stopping import EarlyStopping, EarlyStoppingState
from clearprop.training.watch import EpochReport, Monitor, Settings


class Fit:
    """Train an estimator once, and update its fitted attributes after every epoch."""

    def __init__(
        self,
        estimator: Any,
        network: Chain,
        loss: Loss,
        rows: LabelledRows,
        validation: LabelledRows | None,
        callbacks: FitCallbacks | None,
        stream: Data | None = None,
    ) -> None:
        self.estimator = estimator
        self.network, self.loss = network, loss
        self.rows = TrainingRows.of(rows.X, rows.t, rows.weights)
        self.stream = stream  # then `rows` are a few of its rows
        self.count = self.rows.count if stream is None else stream.count
        self.validation = validation
        if validation is not None and getattr(estimator, "validation_scores_", None) is None:
            estimator.validation_scores_, estimator.validation_loss_curve_ = [], []
        self.callbacks = callbacks
        self.watched = bool(callbacks or validation or estimator.verbose)
        tree = to_tree(network, estimator.coefs_, estimator.intercepts_)
        self.layout = Layout.of(tree)
        self.vector = self.layout.pack(tree, rows.t.dtype)
        self.penalised = self.layout.penalised(network, self.vector.dtype)
        self.l2 = L2(float(estimator.alpha), per_row=True)
        self.reported = reported_loss(loss, rows.t.shape[1])
        if validation is not None:  # so that the first epoch does not include compiling
            get_engine(estimator.engine).prepare_outputs(network, tree, None, validation.X)

    def by_steps(self, incremental: bool) -> Outcome:
        """Run mini-batch epochs: one if `incremental`, else up to `max_iter`."""
        estimator = self.estimator
        optimizer = optimizer_of(estimator)
        task = TrainingTask(
            self.network, self.loss, optimizer, self.layout, self.penalised, self.l2,
            estimator.clip_norm,
        )  # fmt: skip
        earlier: TrainingState | None = getattr(estimator, "_position", None)
        if incremental and earlier is not None:
            start = replace(earlier, params=self.vector)
        else:
            state = optimizer.init(self.vector, self.penalised)
            start = TrainingState(self.vector, state, rows_seen=estimator.t_)
        settings = self._settings(
            1 if incremental else estimator.max_iter,
            batch_size_of(estimator, self.count),
            stopping_rule(estimator),
        )
        engine = get_engine(estimator.engine, task, self.rows.x.shape[1])
        order: Any = estimator._random_state
        if self.stream is not None:
            engine, order = self.stream.engine(engine), self.stream.orders
        if not incremental:
            settings = self._kept(settings, engine.name)
        outcome = run_epochs(
            task, engine, start, self.rows, settings,
            order, self._noise(), getattr(estimator, "_stopping_state", None),
        )  # fmt: skip
        self._record_unwatched(outcome)
        self._keep(task, start, outcome, settings.batch_size, restored=estimator.early_stopping)
        estimator.engine_report_ = engine.report()
        # A learning rate changed by hand is changed for this fit.
        estimator._position = replace(outcome.position, rate_factor=1.0)
        estimator._stopping_state = outcome.stopping_state
        self._finish(outcome, restore_best=bool(estimator.early_stopping), steps_before=start.steps)
        if outcome.reason == "epochs" and not incremental:
            warnings.warn(
                f"Stochastic Optimizer: Maximum iterations ({estimator.max_iter}) "
                "reached and the optimization hasn't converged yet.",
                ConvergenceWarning,
                stacklevel=2,
            )
        return outcome

    def _kept(self, settings: Settings, engine: str) -> Settings:
        """Return the settings with what keeps the fit; record the epochs that are kept already."""
        kept = kept_fit(self.estimator)
        rows: Any = self.rows if self.stream is None else self.stream.fingerprints
        keeper = keeper_of(kept, self.estimator, rows, self.validation, self.vector, engine)
        if kept.run is not None and self.watched:
            history = kept.run.history
            for epoch, loss in enumerate(history.loss):
                metrics = {name: values[epoch] for name, values in history.metrics.items()}
                self._record(epoch + 1, loss, metrics, kept.run.stopping_state)
        return replace(settings, keeper=keeper)

    def by_lbfgs(self) -> Outcome:
        """Run up to `max_iter` iterations of L-BFGS on all rows."""
        estimator = self.estimator
        optimizer = LBFGS(estimator.tol, estimator.max_fun)
        settings = self._settings(estimator.max_iter, self.rows.count, None)
        settings = self._kept(settings, estimator.engine)
        task = TrainingTask(
            self.network, self.loss, SGD(), self.layout, self.penalised, self.l2, None
        )
        start = TrainingState(self.vector, {})
        outcome = run_lbfgs(task, optimizer, start, self.rows, settings, estimator.engine)
        self._record_unwatched(outcome)
        self._keep(task, start, outcome, self.rows.count, by_itself=True)
        estimator.engine_report_ = ()
        self._finish(outcome, restore_best=False, steps_before=0)
        if outcome.reason in UNCONVERGED:
            warnings.warn(lbfgs_message(estimator, outcome.reason), ConvergenceWarning, 2)
        return outcome

    def _keep(
        self,
        task: TrainingTask,
        start: TrainingState,
        outcome: Outcome,
        batch_size: int,
        restored: bool = False,
        by_itself: bool = False,
    ) -> None:
        """Keep what `health_` is computed from."""
        best = bool(restored) and outcome.best is not None
        self.estimator._record = record_of(
            task, self.rows, start, outcome, batch_size, by_itself, best
        )

    def _settings(self, epochs: int, batch_size: int, stopping: EarlyStopping | None) -> Settings:
        estimator, callbacks = self.estimator, self.callbacks
        return Settings(
            epochs=epochs,
            batch_size=batch_size,
            shuffle=estimator.shuffle,
            schedule=schedule_of(estimator),
            stopping=stopping,
            monitors=self._monitors(),
            before_epoch=None if callbacks is None else callbacks.begin_epoch,
            on_epoch=self._on_epoch(),
            reported=self.reported,
        )

    def _on_epoch(self) -> Callable[[EpochReport], Any] | None:
        followers = [] if self.callbacks is None else followers_of(self.estimator)
        if followers:
            return FitFollower(self.estimator, self._after_epoch, followers)
        return self._after_epoch if self.watched else None

    def _noise(self) -> Noise:
        """Return the stream of dropout masks; draw no seed for it if there is no dropout."""
        if not any(isinstance(layer, Dropout) for layer in self.network.layers):
            return Noise(0)
        return Noise(int(self.estimator._random_state.randint(np.iinfo(np.int32).max)))

    def _monitors(self) -> dict[str, Monitor]:
        if self.validation is None:
            return {}
        held_out, estimator = self.validation, self.estimator
        score = scorer_of(estimator, held_out)
        latest: list[Any] = [None, None]

        # If outputs overflow, the curves show a score of NaN or an infinite loss.
        @np.errstate(over="ignore", invalid="ignore")
        def outputs(position: TrainingState) -> np.ndarray:
            """Return the raw outputs (N, K), computed once for both score and loss."""
            if latest[0] is not position:
                self._take_weights(position)
                latest[:] = position, estimator._outputs(held_out.X)
            return np.asarray(latest[1])

        @np.errstate(over="ignore", invalid="ignore")
        def validation_score(position: TrainingState) -> float:
            return score(outputs(position))

        @np.errstate(over="ignore", invalid="ignore")
        def validation_loss(position: TrainingState) -> float:
            values = self.loss.value(xp, outputs(position), held_out.t)
            return self.reported(float(np.average(values, weights=held_out.weights)), 0.0)

        return {"validation_score": validation_score, "validation_loss": validation_loss}

    def _take_weights(self, position: TrainingState) -> None:
        tree = self.layout.unpack(position.params)
        self.estimator.coefs_, self.estimator.intercepts_ = from_tree(self.network, tree)

    def _after_epoch(self, report: EpochReport) -> bool:
        """Update the fitted attributes, which callbacks may read during the fit."""
        self._take_weights(report.position)
        if self.estimator.solver in STOCHASTIC_SOLVERS:
            self.estimator.learning_rate_ = report.learning_rate
        self._record(report.epoch, report.loss, report.metrics, report.stopping_state)
        say(self.estimator, f"Iteration {report.epoch}, loss = {report.loss:.8f}")
        if self.validation is not None:
            say(self.estimator, f"Validation score: {report.metrics['validation_score']:f}")
        return self.callbacks is not None and self.callbacks.end_epoch()

    def _record_unwatched(self, outcome: Outcome) -> None:
        """Record all epochs at once, if nothing could read them during the fit."""
        if not self.watched:
            for epoch, loss in enumerate(outcome.history.loss, 1):
                self._record(epoch, loss, {}, outcome.stopping_state)

    def _record(
        self, epoch: int, loss: float, metrics: Mapping[str, float], stopping: EarlyStoppingState
    ) -> None:
        estimator = self.estimator
        estimator.n_iter_ = epoch
        estimator.t_ += self.count if estimator.solver in STOCHASTIC_SOLVERS else 0
        estimator.loss_ = loss
        estimator.loss_curve_.append(loss)
        if self.validation is not None:
            estimator.validation_scores_.append(metrics["validation_score"])
            estimator.validation_loss_curve_.append(metrics["validation_loss"])
        note_best(estimator, stopping.best)

    def _finish(self, outcome: Outcome, restore_best: bool, steps_before: int) -> None:
        """Set the weights to keep, and report what ended training early."""
        estimator, position = self.estimator, outcome.position
        estimator.learning_rate_ = _next_rate(estimator, position)
        if restore_best and outcome.best is not None:
            position = outcome.best
        elif restore_best and outcome.history.loss and not np.isnan(outcome.stopping_state.best):
            position = replace(
                position, params=self.vector
            )  # those of an earlier fit are still the best
        self._take_weights(position)
        if outcome.reason == "interrupted":
            warnings.warn(
                "Training interrupted by user. The estimator is fitted: it has the weights after "
                f"{len(outcome.history)} epochs ({outcome.position.steps:,} steps).",
                stacklevel=2,
            )
            if is_one_of_many():
                raise InterruptedFit
        elif outcome.reason == "not finite":
            self._explain_failure(outcome, outcome.position.steps == steps_before)
        elif outcome.reason == "stopped improving":
            monitor = stopping_rule(estimator).monitor
            what = "Training loss" if monitor == "loss" else monitor.replace("_", " ").capitalize()
            say(
                estimator,
                f"{what} did not improve more than tol={estimator.tol:f} for "
                f"{estimator.n_iter_no_change} consecutive epochs. Stopping.",
            )

    def _explain_failure(self, outcome: Outcome, at_the_start: bool) -> None:
        if at_the_start:
            raise NotFiniteError(
                "Solver produced non-finite parameter weights. The input data may contain large "
                f"values and need to be preprocessed. In full: {outcome.failure}",
                outcome.incident,
            )
        if self.validation is not None:
            self.estimator.validation_scores_.append(float("nan"))
        warnings.warn(f"Training stopped: {outcome.failure}", ConvergenceWarning, stacklevel=2)


def batch_size_of(estimator: Any, rows: int) -> int:
    """Return the number of rows in a batch; "auto" is min(200, rows)."""
    if estimator.batch_size == "auto":
        return min(200, rows)
    if estimator.batch_size > rows:
        warnings.warn(
            "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped",
            stacklevel=2,
        )
    return int(np.clip(estimator.batch_size, 1, rows))


def _next_rate(estimator: Any, position: TrainingState) -> float:
    if estimator.solver not in STOCHASTIC_SOLVERS:
        return float("nan")
    progress = Progress(
        position.steps, position.steps + 1, position.epochs, position.rows_seen, position.plateaus
    )
    return float(estimator.learning_rate_init * schedule_of(estimator).factor(progress))
