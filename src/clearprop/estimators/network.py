"""The network that an estimator trains, and its weights as scikit-learn stores them."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from clearprop.definitions.initializers import GlorotUniform
from clearprop.definitions.layer import Layer
from clearprop.definitions.layers import Chain, Dense, Dropout, Sigmoid
from clearprop.estimators.options import activation_of, hidden_sizes, per_hidden_layer


def build_network(estimator: Any, n_features: int, n_outputs: int) -> Chain:
    """Return a chain of Dense, activation and Dropout for each hidden layer, and a last Dense.

    Weights and biases are drawn from scikit-learn's distribution: U(-r, r),
    r = sqrt(6 / (inputs + outputs)), with 2 instead of 6 before logistic units.
    """
    sizes = hidden_sizes(estimator.hidden_layer_sizes)
    chosen = per_hidden_layer("activation", estimator.activation, len(sizes))
    rates = per_hidden_layer("dropout", estimator.dropout, len(sizes))
    parts = (n_features, *sizes, n_outputs), tuple(chosen), tuple(rates)
    # Layers hold no state, so that estimators may share a network; 2 and 2.0 are one key, though,
    # and a layer of the user's own may not be hashable.
    plain = all(type(value) in (int, float, str) for value in (*sizes, *chosen, *rates))
    return (_shared if plain and float not in map(type, sizes) else _built)(*parts)


def _built(widths: tuple[int, ...], chosen: tuple[Any, ...], rates: tuple[float, ...]) -> Chain:
    """Return the network of these widths, inputs first, hidden activations and dropout rates."""
    activations = [activation_of(value) for value in chosen]
    layers: list[Layer] = []
    *hidden, last = pairwise(widths)
    for (inputs, outputs), activation, rate in zip(hidden, activations, rates, strict=True):
        layers += [_dense(inputs, outputs, activation), activation]
        if rate:
            layers.append(Dropout(rate))
    last_activation = activations[-1] if activations else activation_of("identity")
    return Chain(*layers, _dense(*last, last_activation))


_shared = lru_cache(maxsize=64)(_built)
"""Building a network costs a small prediction a tenth of its time: the last ones are kept."""


def _dense(inputs: int, outputs: int, activation: Layer) -> Dense:
    start = GlorotUniform(1 / 3 if isinstance(activation, Sigmoid) else 1.0)
    return Dense(inputs, outputs, weight_init=start, bias_init=start)


def dense_names(network: Chain) -> list[str]:
    """Return the names of the network's dense layers, first to last."""
    return [name for name, layer in network.children.items() if isinstance(layer, Dense)]


def to_tree(
    network: Chain, coefs: list[np.ndarray], intercepts: list[np.ndarray]
) -> dict[str, Any]:
    """Return the network's parameters from scikit-learn's two lists.

    Parameters
    ----------
    network
        Its dense layers get the weights, first to last.
    coefs, intercepts
        Weights (I, O) and biases (O,) of each dense layer.

    Raises
    ------
    ValueError
        If their shapes are not those of the network's layers.
    """
    dense = {name: layer for name, layer in network.children.items() if isinstance(layer, Dense)}
    wanted = [(layer.inputs, layer.outputs) for layer in dense.values()]
    found = [np.shape(coef) for coef in coefs]
    if wanted != found or [(outputs,) for _, outputs in wanted] != [*map(np.shape, intercepts)]:
        raise ValueError(
            f"coefs_ have shapes {found}, but hidden_layer_sizes and the data ask for {wanted}; "
            "a warm start cannot change the layers"
        )
    return {
        name: {"W": np.asarray(coef), "b": np.asarray(intercept)}
        for name, coef, intercept in zip(dense, coefs, intercepts, strict=True)
    }


def from_tree(network: Chain, tree: dict[str, Any]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return the network's parameters as scikit-learn's two lists."""
    names = dense_names(network)
    return [tree[name]["W"] for name in names], [tree[name]["b"] for name in names]


def hidden_outputs(network: Chain) -> list[str]:
    """Return the names of the layers whose outputs are the hidden activations."""
    names = list(network.children)
    return [names[names.index(dense) + 1] for dense in dense_names(network)[:-1]]
