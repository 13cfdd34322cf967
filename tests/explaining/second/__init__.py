"""The table of the second set, and what a program is checked against."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

import clearprop as cp
from tests.explaining.unseen import Problem, Unseen

SECOND: list[Unseen] = []


def slip(*layers: Any, **how: Any) -> Callable[[Any], Any]:
    """Add a program to the table."""

    def add(program: Any) -> Any:
        SECOND.append(Unseen(program, Problem(layers, **how)))
        return program

    return add


def net(*widths: int, hidden: Any = cp.Sigmoid, last: Any = None) -> tuple[Any, ...]:
    """Return dense layers of these widths, an activation after each but the last."""
    layers: list[Any] = []
    for inputs, outputs in pairwise(widths):
        layers += [cp.Dense(inputs, outputs), hidden()]
    return (*layers[:-1], *([last()] if last else []))


def sgd(rate: float = 0.3, **how: Any) -> dict[str, Any]:
    """Return the settings of a plain step."""
    return {"optimizer": cp.SGD(rate), **how}


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def softmax(z: Any) -> Any:
    """Return the softmax of each row."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
