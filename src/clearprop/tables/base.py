"""Base of the table estimators: from a raw table to members, and back to outputs."""

from __future__ import annotations

import os
import time
from abc import abstractmethod
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.callback import CallbackSupportMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import (
    _check_sample_weight,
    check_consistent_length,
    check_is_fitted,
)

from clearprop.data.places import CellError
from clearprop.data.stream import Stream
from clearprop.data.table_pieces import TablePieces
from clearprop.engines import get_engine
from clearprop.estimators.decorators import fit_context
from clearprop.estimators.exclusive import exclusive_fit
from clearprop.estimators.shown import ShownNetwork
from clearprop.estimators.weights import check_row_weights
from clearprop.files.container import NEWEST_VERSION, write_model
from clearprop.tables.arguments import CONSTRAINTS
from clearprop.tables.callbacks import MemberCallbacks
from clearprop.tables.columns import columns_of
from clearprop.tables.findings import find, warn_of_leaks
from clearprop.tables.fit_inputs import CodingRules, fit_inputs, read_columns
from clearprop.tables.health import health_of
from clearprop.tables.members import train_members
from clearprop.tables.opened_members import OpenedMembers
from clearprop.tables.progress import MemberProgress, ProgressText
from clearprop.tables.progress_health import ProgressHealth
from clearprop.tables.recipe import ALL, PARTS, WITHOUT_PIECES, recipe_of
from clearprop.tables.rows import in_order, repeated
from clearprop.tables.shown import members_title
from clearprop.tables.task import (
    Member,
    MemberTask,
    Watcher,
)
from clearprop.tables.unchanged import unchanged_unless_done
from clearprop.tables.unread import warn_of_unread
from clearprop.training.interruption import set_by_signals

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from clearprop.definitions.losses import Loss
    from clearprop.health.checks import Health
    from clearprop.tables.streamed.encoder import TargetScale
    from clearprop.tables.streamed.statistics import TableStatistics


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


