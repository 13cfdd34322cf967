"""What the tests of all doors out predict: every layer as it is in prediction, with its state."""

from typing import Any

import numpy as np

import clearprop as cp
from tests.registry import LAYERS, LayerExample, drawn

EXAMPLES = {example.name: example for example in LAYERS}
PREDICTING = [
    example
    for example in LAYERS
    if example.each_row_alone and not (example.given is drawn and "training" in example.name)
]
"""Each example of the registry that is not for training only; drawn masks are left out."""


def stated(layer: cp.Layer, seed: int = 0) -> tuple[dict[str, Any], Any]:
    """Return parameters and a state with no number that it would have untrained."""
    rng = np.random.default_rng(seed)

    def moved(tree: Any) -> Any:
        if isinstance(tree, dict):
            return {name: moved(one) for name, one in tree.items()}
        return None if tree is None else tree + rng.uniform(0.05, 0.4, tree.shape)

    return moved(layer.init(rng)), moved(layer.initial_state())


def rows(count: int, width: int, *kinks: float, seed: int = 1) -> np.ndarray:
    """Return rows of numbers, a few of them large, at a kink or 0."""
    x = np.random.default_rng(seed).standard_normal((count, width)) * 2.0
    x[0, :3] = 0.0, 30.0, -30.0
    x[1, : len(kinks)] = kinks
    return np.round(x, 4)


def example(name: str) -> LayerExample:
    """Return an example of the registry."""
    return EXAMPLES[name]
