"""Where a column's curve says too little: hats, or an input for each repeated number.

The test is that of lack of fit. With r the residuals of the targets' least squares on the inputs of
a column's code, p in number, and its n rows in m groups of equal or neighbouring numbers, n_g each,

    F = (Σ_g n_g r̄_g² / (m − p)) / (Σ_g Σ_(i in g) (r_i − r̄_g)² / (n − m))

is about 1 where the curve says all that the groups do, whatever its shape. Of several outputs all
sums of squares are added.

Source: Draper and Smith 1998, Applied Regression Analysis, section 2.1 (lack of fit and pure
error).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from clearprop.tables.codes.number import edges_of, windows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clearprop.tables.codes.number import NumberCode

MOST_ROWS = 2**15
"""So many rows decide at most."""

LEAST_PART = 0.005
"""A lack that explains less of the targets' sum of squares than this is none, however sure."""

ROUNDING = 1e-9
"""Of the targets' sum of squares, what is left over by rounding."""

HATS = 64
"""Hats of a column whose curve bends too seldom."""

ROWS_A_HAT = 30
"""With fewer rows for each there are none."""


def with_more_inputs(
    code: NumberCode,
    values: NDArray[np.float64],
    targets: NDArray[np.floating],
    most: int,
    fewest_rows: int,
    least_f: float,
) -> NumberCode:
    """Return the code of a column with more inputs where its curve says too little.

    Parameters
    ----------
    code
        The column's code.
    values
        The column (N,), NaN where a number is missing.
    targets
        What the networks learn (N, K).
    most
        The most repeated numbers that get an input: the commonest.
    fewest_rows
        How many rows such a number has at least.
    least_f
        There are more inputs from this F on.

    Examples
    --------
    Where the targets depend on the very number, each that repeats has an input:

    >>> from clearprop.tables.codes.number import fit_numbers
    >>> x = np.repeat(np.arange(40.0), 50)
    >>> code = fit_numbers(x, "x", 8)
    >>> with_more_inputs(code, x, np.sin(x / 20)[:, None], 300, 3, 6.0) == code
    True
    >>> at_random = np.random.default_rng(0).normal(size=40)[x.astype(int)]
    >>> len(with_more_inputs(code, x, at_random[:, None], 300, 3, 6.0).repeated)
    40

    Where the targets bend more often than the pieces do, there are hats:

    >>> x = np.linspace(0, 1, 5000)
    >>> code = fit_numbers(x, "x", 16)
    >>> for k in (5, 200):
    ...     found = with_more_inputs(code, x, np.sin(k * x)[:, None], 300, 3, 6.0)
    ...     print(len(found.hats))
    0
    64
    """
    present = values[~np.isnan(values)]
    repeated = repeated_numbers(present, len(values), len(code.edges), most, fewest_rows)
    enough = bool(code.edges) and len(values) >= ROWS_A_HAT * HATS
    if not len(repeated) and not enough:
        return code
    curve = curve_of(code, values, targets)
    if len(repeated):
        group = np.minimum(np.searchsorted(repeated, curve.values), len(repeated) - 1)
        if curve.lack_of_fit(np.where(repeated[group] == curve.values, group, -1)) >= least_f:
            return replace(code, repeated=tuple(repeated.tolist()))
    if enough:
        knots = edges_of(present, HATS - 1)
        group = np.searchsorted(knots[1:-1], curve.values, side="right")
        if len(knots) > len(code.edges) and curve.lack_of_fit(group) >= least_f:
            return replace(code, hats=knots)
    return code


def repeated_numbers(
    present: NDArray[np.float64], rows: int, edges: int, most: int, fewest_rows: int
) -> NDArray[np.float64]:
    """Return the numbers that may have an input of their own, in increasing order; often none.

    Half of all rows have one of them, float32 keeps them apart, and they are not the edges.
    """
    different, counts = np.unique(present, return_counts=True)
    common = np.flatnonzero(counts >= fewest_rows)
    common = np.sort(common[np.argsort(-counts[common], kind="stable")[:most]])
    repeated = different[common]
    low, high = windows(repeated)
    if len(different) <= edges or 2 * counts[common].sum() < rows or (low[1:] <= high[:-1]).any():
        return repeated[:0]
    return repeated


@dataclass(frozen=True, eq=False)
class Curve:
    """What the least squares of the targets on a column's inputs leave over.

    Attributes
    ----------
    values
        The rows that decide: numbers (n,).
    residuals
        Of the targets (n, K).
    whole
        The targets' sum of squares about their means.
    parameters
        p.
    """

    values: NDArray[np.float64]
    residuals: NDArray[np.float64]
    whole: float
    parameters: int

    def lack_of_fit(self, group: NDArray[np.intp]) -> float:
        """Return F for the group of each row, −1 for a row that is in none.

        It is 0 where there are too few rows, or where the lack is a small part.
        """
        inside = group >= 0
        residuals, group = self.residuals[inside], group[inside]
        counts = np.bincount(group)
        sums = np.array([np.bincount(group, column) for column in residuals.T])
        met = counts > 0
        lack = (sums[:, met] ** 2 / counts[met]).sum()
        # Rounding is no lack of fit: a curve through all rows has F = 0.
        pure = max((residuals**2).sum() - lack, ROUNDING * self.whole)
        groups = int(met.sum())
        of_lack, of_pure = groups - self.parameters, len(group) - groups
        if of_lack <= 0 or of_pure <= 0 or self.whole <= 0:
            return 0.0
        noise = pure / of_pure
        sure = lack - of_lack * noise >= LEAST_PART * self.whole
        return float(lack / of_lack / noise) if sure else 0.0


def curve_of(code: NumberCode, values: NDArray[np.float64], targets: NDArray[np.floating]) -> Curve:
    """Return the least squares of the targets (N, K) on the inputs of a column (N,)."""
    some = np.flatnonzero(~np.isnan(values))[:: -(-len(values) // MOST_ROWS)]
    values, targets = values[some], targets[some]
    inputs = np.ones((len(values), len(code.input_names) + 1))
    code.write(inputs[:, :-1], values)
    centred = targets - targets.mean(0, dtype=np.float64)
    weights = np.linalg.lstsq(inputs.T @ inputs, inputs.T @ centred, rcond=None)[0]
    residuals = centred - inputs @ weights
    return Curve(values, residuals, float((centred**2).sum()), inputs.shape[1])
