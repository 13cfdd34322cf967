"""One vector for all parameters, and the names of its parts.

A network's parameters, their gradients and the optimizer's running averages are each one contiguous
vector, so that a step is one expression for any network. A `Layout` says which part of the vector
is which parameter. ``unpack`` returns views: a change in a view changes the vector.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from clearprop.definitions.layer import Layer, Tree


@dataclass(frozen=True)
class Layout:
    """The paths and shapes of a network's parameters, in the order of the vector.

    Examples
    --------
    >>> import clearprop as cp, numpy as np
    >>> net = cp.Chain(cp.Dense(2, 3), cp.Tanh(), cp.Dense(3, 1))
    >>> layout = Layout.of(net.init(np.random.default_rng(0)))
    >>> layout.paths, layout.size
    (('dense1.W', 'dense1.b', 'dense2.W', 'dense2.b'), 13)
    """

    paths: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, tree: Tree) -> Layout:
        """Return the layout of a tree of arrays."""
        leaves = dict(leaves_of(tree))
        return cls(tuple(leaves), tuple(np.shape(leaf) for leaf in leaves.values()))

    @cached_property
    def size(self) -> int:
        """The number of parameters."""
        return sum(math.prod(shape) for shape in self.shapes)

    def slices(self) -> Mapping[str, slice]:
        """Return the slice of the vector for each path."""
        return self._slices

    @cached_property
    def _slices(self) -> Mapping[str, slice]:
        parts, start = {}, 0
        for path, shape in zip(self.paths, self.shapes, strict=True):
            parts[path] = slice(start, start := start + math.prod(shape))
        return parts

    def pack(self, tree: Tree, dtype: Any = None) -> np.ndarray:
        """Return a new vector, (P,), with the tree's values; raise ValueError if it differs."""
        leaves = dict(leaves_of(tree))
        self._check(leaves)
        arrays = [np.asarray(leaves[path]) for path in self.paths]
        dtype = self._dtype(arrays) if dtype is None else dtype
        vector = np.empty(self.size, dtype)
        for part, array in zip(self.slices().values(), arrays, strict=True):
            vector[part] = array.ravel()
        return vector

    def unpack(self, vector: np.ndarray) -> dict[str, Any]:
        """Return the tree of views into `vector`, (P,)."""
        parts = zip(self.slices().items(), self.shapes, strict=True)
        return tree_of({path: vector[part].reshape(shape) for (path, part), shape in parts})

    def penalised(self, network: Layer, dtype: Any = float) -> np.ndarray:
        """Return 1 where the vector holds weights that penalties act on, else 0; shape (P,)."""
        names = set(_penalised_paths(network))
        mask = np.zeros(self.size, dtype)
        for path, part in self.slices().items():
            mask[part] = path in names
        return mask

    def locate(self, index: int) -> str:
        """Return the name of one entry of the vector: ``dense1.W[3,2]``."""
        for (path, part), shape in zip(self.slices().items(), self.shapes, strict=True):
            if part.start <= index < part.stop:
                cell = np.unravel_index(index - part.start, shape)
                return f"{path}[{','.join(str(int(i)) for i in cell)}]"
        raise IndexError(f"the vector has {self.size} entries, no entry {index}")

    def check_same(self, tree: Tree) -> None:
        """Raise unless the tree has these paths and shapes."""
        self._check(dict(leaves_of(tree)))

    def _dtype(self, arrays: list[np.ndarray]) -> np.dtype[Any]:
        """Return the common dtype of all arrays, float64 without any."""
        for path, array in zip(self.paths, arrays, strict=True):
            if array.dtype.kind != "f":
                raise TypeError(f"parameter {path} must hold floats, got {array.dtype}")
        return np.result_type(*arrays) if arrays else np.dtype(float)

    def _check(self, leaves: Mapping[str, Any]) -> None:
        missing = [path for path in self.paths if path not in leaves]
        unknown = [path for path in leaves if path not in self.paths]
        if missing or unknown:
            raise ValueError(
                f"the parameters do not fit the network: missing {missing or 'none'}, "
                f"unknown {unknown or 'none'}"
            )
        for path, shape in zip(self.paths, self.shapes, strict=True):
            if np.shape(leaves[path]) != shape:
                raise ValueError(
                    f"parameter {path} must have shape {shape}, got {np.shape(leaves[path])}"
                )


def check_parameters(network: Layer, params: Tree) -> None:
    """Raise ValueError unless `params` have the network's names and shapes."""
    Layout.of(network.init(np.random.default_rng(0))).check_same(params)


def leaves_of(tree: Tree, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield path and array of every leaf, depth first in the tree's order."""
    for name, branch in tree.items():
        if isinstance(branch, Mapping):
            yield from leaves_of(branch, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", branch


def tree_of(leaves: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tree with these leaves, given by path; the inverse of `leaves_of`."""
    tree: dict[str, Any] = {}
    for path, leaf in leaves.items():
        *parents, name = path.split(".")
        branch = tree
        for parent in parents:
            branch = branch.setdefault(parent, {})
        branch[name] = leaf
    return tree


def _penalised_paths(network: Layer, prefix: str = "") -> Iterator[str]:
    for name in network.penalised:
        yield f"{prefix}{name}"
    for name, child in network.children.items():
        yield from _penalised_paths(child, f"{prefix}{name}.")
