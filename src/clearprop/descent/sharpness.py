"""How sharply a loss bends at trained weights: what bounds the learning rate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from clearprop.descent.document import document
from clearprop.descent.network import NetworkLoss
from clearprop.health.curvature import bend, curvature
from clearprop.writing.numbers import shown

DENSE = 50
"""The most weights for which the whole Hessian is computed, column by column."""

Product = Callable[[np.ndarray], np.ndarray]
"""A function that returns H v (P,) for v (P,), H a symmetric matrix."""


class CurvatureError(ArithmeticError):
    """The ends of a Hessian's spectrum were not found: it is not finite, or did not converge."""


@dataclass(frozen=True)
class Sharpness:
    """The second derivatives of a loss, along its gradient and at both ends of their spectrum.

    `steepness` is |∇E|; `along_gradient` is ∇Eᵀ H ∇E / |∇E|², NaN where the gradient is 0;
    `largest` and `smallest` are the largest and the smallest eigenvalue of H.
    """

    loss: float
    steepness: float
    along_gradient: float
    largest: float
    smallest: float

    @property
    def largest_rate(self) -> float:
        """2 / largest: gradient descent is unstable above it; infinite where nothing bends up."""
        return 2.0 / self.largest if self.largest > 0 else float("inf")

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers as plain values, version 1 of ``clearprop.sharpness``."""
        names = ("loss", "steepness", "along_gradient", "largest", "smallest", "largest_rate")
        return document("sharpness", {name: getattr(self, name) for name in names})

    def __str__(self) -> str:
        along = shown(self.along_gradient)
        between = f"between {shown(self.smallest)} and {shown(self.largest)} in all directions"
        lines = [f"slope {shown(self.steepness)}; curvature {along} along it, {between}"]
        if self.largest > 0:
            rate = shown(self.largest_rate)
            lines.append(
                f"gradient descent is stable here up to η ≈ {rate} (2 / {shown(self.largest)})"
            )
        return "\n".join(lines)


def sharpness(
    surface: NetworkLoss, weights: np.ndarray, *, tolerance: float = 1e-5, seed: int = 0
) -> Sharpness:
    """Return how sharply a loss bends at weights (P,).

    Products H v are central differences of backpropagated gradients; both ends of the spectrum
    come from :func:`spectrum_ends`. Source: Pearlmutter 1994, eq. 2, for the products; Cohen et
    al. 2021 for 2 / largest.

    Parameters
    ----------
    surface : NetworkLoss
        The loss of a network on rows.
    weights : ndarray (P,)
        Where.
    tolerance : float
        Of the eigenvalues, as part of the larger of their magnitudes.
    seed : int
        For the direction in which the search for them begins.

    Raises
    ------
    CurvatureError
        If the Hessian is not finite, or its eigenvalues are not found to that tolerance.
    """
    point = weights.astype(np.float64)
    steepness = float(np.linalg.norm(surface.slope(point)))
    product = partial(bend, surface.slope, point)
    along = curvature(surface.slope, point)
    smallest, largest = spectrum_ends(product, point.size, tolerance=tolerance, seed=seed)
    return Sharpness(surface.height(weights), steepness, along, largest, smallest)


def spectrum_ends(
    product: Product, size: int, *, tolerance: float = 1e-5, seed: int = 0
) -> tuple[float, float]:
    """Return the smallest and the largest eigenvalue of a symmetric matrix (size, size).

    Only its products with vectors are needed. Small matrices are computed column by column; of
    larger ones ARPACK's Lanczos method finds the eigenvalue c of largest magnitude, one end of
    the spectrum, and then that of H - 2 c I, which is the other end and far from zero, so that
    the tolerance is relative to the magnitude of c for both.

    Examples
    --------
    >>> spectrum_ends(lambda v: np.array([1.0, -1.0, 0.5]) * v, 3)
    (-1.0, 1.0)
    """
    if size <= DENSE:
        matrix = np.array([product(column) for column in np.eye(size)])
        if not np.isfinite(matrix).all():
            raise CurvatureError(_NOT_FINITE)
        values = np.linalg.eigvalsh(0.5 * (matrix + matrix.T))
        return float(values[0]), float(values[-1])
    start = np.random.default_rng(seed).standard_normal(size)
    if not product(start).any():
        return 0.0, 0.0
    one = _of_largest_magnitude(product, start, tolerance)
    other = 2 * one + _of_largest_magnitude(lambda v: product(v) - 2 * one * v, start, tolerance)
    return min(one, other), max(one, other)


_NOT_FINITE = "the second derivatives of the loss are not finite at these weights"


def _of_largest_magnitude(product: Product, start: np.ndarray, tolerance: float) -> float:
    """Return a symmetric matrix's eigenvalue of largest magnitude, with its sign."""
    from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

    def finite(direction: np.ndarray) -> np.ndarray:
        bent = product(direction.ravel())
        if not np.isfinite(bent).all():
            raise CurvatureError(_NOT_FINITE)
        return bent

    operator = LinearOperator((start.size, start.size), matvec=finite, dtype=np.float64)
    try:
        found = eigsh(operator, k=1, which="LM", v0=start, tol=tolerance, return_eigenvectors=False)
    except ArpackNoConvergence as error:
        raise CurvatureError(
            f"the largest curvature was not found to {tolerance:g} of itself: {error}"
        ) from error
    return float(found[0])
