"""Access to a fitted estimator's network, rows and outputs, for all other packages.

No other private member of an estimator is used outside this folder; a test checks it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.definitions.layer import Tree
from clearprop.definitions.layers import Chain
from clearprop.definitions.losses import Loss
from clearprop.estimators.network import to_tree
from clearprop.estimators.validation import LabelledRows


@dataclass(frozen=True)
class FittedNetwork:
    """A fitted estimator's network, loss and parameters, as clearprop's functions take them."""

    network: Chain
    loss: Loss
    params: Tree


def fitted_network(estimator: Any) -> FittedNetwork:
    """Return the network of an estimator with its present weights.

    Raises
    ------
    ValueError
        If the shapes of `coefs_` do not fit `hidden_layer_sizes`.
    """
    network = estimator._network()
    params = to_tree(network, estimator.coefs_, estimator.intercepts_)
    return FittedNetwork(network, estimator._loss_object(), params)


def checked_inputs(estimator: Any, X: Any) -> Any:
    """Return validated X (N, I) as the network takes it: a float array, or a CSR matrix."""
    return estimator._check_inputs(X)


def checked_targets(estimator: Any, y: Any) -> np.ndarray:
    """Return targets (N, K) as the loss takes them: columns of numbers, or of 0 and 1."""
    targets = estimator._check_targets(y, incremental=True)
    return np.asarray(targets.reshape(len(targets), -1))


def checked_rows(estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> LabelledRows:
    """Return validated rows with targets and weights as the loss takes them."""
    given = (X, y) if sample_weight is None else (X, y, sample_weight)
    rows: LabelledRows = estimator._given_validation(given, estimator._loss_object())
    return rows


def raw_outputs(estimator: Any, inputs: Any) -> np.ndarray:
    """Return the network's raw outputs (N, K) for inputs from :func:`checked_inputs`."""
    return np.asarray(estimator._outputs(inputs))


def linked(estimator: Any, outputs: np.ndarray) -> np.ndarray:
    """Return the loss's link of raw outputs (N, K): probabilities, or numbers."""
    return np.asarray(estimator._linked(outputs))


def predicted(estimator: Any, outputs: np.ndarray) -> Any:
    """Return the estimator's predictions for raw outputs (N, K)."""
    return estimator._predicted(outputs)


def is_multilabel(estimator: Any) -> bool:
    """Return whether a fitted classifier predicts several labels for one row."""
    binarizer = getattr(estimator, "_label_binarizer", None)
    return binarizer is not None and str(binarizer.y_type_).startswith("multilabel")
