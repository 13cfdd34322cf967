"""Products of two dense matrices: a tile of the product at a time, its sums held in registers.

BLAS packs both matrices first, from a size on that batches of a hundred rows reach; at the sizes of
these networks that takes longer than it gains. Of a product of a few hundred numbers its call alone
takes as long as the tiles.
"""

import numba as nb
import numpy as np

from clearprop.engines.compiled.kernels.blocks import matrix
from clearprop.engines.compiled.kernels.packing import GROUP, pack
from clearprop.engines.compiled.kernels.tile import (
    NARROW,
    NARROW_WIDEST,
    WIDEST,
    narrow_tile,
    tile,
)
from clearprop.engines.compiled.kernels.vectors import VECTOR_BYTES, panel_at
from clearprop.engines.compiled.vectormath import KERNEL

TERMS = 512
"""Terms that are summed before the next tile: their rows of the right matrix stay in the cache."""

SMALL = 20_000
"""Multiplications up to which a call of BLAS takes longer than tiles."""

LARGE = 1_000_000
"""Multiplications from which OpenBLAS packs both matrices."""

VERY_LARGE_32, VERY_LARGE_64 = 300_000_000, 60_000_000
"""Multiplications from which that pays, by dtype: tiles take the products between the two."""

FEWEST_ROWS = 16
"""Tiles take products with a transposed matrix from so many rows on."""


@nb.njit(**KERNEL)
def write_tiles(
    left,  # in: as in `tile`
    begin,  # in: place of the first row's first term
    rows,  # in: of the product
    row_step,  # in: as in `tile`
    step,  # in: as in `tile`
    right,  # in (terms or more, columns)
    origin,  # in: as in `tile`
    terms,  # in: as in `tile`
    begun,  # in: as in `tile`
    target,  # out (rows, any)
    first,  # in: as in `tile`
    last,  # in: as in `tile`
    right_first,  # in: as in `tile`
    right_last,  # in: as in `tile`
    width,  # in: as in `tile`
):
    """Write the tiles of some columns, one below the other."""
    row = 0
    while row < rows:
        height = rows_of_tile(rows - row)
        tile(
            left, begin + row * row_step, row_step, step, right, origin, terms, begun, target, row,
            first, last, right_first, right_last, height, width,
        )  # fmt: skip
        row += height


@nb.njit(inline="always", **KERNEL)
def rows_of_tile(
    left,  # in: rows that are left
):
    """Return how many rows the next tile has."""
    if left >= 6:
        return 6
    return 4 if left >= 4 else 2 if left >= 2 else 1


@nb.njit(**KERNEL)
def product(
    left,  # in: as in `tile`
    rows,  # in: of the product
    row_step,  # in: as in `tile`
    step,  # in: as in `tile`
    right,  # in (terms, columns), a vector or more
    target,  # out (rows, columns)
):
    """Write a product, panel by panel; of many terms, some of them at a time."""
    all_terms, columns = right.shape
    lanes, first = VECTOR_BYTES // right.itemsize, 0
    while first < columns:
        width, last = panel_at(first, columns, lanes, WIDEST)
        # Of columns that two panels share the second one's sums begin anew: all terms come first.
        for start in range(0, all_terms, TERMS):
            terms = min(TERMS, all_terms - start)
            write_tiles(
                left, start * step, rows, row_step, step, right, start, terms, start > 0, target,
                first, last, first, last, width,
            )  # fmt: skip
        first += width * lanes


@nb.njit(**KERNEL)
def product_with_transposed(
    left,  # in (rows, terms)
    right,  # in (columns, terms): columns of the product, a vector or more
    panel,  # in, out (1, numbers): room for a packed panel
    target,  # out (rows, columns)
):
    """Write left rightᵀ to `target`; panels of the transposed matrix are packed."""
    (rows, all_terms), columns = left.shape, right.shape[0]
    lanes = VECTOR_BYTES // right.itemsize
    first = 0
    while first < columns:
        width, last = panel_at(first, columns, lanes, WIDEST)
        packed = matrix(panel[0], 0, GROUP, width * lanes)
        for start in range(0, all_terms, GROUP):
            terms = min(GROUP, all_terms - start)
            pack(right, True, start, start + terms, first, last, width, panel)
            write_tiles(
                left, start, rows, all_terms, 1, packed, 0, terms, start > 0, target, first,
                last, 0, (width - 1) * lanes, width,
            )  # fmt: skip
        first += width * lanes


