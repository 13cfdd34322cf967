"""Dropout: in training, random values are set to zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clearprop.definitions.layer import Array, Layer, Namespace, Tree
from clearprop.definitions.layers.sizes import within

if TYPE_CHECKING:
    from clearprop.definitions.noise import Noise


@dataclass(frozen=True)
class Dropout(Layer):
    """Set each value to zero with probability `rate` in training, and scale up the others.

    y = m ⊙ x with m = 0 or 1 / (1 - rate), drawn for every row; dx = m ⊙ dy. In prediction y = x:
    the scaling keeps the mean ("inverted" dropout, as in PyTorch and Keras; the paper scales the
    weights down in prediction instead).

    Source: Srivastava et al. 2014, section 4.
    """

    rate: float = 0.5

    def __post_init__(self) -> None:
        within(self, "rate", 0.0, 1.0)

    def forward(
        self, xp: Namespace, params: Tree, x: Array, given: Any = None
    ) -> tuple[Array, Any]:
        """Return m ⊙ x, where `given` is the mask m; without a mask, x."""
        mask = given
        return (x if mask is None else x * mask), mask

    def pullback(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array
    ) -> tuple[Array, dict[str, Any]]:
        """Return dx = m ⊙ dy."""
        mask = saved
        return (dy if mask is None else dy * mask), {}

    def draw(self, noise: Noise, rows: int, input_width: int, dtype: Any) -> Any:
        """Return a mask for `rows` rows, or None where nothing is ever dropped."""
        return noise.mask((rows, input_width), self.rate, dtype) if self.rate > 0 else None
