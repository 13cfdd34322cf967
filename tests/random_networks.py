"""Small networks at random: layers, widths, depth, loss, and what a pass is given."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

import clearprop as cp
from clearprop.definitions.noise import Noise
from tests.registry import LOSSES, LossExample, recalled
from tests.trees import random_like

ACTIVATIONS = (
    cp.Identity(), cp.Sigmoid(), cp.Tanh(), cp.ReLU(), cp.LeakyReLU(0.1), cp.ELU(), cp.SELU(),
    cp.GELU(), cp.SiLU(), cp.Softplus(), cp.Mish(),
)  # fmt: skip
SMOOTH_LOSSES = tuple(example for example in LOSSES if not example.kinks)


@dataclass(frozen=True)
class Case:
    """A network with numbers to run it on; `t` is as a user would give it."""

    network: cp.Chain
    example: LossExample
    params: Any
    x: np.ndarray
    t: np.ndarray
    weights: np.ndarray
    given: Any

    def __repr__(self) -> str:
        return f"{self.network!r}, {self.example.name}, {self.x.shape[0]} rows"


@st.composite
def _blocks(draw: Any, width: int, rows: int) -> tuple[list[cp.Layer], int]:
    """Return some layers for rows of `width` values, and the width that leaves them.

    An activation always follows a sum with a bias of its own, and normalization has at least
    three numbers to work on: so no value is at a kink, and no variance is a rounding error.
    """
    kinds = ["dense", "dense", "dropout", "residual"]
    kinds += ["layernorm"] * (width >= 3) + ["batchnorm"] * (rows >= 3)
    kind = draw(st.sampled_from(kinds))
    activation = draw(st.sampled_from(ACTIVATIONS))
    if kind == "dense":
        outputs = draw(st.integers(1, 5))
        return [cp.Dense(width, outputs), activation], outputs
    if kind == "residual":
        inner = cp.Chain(cp.Dense(width, 2), activation, cp.Dense(2, width))
        return [cp.Residual(inner)], width
    if kind == "dropout":
        return [cp.Dropout(draw(st.sampled_from([0.1, 0.5]))), cp.Dense(width, 2)], 2
    return [cp.LayerNorm(width) if kind == "layernorm" else cp.BatchNorm(width)], width


@st.composite
def cases(draw: Any, losses: tuple[LossExample, ...] = SMOOTH_LOSSES) -> Case:
    """Return a case; half of them are training passes, half predictions."""
    rows, inputs = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    layers: list[cp.Layer] = []
    width = inputs
    for _ in range(draw(st.integers(0, 3))):
        more, width = draw(_blocks(width, rows))
        layers += more
    outputs = draw(st.integers(1, 3))
    network = cp.Chain(*layers, cp.Dense(width, outputs))
    example = draw(st.sampled_from(losses))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    if draw(st.booleans()):
        given = network.draw(Noise(int(rng.integers(2**62))), rows, inputs, np.float64)
    else:
        given = _running_statistics(network, rng)
    return Case(
        network,
        example,
        random_like(network.init(rng), rng, 0.7),
        rng.standard_normal((rows, inputs)),
        example.targets(rng, rows, outputs),
        rng.uniform(0.5, 2.0, rows),
        given,
    )


def _running_statistics(network: cp.Chain, rng: np.random.Generator) -> Any:
    if network.initial_state() is None:
        return None
    return recalled(network, rng, 0, 0, np.float64)
