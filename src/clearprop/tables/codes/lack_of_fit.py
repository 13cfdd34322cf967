"""Where a column's curve says too little: finer pieces, or an input for each repeated number.

The test is that of lack of fit. With r the residuals of the targets' least squares on the inputs of
a column's code, p in number, and its n rows in m groups of equal or neighbouring numbers, n_g each,

    F = (Σ_g n_g r̄_g² / (m − p)) / (Σ_g Σ_(i in g) (r_i − r̄_g)² / (n − m))

is about 1 where the curve says all that the groups do, whatever its shape. Of several outputs all
sums of squares are added.

Source: Draper and Smith 1998, Applied Regression Analysis, section 2.1 (lack of fit and pure
error).
"""

from __future__ import annotations

from dataclasses import replace
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

FINER = (128, 64)
"""Pieces of a column whose curve says too little: the first number that passes the test."""

ROWS_A_PIECE = 30
"""Finer pieces have so many rows each, or there are none."""


def repeated_values(
    code: NumberCode,
    values: NDArray[np.float64],
    targets: NDArray[np.floating],
    most: int,
    fewest_rows: int,
    least_f: float,
) -> tuple[float, ...]:
    """Return the repeated values that get an input of their own, in increasing order; often none.

    They get one where the targets depend on the very value, and not on its size: a gain of 7,688
    in a tax return says another thing than one of 7,443. The groups of the test are the values.

    Parameters
    ----------
    code
        The column's code without inputs for repeated values.
    values
        The column (N,), NaN where a number is missing.
    targets
        What the networks learn (N, K).
    most
        The most values that get an input: the commonest.
    fewest_rows
        How many rows such a value has at least.
    least_f
        They have inputs from this F on.

    Examples
    --------
    >>> from clearprop.tables.codes.number import fit_numbers
    >>> x = np.repeat(np.arange(40.0), 50)
    >>> code = fit_numbers(x, "x", 8)
    >>> repeated_values(code, x, np.sin(x / 20)[:, None], 300, 3, 6.0)
    ()
    >>> at_random = np.random.default_rng(0).normal(size=40)[x.astype(int)]
    >>> len(repeated_values(code, x, at_random[:, None], 300, 3, 6.0))
    40
    """
    different, counts = np.unique(values[~np.isnan(values)], return_counts=True)
    if len(different) <= len(code.edges):
        return ()
    common = np.flatnonzero(counts >= fewest_rows)
    common = np.sort(common[np.argsort(-counts[common], kind="stable")[:most]])
    if 2 * counts[common].sum() < len(values):
        return ()
    repeated = different[common]
    low, high = windows(repeated)
    if (low[1:] <= high[:-1]).any():
        return ()
    some, targets = deciding(values, targets)
    group = np.minimum(np.searchsorted(repeated, some), len(repeated) - 1)
    group = np.where(repeated[group] == some, group, -1)
    if lack_of_fit(code, some, targets, group) < least_f:
        return ()
    return tuple(repeated.tolist())


def finer(
    code: NumberCode,
    values: NDArray[np.float64],
    targets: NDArray[np.floating],
    least_f: float,
) -> NumberCode:
    """Return a code with more pieces where the curve of these is too coarse; often the same.

    The longitude of a house is an example: with 16 pieces a city is one slope. The groups of the
    test are the finer pieces, 128 or else 64.

    Examples
    --------
    >>> from clearprop.tables.codes.number import fit_numbers
    >>> x = np.linspace(0, 1, 5000)
    >>> code = fit_numbers(x, "x", 16)
    >>> [len(finer(code, x, np.sin(k * x)[:, None], 6.0).edges) - 1 for k in (5, 200)]
    [16, 128]
    """
    if not code.edges:
        return code
    some, targets = deciding(values, targets)
    for pieces in FINER:
        if len(values) < ROWS_A_PIECE * pieces:
            continue
        edges = edges_of(values[~np.isnan(values)], pieces)
        group = np.searchsorted(edges[1:-1], some, side="right")
        if len(edges) > len(code.edges) and lack_of_fit(code, some, targets, group) >= least_f:
            return replace(code, edges=edges)
    return code


def deciding(
    values: NDArray[np.float64], targets: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.floating]]:
    """Return the rows that decide: with a number, and not too many."""
    some = np.flatnonzero(~np.isnan(values))[:: -(-len(values) // MOST_ROWS)]
    return values[some], targets[some]


def lack_of_fit(
    code: NumberCode,
    values: NDArray[np.float64],
    targets: NDArray[np.floating],
    group: NDArray[np.intp],
) -> float:
    """Return the F statistic; 0 where there are too few rows, or the lack is a small part.

    Parameters
    ----------
    code
        The code whose curve is tested.
    values, targets
        Numbers (n,), and what the networks learn (n, K).
    group
        The group of each row, from 0; −1 for a row that is in none.
    """
    inputs = np.ones((len(values), len(code.input_names) + 1))
    code.write(inputs[:, :-1], values)
    centred = targets - targets.mean(0, dtype=np.float64)
    weights = np.linalg.lstsq(inputs.T @ inputs, inputs.T @ centred, rcond=None)[0]
    residuals = (centred - inputs @ weights)[group >= 0]
    group = group[group >= 0]
    counts = np.bincount(group)
    sums = np.array([np.bincount(group, column) for column in residuals.T])
    met = counts > 0
    lack = (sums[:, met] ** 2 / counts[met]).sum()
    # Rounding is no lack of fit: a curve through all rows has F = 0.
    whole = (centred**2).sum()
    pure = max((residuals**2).sum() - lack, ROUNDING * whole)
    of_lack, of_pure = int(met.sum()) - inputs.shape[1], len(group) - int(met.sum())
    if of_lack <= 0 or of_pure <= 0 or whole <= 0:
        return 0.0
    noise = pure / of_pure
    return float(lack / of_lack / noise) if lack - of_lack * noise >= LEAST_PART * whole else 0.0
