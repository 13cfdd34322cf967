"""Every layer and loss of the package, each with what the conformance tests need to run it.

A new one joins the tests by joining these two tables; `test_conformance.py` fails without.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import clearprop as cp
from clearprop.definitions.noise import Noise

Given = Callable[[cp.Layer, np.random.Generator, int, int, Any], Any]


def nothing(layer: cp.Layer, rng: np.random.Generator, rows: int, width: int, dtype: Any) -> Any:
    """Return what a layer is given that asks for nothing."""
    return None


def drawn(layer: cp.Layer, rng: np.random.Generator, rows: int, width: int, dtype: Any) -> Any:
    """Return what a training pass draws: dropout masks."""
    return layer.draw(Noise(int(rng.integers(2**62))), rows, width, dtype)


def recalled(layer: cp.Layer, rng: np.random.Generator, rows: int, width: int, dtype: Any) -> Any:
    """Return running statistics as a prediction recalls them."""

    def statistics(state: Any) -> Any:
        if "variance" not in state:
            return {name: statistics(branch) for name, branch in state.items()}
        shape = state["mean"].shape
        mean, variance = rng.standard_normal(shape), rng.uniform(0.1, 3.0, shape)
        return {"mean": mean.astype(dtype), "variance": variance.astype(dtype)}

    return layer.recall(statistics(layer.initial_state(dtype)))


@dataclass(frozen=True)
class LayerExample:
    """A layer for rows of any width, what its pass is given, and the inputs where it has kinks.

    `each_row_alone` is false where a row's output depends on the other rows.
    """

    name: str
    make: Callable[[int], cp.Layer]
    given: Given = nothing
    kinks: tuple[float, ...] = ()
    each_row_alone: bool = True


@dataclass(frozen=True)
class LossExample:
    """A loss, targets for it as a user would give them, and the errors t - o where it has kinks."""

    name: str
    loss: cp.Loss
    targets: Callable[[np.random.Generator, int, int], np.ndarray]
    kinks: tuple[float, ...] = ()


def _deep_chain(width: int) -> cp.Chain:
    inside = cp.Chain(cp.Dense(3, 4), cp.SiLU(), cp.Dropout(0.3), cp.Dense(4, 3))
    return cp.Chain(cp.Dense(width, 3), cp.Tanh(), cp.Residual(inside), cp.LayerNorm(3))


LAYERS = (
    LayerExample("Dense", lambda width: cp.Dense(width, 3)),
    LayerExample("Dense without bias", lambda width: cp.Dense(width, 2, bias=False)),
    LayerExample("Identity", lambda width: cp.Identity()),
    LayerExample("Sigmoid", lambda width: cp.Sigmoid()),
    LayerExample("Tanh", lambda width: cp.Tanh()),
    LayerExample("ReLU", lambda width: cp.ReLU(), kinks=(0.0,)),
    LayerExample("LeakyReLU", lambda width: cp.LeakyReLU(), kinks=(0.0,)),
    LayerExample("LeakyReLU, steep", lambda width: cp.LeakyReLU(0.7), kinks=(0.0,)),
    LayerExample("ELU", lambda width: cp.ELU(), kinks=(0.0,)),
    LayerExample("ELU, half", lambda width: cp.ELU(0.5), kinks=(0.0,)),
    LayerExample("SELU", lambda width: cp.SELU(), kinks=(0.0,)),
    LayerExample("GELU", lambda width: cp.GELU()),
    LayerExample("SiLU", lambda width: cp.SiLU()),
    LayerExample("Softplus", lambda width: cp.Softplus()),
    LayerExample("Mish", lambda width: cp.Mish()),
    LayerExample("Dropout in training", lambda width: cp.Dropout(0.4), drawn),
    LayerExample("Dropout in prediction", lambda width: cp.Dropout(0.4)),
    LayerExample("LayerNorm", cp.LayerNorm),
    LayerExample("BatchNorm in training", cp.BatchNorm, each_row_alone=False),
    LayerExample("BatchNorm in prediction", cp.BatchNorm, recalled),
    LayerExample("Chain", _deep_chain, drawn),
    LayerExample("Chain, no layers", lambda width: cp.Chain()),
    LayerExample(
        "Chain in prediction",
        lambda width: cp.Chain(cp.Dense(width, 3), cp.BatchNorm(3), cp.Mish()),
        recalled,
    ),
    LayerExample("Residual", lambda width: cp.Residual(cp.Dense(width, width))),
    LayerExample(
        "Residual in training",
        lambda width: cp.Residual(cp.Chain(cp.Dropout(0.5), cp.Dense(width, width), cp.GELU())),
        drawn,
    ),
)


def _real(rng: np.random.Generator, rows: int, outputs: int) -> np.ndarray:
    return 2.0 * rng.standard_normal((rows, outputs))


def _counts(rng: np.random.Generator, rows: int, outputs: int) -> np.ndarray:
    return rng.poisson(1.5, (rows, outputs)).astype(float)


def _answers(rng: np.random.Generator, rows: int, outputs: int) -> np.ndarray:
    return rng.integers(0, 2, (rows, outputs))


def _beliefs(rng: np.random.Generator, rows: int, outputs: int) -> np.ndarray:
    return rng.uniform(size=(rows, outputs))


def _classes(rng: np.random.Generator, rows: int, outputs: int) -> np.ndarray:
    return rng.integers(0, outputs, rows)


def _distributions(rng: np.random.Generator, rows: int, outputs: int) -> np.ndarray:
    return rng.dirichlet(np.ones(outputs), rows)


LOSSES = (
    LossExample("SquaredError", cp.SquaredError(), _real),
    LossExample("AbsoluteError", cp.AbsoluteError(), _real, kinks=(0.0,)),
    LossExample("Huber", cp.Huber(), _real, kinks=(-1.0, 1.0)),
    LossExample("Huber, narrow", cp.Huber(0.3), _real, kinks=(-0.3, 0.3)),
    LossExample("Quantile", cp.Quantile(), _real, kinks=(0.0,)),
    LossExample("Quantile, high", cp.Quantile(0.9), _real, kinks=(0.0,)),
    LossExample("Poisson", cp.Poisson(), _counts),
    LossExample("BinaryCrossEntropy", cp.BinaryCrossEntropy(), _answers),
    LossExample("BinaryCrossEntropy, soft", cp.BinaryCrossEntropy(), _beliefs),
    LossExample("CrossEntropy", cp.CrossEntropy(), _classes),
    LossExample("CrossEntropy, soft", cp.CrossEntropy(), _distributions),
    LossExample("CrossEntropy, smoothed", cp.CrossEntropy(0.1), _classes),
)
