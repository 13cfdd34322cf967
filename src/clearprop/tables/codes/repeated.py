"""Which values of a column of numbers repeat and say more than the curve through all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from clearprop.tables.codes.number import windows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clearprop.tables.codes.number import NumberCode

ROUNDING = 1e-9
"""Of the targets' sum of squares, what is left over by rounding."""

MOST_ROWS = 2**15
"""So many rows decide at most."""


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
    in a tax return says another thing than one of 7,443. The test is that of lack of fit. With r
    the residuals of the targets' least squares on the inputs of `code`, p in number, and of m
    repeated values value v in n_v of n rows,

        F = (Σ_v n_v r̄_v² / (m − p)) / (Σ_v Σ_(i: x_i = v) (r_i − r̄_v)² / (n − m))

    is about 1 where the code's curve says all, whatever its shape.

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

    Notes
    -----
    Source: Draper and Smith 1998, Applied Regression Analysis, section 2.1 (lack of fit and pure
    error). Of several outputs all sums of squares are added.

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
    present = ~np.isnan(values)
    different, counts = np.unique(values[present], return_counts=True)
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
    some = np.flatnonzero(present)[:: -(-len(values) // MOST_ROWS)]
    if lack_of_fit(code, values[some], targets[some], repeated) < least_f:
        return ()
    return tuple(repeated.tolist())


def lack_of_fit(
    code: NumberCode,
    values: NDArray[np.float64],
    targets: NDArray[np.floating],
    repeated: NDArray[np.float64],
) -> float:
    """Return the F statistic of :func:`repeated_values`; 0 where there are too few rows."""
    inputs = np.ones((len(values), len(code.input_names) + 1))
    code.write(inputs[:, :-1], values)
    centred = targets - targets.mean(0, dtype=np.float64)
    weights = np.linalg.lstsq(inputs.T @ inputs, inputs.T @ centred, rcond=None)[0]
    residuals = centred - inputs @ weights
    place = np.minimum(np.searchsorted(repeated, values), len(repeated) - 1)
    own = repeated[place] == values
    place, residuals = place[own], residuals[own]
    counts = np.maximum(np.bincount(place, minlength=len(repeated)), 1)
    sums = np.array([np.bincount(place, r, minlength=len(repeated)) for r in residuals.T])
    lack = (sums**2 / counts).sum()
    # Rounding is no lack of fit: a curve through all rows has F = 0.
    pure = max((residuals**2).sum() - lack, ROUNDING * (centred**2).sum())
    met = len(np.unique(place))
    of_lack, of_pure = met - inputs.shape[1], len(place) - met
    if of_lack <= 0 or of_pure <= 0 or pure <= 0:
        return 0.0
    return float((lack / of_lack) / (pure / of_pure))
