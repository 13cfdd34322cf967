"""A landscape: a height as a function of position, its slope, and the known minima."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.definitions.layer import Array, Namespace

Reading = Callable[[Namespace, Array], Array]
"""A function of the namespace that reads it, with NumPy's names, and of positions (..., D)."""


@dataclass(frozen=True)
class Minimum:
    """The lowest point of a basin. `lowest` says whether no other point is lower."""

    point: tuple[float, ...]
    height: float
    lowest: bool = True


@dataclass(frozen=True)
class Landscape:
    """A height h of positions x of D numbers, and its slope ∇h, for any namespace.

    Attributes
    ----------
    name : str
        Its name.
    box : tuple of (low, high)
        For each of the D coordinates, the part that is drawn and where walkers start.
    height, slope : function of xp and x
        `x` has shape (..., D); the height (...), the slope (..., D). `xp` is a namespace with
        NumPy's names: NumPy itself for real and for complex numbers, ``jax.numpy``.
    formula, gradient : str
        Both as text.
    minima : tuple of Minimum
        The known minima; `all_known` says whether there are no others, `searched` that they were
        found by a search in the box, so that a lower one may lie outside.
    about, source : str
        What the landscape shows, and its source.
    note : str
        How exact the slope is, where it is not exact.
    """

    name: str
    box: tuple[tuple[float, float], ...]
    height: Reading
    slope: Reading
    formula: str
    gradient: str
    minima: tuple[Minimum, ...] = ()
    all_known: bool = True
    searched: bool = False
    about: str = ""
    source: str = ""
    note: str = ""

    @property
    def dimensions(self) -> int:
        """D: how many numbers a position has."""
        return len(self.box)

    @property
    def size(self) -> float:
        """The length of the box's diagonal."""
        return float(np.linalg.norm([high - low for low, high in self.box]))

    @property
    def lowest(self) -> Minimum | None:
        """A lowest minimum, if one is known."""
        return next((one for one in self.minima if one.lowest), None)

    def heights(self, x: Any) -> np.ndarray:
        """Return the height at each position, (..., D) → (...); NaN or infinite where it is."""
        with np.errstate(all="ignore"):
            return np.asarray(self.height(np, np.asarray(x, float)), float)

    def slopes(self, x: Any) -> np.ndarray:
        """Return the slope at each position, (..., D) → (..., D)."""
        with np.errstate(all="ignore"):
            return np.asarray(self.slope(np, np.asarray(x, float)), float)

    def curvatures(self, x: np.ndarray) -> np.ndarray:
        """Return the matrix of second derivatives at (K, D), by differences of the slope."""
        steps = 1e-5 * np.array([high - low for low, high in self.box])
        columns = [
            (self.slopes(x + step * axis) - self.slopes(x - step * axis)) / (2 * step)
            for step, axis in zip(steps, np.eye(self.dimensions), strict=True)
        ]
        matrix = np.stack(columns, axis=-1)
        return 0.5 * (matrix + np.swapaxes(matrix, -1, -2))

    def point(self, x: Any, what: str = "start") -> np.ndarray:
        """Return one position as (D,), or raise what is wrong with it."""
        point = np.atleast_1d(np.asarray(x, float))
        if point.shape != (self.dimensions,):
            raise ValueError(
                f"{what} must be {self._position()} on {self.name}, got shape {np.shape(x)}"
            )
        if not np.isfinite(point).all():
            raise ValueError(f"{what} must be finite, got {np.asarray(x).tolist()}")
        return point

    def points(self, x: Any, what: str = "starts") -> np.ndarray:
        """Return many positions as (K, D), or raise what is wrong with them."""
        points = np.asarray(x, float)
        if points.ndim == 1 and self.dimensions == 1:
            points = points[:, None]
        if points.ndim != 2 or points.shape[1] != self.dimensions or not len(points):
            raise ValueError(
                f"{what} must be rows of {self._position()} on {self.name}, got shape {np.shape(x)}"
            )
        wrong = ~np.isfinite(points).all(axis=1)
        if wrong.any():
            raise ValueError(f"{what} must be finite; row {int(np.flatnonzero(wrong)[0])} is not")
        return points

    def drop(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Return `count` positions, uniform in the box."""
        low, high = np.array(self.box).T
        return rng.uniform(low, high, (count, self.dimensions))

    def _position(self) -> str:
        return "one number" if self.dimensions == 1 else f"{self.dimensions} numbers"

    def __str__(self) -> str:
        lines = [f"{self.name}: h = {self.formula}", f"slope: {self.gradient}"]
        for one in self.minima[:8]:
            kind = "lowest" if one.lowest else "local "
            where = ", ".join(f"{number:.6g}" for number in one.point)
            lines.append(f"{kind} minimum at ({where}), height {one.height:.6g}")
        return "\n".join([*lines, *filter(None, [self.note])])
