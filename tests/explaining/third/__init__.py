"""The table of the third set, and what its programs share."""

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.explaining.second import net, sgd, sigmoid, softmax
from tests.explaining.unseen import Problem, Unseen

__all__ = ["THIRD", "dense_gradients", "net", "sgd", "sigmoid", "slip", "softmax", "tanh_pass"]

THIRD: list[Unseen] = []


def slip(*layers: Any, **how: Any) -> Callable[[Any], Any]:
    """Add a program to the table."""

    def add(program: Any) -> Any:
        THIRD.append(Unseen(program, Problem(layers, **how)))
        return program

    return add


def dense_gradients(a1: Any, X: Any, d2: Any, d1: Any) -> dict[str, Any]:
    """Return the gradients of two dense layers from their errors."""
    return {"dW2": a1.T @ d2, "db2": d2.sum(axis=0), "dW1": X.T @ d1, "db1": d1.sum(axis=0)}


def tanh_pass(W1: Any, b1: Any, W2: Any, b2: Any, X: Any, y: Any) -> tuple[Any, ...]:
    """Return the right gradients of a tanh network with a linear output, in the weights' order."""
    a1 = np.tanh(X @ W1 + b1)
    d2 = (a1 @ W2 + b2 - y) / len(X)
    found = dense_gradients(a1, X, d2, d2 @ W2.T * (1 - a1**2))
    return found["dW1"], found["db1"], found["dW2"], found["db2"]
