"""Standard errors over splits, intervals, and which differences are real.

Scores on splits of one table are not independent: their training rows overlap. The usual variance
of their mean is then too small. Here it is corrected as Nadeau and Bengio propose, "Inference for
the generalization error", Machine Learning 52 (2003), section 3: in place of var / J it is
``(1 / J + n_test / n_train) var``, of J splits with n_train rows to fit and n_test rows to score.
Bouckaert and Frank, PAKDD 2004, recommend it for repeated cross-validation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import t as student

if TYPE_CHECKING:
    from collections.abc import Sequence

LEVEL = 0.95
"""Of the intervals; a difference is real if chance gives one as large less often than 1 - LEVEL."""


@dataclass(frozen=True)
class MeanOverSplits:
    """The mean of a score over splits, with its uncertainty.

    Attributes
    ----------
    mean
        Over the splits.
    error
        Its standard error, corrected for overlapping training rows; NaN for a single split.
    low, high
        The ends of its 95 % interval, from Student's t with J - 1 degrees of freedom.
    """

    mean: float
    error: float
    low: float
    high: float


@dataclass(frozen=True)
class Difference:
    """How far a contender is from the best one, split by split.

    Attributes
    ----------
    mean, error, low, high
        The difference as :class:`MeanOverSplits`; positive means worse than the best.
    p
        How often chance alone gives a mean difference at least as large, either way.
    p_holm
        The same, corrected for the number of contenders compared with the best.
    real
        Whether `p_holm` is below 0.05.
    """

    mean: float
    error: float
    low: float
    high: float
    p: float
    p_holm: float

    @property
    def real(self) -> bool:
        """Whether chance would rarely give a difference as large."""
        return self.p_holm < 1 - LEVEL


def mean_over_splits(values: Sequence[float], test_to_train: float) -> MeanOverSplits:
    """Return the mean of a score over J splits, with its corrected standard error.

    Parameters
    ----------
    values
        One for each split (J,).
    test_to_train
        n_test / n_train: 1/4 for 5 folds.

    Examples
    --------
    >>> found = mean_over_splits([1.0, 2.0, 3.0, 4.0], 0.25)
    >>> found.mean, round(found.error, 4)  # sqrt((1/4 + 1/4) * 5/3)
    (2.5, 0.9129)
    """
    array: Any = np.asarray(values, np.float64)
    count = len(array)
    mean = float(array.mean())
    if count < 2 or not np.isfinite(array).all():
        return MeanOverSplits(mean, math.nan, math.nan, math.nan)
    error = math.sqrt((1 / count + test_to_train) * float(array.var(ddof=1)))
    reach = float(student.ppf((1 + LEVEL) / 2, count - 1)) * error
    return MeanOverSplits(mean, error, mean - reach, mean + reach)


def p_value(values: Sequence[float], test_to_train: float) -> float:
    """Return the two-sided p of the corrected resampled t-test that the mean of `values` is 0.

    Parameters
    ----------
    values
        The differences of two contenders, one for each split (J,).
    test_to_train
        n_test / n_train.

    Returns
    -------
    p : float
        1 where all differences are 0, 0 where all are the same and not 0, NaN for one split.

    Examples
    --------
    >>> round(p_value([1.0, 2.0, 3.0, 4.0], 0.25), 4)  # t = 2.7386 with 3 degrees of freedom
    0.0714
    """
    found = mean_over_splits(values, test_to_train)
    if math.isnan(found.error):
        return math.nan
    if found.error <= 1e-12 * abs(found.mean) or not found.error:
        return 0.0 if found.mean else 1.0
    return float(2 * student.sf(abs(found.mean) / found.error, len(values) - 1))


def holm(ps: Sequence[float]) -> list[float]:
    """Return p values corrected for their number: Holm, Scandinavian J. of Statistics 6 (1979).

    The smallest of m is multiplied by m, the next by m - 1 and so on; none falls below one before
    it. NaN stays NaN and does not count.

    Examples
    --------
    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    corrected = list(ps)
    order = sorted((p, place) for place, p in enumerate(ps) if not math.isnan(p))
    highest = 0.0
    for rank, (p, place) in enumerate(order):
        highest = max(highest, min(1.0, p * (len(order) - rank)))
        corrected[place] = highest
    return corrected


def differences(
    losses: Sequence[Sequence[float]], best: int, test_to_train: float
) -> list[Difference | None]:
    """Return how far each contender is behind the best; None for the best itself.

    Parameters
    ----------
    losses
        A score where less is better, for each contender and split (M, J).
    best
        The place of the best contender.
    test_to_train
        n_test / n_train.
    """
    array: Any = np.asarray(losses, np.float64)
    behind = array - array[best]
    others = [place for place in range(len(array)) if place != best]
    ps = [p_value(behind[place], test_to_train) for place in others]
    found: list[Difference | None] = [None] * len(array)
    for place, p, p_holm in zip(others, ps, holm(ps), strict=True):
        mean = mean_over_splits(behind[place], test_to_train)
        found[place] = Difference(mean.mean, mean.error, mean.low, mean.high, p, p_holm)
    return found
