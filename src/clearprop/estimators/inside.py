"""What other rooms may ask of a fitted estimator: its network, its rows, its outputs.

Nothing else of an estimator's private members is used outside this folder; a test checks it.
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
    """A fitted estimator as what clearprop's functions take: network, loss and parameters."""

    network: Chain
    loss: Loss
    params: Tree


def fitted_network(estimator: Any) -> FittedNetwork:
    """Return the network of an estimator, with the weights it has now.

    Raises
    ------
    ValueError
        If `coefs_` have not the shapes that `hidden_layer_sizes` ask for.
    """
    network = estimator._network()
    params = to_tree(network, estimator.coefs_, estimator.intercepts_)
    return FittedNetwork(network, estimator._loss_object(), params)


def checked_inputs(estimator: Any, X: Any) -> Any:
    """Return X as the network takes it, (N, I): a float array, or CSR; raise what is wrong."""
    return estimator._check_inputs(X)


def checked_targets(estimator: Any, y: Any) -> np.ndarray:
    """Return targets in columns of numbers or of 0 and 1, (N, K), as the loss takes them."""
    targets = estimator._check_targets(y, incremental=True)
    return np.asarray(targets.reshape(len(targets), -1))


def checked_rows(estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> LabelledRows:
    """Return rows with targets and weights as the loss takes them; raise what is wrong."""
    given = (X, y) if sample_weight is None else (X, y, sample_weight)
    rows: LabelledRows = estimator._given_validation(given, estimator._loss_object())
    return rows


def raw_outputs(estimator: Any, inputs: Any) -> np.ndarray:
    """Return the network's raw outputs, (N, K), for inputs of :func:`checked_inputs`."""
    return np.asarray(estimator._outputs(inputs))


def linked(estimator: Any, outputs: np.ndarray) -> np.ndarray:
    """Return the loss's link of raw outputs, (N, K): probabilities, or quantities."""
    return np.asarray(estimator._linked(outputs))


def predicted(estimator: Any, outputs: np.ndarray) -> Any:
    """Return what the estimator predicts for raw outputs."""
    return estimator._predicted(outputs)


def is_multilabel(estimator: Any) -> bool:
    """Return whether a fitted classifier names several classes for one row."""
    binarizer = getattr(estimator, "_label_binarizer", None)
    return binarizer is not None and str(binarizer.y_type_).startswith("multilabel")
