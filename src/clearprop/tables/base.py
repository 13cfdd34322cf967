"""Base of the table estimators: from a raw table to members, and back to outputs."""

from __future__ import annotations

import os
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Event
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_consistent_length, check_is_fitted

from clearprop.definitions.optimizers import AdamW
from clearprop.engines import get_engine
from clearprop.estimators.decorators import fit_context
from clearprop.estimators.exclusive import exclusive_fit
from clearprop.estimators.opened import words_of
from clearprop.estimators.weights import check_row_weights
from clearprop.explaining.labels import StepLabels
from clearprop.explaining.opened import Step, explain
from clearprop.files.container import NEWEST_VERSION, write_model
from clearprop.tables.arguments import CONSTRAINTS
from clearprop.tables.columns import columns_of
from clearprop.tables.findings import find, warn_of_leaks
from clearprop.tables.fit_inputs import CodingRules, fit_inputs, read_columns
from clearprop.tables.members import train_members
from clearprop.tables.progress import MemberProgress, ProgressText
from clearprop.tables.recipe import PARTS, recipe_of
from clearprop.tables.rows import in_order, repeated
from clearprop.tables.task import (
    ALL,
    WITHOUT_PIECES,
    Member,
    MemberTask,
    Watcher,
    network_of,
)
from clearprop.tables.unchanged import unchanged_unless_done
from clearprop.training.interruption import set_by_signals

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from clearprop.definitions.losses import Loss


@dataclass(frozen=True, eq=False)
class TableTargets:
    """Targets as networks see them.

    Attributes
    ----------
    columns
        (N, K), as the loss takes them.
    strata
        For each row a number (N,): every part that is held out has its share of each.
    loss
        What is minimised.
    prior
        What the last layer's bias starts from (K,); None for zeros.
    classifies
        Whether they are classes.
    """

    columns: NDArray[Any]
    strata: NDArray[Any]
    loss: Loss
    prior: NDArray[Any] | None
    classifies: bool


