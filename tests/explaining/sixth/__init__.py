"""The table of the sixth set, and what its programs share."""

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.explaining.second import net, sgd
from tests.explaining.unseen import Problem, Unseen

__all__ = ["SIXTH", "net", "sgd", "sigmoid", "slip", "softmax"]

SIXTH: list[Unseen] = []


def slip(*layers: Any, **how: Any) -> Callable[[Any], Any]:
    """Add a program to the table."""

    def add(program: Any) -> Any:
        SIXTH.append(Unseen(program, Problem(layers, **how)))
        return program

    return add


def sigmoid(z: Any) -> Any:
    """Return the logistic function of each number."""
    return 1 / (1 + np.exp(-z))


def softmax(z: Any) -> Any:
    """Return the softmax of each row."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
