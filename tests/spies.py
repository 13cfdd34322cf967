"""Layers and optimizers that watch or disturb a training run; impure on purpose."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

import clearprop as cp


@dataclass(frozen=True)
class Seen(cp.Layer):
    """The identity; keeps what went through, forwards."""

    passes: list[np.ndarray] = field(default_factory=list, compare=False, repr=False)

    def forward(self, xp: Any, params: Any, x: Any, given: Any = None) -> Any:
        self.passes.append(np.array(x))
        return x, None

    def pullback(self, xp: Any, params: Any, saved: Any, dy: Any) -> Any:
        return dy, {}


@dataclass(frozen=True)
class Disturbed(Seen):
    """The identity, until pass number `at`: then the output is `output`, or it is raised."""

    at: int = 0
    output: Any = np.inf

    def forward(self, xp: Any, params: Any, x: Any, given: Any = None) -> Any:
        super().forward(xp, params, x)
        if len(self.passes) != self.at:
            return x, None
        if isinstance(self.output, type):
            raise self.output
        return np.full_like(x, self.output), None


@dataclass(frozen=True)
class Recording(cp.SGD):
    """Gradient descent that keeps the rate and the gradient of every step."""

    rates: list[float] = field(default_factory=list, compare=False)
    gradients: list[np.ndarray] = field(default_factory=list, compare=False)

    def update(self, xp: Any, grads: Any, state: Any, params: Any, rate: Any) -> Any:
        self.rates.append(rate)
        self.gradients.append(grads)
        return super().update(xp, grads, state, params, rate)


def linear(seed: int = 0, rows: int = 12, dtype: Any = float) -> tuple[Any, ...]:
    """Return a linear network with parameters, inputs and targets."""
    rng = np.random.default_rng(seed)
    net = cp.Chain(cp.Dense(3, 2))
    x, t = rng.standard_normal((rows, 3)), rng.standard_normal((rows, 2))
    return net, net.init(rng, dtype), x, t


def train(net: Any, params: Any, x: Any, t: Any, loss: Any = None, **options: Any) -> Any:
    """Train with the reference engine and plain gradient descent, unless told otherwise."""
    usual = {"optimizer": cp.SGD(0.1), "epochs": 1, "seed": 0, "engine": "numpy"}
    return cp.train(net, loss or cp.SquaredError(), params, x, t, **usual | options)
