"""Nested arrays: parameters, gradients, what a forward pass saved."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from hypothesis import settings


def examples(count: int) -> settings:
    """Return Hypothesis settings: the same examples in every run, however slow the machine."""
    return settings(max_examples=count, deadline=None, derandomize=True, database=None)


def tree_map(change: Callable[[np.ndarray], Any], tree: Any) -> Any:
    """Return the tree with every array changed, branches by name; numbers and None stay."""
    if isinstance(tree, Mapping):
        changed = {name: tree_map(change, tree[name]) for name in sorted(tree)}
        return {name: changed[name] for name in tree}
    if isinstance(tree, tuple | list):
        changed_items = [tree_map(change, branch) for branch in tree]
        return getattr(type(tree), "_make", type(tree))(changed_items)
    return change(tree) if isinstance(tree, np.ndarray | np.generic) else tree


def arrays_of(tree: Any) -> list[np.ndarray]:
    """Return every array of the tree, branches by name."""
    found: list[np.ndarray] = []
    tree_map(found.append, tree)
    return found


def frozen(tree: Any) -> Any:
    """Return read-only copies of every array."""

    def freeze(array: np.ndarray) -> np.ndarray:
        copy = np.array(array)
        copy.flags.writeable = False
        return copy

    return tree_map(freeze, tree)


def same_bits(one: Any, other: Any) -> bool:
    """Return whether two trees hold the same arrays, bit by bit."""
    ours, theirs = arrays_of(one), arrays_of(other)
    return len(ours) == len(theirs) and all(
        a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
        for a, b in zip(ours, theirs, strict=True)
    )


def difference(ours: Any, other: Any, floor: float) -> float:
    """Return the largest |difference| / max(|other|, floor) over all entries of two trees."""
    worst = 0.0
    pairs = zip(arrays_of(ours), arrays_of(other), strict=True)
    for a, b in pairs:
        assert a.shape == b.shape, f"shapes {a.shape} and {b.shape}"
        if a.size:
            worst = max(worst, float(np.max(np.abs(a - b) / np.maximum(np.abs(b), floor))))
    return worst


def random_like(tree: Any, rng: np.random.Generator, scale: float = 1.0) -> Any:
    """Return normal numbers of the same shapes and dtypes."""
    return tree_map(lambda a: (scale * rng.standard_normal(a.shape)).astype(a.dtype), tree)
