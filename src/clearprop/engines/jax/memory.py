"""Arrays that JAX's CPU uses as they lie in memory, without a copy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

LINE = 64
"""Bytes: XLA takes an array as it is where it begins at a multiple of so many."""


def aligned(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """Return an array, not filled, that begins where XLA wants it."""
    dtype = np.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    room = np.empty(size + LINE, np.uint8)
    start = -room.ctypes.data % LINE
    return room[start : start + size].view(dtype).reshape(shape)


def as_aligned(array: Any) -> np.ndarray:
    """Return a copy that begins where XLA wants it."""
    copy = aligned(array.shape, array.dtype)
    copy[...] = array
    return copy


def in_order(array: np.ndarray | None, order: np.ndarray) -> np.ndarray | None:
    """Return the rows in another order: a view where they follow each other already."""
    if array is None:
        return None
    if order[-1] - order[0] == len(order) - 1 and (np.diff(order) == 1).all():
        return array[order[0] : order[-1] + 1]
    out = aligned((len(order), *array.shape[1:]), array.dtype)
    return np.take(array, order, axis=0, out=out, mode="clip")
