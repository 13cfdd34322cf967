"""The table of the first set, and what its programs share."""

from collections.abc import Callable
from typing import Any

import numpy as np

import clearprop as cp
from tests.explaining.unseen import Problem, Unseen

FIRST: list[Unseen] = []


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def softmax(z: Any) -> Any:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def slip(*layers: Any, **how: Any) -> Callable[[Any], Any]:
    """Add a program to the table."""

    def add(program: Any) -> Any:
        FIRST.append(Unseen(program, Problem(layers, **how)))
        return program

    return add


def net(
    i: int, h: int, k: int, hidden: Any = cp.Sigmoid, last: Any = cp.Sigmoid
) -> tuple[Any, ...]:
    return cp.Dense(i, h), hidden(), cp.Dense(h, k), *([last()] if last else [])


SGD = {"optimizer": cp.SGD(0.3)}
