"""A callback that records learning rate, seconds, score and gradient norms of each epoch."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.utils import _safe_indexing

from clearprop.backprop import Pass, run_pass
from clearprop.definitions.parameters import leaves_of
from clearprop.engines.threads import one_threaded_blas
from clearprop.estimators.network import to_tree
from clearprop.estimators.options import STOCHASTIC_SOLVERS
from clearprop.health.sample import MOST_ROWS, spread
from clearprop.readings import numpy as xp


@dataclass(eq=False)
class EpochRecorder:
    """Records learning rate, seconds, score and each layer's gradient norm after each epoch.

    A scikit-learn callback: ``clf.set_callbacks(recorder).fit(X, y)``. The gradient is that of
    the mean loss, without penalty, dropout or clipping, at the weights at the end of the epoch. It
    is computed on the same rows for all epochs, spread evenly over the rows of the fit:

        norm of a layer = sqrt(Σ (dE/dW)² + Σ (dE/db)²)

    The score, accuracy or R², is that of the same rows, without dropout. Each fit clears
    the record. Recording does not change the training; it costs one pass over these rows per epoch.

    Parameters
    ----------
    rows : int
        The most rows to measure gradients and scores on.

    Attributes
    ----------
    gradient_norms : dict of str to list of float
        For each layer, first to last, one number per epoch.
    training_scores : list of float
        The accuracy or R² of these training rows after each epoch.
    learning_rates, seconds : list of float
        The learning rate of each epoch's last step, NaN for L-BFGS; and the seconds each epoch
        took, without the recording.
    measured : int
        The number of rows that gradients and scores were measured on.

    Examples
    --------
    >>> from clearprop import EpochRecorder, MLPClassifier
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> recorder = EpochRecorder()
    >>> clf = MLPClassifier((), solver="lbfgs", alpha=0.1, random_state=0)
    >>> clf = clf.set_callbacks(recorder).fit(X, y)
    >>> {name: len(norms) == clf.n_iter_ for name, norms in recorder.gradient_norms.items()}
    {'dense1': True}
    """

    rows: int = MOST_ROWS
    gradient_norms: dict[str, list[float]] = field(default_factory=dict)
    training_scores: list[float] = field(default_factory=list)
    learning_rates: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    measured: int = 0
    _sample: Any = field(default=None, repr=False)
    _targets: Any = field(default=None, repr=False)
    _began: float = field(default=0.0, repr=False)

    def setup(self, estimator: Any, context: Any) -> None:
        """Clear the record."""
        if not hasattr(estimator, "solver"):
            raise TypeError(
                f"EpochRecorder records one network, and {type(estimator).__name__} trains "
                "several: their curves are in members_ once it is fitted"
            )
        self.gradient_norms, self.learning_rates, self.seconds = {}, [], []
        self.training_scores, self.measured, self._sample = [], 0, None

    def teardown(self, estimator: Any, context: Any) -> None:
        """Release the rows."""
        self._sample = self._targets = None

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Store the start time of the epoch; L-BFGS reports an iteration only at its end."""
        if context.task_name != "epoch" or estimator.solver in STOCHASTIC_SOLVERS:
            self._began = time.perf_counter()

    def on_fit_task_end(
        self, estimator: Any, context: Any, *, X: Any, y: Any, metadata: Any
    ) -> None:
        """Record the epoch that has ended."""
        if context.task_name != "epoch":
            return
        now = time.perf_counter()
        if self._sample is None:
            weights = (metadata or {}).get("sample_weight")
            chosen = spread_rows(X, self.rows)
            self._targets = np.asarray(_safe_indexing(y, chosen))
            self._sample = sample_rows(estimator, X, y, weights, chosen)
            self.measured = len(chosen)
        # For products of so few rows, starting threads takes longer than the product.
        with one_threaded_blas():
            done = passed(estimator, *self._sample)
        for name, norm in gradient_norms(done).items():
            self.gradient_norms.setdefault(name, []).append(norm)
        self.training_scores.append(float(estimator._score(done.output, self._targets)))
        steps = estimator.solver in STOCHASTIC_SOLVERS
        self.learning_rates.append(float(estimator.learning_rate_) if steps else np.nan)
        self.seconds.append(now - self._began)
        self._began = time.perf_counter()


def spread_rows(X: Any, most: int) -> np.ndarray:
    """Return the places of at most `most` rows, spread evenly."""
    count = X.shape[0] if hasattr(X, "shape") else len(X)
    return spread(count, most)


def sample_rows(estimator: Any, X: Any, y: Any, sample_weight: Any, chosen: np.ndarray) -> Any:
    """Return inputs, targets and weights of the chosen rows, validated."""
    weights = estimator._weigh(np.asarray(y), sample_weight, incremental=False)
    some = None if weights is None else np.asarray(weights)[chosen]
    return _checked(estimator, _safe_indexing(X, chosen), _safe_indexing(y, chosen), some)


def rows_of(estimator: Any, X: Any, y: Any, sample_weight: Any) -> Any:
    """Return inputs (N, I), targets (N, K) and weights (N,) or None of rows, validated."""
    weights = estimator._weigh(np.asarray(y), sample_weight, incremental=False)
    return _checked(estimator, X, y, weights)


def _checked(estimator: Any, X: Any, y: Any, weights: Any) -> Any:
    rows = estimator._given_validation((X, y, weights), estimator._loss_object())
    return rows.X, rows.t, rows.weights


def passed(estimator: Any, x: Any, t: Any, weights: Any) -> Pass:
    """Return one forward and one backward pass of an estimator's network."""
    network = estimator._network()
    tree = to_tree(network, estimator.coefs_, estimator.intercepts_)
    x = x.toarray() if hasattr(x, "toarray") else x
    # If the loss overflows, training reports it; the recorder need not.
    with np.errstate(over="ignore", invalid="ignore"):
        return run_pass(xp, network, estimator._loss_object(), tree, x, t, weights)


def gradient_norms(done: Pass) -> dict[str, float]:
    """Return the norm of the mean loss's gradient in each layer."""
    return {
        layer: float(np.sqrt(sum(np.sum(np.square(part, dtype=float)) for part in parts)))
        for layer, parts in gradients(done).items()
    }


def gradients(done: Pass) -> dict[str, list[np.ndarray]]:
    """Return the mean loss's gradient for each layer: of its weights, then of its biases."""
    found: dict[str, list[np.ndarray]] = {}
    for path, gradient in leaves_of(done.gradients):
        found.setdefault(path.rpartition(".")[0], []).append(gradient)
    return found
