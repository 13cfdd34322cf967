"""Derivatives that share nothing with the pullbacks: complex steps through a forward pass."""

from collections.abc import Callable
from typing import Any

import numpy as np

from clearprop.readings import complex_step
from tests.trees import arrays_of, tree_map

STEP = 1e-100


def away_from(kinks: tuple[float, ...], x: np.ndarray, distance: float = 1e-3) -> np.ndarray:
    """Return `x` with the values nearer than `distance` to a kink moved off it, same side."""
    for kink in kinks:
        gap = x - kink
        x = np.where(np.abs(gap) < distance, kink + np.copysign(distance + np.abs(gap), gap), x)
    return x


def complex_gradient(value: Callable[[Any], Any], tree: Any) -> Any:
    """Return d value / d entry for every entry of a tree of arrays, shaped as the tree."""

    def by_steps(array: np.ndarray) -> np.ndarray:
        gradient = np.empty(array.shape)
        for index in np.ndindex(array.shape):
            moved = array.astype(complex)
            moved[index] += 1j * STEP
            # The tree with this one array replaced: arrays are told apart by identity.
            gradient[index] = np.imag(value(_replaced(tree, array, moved))) / STEP
        return gradient

    return tree_map(by_steps, tree)


def directional(value: Callable[[Any], Any], tree: Any, direction: Any) -> float:
    """Return the derivative of `value` along a direction through all entries at once."""
    ways = iter(arrays_of(direction))
    moved = tree_map(lambda array: array + 1j * STEP * next(ways), tree)
    return float(np.imag(value(moved)) / STEP)


def layer_gradient(layer: Any, params: Any, x: np.ndarray, given: Any, dy: np.ndarray) -> Any:
    """Return dE/d(params, x) for E = Σ dy · y, by complex steps through the forward pass."""

    def value(point: Any) -> Any:
        return np.sum(dy * layer.forward(complex_step, point[0], point[1], given)[0])

    return complex_gradient(value, (params, x))


def loss_gradient(loss: Any, o: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Return dE_n/do of every row, by complex steps through the value."""
    return complex_gradient(lambda point: np.sum(loss.value(complex_step, point, t)), o)


def _replaced(tree: Any, old: np.ndarray, new: np.ndarray) -> Any:
    return tree_map(lambda array: new if array is old else array, tree)
