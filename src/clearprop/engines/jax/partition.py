"""The vector of parameters cut into the parts that a step updates one by one.

A compiled step need not copy the parameters into one vector. An optimizer that treats each
parameter by itself is applied to each array of the network; any other one gets the vector.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from clearprop.definitions.optimizers import SGD, Adam, Optimizer, RMSProp, WeightDecay
from clearprop.definitions.parameters import Layout, leaves_of, tree_of

PARAMETER_BY_PARAMETER = (SGD, RMSProp, Adam)
"""Optimizers in which no parameter's step depends on another's; a subclass may differ."""


def updates_each_by_itself(optimizer: Optimizer) -> bool:
    """Return whether it is known that no parameter's step depends on another's."""
    if type(optimizer) is WeightDecay:
        return updates_each_by_itself(optimizer.optimizer)
    return type(optimizer) in PARAMETER_BY_PARAMETER


@dataclass(frozen=True)
class Partition:
    """The parts of the vector: its slices, with the shape of each.

    Attributes
    ----------
    layout : Layout
        The places of the parameters in the vector of all P.
    whole : bool
        Whether there is one part only, the vector itself.
    """

    layout: Layout
    whole: bool

    @classmethod
    def of(cls, layout: Layout, optimizer: Optimizer) -> Partition:
        """Return the parts that suit the optimizer."""
        return cls(layout, whole=not (layout.paths and updates_each_by_itself(optimizer)))

    @property
    def parts(self) -> list[tuple[slice, tuple[int, ...]]]:
        """Slice and shape of each part."""
        layout = self.layout
        if self.whole:
            return [(slice(0, layout.size), (layout.size,))]
        return list(zip(layout.slices().values(), layout.shapes, strict=True))

    def split(self, vector: Any) -> tuple[Any, ...]:
        """Return the parts of a vector (P,)."""
        return tuple(vector[part].reshape(shape) for part, shape in self.parts)

    def split_state(self, state: Any) -> tuple[Any, ...]:
        """Return the optimizer's state for each part; numbers that are no vectors are repeated."""

        def cut(part: slice, shape: tuple[int, ...]) -> Any:
            return jax.tree.map(
                lambda leaf: leaf[part].reshape(shape) if self._is_vector(leaf) else leaf, state
            )

        return tuple(cut(part, shape) for part, shape in self.parts)

    def join(self, parts: tuple[Any, ...]) -> np.ndarray:
        """Return the parts as one new vector (P,) of NumPy's."""
        return np.concatenate([np.ravel(part) for part in parts])

    def join_state(self, states: tuple[Any, ...], like: Any) -> Any:
        """Return the state as the optimizer has it, in NumPy's arrays and plain numbers.

        `like` is a state of the same form, which tells vectors from other numbers.
        """

        def joined(template: Any, *leaves: Any) -> Any:
            if self._is_vector(template):
                return self.join(leaves)
            return np.array(leaves[0]) if np.ndim(leaves[0]) else np.asarray(leaves[0]).item()

        return jax.tree.map(joined, like, *states)

    def tree(self, parts: tuple[Any, ...]) -> dict[str, Any]:
        """Return the parameters by name, as layers take them."""
        if self.whole:
            return self.layout.unpack(parts[0])
        return tree_of(dict(zip(self.layout.paths, parts, strict=True)))

    def parts_of(self, tree: Any, dtype: Any) -> tuple[Any, ...]:
        """Return a tree of gradients as parts."""
        leaves = dict(leaves_of(tree))
        arrays = [leaves[path].astype(dtype) for path in self.layout.paths]
        if not self.whole:
            return tuple(arrays)
        if not arrays:
            return (jnp.zeros(0, dtype),)
        return (jnp.concatenate([jnp.ravel(array) for array in arrays]),)

    def _is_vector(self, leaf: Any) -> bool:
        return np.shape(leaf) == (self.layout.size,)