class BaseTable(BaseEstimator, ABC):
    """Base of TableClassifier and TableRegressor: small networks over coded columns, averaged."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = CONSTRAINTS

    @abstractmethod
    def _check_y(self, y: Any) -> NDArray[Any]:
        """Return validated targets, (N,) or (N, K), and learn what they are."""

    @abstractmethod
    def _targets(self, y: NDArray[Any], weights: Any) -> TableTargets:
        """Return the targets as networks see them."""

    @abstractmethod
    def _columns_of(self, y: Any) -> NDArray[Any]:
        """Return targets of new rows as networks see them, (N, K)."""

    @abstractmethod
    def _weigh(self, y: NDArray[Any], sample_weight: Any) -> Any:
        """Return the rows' weights, class weights included; None where all are equal."""

    @abstractmethod
    def _after_training(self, task: MemberTask, y: NDArray[Any]) -> None:
        """Learn from the rows that members held out."""

    @abstractmethod
    def _predicted_by(self, outputs: NDArray[Any]) -> NDArray[Any]:
        """Return the predictions of one member for its raw outputs (N, K)."""

    @abstractmethod
    def _loss_object(self) -> Loss:
        """Return the loss that the members minimise."""

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn from a raw table how its columns are coded, and train the members on it.

        Parameters
        ----------
        X : {DataFrame, array-like, sparse matrix} of shape (n_samples, n_features)
            The table of pandas, polars or pyarrow, or an array: numbers, categories, texts, dates,
            with missing values.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the rows, from 0. Whole weights repeat rows: a row of weight 2 stands for
            two rows, and one of weight 0 for none.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If a value cannot be used; the message names its column and row.
        KeyboardInterrupt
            If Ctrl-C came before the end of the first epoch. After that Ctrl-C ends training,
            and the members that are trained are kept.
        """
        with exclusive_fit(self), unchanged_unless_done(self):
            return self._fit(X, y, sample_weight, self._own_progress)

    def fit_with(self, X: Any, y: Any, progress: Callable[[int], MemberProgress]) -> Self:
        """Fit as :meth:`fit` does, with a progress display for so many epochs of all members."""
        self._validate_params()
        with exclusive_fit(self), unchanged_unless_done(self):
            return self._fit(X, y, None, progress)

    def _own_progress(self, epochs: int) -> MemberProgress:
        return ProgressText(epochs, bool(self.verbose))

    def _fit(
        self, X: Any, y: Any, sample_weight: Any, progress: Callable[[int], MemberProgress]
    ) -> Self:
        began = time.monotonic()
        table = columns_of(self, X, reset=True)
        if y is None:
            raise ValueError(
                f"This {type(self).__name__} estimator requires y to be passed, but the target y "
                "is None."
            )
        y = self._check_y(y)
        check_consistent_length(range(table.rows), y)
        if sample_weight is not None:
            rows = np.zeros((table.rows, 1))
            sample_weight = _check_sample_weight(
                sample_weight, rows, dtype=np.float64, ensure_non_negative=True
            )
        check_row_weights(sample_weight, np.dtype(np.float32))
        table, y, weights = repeated(table, y, self._weigh(y, sample_weight))
        order = in_order(table, y)
        if order is not None:
            table, y = table.take(order), y[order]
            weights = None if weights is None else weights[order]
        targets = self._targets(y, weights)
        read = read_columns(table.columns, table.rows, self.ignore, self.keep)
        self.findings_ = find(read, *self._seen_target(y, targets.columns), order)
        warn_of_leaks(self.findings_)
        self.inputs_, encoded = fit_inputs(read, targets.columns, CodingRules.of(self))
        self.n_rows_ = table.rows
        self._recipe = recipe_of(self, table.rows)
        task = self._task(encoded, targets, weights)
        stop = Event()
        with set_by_signals(stop), progress(task.most_epochs) as shown:
            self._train(task, Watcher(stop, began + (self.time_limit or np.inf), shown.epoch_done))
            self._after_training(task, y)
        return self

    def _task(self, encoded: Any, targets: TableTargets, weights: Any) -> MemberTask:
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        inputs = {ALL: encoded}
        plain = self.inputs_.without_pieces()
        if targets.classifies and 0 < len(plain) < encoded.shape[1]:
            inputs[WITHOUT_PIECES] = encoded[:, plain]
        rows = len(targets.columns)
        # Each stratum's rows in a random order, dealt out to the parts in turn.
        keys = np.random.default_rng([seed, 5]).random(rows)
        parts = np.empty(rows, np.intp)
        parts[np.lexsort((keys, targets.strata))] = np.arange(rows) % PARTS
        return MemberTask(
            self._recipe, targets.loss, inputs, targets.columns,
            None if weights is None else weights.astype(np.float32),
            targets.prior, parts, targets.classifies,
            refined=targets.classifies and self._is_single_label, seed=seed,
        )  # fmt: skip

    def _seen_target(self, y: NDArray[Any], columns: NDArray[Any]) -> tuple[Any, Any]:
        """Return the target and the names of its classes as findings take them."""
        return columns, None

    _is_single_label = True

    def _train(self, task: MemberTask, watcher: Watcher) -> None:
        self.members_: list[Member] = train_members(task, watcher, self.n_jobs)
        self.ended_: str = (
            "interrupted" if watcher.stop.is_set() else "time" if watcher.late() else "done"
        )
        self.n_iter_ = max(member.epochs for member in self.members_)

    def explain(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        member: int = 0,
        row_names: Sequence[str] | None = None,
    ) -> Step:
        """Return a training step of one member on these rows, with the origin of every number.

        The step starts from the member's weights, with the optimizer's first state and its
        highest learning rate: what training would do next if it began again from here.

        Parameters
        ----------
        X : {DataFrame, array-like, sparse matrix} of shape (n_samples, n_features)
            A table with the columns of training.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the rows.
        member : int, default=0
            Which of ``members_``.
        row_names : sequence of str, optional
            Names of the rows.

        Returns
        -------
        step : Step
            See :func:`clearprop.explain`; its inputs have the names of ``inputs_.input_names``.
        """
        encoded = self.encode(X)
        if hasattr(encoded, "toarray"):
            encoded = encoded.toarray()
        found, recipe = self.members_[member], self._recipe
        whole = encoded
        names = self._seen_by(member, np.array([self.inputs_.input_names], dtype=object))[0]
        encoded = self._seen_by(member, encoded)
        step = explain(
            self.network(member), self._loss_object(), found.params, encoded, self._columns_of(y),
            optimizer=AdamW(recipe.learning_rate, recipe.weight_decay, 0.9, recipe.beta_2),
            sample_weight=sample_weight,
        )  # fmt: skip
        labels = StepLabels(
            rows=tuple(row_names or (f"row {place}" for place in range(len(encoded)))),
            columns=tuple(names),
            classes=tuple(map(str, getattr(self, "classes_", ()))),
            targets=tuple(words_of(y)),
            predictions=tuple(words_of(self._predicted_by(self._outputs_of(member, whole)))),
        )
        return replace(step, labels=labels)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Save the fitted estimator in one file that ``clearprop.load`` reads; no pickle is used.

        Parameters
        ----------
        path : path-like
            The file to create or to replace. A failed save leaves the old file as it was.

        Raises
        ------
        TypeError
            If a parameter is the user's own code; the message names it and nothing is written.
        ValueError
            If a weight is NaN or infinite; nothing is written.
        """
        from clearprop.tables.stored import parts_of

        write_model(path, *parts_of(self), version=NEWEST_VERSION)

    @property
    def member_loss(self) -> Loss:
        """The loss that the members minimise."""
        return self._loss_object()

    def network(self, member: int = 0) -> Any:
        """Return the network of a member, of the layers that :func:`clearprop.explain` takes."""
        check_is_fitted(self)
        found = self.members_[member]
        first = next(iter(found.params.values()))
        last = list(found.params.values())[-1]
        return network_of(self._recipe, first["W"].shape[0], last["W"].shape[1])

    def encode(self, X: Any) -> Any:
        """Return the inputs (n_samples, D) that the networks see for the rows of a raw table.

        Their names are ``inputs_.input_names``.
        """
        check_is_fitted(self)
        table = columns_of(self, X, reset=False)
        return self.inputs_.encode(table.columns, table.rows)[0]

    def _member_outputs(self, encoded: Any) -> list[NDArray[np.float32]]:
        """Return the raw outputs (N, K) of each member for inputs of :meth:`encode`."""
        return [self._outputs_of(k, encoded) for k in range(len(self.members_))]

    def _outputs_of(self, member: int, encoded: Any) -> NDArray[np.float32]:
        network, params = self.network(member), self.members_[member].params
        seen = self._seen_by(member, encoded)
        return np.asarray(get_engine("auto").outputs(network, params, None, seen))

    def _seen_by(self, member: int, encoded: Any) -> Any:
        """Return those of the inputs that a member sees."""
        if self.members_[member].inputs == WITHOUT_PIECES:
            return encoded[:, self.inputs_.without_pieces()]
        return encoded

    def _held_out(self, task: MemberTask) -> tuple[NDArray[np.intp], NDArray[Any]]:
        """Return the rows that probes held out (M,), and the raw outputs (M, K) of those probes."""
        probes = [(k, m) for k, m in enumerate(self.members_) if len(m.held_out)]
        if not probes:
            return np.zeros(0, np.intp), np.zeros((0, task.targets.shape[1]))
        rows = np.concatenate([member.held_out for _, member in probes])
        outputs = [
            get_engine("auto").outputs(
                self.network(k), member.params, None, task.inputs[member.inputs][member.held_out]
            )
            for k, member in probes
        ]
        return rows, np.concatenate(outputs)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "members_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        tags.input_tags.sparse = True
        return tags
