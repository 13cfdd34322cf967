"""How much of the target one column decides, measured on rows that were held out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_ROWS = 5_000
"""At most so many rows are looked at, drawn at random."""

MOST_BINS = 128
WORTH_A_TREE = 0.25
"""Numbers whose bins decide less than this are not looked at more closely."""

FEWEST_IN_LEAF = 5


DECIDES_CLASSES = 0.85
"""A column decides classes alone if it removes this part of the commonest class's errors.

The lifeboat of the Titanic's passengers removes 0.92 of them. Of the honest columns in the ten
classifications of ``benchmarks/tables.py`` the strongest removes 0.60.
"""

DECIDES_NUMBERS = 0.99
"""A column decides quantities alone if it has this R².

Of the honest columns in the seven regressions of ``benchmarks/tables.py`` the strongest has 0.989.
"""

MANY_ROWS = 200
"""In fewer rows a column decides alone only if it has few different values, and makes no error.

The threshold of a number, or a curve through it, can decide few rows without being a leak.
"""

FEW_VALUES = 10
LEAST_OF_FEW = 0.999
"""In few rows the least R²: without errors but for the rounding of means."""

FEWEST_ROWS = 40
"""In fewer rows any column can decide by chance."""

FEWEST_ERRORS, FEWEST_ERRORS_OF_FEW = 30, 10
"""Always naming the commonest class must make so many errors: of them the part is taken."""


def sample_of(rows: int) -> NDArray[np.intp]:
    """Return the rows that are looked at, in a random order: each half judges the other."""
    return np.random.default_rng(0).permutation(rows)[:MOST_ROWS]


def decided_of_classes(values: NDArray[Any], classes: NDArray[np.intp], groups: bool) -> float:
    r"""Return which part of the commonest class's errors a column removes, from 0 to 1.

    1 - e / e_0, where e counts the errors in each half of the rows by a rule learned from the
    other half, and e_0 those of always naming the commonest class: the commonest class of each
    group, or for numbers a decision tree of this one column.

    Parameters
    ----------
    values
        Numbers, NaN where one is missing, or the group of each row (N,), in a random order.
    classes
        The class of each row (N,), counted from 0.
    groups
        Whether the values are groups, counted from 0.

    >>> y = np.arange(100) % 2
    >>> decided_of_classes(y, y, groups=True), decided_of_classes(np.zeros(100), y, groups=False)
    (1.0, 0.0)
    """
    most = int(classes.max()) + 1
    wrong_always = len(classes) - int(np.bincount(classes).max())
    if not wrong_always:
        return 0.0
    codes = values.astype(np.intp) if groups else _bins(values)
    wrong = sum(
        int((_commonest(codes[fit], classes[fit], most, codes[test]) != classes[test]).sum())
        for fit, test in halves(len(classes))
    )
    decided = 1 - wrong / wrong_always
    if groups or decided < WORTH_A_TREE:
        return max(decided, 0.0)
    return max(decided, 1 - _wrong_by_tree(values, classes) / wrong_always)


def decided_of_numbers(values: NDArray[Any], target: NDArray[np.floating], groups: bool) -> float:
    r"""Return R² of a column alone, 1 - sum (y - f(x))² / sum (y - mean y)², at least 0.

    f, learned from the other half of the rows, is the mean of each group, or for numbers the line
    between neighbouring values.

    Parameters
    ----------
    values, groups
        As for :func:`decided_of_classes`.
    target
        The target of each row (N,).
    """
    spread = float(((target - target.mean()) ** 2).sum())
    if not spread:
        return 0.0
    left = 0.0
    for fit, test in halves(len(target)):
        found = (_means if groups else _between)(values[fit], target[fit], values[test])
        left += float(((target[test] - found) ** 2).sum())
    return max(1 - left / spread, 0.0)


def measure_of(
    values: NDArray[Any], target: NDArray[Any], groups: bool, classifies: bool
) -> tuple[str, float]:
    """Return how much a column decides, in words and as a number; "" where it does not alone.

    `target` is the class of each row (N,), or quantities (N,) or (N, K); the others are as for
    :func:`decided_of_classes`.
    """
    if len(values) < MANY_ROWS and np.unique(values).size > FEW_VALUES:
        return "", 0.0
    return (_of_classes if classifies else _of_numbers)(values, target, groups)


def _of_classes(values: NDArray[Any], classes: NDArray[np.intp], groups: bool) -> tuple[str, float]:
    wrong_always = len(classes) - int(np.bincount(classes).max())
    few = len(classes) < MANY_ROWS
    if wrong_always < (FEWEST_ERRORS_OF_FEW if few else FEWEST_ERRORS):
        return "", 0.0
    decided = decided_of_classes(values, classes, groups)
    if decided < (1.0 if few else DECIDES_CLASSES):
        return "", 0.0
    told = f"{100 * decided:.0f} % of the errors that the commonest class makes"
    return f"in held-out rows it removes {told}", decided


def _of_numbers(
    values: NDArray[Any], target: NDArray[np.floating], groups: bool
) -> tuple[str, float]:
    least = LEAST_OF_FEW if len(target) < MANY_ROWS else DECIDES_NUMBERS
    columns = target.reshape(len(target), -1).T
    best = max(decided_of_numbers(values, one, groups) for one in columns)
    return (f"in held-out rows its R² is {best:.4f}" if best >= least else ""), best


def halves(rows: int) -> list[tuple[slice, slice]]:
    """Return the rows to learn from and those to judge by, for each half of the rows."""
    first, second = slice(None, rows // 2), slice(rows // 2, None)
    return [(first, second), (second, first)]


def _bins(values: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the bin of each number: its own where few numbers are different, else a quantile."""
    present = values[~np.isnan(values)]
    edges = np.unique(present)
    if len(edges) > MOST_BINS:
        parts = np.linspace(0, 1, MOST_BINS + 1)
        edges = np.unique(np.quantile(present, parts, method="nearest"))
    return np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values, side="right"))