class BaseTable(OpenedMembers, ShownNetwork, CallbackSupportMixin, BaseEstimator):
    """Base of TableClassifier and TableRegressor: small networks over coded columns, averaged."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = CONSTRAINTS

    @abstractmethod
    def _check_y(self, y: Any) -> NDArray[Any]:
        """Return validated targets, (N,) or (N, K), and learn what they are."""

    @abstractmethod
    def _targets(self, y: NDArray[Any], weights: Any) -> TableTargets:
        """Return the targets as networks see them."""

    @abstractmethod
    def _streamed_targets(self, found: TableStatistics) -> tuple[TableTargets, TargetScale]:
        """Return the targets of a stream's sample, scaled as those of all its rows ask for."""

    @abstractmethod
    def _weigh(self, y: NDArray[Any], sample_weight: Any) -> Any:
        """Return the rows' weights, class weights included; None where all are equal."""

    @abstractmethod
    def _after_training(self, task: MemberTask, y: NDArray[Any]) -> None:
        """Learn from the rows that members held out."""

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Learn from a raw table how its columns are coded, and train the members on it.

        Parameters
        ----------
        X : {DataFrame, array-like, sparse matrix} of shape (n_samples, n_features)
            The table of pandas, polars or pyarrow, or an array: numbers, categories, texts, dates,
            with missing values. Or a ``clearprop.Stream``, which has the targets: rows that do not
            fit into memory, `docs/stream.md`.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets; left out for a stream.
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

        Notes
        -----
        ``model.set_callbacks(callback).fit(X, y)`` takes callbacks of scikit-learn's protocol
        (``sklearn.callback.FitCallback``). Their hooks are told of three kinds of tasks by
        ``context.task_name``: "fit"; in it a "member" for each network that is trained, whose
        ``context.task_id`` is its place; in that an "epoch", from 0, told when it has ended.
        ``estimator.training_[place]`` is a :class:`~clearprop.tables.callbacks.MemberTraining`:
        the curves of loss and held-out loss so far. ``fitted_estimator`` predicts by this member
        alone; at the end of the fit, by all. ``on_fit_task_end`` that returns True at the end of
        an epoch ends this member, which stays; at the end of a member it ends the fit, as Ctrl-C
        does: ``ended_`` is "callback". Members train in threads, and hooks are called by one
        thread at a time. A model file holds no callbacks.
        """
        with exclusive_fit(self), unchanged_unless_done(self):
            return self._fit(X, y, sample_weight, self._own_progress)

    @fit_context(prefer_skip_nested_validation=True)
    def fit_with(self, X: Any, y: Any, progress: Callable[[int], MemberProgress]) -> Self:
        """Fit as :meth:`fit` does, with a progress display for so many epochs of all members."""
        with exclusive_fit(self), unchanged_unless_done(self):
            return self._fit(X, y, None, progress)

    def _own_progress(self, epochs: int) -> MemberProgress:
        return ProgressText(epochs, bool(self.verbose))

    def _fit(
        self, X: Any, y: Any, sample_weight: Any, progress: Callable[[int], MemberProgress]
    ) -> Self:
        get_engine(self.engine)  # raises where it cannot be had, before anything is read
        if isinstance(X, Stream | TablePieces):
            from clearprop.tables.streamed.fit import fit_to_stream

            return fit_to_stream(self, X, y, sample_weight, progress)
        began = time.monotonic()
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        given = {"X": X, "y": y, "metadata": metadata}
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
        whole = self._weigh(y, sample_weight)
        check_row_weights(whole, np.dtype(np.float32))
        given_table = table  # its rows have the numbers that an error names
        table, y, weights = repeated(table, y, whole)
        order = in_order(table, y)
        if order is not None:
            table, y = table.take(order), y[order]
            weights = None if weights is None else weights[order]
        targets = self._targets(y, weights)
        try:
            read = read_columns(table.columns, table.rows, self.ignore, self.keep)
        except CellError:
            read_columns(given_table.columns, given_table.rows, self.ignore, self.keep)
            raise
        self.findings_ = find(read, *self._seen_target(y, targets.columns), order)
        warn_of_leaks(self.findings_)
        warn_of_unread(read)
        self.inputs_, encoded = fit_inputs(read, targets.columns, CodingRules.of(self))
        self.n_rows_ = table.rows
        self._recipe = recipe_of(self, table.rows)
        task = self._task(encoded, targets, weights)
        stop = Event()
        with set_by_signals(stop), progress(task.most_epochs) as shown:
            looks = [ProgressHealth(shown)] if shown.is_seen else []
            watcher = Watcher(stop, began + (self.time_limit or np.inf), shown.epoch_done, looks)
            told = MemberCallbacks(self, given, task, watcher) if self._has_callbacks else None
            self._train(task, watcher, told)
            self._after_training(task, y)
            if told is not None:
                told.fit_ends()
        return self

    @property
    def _has_callbacks(self) -> bool:
        return bool(getattr(self, "_skl_callbacks", None))

    @abstractmethod
    def _of_members(self, members: list[Member]) -> dict[str, Any]:
        """Return the attributes with which a copy predicts by these members alone."""

    def _task(self, encoded: Any, targets: TableTargets, weights: Any) -> MemberTask:
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        inputs = {ALL: encoded}
        plain = self.inputs_.without_pieces()
        if 0 < len(plain) < encoded.shape[1]:
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
            checkpoint=self.checkpoint, resume=self.resume, engine=self.engine,
        )  # fmt: skip

    def _seen_target(self, y: NDArray[Any], columns: NDArray[Any]) -> tuple[Any, Any]:
        """Return the target and the names of its classes as findings take them."""
        return columns, None

    @property
    def health_(self) -> Health:
        """What is wrong with the last fit: the findings of its networks, and of its columns.

        A loaded estimator knows those of its columns only.
        """
        check_is_fitted(self)
        return health_of(self.members_, self.findings_)

    _is_single_label = True

    def _train(self, task: MemberTask, watcher: Watcher, told: MemberCallbacks | None) -> None:
        watcher.processes = get_engine(self.engine).processes
        # Of a stream each network that trains has blocks of its own in memory.
        jobs = self.n_jobs or (None if task.streamed is None else 1)
        if watcher.processes.count > 1:
            jobs = 1  # all processes train the same network
        self.members_: list[Member] = train_members(task, watcher, jobs, told)
        if all(member.inputs == WITHOUT_PIECES for member in self.members_):
            self.inputs_ = self.inputs_.plain()  # no network sees the pieces
        self.ended_: str = watcher.reason
        self.n_iter_ = max(member.epochs for member in self.members_)

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

    def _network_line(self) -> str | None:
        return members_title(self) if hasattr(self, "members_") else None

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "members_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        tags.input_tags.sparse = True
        return tags
