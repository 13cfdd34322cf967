"""Functions that someone may have taken of an array: of an operand, or of the data everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

Function = Callable[[np.ndarray], np.ndarray]
Row = tuple[str, Function]


def functions_of(array: np.ndarray, data: bool = False) -> Iterator[Row]:
    """Yield words and function of each that may have been taken of an array of this shape.

    The words have a place for the array's name. Of `data`, inputs and targets, there are more.
    """
    yield from OF_ANY
    if array.ndim == 2:
        yield from OF_MATRICES
        if array.shape[1] > 1:
            yield from OF_COLUMNS
        if data:
            yield from OF_DATA


def _over_rows(value: np.ndarray, v: np.ndarray) -> np.ndarray:
    return np.broadcast_to(value, v.shape)


OF_ANY: tuple[Row, ...] = (
    ("2 × {}", lambda v: 2 * v),
    ("{} / 2", lambda v: v / 2),
    ("−{}", lambda v: -v),
    ("{} ^ 2", np.square),
    ("|{}|", np.abs),
    ("sqrt {}", np.sqrt),
    ("exp {}", np.exp),
    ("log {}", np.log),
    ("1 − {}", lambda v: 1 - v),
    ("1 + {}", lambda v: 1 + v),
    ("{} − 1", lambda v: v - 1),
    ("1 / {}", lambda v: 1 / v),
    ("sign {}", np.sign),
    ("sigmoid {}", lambda v: 1 / (1 + np.exp(-v))),
    ("tanh {}", np.tanh),
    ("max(0, {})", lambda v: np.maximum(v, 0.0)),
    ("{} > 0", lambda v: (v > 0) * 1.0),
    ("{} cut off at 1", lambda v: np.minimum(v, 1.0)),
    ("{} cut to whole numbers", np.trunc),
    ("{} rounded to whole numbers", np.rint),
    ("{} in float32", lambda v: v.astype(np.float32).astype(np.float64)),
    ("{} in the reverse order of rows", lambda v: v[::-1]),
    ("{} one row later", lambda v: np.roll(v, -1, axis=0)),
    ("{} one row earlier", lambda v: np.roll(v, 1, axis=0)),
    ("the mean of all numbers of {}", lambda v: np.full(v.shape, v.mean())),
    ("the sum of all numbers of {}", lambda v: np.full(v.shape, v.sum())),
    ("the first row of {}", lambda v: _over_rows(v[:1], v)),
    ("the last row of {}", lambda v: _over_rows(v[-1:], v)),
)
"""What may be taken of any array."""

OF_MATRICES: tuple[Row, ...] = (
    ("the sum over the rows of {}", lambda v: _over_rows(v.sum(axis=0), v)),
    ("the mean over the rows of {}", lambda v: _over_rows(v.mean(axis=0), v)),
    ("the sum over the columns of {}", lambda v: _over_rows(v.sum(axis=1, keepdims=True), v)),
    ("the mean over the columns of {}", lambda v: _over_rows(v.mean(axis=1, keepdims=True), v)),
    ("{} with its rows and columns in the other order", lambda v: v.T.reshape(v.shape)),
    ("{} without its first row", lambda v: _kept(v, slice(1, None), slice(None))),
    ("{} without its last row", lambda v: _kept(v, slice(-1), slice(None))),
)
"""What may be taken of a matrix."""

OF_COLUMNS: tuple[Row, ...] = (
    ("{} in the reverse order of columns", lambda v: v[:, ::-1]),
    ("{} one column later", lambda v: np.roll(v, 1, axis=1)),
    ("{} one column earlier", lambda v: np.roll(v, -1, axis=1)),
    ("{} one column later, without the last", lambda v: _shifted(v, 1)),
    ("{} one column earlier, without the first", lambda v: _shifted(v, -1)),
    ("the first column of {}", lambda v: _over_rows(v[:, :1], v)),
    ("the last column of {}", lambda v: _over_rows(v[:, -1:], v)),
    ("{} without its first column", lambda v: _kept(v, slice(None), slice(1, None))),
    ("{} without its last column", lambda v: _kept(v, slice(None), slice(-1))),
    ("{} divided by each row's sum", lambda v: v / v.sum(axis=1, keepdims=True)),
    ("{} divided by each row's largest", lambda v: v / v.max(axis=1, keepdims=True)),
    ("{} divided by each row's length", lambda v: v / np.linalg.norm(v, axis=1, keepdims=True)),
)
"""What may be taken of a matrix of several columns."""


def _kept(v: np.ndarray, rows: slice, columns: slice) -> np.ndarray:
    """Return an array with 0 outside of some rows and columns."""
    made = np.zeros_like(v)
    made[rows, columns] = v[rows, columns]
    return made


def _shifted(v: np.ndarray, by: int) -> np.ndarray:
    made = np.roll(v, by, axis=1)
    made[:, 0 if by > 0 else -1] = 0
    return made


def _scaled(low: np.ndarray, high: np.ndarray, v: np.ndarray) -> np.ndarray:
    return np.asarray((v - low) / (high - low))


def _standard(axis: int | None, ddof: int, v: np.ndarray) -> np.ndarray:
    if (v.size if axis is None else v.shape[axis]) <= ddof:
        return np.full(v.shape, np.nan)
    mean, sd = v.mean(axis=axis, keepdims=True), v.std(axis=axis, keepdims=True, ddof=ddof)
    return np.asarray((v - mean) / sd)


OF_DATA: tuple[Row, ...] = (
    ("{} standardised", lambda v: _standard(0, 0, v)),
    ("{} standardised with N − 1", lambda v: _standard(0, 1, v)),
    ("{} standardised by the mean and deviation of all numbers", lambda v: _standard(None, 0, v)),
    ("{} standardised by the mean and deviation of all numbers, with one less",
     lambda v: _standard(None, 1, v)),
    ("{} standardised row by row", lambda v: _standard(1, 0, v)),
    ("{} with the columns' means subtracted", lambda v: v - v.mean(axis=0)),
    ("{} with the mean of all numbers subtracted", lambda v: v - v.mean()),
    ("{} with each row's mean subtracted", lambda v: v - v.mean(axis=1, keepdims=True)),
    ("{} divided by the columns' deviations", lambda v: v / v.std(axis=0)),
    ("{} divided by the deviation of all numbers", lambda v: v / v.std()),
    ("{} scaled to 0 to 1 by its columns", lambda v: _scaled(v.min(axis=0), v.max(axis=0), v)),
    ("{} scaled to 0 to 1 by all numbers", lambda v: _scaled(v.min(), v.max(), v)),
    ("{} scaled to −1 to 1 by its columns",
     lambda v: 2 * _scaled(v.min(axis=0), v.max(axis=0), v) - 1),
    ("{} scaled to −1 to 1 by all numbers", lambda v: 2 * _scaled(v.min(), v.max(), v) - 1),
    ("{} divided by its largest", lambda v: v / v.max()),
    ("{} divided by the largest of its size", lambda v: v / np.abs(v).max()),
    ("{} divided by each column's largest", lambda v: v / v.max(axis=0)),
    ("{} divided by the largest size in each column", lambda v: v / np.abs(v).max(axis=0)),
    ("{} divided by its sum", lambda v: v / v.sum()),
    ("{} divided by its length", lambda v: v / np.linalg.norm(v)),
    ("{} / 10", lambda v: v / 10),
    ("{} / 100", lambda v: v / 100),
    ("{} / 255", lambda v: v / 255),
    ("{} / 256", lambda v: v / 256),
    ("{} / 127.5 − 1", lambda v: v / 127.5 - 1),
    ("{} / 255 × 0.99 + 0.01", lambda v: v / 255 * 0.99 + 0.01),
    ("2 {} − 1", lambda v: 2 * v - 1),
    ("({} + 1) / 2", lambda v: (v + 1) / 2),
    ("0.98 {} + 0.01", lambda v: 0.98 * v + 0.01),
    ("{} cut off at 0.01 and 0.99", lambda v: np.clip(v, 0.01, 0.99)),
    ("{} cut off at 0.1 and 0.9", lambda v: np.clip(v, 0.1, 0.9)),
    ("{} smoothed by 0.1", lambda v: 0.9 * v + 0.1 / v.shape[1]),
    ("{} cut off at 0 and 1", lambda v: np.clip(v, 0.0, 1.0)),
    ("log(1 + {})", np.log1p),
    ("{} in float16", lambda v: v.astype(np.float16).astype(np.float64)),
    ("{} sorted in each column", lambda v: np.sort(v, axis=0)),
)  # fmt: skip
"""What may have been done to inputs or targets before the step."""
