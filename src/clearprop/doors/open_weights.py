"""Plain lists of weights, and scikit-learn's fitted networks, which are such lists."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from clearprop.definitions.layer import Layer
from clearprop.definitions.layers import Dense, Sigmoid
from clearprop.doors.opened import SOFTMAX, Part
from clearprop.estimators.options import activation_of, per_hidden_layer

OUTPUTS = {"identity": (), "logistic": (Sigmoid(),), "softmax": (SOFTMAX,)}
"""What scikit-learn's `out_activation_` adds after the last layer."""


def weight_parts(weights: Any, activation: Any) -> list[Part]:
    """Return the layers of (W, b) pairs, or of W, b, W, b in one list; a b may be left out.

    Parameters
    ----------
    weights
        W (I, O) and b (O,) of each dense layer, first to last.
    activation
        A name or a layer between them: one for all, or a list of one for each hidden layer.
    """
    dense = [_dense(place, pair) for place, pair in enumerate(_pairs(weights), 1)]
    for one, (before, after) in enumerate(pairwise(dense), 1):
        gives, takes = before.params["W"].shape[1], after.params["W"].shape[0]
        if gives != takes:
            raise ValueError(
                f"W of layer {one} gives {gives} numbers, and W of layer {one + 1} takes {takes}: "
                "W has the shape (inputs, outputs); where it is kept transposed, as in PyTorch, "
                "give W.T"
            )
    chosen = per_hidden_layer("activation", activation, len(dense) - 1)
    parts: list[Part] = []
    for place, part in enumerate(dense):
        if place:
            layer = chosen[place - 1]
            made = layer if isinstance(layer, Layer) else activation_of(layer)
            parts.append(Part(f"activation {place}", made))
        parts.append(part)
    return parts


def sklearn_parts(estimator: Any) -> list[Part]:
    """Return the layers of a fitted MLPClassifier or MLPRegressor of scikit-learn."""
    pairs = list(zip(estimator.coefs_, estimator.intercepts_, strict=True))
    parts = weight_parts(pairs, estimator.activation)
    ends = OUTPUTS.get(estimator.out_activation_, ())
    return [*parts, *(Part(f"the output, {estimator.out_activation_}", layer) for layer in ends)]


def _pairs(weights: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Return W and b of each layer, None for a b that is left out."""
    found: list[tuple[Any, Any]] = []
    for item in weights:
        if isinstance(item, tuple | list) and len(item) == 2 and np.ndim(item[0]) == 2:
            found.append((item[0], item[1]))
        elif np.ndim(item) == 1 and found and found[-1][1] is None:
            found[-1] = (found[-1][0], item)
        else:
            found.append((item, None))
    return found


def _dense(place: int, pair: tuple[Any, Any]) -> Part:
    W, b = np.asarray(pair[0]), None if pair[1] is None else np.asarray(pair[1])
    if W.ndim != 2 or W.dtype.kind not in "fiu":
        raise ValueError(
            f"W of layer {place} must be a matrix of numbers (inputs, outputs), not of shape "
            f"{W.shape} and dtype {W.dtype}"
        )
    params = {"W": W.astype(np.result_type(W, np.float32))}
    if b is not None:
        if b.shape != W.shape[1:]:
            raise ValueError(
                f"b of layer {place} must have shape {W.shape[1:]}, as W has {W.shape}; "
                f"got {b.shape}"
            )
        params["b"] = b.astype(np.result_type(b, np.float32))
    return Part(f"layer {place}", Dense(W.shape[0], W.shape[1], bias=b is not None), params)
