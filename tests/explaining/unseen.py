"""A program with a slip, and what it is checked against."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import clearprop as cp


@dataclass(frozen=True)
class Problem:
    """What a program is checked against: layers, loss, rows, and what an update needs."""

    layers: tuple[Any, ...]
    loss: Any = field(default_factory=cp.SquaredError)
    rows: int = 4
    binary: bool = False
    seed: int = 0
    how: dict[str, Any] = field(default_factory=dict)

    def report(self, program: Callable[..., Any]) -> Any:
        rng = np.random.default_rng(self.seed)
        network = cp.Chain(*self.layers)
        params = network.init(rng)
        params = _drawn(params, rng)
        dense = [layer for layer in self.layers if isinstance(layer, cp.Dense)]
        x = rng.normal(size=(self.rows, dense[0].inputs))
        outputs = dense[-1].outputs
        if self.loss.link_name == "softmax":
            t = np.eye(outputs)[rng.integers(0, outputs, self.rows)]
        elif self.loss.link_name or self.binary:
            t = rng.integers(0, 2, (self.rows, outputs)) * 1.0
        else:
            t = rng.normal(size=(self.rows, outputs))
        return cp.check_work(program, network, self.loss, params, x, t, **self.how)


def _drawn(tree: Any, rng: np.random.Generator) -> Any:
    if isinstance(tree, dict):
        return {name: _drawn(branch, rng) for name, branch in tree.items()}
    return rng.normal(size=np.shape(tree))


@dataclass(frozen=True)
class Unseen:
    """A program with a slip, and what it is checked against."""

    program: Callable[..., Any]
    problem: Problem

    @property
    def name(self) -> str:
        return self.program.__name__.replace("_", " ")

    def report(self) -> Any:
        return self.problem.report(self.program)
