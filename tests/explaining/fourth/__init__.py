"""The table of the fourth set, and what its programs share."""

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.explaining.second import net, sgd, sigmoid, softmax
from tests.explaining.unseen import Problem, Unseen

__all__ = ["FOURTH", "moved", "net", "sgd", "sigmoid", "slip", "softmax", "two_hidden"]

FOURTH: list[Unseen] = []


def slip(*layers: Any, **how: Any) -> Callable[[Any], Any]:
    """Add a program to the table."""

    def add(program: Any) -> Any:
        FOURTH.append(Unseen(program, Problem(layers, **how)))
        return program

    return add


def moved(weights: dict[str, Any], grads: dict[str, Any], lr: float) -> dict[str, Any]:
    """Return the weights after a plain step."""
    return {name: weights[name] - lr * grads[name] for name in weights}


def two_hidden(w: dict[str, Any], X: Any, y: Any) -> dict[str, Any]:
    """Return the right gradients of two tanh layers and a linear output."""
    a1 = np.tanh(X @ w["W1"] + w["b1"])
    a2 = np.tanh(a1 @ w["W2"] + w["b2"])
    d3 = (a2 @ w["W3"] + w["b3"] - y) / len(X)
    d2 = d3 @ w["W3"].T * (1 - a2**2)
    d1 = d2 @ w["W2"].T * (1 - a1**2)
    grads = {}
    for i, (a, d) in enumerate([(X, d1), (a1, d2), (a2, d3)], 1):
        grads[f"W{i}"], grads[f"b{i}"] = a.T @ d, d.sum(axis=0)
    return grads
