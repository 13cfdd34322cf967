"""The targets that each kind of loss takes, checked once before training."""

from __future__ import annotations

from typing import Any

import numpy as np


def real_targets(t: Any, outputs: int, dtype: Any = float) -> np.ndarray:
    """Return finite numbers of shape (N, outputs); targets of shape (N,) become one column."""
    array = np.asarray(t)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"targets must be numbers, got an array of {array.dtype}")
    with np.errstate(over="ignore"):  # a number too large for `dtype` is reported below
        array = array.astype(dtype, copy=False)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or array.shape[1] != outputs:
        given = " x ".join(map(str, np.shape(t)))
        raise ValueError(f"the network has {outputs} outputs, but the targets have shape {given}")
    _refuse(~np.isfinite(array), array, "must be finite")
    return array


def counts(t: Any, outputs: int, dtype: Any = float) -> np.ndarray:
    """Return targets of at least zero, shape (N, outputs)."""
    array = real_targets(t, outputs, dtype)
    _refuse(array < 0, array, "must not be negative for the Poisson loss")
    return array


def probabilities(t: Any, outputs: int, dtype: Any = float) -> np.ndarray:
    """Return targets between zero and one, shape (N, outputs)."""
    array = real_targets(t, outputs, dtype)
    _refuse((array < 0) | (array > 1), array, "must lie between 0 and 1 for cross-entropy")
    return array


def distributions(t: Any, outputs: int, dtype: Any = float) -> np.ndarray:
    """Return rows that sum to one, shape (N, outputs), from rows or from class indices."""
    array = np.asarray(t)
    if array.ndim == 2 and array.shape[1] == 1 and outputs > 1:
        array = array[:, 0]
    if array.ndim == 1:
        return _one_hot(array, outputs, dtype)
    array = probabilities(array, outputs, dtype)
    sums = array.sum(axis=1)
    wrong = np.flatnonzero(np.abs(sums - 1) > 1e-4)
    if wrong.size:
        row = wrong[0]
        raise ValueError(
            f"each row of target probabilities must sum to 1; row {row} sums to {sums[row]:g}"
        )
    return array


def _one_hot(indices: np.ndarray, outputs: int, dtype: Any) -> np.ndarray:
    if indices.dtype.kind not in "iub":
        whole = indices.dtype.kind == "f" and np.array_equal(indices, np.round(indices))
        if not whole:
            raise TypeError(
                "class targets must be whole numbers from 0 (or one row of probabilities a row); "
                f"got {indices.dtype}. Number the labels first: np.unique(labels, "
                "return_inverse=True)"
            )
    wrong = np.flatnonzero((indices < 0) | (indices >= outputs))
    if wrong.size:
        row = wrong[0]
        raise ValueError(
            f"class targets must lie in 0..{outputs - 1}, one for each output; "
            f"row {row} is {indices[row]}"
        )
    hot = np.zeros((indices.shape[0], outputs), dtype)
    hot[np.arange(indices.shape[0]), indices.astype(int)] = 1
    return hot


def _refuse(wrong: np.ndarray, array: np.ndarray, rule: str) -> None:
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise ValueError(
            f"targets {rule}; row {row}, column {column} is {array[row, column]:g} "
            f"({int(wrong.sum())} such)"
        )
