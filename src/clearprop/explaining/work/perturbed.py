"""A step's numbers moved at random, as rounding may move them."""

from __future__ import annotations

from typing import Any

import numpy as np

from clearprop.readings.symbol import TracingNamespace
from clearprop.readings.table import PrimitiveTable

ROUNDS: PrimitiveTable[bool] = PrimitiveTable(
    "clearprop.explaining.work.perturbed.ROUNDS",
    {
        "negative": False,
        "add": True,
        "subtract": True,
        "multiply": True,
        "divide": True,
        "power": True,
        "greater": False,
        "matmul": True,
        "transpose": False,
        "column": False,
        "pack": False,
        "norm": True,
        "exp": True,
        "expm1": True,
        "log": True,
        "sqrt": True,
        "tanh": True,
        "absolute": False,
        "sign": False,
        "maximum": False,
        "minimum": False,
        "where": False,
        "ones_like": False,
        "sum": True,
        "mean": True,
        "expit": True,
        "softplus": True,
        "ndtr": True,
        "softmax": True,
        "log_softmax": True,
    },
)
"""Whether a primitive rounds its result."""


class PerturbedNamespace(TracingNamespace):
    """A namespace that moves every number at random by up to `epsilon` of it, as rounding may.

    Moving the inputs alone would miss digits lost inside the step, as in 1 - a² for a near 1.
    Source: Vignes 1978.
    """

    def __init__(self, epsilon: float, rng: np.random.Generator) -> None:
        super().__init__()
        self.epsilon, self.rng = epsilon, rng

    def moved(self, value: Any) -> Any:
        """Return a number or an array, moved."""
        wide = np.asarray(value, np.float64)
        return wide * (1.0 + self.epsilon * self.rng.uniform(-1.0, 1.0, wide.shape))

    def compute(self, op: str, values: list[Any], attributes: dict[str, Any]) -> Any:
        """Return the primitive's value, perturbed if the primitive rounds."""
        value = super().compute(op, values, attributes)
        return self.moved(value) if ROUNDS[op] and not isinstance(value, int) else value
