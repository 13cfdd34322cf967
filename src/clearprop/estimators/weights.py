"""Checks of the weights of classes and rows, before anything is trained with them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NUMBERS = (int, float, np.integer, np.floating)
_LARGEST = sys.float_info.max


def check_class_weight(class_weight: Any) -> None:
    """Raise unless all weights are finite numbers from 0.

    Parameters
    ----------
    class_weight
        A dict of weights by class, a list of such dicts for multi-label targets, or a value that
        holds no numbers ("balanced", None), which passes.

    Raises
    ------
    ValueError
        If a weight is negative, infinite, NaN or not a number; the message names its class.
    """
    mappings = class_weight if isinstance(class_weight, list) else [class_weight]
    for mapping in mappings:
        if not isinstance(mapping, Mapping):
            continue
        for label, weight in mapping.items():
            if not isinstance(weight, _NUMBERS) or not 0 <= weight <= _LARGEST:
                raise ValueError(
                    f"class_weight gives class {label!s:.60} the weight {weight!r:.60}: a weight "
                    "must be a finite number from 0"
                )


def weights_of_classes(class_weight: Any, classes: Any, rows: Any) -> NDArray[np.float64]:
    """Return the weight of each class (K,), of which there are so many rows (K,)."""
    from sklearn.utils.class_weight import compute_class_weight

    check_class_weight(class_weight)
    found = compute_class_weight(class_weight, classes=classes, y=classes, sample_weight=rows)
    return np.asarray(found, np.float64)


def check_row_weights(weights: Any, dtype: np.dtype[Any], rows: str = "row") -> None:
    """Raise unless the rows' weights, class weights included, have a finite sum above 0.

    Parameters
    ----------
    weights : ndarray of shape (N,) or None
        Weights from 0; None where all are equal.
    dtype
        The floating-point type that training computes in.
    rows
        What one of the rows is called in the message.
    """
    if weights is None:
        return
    with np.errstate(over="ignore"):
        total = np.sum(weights, dtype=dtype)
    if not np.isfinite(total):
        raise ValueError(
            f"the sum of the weights is too large for {dtype}: divide all weights by the largest"
        )
    if total == 0:
        raise ValueError(
            f"every {rows} has the weight 0 (class_weight times sample_weight): at least one must "
            "have a weight above 0"
        )
