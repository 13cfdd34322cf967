"""A target that is the sum of two or three columns: a linear relation without an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from clearprop.estimators.deciding import halves
from clearprop.writing.numbers import shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

EXACT = 0.9999
"""The least R² on rows that the relation was not learned from; rounded parts still have it."""

FEWEST_ROWS = 200
"""In fewer rows without a missing number nothing is looked for."""

MOST_MISSING = 0.1
"""A column that lacks a greater part of its numbers is not looked at."""

MOST_COLUMNS = 256
"""Of more columns of numbers nothing is looked for: it would take longer than it is worth."""

PARTS = (2, 3)
"""A sum has so many parts."""

NEARLY = 1e-3
"""A factor so near to 1 is 1; a constant of so few standard deviations of the target is none."""


class ExactSum(NamedTuple):
    """Columns whose weighted sum is the target.

    Attributes
    ----------
    columns
        Their names.
    formula
        The sum in words, such as "casual + registered".
    r2
        On rows that it was not learned from.
    """

    columns: tuple[str, ...]
    formula: str
    r2: float


def exact_sum(
    numbers: Mapping[str, NDArray[np.float64]], target: NDArray[np.floating]
) -> ExactSum | None:
    r"""Return the two or three columns whose weighted sum is the target; None if there are none.

    t = c + Σ_j w_j x_j by least squares over all columns, learned from one half of the rows, must
    have R² ≥ 0.9999 on the other half, and so must the same over the two or three columns with
    the largest w_j sd(x_j) alone. Where no sum is exact, the first least squares ends the search.

    Parameters
    ----------
    numbers
        Columns of numbers (N,) by name, NaN where one is missing, in a random order of rows.
    target
        The target of each row (N,).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> columns = {name: rng.normal(size=400) for name in ("casual", "registered", "wind")}
    >>> exact_sum(columns, columns["casual"] + columns["registered"]).formula
    'casual + registered'
    """
    usable = {
        name: values
        for name, values in numbers.items()
        if np.mean(np.isnan(values)) <= MOST_MISSING and np.nanmin(values) < np.nanmax(values)
    }
    if not PARTS[0] <= len(usable) <= MOST_COLUMNS:
        return None
    x = np.stack(list(usable.values()), axis=1)
    whole = ~np.isnan(x).any(axis=1)
    x, t = x[whole], np.asarray(target, np.float64)[whole]
    if len(t) < max(FEWEST_ROWS, 4 * x.shape[1]) or t.min() == t.max():
        return None
    everything = _least_squares(x, t)
    if _r2(x, t) < EXACT:
        return None
    largest = np.argsort(-np.abs(everything[1:]) * x.std(axis=0), kind="stable")
    for parts in PARTS:
        chosen = np.sort(largest[:parts])
        if (r2 := _r2(x[:, chosen], t)) >= EXACT:
            names = [list(usable)[place] for place in chosen]
            weights = _least_squares(x[:, chosen], t)
            return ExactSum(tuple(names), _written(weights, names, float(t.std())), r2)
    return None


def _least_squares(x: NDArray[np.float64], t: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the constant and the weight of each column, (1 + columns,)."""
    middle, scale = x.mean(axis=0), x.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    design = np.column_stack([np.ones(len(t)), (x - middle) / scale])
    found = np.linalg.lstsq(design, t)[0]
    weights = found[1:] / scale
    return np.concatenate([[found[0] - middle @ weights], weights])


def _r2(x: NDArray[np.float64], t: NDArray[np.float64]) -> float:
    """Return R² where each half of the rows is predicted by what the other half gives."""
    left = 0.0
    for fit, test in halves(len(t)):
        weights = _least_squares(x[fit], t[fit])
        left += float(((t[test] - weights[0] - x[test] @ weights[1:]) ** 2).sum())
    return 1 - left / float(((t - t.mean()) ** 2).sum())


def _written(weights: NDArray[Any], names: Sequence[str], spread: float) -> str:
    """Return the sum in words, with factors where they are not 1."""
    terms = [
        (weight < 0, name if abs(abs(weight) - 1) < NEARLY else f"{shown(abs(weight))} × {name}")
        for weight, name in zip(weights[1:], names, strict=True)
    ]
    terms.sort(key=lambda term: term[0])  # what is added comes first
    if abs(weights[0]) > NEARLY * spread:
        terms.append((weights[0] < 0, shown(abs(weights[0]))))
    signed = "".join(f" {'−' if negative else '+'} {text}" for negative, text in terms)
    return signed.removeprefix(" + ").strip()