def _commonest(
    codes: NDArray[np.intp], classes: NDArray[np.intp], most: int, new: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Return the commonest class of each new row's group, of all rows for a new group."""
    groups, places = np.unique(codes, return_inverse=True)
    counts = np.bincount(places * most + classes, minlength=len(groups) * most)
    named = counts.reshape(-1, most).argmax(axis=1)
    at = np.minimum(np.searchsorted(groups, new), len(groups) - 1)
    return np.where(groups[at] == new, named[at], np.bincount(classes, minlength=most).argmax())


def _wrong_by_tree(values: NDArray[np.float64], classes: NDArray[np.intp]) -> int:
    from sklearn.tree import DecisionTreeClassifier

    wrong = 0
    for fit, test in halves(len(classes)):
        tree = DecisionTreeClassifier(min_samples_leaf=FEWEST_IN_LEAF, random_state=0)
        tree.fit(values[fit, None], classes[fit])
        wrong += int((tree.predict(values[test, None]) != classes[test]).sum())
    return wrong


def _means(
    codes: NDArray[Any], target: NDArray[np.floating], new: NDArray[Any]
) -> NDArray[np.floating]:
    groups, places = np.unique(codes, return_inverse=True)
    means = np.bincount(places, target) / np.bincount(places)
    at = np.minimum(np.searchsorted(groups, new), len(groups) - 1)
    return np.where(groups[at] == new, means[at], target.mean())


def _between(
    values: NDArray[np.float64], target: NDArray[np.floating], new: NDArray[np.float64]
) -> NDArray[np.floating]:
    missing = np.isnan(values)
    mean = float(target[missing].mean()) if missing.any() else float(target.mean())
    if missing.all():
        return np.full(len(new), mean)
    known, places = np.unique(values[~missing], return_inverse=True)
    means = np.bincount(places, target[~missing]) / np.bincount(places)
    return np.where(np.isnan(new), mean, np.interp(new, known, means))
