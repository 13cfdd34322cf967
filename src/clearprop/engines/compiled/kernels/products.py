"""The three products of a Dense layer, dense or without zeros, about common values or not."""

import numba as nb
import numpy as np

from clearprop.engines.compiled import codes as c
from clearprop.engines.compiled.kernels.blocks import matrix, vector
from clearprop.engines.compiled.kernels.layers import sum_rows
from clearprop.engines.compiled.kernels.masks import (
    has_many_zeros,
    mask_columns,
    mask_rows,
    masked_product,
)
from clearprop.engines.compiled.kernels.packing import GROUP
from clearprop.engines.compiled.kernels.sparse import (
    sparse_times_dense,
    sparse_transposed_times_dense,
)
from clearprop.engines.compiled.kernels.tiles import times, times_transposed, transposed_times
from clearprop.engines.compiled.vectormath import KERNEL

PRODUCTS = len(c.PRODUCTS)


@nb.njit(**KERNEL)
def times_weights(
    index,  # in: place of the operation in the plan
    op,  # in (COLUMNS,): the operation
    data,  # in: Data, all rows of the fit
    batch,  # in (rows,): row indices
    x,  # in (rows, width): where the operation is the first, differences from common values
    W,  # in (width, units)
    work,  # in, out: Workspace of this thread
    z,  # out (rows, units)
):
    """Write x W to `z`."""
    width, units = W.shape
    if op[c.FIRST] and data.starts.size > 0:
        sparse_times_dense(data, batch, W, z)
        return
    offset, about = vector(work.zeros, 0, units), op[c.FIRST] and data.common.size > 0
    if about:
        offset = vector(work.masked.row, 0, units)
        np.dot(matrix(data.common, 0, 1, width), W, matrix(work.masked.row, 0, 1, units))
    choices = work.masked.choices
    if op[c.ZEROS_IN] and has_many_zeros(x, units, choices, index * PRODUCTS + c.FORWARD):
        groups = (width + GROUP - 1) // GROUP
        masks = matrix(work.masked.masks, 0, groups, batch.size)
        mask_rows(x, masks)
        masked_product(
            x, batch.size, width, width, 1, masks, W, False, offset, vector(work.zeros, 0, 0),
            work.masked.panel, z,
        )  # fmt: skip
        return
    times(x, W, z)
    if about:
        for i in range(batch.size):
            for j in range(units):
                z[i, j] += offset[j]


@nb.njit(**KERNEL)
def gradient_of_weights(
    index,  # in: place of the operation in the plan
    op,  # in (COLUMNS,): the operation
    data,  # in: Data, all rows of the fit
    batch,  # in (rows,): row indices
    x,  # in (rows, width): where the operation is the first, differences from common values
    d,  # in (rows, units): dE/dz
    work,  # in, out: Workspace of this thread
    dW,  # out (width, units)
):
    """Write xᵀ dE/dz to `dW`, or leave it to panels."""
    width, units = dW.shape
    if op[c.FIRST] and data.starts.size > 0:
        sparse_transposed_times_dense(data, batch, d, work.sparse, dW)
        return
    offset, scales = vector(work.zeros, 0, units), vector(work.zeros, 0, width)
    about = op[c.FIRST] and data.common.size > 0
    if about:
        offset = vector(work.masked.row, 0, units)
        sum_rows(d, offset)
    choices = work.masked.choices
    if op[c.ZEROS_IN] and has_many_zeros(x, units, choices, index * PRODUCTS + c.WEIGHTS):
        groups = (batch.size + GROUP - 1) // GROUP
        masks = matrix(work.masked.masks, 0, groups, width)
        mask_columns(x, masks)
        masked_product(
            x, width, batch.size, 1, width, masks, d, False, offset,
            data.common if about else scales, work.masked.panel, dW,
        )  # fmt: skip
        return
    if op[c.PANELS]:
        work.left[index] = 1
        return
    transposed_times(x, d, dW)
    if about:
        for i in range(width):
            for j in range(units):
                dW[i, j] += data.common[i] * offset[j]


@nb.njit(**KERNEL)
def error_of_inputs(
    index,  # in: place of the operation in the plan
    op,  # in (COLUMNS,): the operation
    d,  # in (rows, units): dE/dz
    W,  # in (width, units)
    work,  # in, out: Workspace of this thread
    dx,  # out (rows, width)
):
    """Write dE/dz Wᵀ to `dx`."""
    rows, units = d.shape
    choices = work.masked.choices
    if op[c.ZEROS_BACK] and has_many_zeros(d, dx.shape[1], choices, index * PRODUCTS + c.BACK):
        groups = (units + GROUP - 1) // GROUP
        masks = matrix(work.masked.masks, 0, groups, rows)
        mask_rows(d, masks)
        masked_product(
            d, rows, units, units, 1, masks, W, True, vector(work.zeros, 0, dx.shape[1]),
            vector(work.zeros, 0, 0), work.masked.panel, dx,
        )  # fmt: skip
        return
    times_transposed(d, W, work.masked.panel, dx)
