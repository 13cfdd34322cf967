"""How sharply a loss bends at trained weights: what bounds the learning rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.descent.document import document
from clearprop.descent.network import NetworkLoss
from clearprop.writing.numbers import shown


@dataclass(frozen=True)
class Sharpness:
    """The second derivatives of a loss, along its gradient and where it bends most.

    `steepness` is |∇E|; `along_gradient` is ∇Eᵀ H ∇E / |∇E|², NaN where the gradient is 0;
    `largest` is the largest eigenvalue of H in magnitude, with its sign.
    """

    loss: float
    steepness: float
    along_gradient: float
    largest: float

    @property
    def largest_rate(self) -> float:
        """2 / largest: above it gradient descent climbs out of a bowl that bends so."""
        return 2.0 / self.largest if self.largest > 0 else float("inf")

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers as plain values, version 1 of ``clearprop.sharpness``."""
        names = ("loss", "steepness", "along_gradient", "largest", "largest_rate")
        return document("sharpness", {name: getattr(self, name) for name in names})

    def __str__(self) -> str:
        along, most = shown(self.along_gradient), shown(self.largest)
        lines = [f"slope {shown(self.steepness)}; bends by {along} along it, at most by {most}"]
        if self.largest > 0:
            rate = shown(self.largest_rate)
            lines.append(
                f"gradient descent is stable here up to η ≈ {rate} (2 / {shown(self.largest)})"
            )
        return "\n".join(lines)


def sharpness(
    surface: NetworkLoss, weights: np.ndarray, *, iterations: int = 50, seed: int = 0
) -> Sharpness:
    """Return how sharply a loss bends at weights (P,).

    Products H v are central differences of backpropagated gradients; the largest eigenvalue comes
    from power iteration. Source: Pearlmutter 1994, eq. 2; Cohen et al. 2021 for 2 / largest.
    """
    point = weights.astype(np.float64)
    gradient = surface.slope(point)
    steepness = float(np.linalg.norm(gradient))
    step = 1e-4 * max(1.0, float(np.linalg.norm(point)) / np.sqrt(point.size))

    def bend(direction: np.ndarray) -> np.ndarray:
        forth, back = (
            surface.slope(point + step * direction),
            surface.slope(point - step * direction),
        )
        return (forth - back) / (2 * step)

    along = float("nan")
    if steepness > 0:
        unit = gradient / steepness
        along = float(unit @ bend(unit))
    direction = np.random.default_rng(seed).standard_normal(point.size)
    direction /= np.linalg.norm(direction)
    largest = 0.0
    for _ in range(iterations):
        bent = bend(direction)
        earlier, largest = largest, float(direction @ bent)
        length = float(np.linalg.norm(bent))
        if length == 0 or abs(largest - earlier) <= 1e-6 * abs(largest):
            break
        direction = bent / length
    return Sharpness(surface.height(weights), steepness, along, largest)