@nb.njit(**KERNEL)
def narrow_product(
    left,  # in: as in `tile`
    rows,  # in: of the product
    row_step,  # in: as in `tile`
    step,  # in: as in `tile`
    right,  # in (terms, columns), NARROW or more, fewer than a vector's numbers
    target,  # out (rows, columns)
):
    """Write a product with vectors of few numbers."""
    terms, columns = right.shape
    width, last = panel_at(0, columns, NARROW, NARROW_WIDEST)
    row = 0
    while row < rows:
        below = rows - row
        height = 8 if below >= 8 else 4 if below >= 4 else 2 if below >= 2 else 1
        narrow_tile(
            left, row * row_step, row_step, step, right, 0, terms, False, target, row, 0, last, 0,
            last, height, width,
        )  # fmt: skip
        row += height


@nb.njit(inline="always", **KERNEL)
def small_product(
    left,  # in: as in `tile`
    rows,  # in: of the product
    row_step,  # in: as in `tile`
    step,  # in: as in `tile`
    right,  # in (terms, columns)
    target,  # out (rows, columns)
):
    """Write a product that `is_small`."""
    if right.shape[1] * right.itemsize >= VECTOR_BYTES:
        product(left, rows, row_step, step, right, target)
    else:
        narrow_product(left, rows, row_step, step, right, target)


@nb.njit(inline="always", **KERNEL)
def is_small(
    x,  # in: the left matrix, or what is transposed to it
    columns,  # in: of the product
):
    """Return whether tiles take a product in less time than a call of BLAS.

    Columns that fill neither a vector nor two narrow ones are left to BLAS.
    """
    fit = columns * x.itemsize >= VECTOR_BYTES or NARROW <= columns < 2 * NARROW
    return fit and x.size * columns <= SMALL


@nb.njit(inline="always", **KERNEL)
def very_large(
    x,  # in: a matrix of the dtype
):
    """Return the most multiplications of a product that tiles take."""
    return VERY_LARGE_32 if x.itemsize == 4 else VERY_LARGE_64


@nb.njit(inline="always", **KERNEL)
def tiles_pay(
    x,  # in: the left matrix, or what is transposed to it
    right,  # in (terms, columns)
):
    """Return whether tiles take a product with `right` in less time than BLAS."""
    columns = right.shape[1]
    wide = columns * right.itemsize >= VECTOR_BYTES
    return wide and LARGE <= x.size * columns <= very_large(x)


@nb.njit(inline="always", **KERNEL)
def times(
    x,  # in (rows, width)
    W,  # in (width, units)
    z,  # out (rows, units)
):
    """Write x W to `z`."""
    if tiles_pay(x, W):
        product(x, x.shape[0], x.shape[1], 1, W, z)
    elif is_small(x, W.shape[1]):
        small_product(x, x.shape[0], x.shape[1], 1, W, z)
    else:
        np.dot(x, W, z)


@nb.njit(inline="always", **KERNEL)
def transposed_times(
    x,  # in (rows, width)
    d,  # in (rows, units)
    dW,  # out (width, units)
):
    """Write xᵀ d to `dW`."""
    if tiles_pay(x, d):
        product(x, x.shape[1], 1, x.shape[1], d, dW)
    elif is_small(x, d.shape[1]):
        small_product(x, x.shape[1], 1, x.shape[1], d, dW)
    else:
        np.dot(x.T, d, dW)


@nb.njit(inline="always", **KERNEL)
def times_transposed(
    d,  # in (rows, units)
    W,  # in (width, units)
    panel,  # in, out (1, numbers): room for a packed panel
    dx,  # out (rows, width)
):
    """Write d Wᵀ to `dx`."""
    width, units = W.shape
    square = min(width, units) * W.itemsize >= VECTOR_BYTES
    if square and d.shape[0] >= FEWEST_ROWS and d.size * width <= very_large(d):
        product_with_transposed(d, W, panel, dx)
    elif is_small(d, width) and d.shape[0] >= FEWEST_ROWS and W.size <= panel.size:
        turned = matrix(panel[0], 0, units, width)
        for i in range(width):
            for j in range(units):
                turned[j, i] = W[i, j]
        small_product(d, d.shape[0], units, 1, turned, dx)
    else:
        np.dot(d, W.T, dx)
