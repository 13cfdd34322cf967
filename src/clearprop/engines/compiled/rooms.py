"""Room for products that leave out zeros, and arrays that begin with a line of the cache."""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import numpy as np

from clearprop.engines.compiled import codes as c
from clearprop.engines.compiled.kernels.packing import GROUP
from clearprop.engines.compiled.kernels.vectors import VECTOR_BYTES, VECTORS
from clearprop.engines.compiled.plan import KernelPlan


class MaskRoom(NamedTuple):
    """Room for products that leave out zeros, and what was decided; see kernels/masks.py.

    Attributes
    ----------
    masks : (rooms, most) uint64
        A bit for each number of a matrix.
    panel : (rooms, 1, GROUP * VECTORS * lanes)
        Rows of a panel, side by side; products with a transposed matrix use it, too.
    row : (rooms, widest)
        The common values times W; then the sums over the rows of dE/dz.
    choices : (rooms, operations * products, 4) int64
        For each product: batches, those whose zeros were left out, numbers looked at, those not 0.
    """

    masks: np.ndarray
    panel: np.ndarray
    row: np.ndarray
    choices: np.ndarray


def mask_room(plan: KernelPlan, rows: int, dtype: Any, *rooms: int) -> MaskRoom:
    """Return room for the products of up to `rows` rows; `rooms` is left out for one of them."""
    marked = plan.ops[(plan.ops[:, c.ZEROS_IN] == 1) | (plan.ops[:, c.ZEROS_BACK] == 1)]
    widest = int(marked[:, [c.IN_WIDTH, c.OUT_WIDTH]].max(initial=0))
    most = max(-(-widest // GROUP) * rows, -(-rows // GROUP) * widest)
    size = np.dtype(dtype).itemsize
    return MaskRoom(
        np.empty((*rooms, most), np.uint64),
        aligned((*rooms, 1, GROUP * VECTORS * VECTOR_BYTES // size), dtype),
        aligned((*rooms, widest), dtype),
        np.zeros((*rooms, len(plan.ops) * len(c.PRODUCTS), 4), np.int64),
    )


def aligned(shape: int | tuple[int, ...], dtype: Any) -> np.ndarray:
    """Return an array, its numbers as they come, that begins with a line of the cache.

    A vector that lies in two lines takes twice the time to read.
    """
    size = prod((shape,) if isinstance(shape, int) else shape) * np.dtype(dtype).itemsize
    room = np.empty(size + VECTOR_BYTES, np.uint8)
    start = -room.ctypes.data % VECTOR_BYTES
    return room[start : start + size].view(dtype).reshape(shape)


def aligned_copy(array: np.ndarray) -> np.ndarray:
    """Return a copy that begins with a line of the cache."""
    copy = aligned(array.shape, array.dtype)
    copy[...] = array
    return copy
