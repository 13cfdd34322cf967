"""A warning if the scale of inputs or targets hinders training."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

LARGEST_SD, LARGEST_MEAN, SMALLEST_SD = 30.0, 100.0, 1e-2

BLOCK_NUMBERS = 2**18
"""So many numbers at a time are copied in float64."""


class BadScalingWarning(UserWarning):
    """Inputs or targets are far from the scale that initial weights and step sizes assume."""


def warn_if_badly_scaled(X: Any, y: Any | None, names: Any = None) -> None:
    """Warn once, naming the worst column of X and of y, if means or spreads are out of range.

    The range is a mean within ±100, a standard deviation of at most 30, and at least one column
    with a standard deviation of 0.01 or more.
    """
    complaint_of_x = _complaint(X, lambda column: _named(column, names))
    columns_of_y = None if y is None else np.asarray(y, float).reshape(len(y), -1)
    complaint_of_y = None if y is None else _complaint(columns_of_y, lambda column: "y")
    complaints = [complaint for complaint in (complaint_of_x, complaint_of_y) if complaint]
    if complaints:
        cure = " and wrap it in TransformedTargetRegressor(transformer=StandardScaler())."
        warnings.warn(
            f"badly scaled: {'; '.join(complaints)}. Networks train well on columns of mean 0 and "
            "standard deviation 1: put a StandardScaler before the network"
            + (cure if complaint_of_y else "."),
            BadScalingWarning,
            stacklevel=4,
        )


def _complaint(X: Any, name_of: Callable[[int], str]) -> str | None:
    """Return a description of the worst column; None if all are in range."""
    means, sds = _moments(X)
    column = _worst(means, sds)
    if column is None:
        return None
    mean, sd = means[column], sds[column]
    return f"{name_of(column)} has mean {mean:.4g} and standard deviation {sd:.4g}"


def _named(column: int, names: Any) -> str:
    return f"X column {column}" if names is None else f"X column {str(names[column])!r}"


def _moments(X: Any) -> tuple[np.ndarray, np.ndarray]:
    with np.errstate(over="ignore", invalid="ignore"):
        if hasattr(X, "tocsr"):
            mean = np.asarray(X.mean(axis=0), float).ravel()
            square = np.asarray(X.multiply(X).mean(axis=0), float).ravel()
            return mean, np.sqrt(np.maximum(square - mean**2, 0.0))
        blocks = _blocks(X)
        mean = sum(block.sum(axis=0, dtype=float) for block in blocks) / len(X)
        square = sum(np.square(block - mean).sum(axis=0) for block in blocks) / len(X)
        return np.asarray(mean), np.sqrt(square)


def _blocks(X: np.ndarray) -> list[np.ndarray]:
    """Return the rows in blocks, of which copies in float64 take little memory."""
    rows = max(1, BLOCK_NUMBERS // max(1, X.shape[1]))
    return [X[start : start + rows] for start in range(0, len(X), rows)]


def _worst(means: np.ndarray, sds: np.ndarray) -> int | None:
    excess = np.maximum(sds / LARGEST_SD, np.abs(means) / LARGEST_MEAN)
    if np.nanmax(excess) > 1:
        return int(np.nanargmax(excess))
    spread = sds[sds > 0]
    return int(np.argmax(sds)) if spread.size and spread.max() < SMALLEST_SD else None
