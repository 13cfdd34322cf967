"""The L2 penalty, which pulls weights to zero."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from clearprop.definitions.layer import Array, Namespace


@dataclass(frozen=True)
class L2:
    """A penalty that pulls weights to zero: E gains ½ λ Σ W², the gradient λ W.

    Biases, scales and shifts are left alone. With ``per_row`` λ is divided by the rows of the
    batch (by their weights' sum), as scikit-learn does with its `alpha`.
    """

    strength: float = 0.0
    per_row: bool = False

    def __post_init__(self) -> None:
        if not (self.strength >= 0 and math.isfinite(self.strength)):
            raise ValueError(f"L2: strength must be a number of at least 0, got {self.strength!r}")
        object.__setattr__(self, "strength", float(self.strength))

    def coefficient(self, divisor: Any) -> Any:
        """Return λ for a batch whose rows weigh `divisor`."""
        return self.strength / divisor if self.per_row else self.strength

    def value(self, xp: Namespace, params: Array, penalised: Any, divisor: Any) -> Any:
        """Return ½ λ Σ W²."""
        weights = params * penalised
        return 0.5 * self.coefficient(divisor) * xp.sum(weights * weights)

    def gradient(self, params: Array, penalised: Any, divisor: Any) -> Array:
        """Return λ W, zero for parameters without penalty."""
        return self.coefficient(divisor) * (params * penalised)
