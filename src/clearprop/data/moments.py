"""Means and standard deviations of columns in one pass, merged from those of parts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Moments:
    """What is known of the columns of some rows.

    Parts are merged as Chan, Golub and LeVeque do (1979), which loses no digits to a large mean:
    n = n_a + n_b, d = m_b - m_a, m = m_a + d n_b / n, M = M_a + M_b + d² n_a n_b / n.
    Where rows have weights n is their sum.

    Attributes
    ----------
    count : float
        n, the rows.
    mean, squares : (I,) float64
        m, the means, and M, the sums of squared distances from them.
    least, most : (I,) float64
        The smallest and the largest numbers.

    Examples
    --------
    >>> import numpy as np
    >>> parts = [np.array([[1.0], [2.0]]), np.array([[6.0]])]
    >>> found = Moments.merged(Moments.of(part) for part in parts)
    >>> found.count, found.mean, found.deviation.round(3)
    (3, array([3.]), array([2.16]))
    """

    count: float
    mean: np.ndarray
    squares: np.ndarray
    least: np.ndarray
    most: np.ndarray

    @classmethod
    def of(cls, x: np.ndarray, weights: np.ndarray | None = None) -> Moments:
        """Return the moments of rows (n, I), n at least 1, of weights (n,) above 0."""
        x = np.asarray(x, np.float64)
        if weights is None:
            mean, count = x.mean(axis=0), len(x)
            squares = np.square(x - mean).sum(axis=0)
        else:
            mean, count = np.average(x, axis=0, weights=weights), weights.sum()
            squares = weights @ np.square(x - mean)
        return cls(count, mean, squares, x.min(axis=0), x.max(axis=0))

    @classmethod
    def merged(cls, parts: Iterable[Moments]) -> Moments:
        """Return the moments of the rows of all parts, merged in their order."""
        return reduce(cls.merge, parts)

    def merge(self, other: Moments) -> Moments:
        """Return the moments of the rows of both."""
        count = self.count + other.count
        apart, part = other.mean - self.mean, other.count / count
        return Moments(
            count,
            self.mean + apart * part,
            self.squares + other.squares + np.square(apart) * self.count * part,
            np.minimum(self.least, other.least),
            np.maximum(self.most, other.most),
        )

    @property
    def deviation(self) -> np.ndarray:
        """The standard deviations (I,), √(M / n); 1 for a column of one number only."""
        found = np.sqrt(self.squares / self.count)
        return np.where(self.least == self.most, 1.0, found)

    def scaled(self, x: Any) -> np.ndarray:
        """Return (x - mean) / deviation in the dtype of `x`: for rows (n, I) to predict, too."""
        x = np.asarray(x)
        dtype = x.dtype if x.dtype.kind == "f" else np.dtype(np.float64)
        return ((x - self.mean) / self.deviation).astype(dtype, copy=False)
