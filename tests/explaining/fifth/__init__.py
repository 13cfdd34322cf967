"""The table of the fifth set, and what its programs share."""

from collections.abc import Callable
from typing import Any

from tests.explaining.second import net, sgd, sigmoid, softmax
from tests.explaining.unseen import Problem, Unseen

__all__ = ["FIFTH", "net", "sgd", "sigmoid", "slip", "softmax"]

FIFTH: list[Unseen] = []


def slip(*layers: Any, **how: Any) -> Callable[[Any], Any]:
    """Add a program to the table."""

    def add(program: Any) -> Any:
        FIFTH.append(Unseen(program, Problem(layers, **how)))
        return program

    return add
