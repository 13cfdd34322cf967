"""Base class of the estimators: scikit-learn's contract over clearprop's training loop."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.callback import CallbackSupportMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from clearprop.checking import check_loss_once
from clearprop.definitions.losses import Loss
from clearprop.engines import get_engine
from clearprop.estimators.callbacks import OF_CALLBACKS, FitCallbacks
from clearprop.estimators.constraints import CONSTRAINTS
from clearprop.estimators.decorators import fit_context
from clearprop.estimators.ended_early import InterruptedFit
from clearprop.estimators.exclusive import exclusive_fit
from clearprop.estimators.fitting import Fit
from clearprop.estimators.health import HasHealth
from clearprop.estimators.inputs import validated, warn_of_overflow
from clearprop.estimators.network import build_network, from_tree, to_tree
from clearprop.estimators.opened_network import OpenedNetwork
from clearprop.estimators.options import STOCHASTIC_SOLVERS, hidden_sizes, out_activation
from clearprop.estimators.plain_inputs import are_valid
from clearprop.estimators.scaling import warn_if_badly_scaled
from clearprop.estimators.shown import ShownNetwork, network_line
from clearprop.estimators.stopping import note_best, warn_if_ignored
from clearprop.estimators.stored import parts_of as stored_parts
from clearprop.estimators.validation import LabelledRows, parts_of, split_off
from clearprop.estimators.weights import check_row_weights
from clearprop.files.container import write_model
from clearprop.readings import numpy as xp
from clearprop.training.sources import RowSource


class BaseMLP(HasHealth, ShownNetwork, OpenedNetwork, CallbackSupportMixin, BaseEstimator, ABC):
    """Base of MLPClassifier and MLPRegressor: networks of dense layers."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = CONSTRAINTS
    _target_checks: ClassVar[dict[str, Any]]

    @abstractmethod
    def _check_targets(self, y: Any, incremental: bool) -> np.ndarray:
        """Return validated `y` as numbers or 0/1 columns, (N,) or (N, K)."""

    @abstractmethod
    def _labels(self, t: np.ndarray) -> Any:
        """Return targets in the user's form, from those that `_check_targets` returned."""

    @abstractmethod
    def _weigh(self, y: Any, sample_weight: Any, incremental: bool) -> Any:
        """Return the rows' weights, class weights included; None where all are equal."""

    @abstractmethod
    def _as_split(self, t: np.ndarray) -> np.ndarray:
        """Return targets in the form that scikit-learn's `train_test_split` takes."""

    @abstractmethod
    def _stratifies(self) -> bool:
        """Return whether the validation rows are drawn class by class."""

    @abstractmethod
    def _scaled_targets(self, y: Any) -> Any:
        """Return the targets if their scale affects training, else None."""

    @abstractmethod
    def _loss_object(self) -> Loss:
        """Return the loss that training minimises."""

    @abstractmethod
    def _predicted(self, outputs: np.ndarray) -> Any:
        """Return the predictions for raw outputs."""

    @abstractmethod
    def _score(self, outputs: np.ndarray, y: Any, sample_weight: Any = None) -> float:
        """Return the default score of raw outputs; NaN where predictions are not finite."""

    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self, X: Any, y: Any = None, sample_weight: Any = None, validation_data: Any = None
    ) -> Self:
        """Fit the network to X and y; start from new weights unless `warm_start`.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Inputs. They are used as they are: scale them first. Or a ``clearprop.Stream``, which
            has the targets, of rows that do not fit into memory; it is trained on in 32 bits.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows, from 0. A row of weight 2 counts as two rows, in every batch.
        validation_data : (X, y) or (X, y, sample_weight), default=None
            Rows on which score and loss are measured after each epoch, see `validation_scores_`
            and `validation_loss_curve_`. With `early_stopping` they replace the rows that would
            otherwise be split off.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        KeyboardInterrupt
            If Ctrl-C came before the end of the first epoch: the estimator is then as it was
            before. After that Ctrl-C ends training with a warning, and the estimator is fitted;
            within a search, a cross-validation or an ensemble of scikit-learn the exception is
            raised all the same, and ends all of its fits.
        """
        with exclusive_fit(self):
            return self._fit(X, y, sample_weight, validation_data, incremental=False)

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
        write_model(path, *stored_parts(self))

    def _fit(
        self, X: Any, y: Any, sample_weight: Any, validation_data: Any, incremental: bool
    ) -> Any:
        """Fit and return self; after Ctrl-C in the first epoch, restore the old state."""
        before = self.__dict__.copy()
        try:
            callbacks = self._train(X, y, sample_weight, validation_data, incremental)
        except InterruptedFit:
            raise
        except KeyboardInterrupt:
            ours = [name for name in self.__dict__ if not name.startswith(OF_CALLBACKS)]
            for name in ours:
                del self.__dict__[name]
            self.__dict__.update(before)
            raise
        if callbacks is not None:
            callbacks.end_fit()
        return self

    def _train(
        self, X: Any, y: Any, sample_weight: Any, validation_data: Any, incremental: bool
    ) -> FitCallbacks | None:
        """Train from the weights there are or from new ones; return the callbacks of this fit."""
        sizes = hidden_sizes(self.hidden_layer_sizes)
        if incremental and self.early_stopping:
            raise ValueError(f"partial_fit does not support early_stopping={self.early_stopping}")
        if isinstance(X, RowSource):
            from clearprop.estimators.streamed import fit_to_stream

            self._random_state = check_random_state(self.random_state)
            fit_to_stream(self, X, y, sample_weight, validation_data)
            return None
        first_pass = not hasattr(self, "coefs_") or (not self.warm_start and not incremental)
        given_X, given_y, given_weight = X, y, sample_weight
        X, y = validated(self, X, y=y, reset=first_pass, multi_output=True, **self._target_checks)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(
                sample_weight, X, dtype=X.dtype, ensure_non_negative=True
            )
        rows = self._labelled(X, y, sample_weight, incremental)
        self.n_outputs_ = rows.t.shape[1]
        self.n_layers_ = len(sizes) + 2
        self._random_state = check_random_state(self.random_state)
        network = build_network(self, X.shape[1], self.n_outputs_)
        if first_pass:
            self._start(network, X.dtype)
            names = getattr(self, "feature_names_in_", None)
            warn_if_badly_scaled(X, self._scaled_targets(y), names)

        loss = self._loss_object()
        rows = self._for_loss(rows, loss)
        check_loss_once(loss, rows.t.shape[0], rows.t)
        callbacks = None
        if not incremental and getattr(self, "_skl_callbacks", None):
            callbacks = FitCallbacks(self, given_X, given_y, given_weight)
        if self.solver in STOCHASTIC_SOLVERS:
            rows, held_out = self._hold_out(rows, validation_data, loss)
            Fit(self, network, loss, rows, held_out, callbacks).by_steps(incremental)
        else:
            warn_if_ignored(self)
            held_out = self._given_validation(validation_data, loss)
            Fit(self, network, loss, rows, held_out, callbacks).by_lbfgs()
        return callbacks

    def _labelled(self, X: Any, y: Any, weights: Any, incremental: bool) -> LabelledRows:
        """Return rows with targets as columns (N, K), and X dense or in CSR form."""
        weights = self._weigh(y, weights, incremental)
        check_row_weights(weights, X.dtype)
        t = self._check_targets(y, incremental)
        t = t.reshape(-1, 1) if t.ndim == 1 else t
        return LabelledRows(X.tocsr() if hasattr(X, "tocsr") else X, t, weights, y)

    def _for_loss(self, rows: LabelledRows, loss: Loss) -> LabelledRows:
        t = loss.targets(rows.t, self.n_outputs_, rows.X.dtype)
        return LabelledRows(rows.X, t, rows.weights, rows.y)

    def _hold_out(
        self, rows: LabelledRows, validation_data: Any, loss: Loss
    ) -> tuple[LabelledRows, LabelledRows | None]:
        """Return training rows, and validation rows: given, split off, or None."""
        if validation_data is not None or not self.early_stopping:
            return rows, self._given_validation(validation_data, loss)
        binarised = LabelledRows(rows.X, self._as_split(rows.t), rows.weights)
        stratify = binarised.t if self._stratifies() else None
        train, held_out = split_off(
            binarised, self.validation_fraction, self._random_state, stratify
        )
        check_row_weights(train.weights, rows.X.dtype, "training row")
        check_row_weights(held_out.weights, rows.X.dtype, "row of the validation set")
        labels = self._labels(held_out.t)
        return self._for_loss(train, loss), self._for_loss(
            LabelledRows(held_out.X, held_out.t, held_out.weights, labels), loss
        )

    def _given_validation(self, validation_data: Any, loss: Loss) -> LabelledRows | None:
        if validation_data is None:
            return None
        X, y, weights = parts_of(validation_data)
        X, y = validated(self, X, y=y, reset=False, multi_output=True, **self._target_checks)
        if weights is not None:
            weights = _check_sample_weight(weights, X, dtype=X.dtype, ensure_non_negative=True)
        t = self._check_targets(y, incremental=True)
        t = t.reshape(-1, 1) if t.ndim == 1 else t
        return self._for_loss(LabelledRows(X, t, weights, y), loss)

    def _start(self, network: Any, dtype: Any) -> None:
        """Initialise weights, counters and curves for a first fit."""
        tree = network.init(self._random_state, dtype)
        self.coefs_, self.intercepts_ = from_tree(network, tree)
        self.out_activation_ = out_activation(self._loss_object())
        self.n_iter_ = self.t_ = 0
        self.loss_ = np.inf
        self.loss_curve_: list[float] = []
        self.validation_scores_: list[float] | None = None
        self.validation_loss_curve_: list[float] | None = None
        for stale in ("_position", "_stopping_state", "_record"):
            self.__dict__.pop(stale, None)
        if self.solver in STOCHASTIC_SOLVERS:
            note_best(self, None)

    def _network(self) -> Any:
        return build_network(self, self.coefs_[0].shape[0], self.coefs_[-1].shape[1])

    def _network_line(self) -> str | None:
        return network_line(self)

    def _check_inputs(self, X: Any) -> Any:
        if are_valid(self, X):
            return X
        X = validated(self, X, reset=False)
        return X.tocsr() if hasattr(X, "tocsr") else X

    def _outputs(self, X: Any) -> np.ndarray:
        """Return the raw outputs (N, K) for validated rows."""
        network = self._network()
        tree = to_tree(network, self.coefs_, self.intercepts_)
        return get_engine(self.engine).outputs(network, tree, None, X)

    def _outputs_to_predict(self, X: Any) -> np.ndarray:
        """Return the raw outputs (N, K) for unvalidated rows; warn if they are not finite."""
        check_is_fitted(self)
        with np.errstate(over="ignore", invalid="ignore"):
            outputs = self._outputs(self._check_inputs(X))
        warn_of_overflow(outputs)
        return outputs

    def _linked(self, outputs: np.ndarray) -> np.ndarray:
        """Return the loss's link of the raw outputs, (N, K)."""
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(self._loss_object().link(xp, outputs))

    @property
    def _solver_takes_steps(self) -> bool:
        if self.solver not in STOCHASTIC_SOLVERS:
            raise AttributeError(
                "partial_fit is only available for stochastic optimizers. "
                f"{self.solver} is not stochastic."
            )
        return True

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
