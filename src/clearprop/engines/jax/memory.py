"""Arrays that JAX's CPU uses as they lie in memory, without a copy."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np

Empty: TypeAlias = Callable[[tuple[int, ...], Any], np.ndarray]
"""Returns an array of a shape and dtype, not filled."""

LINE = 64
"""Bytes: XLA takes an array as it is where it begins at a multiple of so many."""


def aligned(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """Return an array, not filled, that begins where XLA wants it."""
    dtype = np.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    room = np.empty(size + LINE, np.uint8)
    start = -room.ctypes.data % LINE
    return room[start : start + size].view(dtype).reshape(shape)


def as_aligned(array: np.ndarray) -> np.ndarray:
    """Return the array, or a copy of it, that begins where XLA wants it."""
    if array.ctypes.data % LINE == 0:
        return array
    copy = aligned(array.shape, array.dtype)
    copy[...] = array
    return copy


class Buffers:
    """Arrays that are filled again and again: new ones cost a page fault for each 4 KiB.

    Several threads may borrow at a time; each gets its own.
    """

    def __init__(self) -> None:
        self._free: dict[Any, list[np.ndarray]] = {}
        self._whole: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def whole(self, array: np.ndarray) -> np.ndarray:
        """Return what `as_aligned` does of an array, copied at the first call only."""
        kept = self._whole.get(id(array))
        if kept is None:
            kept = self._whole[id(array)] = array, as_aligned(array)
        return kept[1]

    @contextmanager
    def lent(self) -> Iterator[Empty]:
        """Give what `aligned` is, whose arrays are used again once the context has ended well.

        After an exception a program may still read them.
        """
        lent = []

        def empty(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
            free = self._free.setdefault((shape, np.dtype(dtype)), [])
            try:
                array = free.pop()
            except IndexError:
                array = aligned(shape, dtype)
            lent.append((free, array))
            return array

        yield empty
        for free, array in lent:
            free.append(array)


def in_order(
    array: np.ndarray | None, order: np.ndarray, buffers: Buffers, empty: Empty
) -> np.ndarray | None:
    """Return the rows in another order: a view where they follow each other already.

    `empty`, which `buffers` have lent, makes the array that they are written to. Rows that are
    shuffled in each epoch are not copied besides.
    """
    if array is None:
        return None
    if order[-1] - order[0] == len(order) - 1 and (np.diff(order) == 1).all():
        return buffers.whole(array)[order[0] : order[-1] + 1]
    out = empty((len(order), *array.shape[1:]), array.dtype)
    return np.take(array, order, axis=0, out=out, mode="clip")
