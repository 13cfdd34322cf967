"""A word where inputs or targets are on scales that training copes badly with."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

LARGEST_SD, LARGEST_MEAN, SMALLEST_SD = 30.0, 100.0, 1e-2


class BadScalingWarning(UserWarning):
    """Inputs or targets far from the scale that initial weights and step sizes are made for."""


def warn_if_badly_scaled(X: Any, y: Any | None, names: Any = None) -> None:
    """Warn once of the worst column of X, and of y, whose mean or spread is out of range.

    In range is a standard deviation of at most 30 and a mean within ±100; and not all columns
    (nor the targets) so small that no standard deviation reaches 0.01.
    """
    complaints = []
    column = _worst(*_moments(X))
    if column is not None:
        name = f"column {column}" if names is None else f"column {str(names[column])!r}"
        mean, sd = (moment[column] for moment in _moments(X))
        complaints.append(f"X {name} has mean {mean:.4g} and standard deviation {sd:.4g}")
    if y is not None:
        means, sds = _moments(np.asarray(y, float).reshape(len(y), -1))
        column = _worst(means, sds)
        if column is not None:
            complaints.append(
                f"y has mean {means[column]:.4g} and standard deviation {sds[column]:.4g}"
            )
    if complaints:
        warnings.warn(
            f"badly scaled: {'; '.join(complaints)}. Networks train well on columns of mean 0 and "
            "standard deviation 1: put a StandardScaler before the network"
            + (
                " and wrap it in TransformedTargetRegressor(transformer=StandardScaler())."
                if len(complaints) > 1 or complaints[0].startswith("y")
                else "."
            ),
            BadScalingWarning,
            stacklevel=4,
        )


def _moments(X: Any) -> tuple[np.ndarray, np.ndarray]:
    with np.errstate(over="ignore", invalid="ignore"):
        if hasattr(X, "tocsr"):
            mean = np.asarray(X.mean(axis=0), float).ravel()
            square = np.asarray(X.multiply(X).mean(axis=0), float).ravel()
            return mean, np.sqrt(np.maximum(square - mean**2, 0.0))
        return np.mean(X, axis=0, dtype=float), np.std(X, axis=0, dtype=float)


def _worst(means: np.ndarray, sds: np.ndarray) -> int | None:
    excess = np.maximum(sds / LARGEST_SD, np.abs(means) / LARGEST_MEAN)
    if np.nanmax(excess) > 1:
        return int(np.nanargmax(excess))
    spread = sds[sds > 0]
    return int(np.argmax(sds)) if spread.size and spread.max() < SMALLEST_SD else None
