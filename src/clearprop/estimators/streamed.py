"""Fitting an estimator to a stream: rows that are read while the network trains."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import is_classifier

from clearprop.checking import check_loss_once
from clearprop.estimators.fitting import Fit, batch_size_of
from clearprop.estimators.inputs import validated
from clearprop.estimators.network import build_network
from clearprop.estimators.options import STOCHASTIC_SOLVERS, hidden_sizes
from clearprop.estimators.scaling import warn_if_badly_scaled
from clearprop.estimators.validation import LabelledRows
from clearprop.estimators.weights import check_row_weights, weights_of_classes
from clearprop.training.given import Data, Given, streamed

if TYPE_CHECKING:
    from collections.abc import Callable

    from clearprop.training.sources import RowSource

DTYPE = np.float32
"""What streams are trained in: half the memory and the time of 64 bits."""


def fit_to_stream(
    estimator: Any, source: RowSource, y: Any, sample_weight: Any, validation_data: Any
) -> None:
    """Fit the estimator to the rows of a stream, from new weights.

    A classifier reads the targets once, to learn its classes.
    """
    _check(estimator, y, sample_weight)
    first = next(piece for piece, rows in enumerate(source.pieces) if rows)
    x, raw, _ = source.read(first, DTYPE)
    labels, class_weights = raw, None
    if is_classifier(estimator):
        found, counts = _classes(source)
        # Of labels that all differ scikit-learn says that they look like numbers.
        labels = np.tile(_as_labels(found), 4)
        class_weights = _weights_by_target(estimator, found, counts)
    validated(estimator, x, y=raw, reset=True, multi_output=True)
    names = getattr(source, "columns", None)
    if names is not None and not all(name.isdecimal() for name in names):
        estimator.feature_names_in_ = np.asarray(names, object)
    t = estimator._check_targets(labels, incremental=False)
    estimator.n_outputs_ = 1 if t.ndim == 1 else t.shape[1]
    network = build_network(estimator, x.shape[1], estimator.n_outputs_)
    estimator.n_layers_ = len(hidden_sizes(estimator.hidden_layer_sizes)) + 2
    estimator._start(network, np.dtype(DTYPE))
    warn_if_badly_scaled(x, estimator._scaled_targets(raw), names)
    loss = estimator._loss_object()

    def targets(given: np.ndarray) -> np.ndarray:
        made = estimator._label_binarizer.transform(given) if is_classifier(estimator) else given
        made = made.astype(bool) if is_classifier(estimator) else made
        return np.asarray(loss.targets(made, estimator.n_outputs_, DTYPE))

    seeds, split_seeds = np.random.SeedSequence(
        int(estimator._random_state.randint(np.iinfo(np.int32).max))
    ).spawn(2)
    holds_out = estimator.early_stopping and validation_data is None
    how = Given(
        network, loss, DTYPE, batch_size_of(estimator, sum(source.pieces)), estimator.shuffle,
        estimator.max_iter, None, estimator.validation_fraction if holds_out else 0.0,
    )  # fmt: skip
    data = streamed(how, source, seeds, split_seeds, targets, class_weights)
    rows = LabelledRows(data.rows.x, data.rows.t, data.rows.weights)
    check_loss_once(loss, rows.t.shape[0], rows.t)
    held_out = (
        _held_out(estimator, data, targets)
        if holds_out
        else estimator._given_validation(validation_data, loss)
    )
    with data.closing:
        Fit(estimator, network, loss, rows, held_out, None, data).by_steps(incremental=False)


def _check(estimator: Any, y: Any, sample_weight: Any) -> None:
    if y is not None or sample_weight is not None:
        raise ValueError(
            "a stream has its targets and weights: leave out y and sample_weight. "
            "Stream(..., weights='column') names the column of the weights"
        )
    if estimator.solver not in STOCHASTIC_SOLVERS:
        raise ValueError(f"solver={estimator.solver!r} needs rows in memory: use 'adam' or 'sgd'")
    if getattr(estimator, "_skl_callbacks", None):
        raise ValueError("callbacks are told of rows in memory: fit to a stream without them")
    if estimator.warm_start:
        raise ValueError("warm_start needs rows in memory: leave it out to fit to a stream")


def _classes(source: RowSource) -> tuple[np.ndarray, np.ndarray]:
    """Return the different targets in increasing order, and how many rows have each."""
    found: Counter[float] = Counter()
    for piece, rows in enumerate(source.pieces):
        if rows:
            raw = source.read_targets(piece)[0]
            if raw.ndim != 1:
                raise ValueError("a classifier takes one column of targets from a stream")
            different, counts = np.unique(raw, return_counts=True)
            found.update(dict(zip(different.tolist(), counts.tolist(), strict=True)))
    targets = sorted(found)
    return np.array(targets), np.array([found[target] for target in targets])


def _as_labels(found: np.ndarray) -> np.ndarray:
    """Return targets as classes: whole numbers where all are."""
    whole = np.array_equal(found, np.round(found))
    return found.astype(np.int64) if whole else found


def _weights_by_target(
    estimator: Any, found: np.ndarray, counts: np.ndarray
) -> Callable[[np.ndarray], np.ndarray] | None:
    """Return what rows with such targets weigh, by `class_weight`; None without."""
    if estimator.class_weight is None:
        return None
    weights = weights_of_classes(estimator.class_weight, _as_labels(found), counts)
    return lambda raw: weights[np.searchsorted(found, raw)]


def _held_out(estimator: Any, data: Data, targets: Any) -> LabelledRows:
    assert data.validation is not None
    x, raw, weights = data.validation
    check_row_weights(weights, np.dtype(DTYPE), "row of the validation set")
    y = raw.astype(estimator.classes_.dtype) if is_classifier(estimator) else raw
    return LabelledRows(x, targets(raw), weights, y)
