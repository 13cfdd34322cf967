"""How exactly some rows tell a share: its interval, and the decimals that they carry."""

from __future__ import annotations

import math

from clearprop.writing.numbers import NONE, fixed

CONFIDENCE = 0.95

FEW_ROWS = 100
"""Of fewer rows the right ones are counted: one row is more than a hundredth of the share."""

FEWEST_DECIMALS, MOST_DECIMALS = 2, 4


def interval_of(right: int, rows: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share, of which `right` of `rows` rows are a sample.

    Source: Wilson 1927, by ``scipy.stats.binomtest``; Brown, Cai and DasGupta 2001 recommend it
    for few rows and for shares near 0 and 1.

    >>> [round(end, 4) for end in interval_of(30, 30)]
    [0.8865, 1.0]
    """
    from scipy.stats import binomtest

    low, high = binomtest(right, rows).proportion_ci(CONFIDENCE, "wilson")
    return float(low), float(high)


def decimals_of(rows: int) -> int:
    """Return the fewest decimals that tell every two counts of right rows apart, 2 to 4.

    >>> [decimals_of(rows) for rows in (8, 75, 359, 10_000, 1_000_000)]
    [2, 2, 3, 4, 4]
    """
    return min(max(math.ceil(math.log10(max(rows, 1))), FEWEST_DECIMALS), MOST_DECIMALS)


def share_told(share: float, rows: int) -> str:
    """Return a share with the decimals that the rows carry; 0 and 1 only where they are exact.

    >>> share_told(1.0, 30), share_told(73 / 75, 75), share_told(0.97772, 359), share_told(0.996, 9)
    ('1', '0.97', '0.978', '>0.99')
    """
    if not math.isfinite(share):
        return NONE
    if share in (0.0, 1.0):
        return f"{share:.0f}"
    decimals = decimals_of(rows)
    last = 10.0**-decimals
    if share >= 1 - last / 2:
        return f">{fixed(1 - last, decimals)}"
    return f"<{fixed(last, decimals)}" if share < last / 2 else fixed(share, decimals)


def interval_told(share: float, rows: int) -> str:
    """Return the 95 % interval of a share of rows.

    >>> interval_told(1.0, 30), interval_told(0.9777, 359)
    ('95 %: 0.89 to 1', '95 %: 0.957 to 0.989')
    """
    low, high = interval_of(round(share * rows), rows)
    return f"{CONFIDENCE:.0%}".replace("%", " %") + (
        f": {share_told(low, rows)} to {share_told(high, rows)}"
    )


def accuracy_told(accuracy: float, rows: int) -> str:
    """Return an accuracy; of few rows, how many of them are right.

    >>> accuracy_told(1.0, 30), accuracy_told(0.97772, 359)
    ('30 of 30 right', 'accuracy 0.978')
    """
    if rows < FEW_ROWS:
        return f"{round(accuracy * rows)} of {rows} right"
    return f"accuracy {share_told(accuracy, rows)}"
