"""Rows, sums over them, and dropout."""

import numba as nb
import numpy as np

from clearprop.engines.compiled.vectormath import KERNEL, like

GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@nb.njit(**KERNEL)
def gather(
    x,  # in (N, units)
    batch,  # in (rows,): row indices
    target,  # out (rows, units)
):
    """Copy the batch's rows."""
    units = target.shape[1]
    for i in range(batch.size):
        row = batch[i]
        for j in range(units):
            target[i, j] = x[row, j]


@nb.njit(**KERNEL)
def sum_rows(
    d,  # in (rows, units)
    total,  # out (units,)
):
    """Write the sum over rows of `d` to `total`."""
    rows, units = d.shape
    for j in range(units):
        total[j] = d[0, j]
    for i in range(1, rows):
        for j in range(units):
            total[j] += d[i, j]


@nb.njit(**KERNEL)
def copy_or_add(
    source,  # in (rows, units)
    target,  # out (rows, units); in, out where `adds` is 1
    adds,  # in: 0 or 1
):
    """Write `source` to `target`, or add it there."""
    rows, units = source.shape
    if adds:
        for i in range(rows):
            for j in range(units):
                target[i, j] += source[i, j]
    else:
        for i in range(rows):
            for j in range(units):
                target[i, j] = source[i, j]


@nb.njit(**KERNEL)
def mix(
    bits,  # in: uint64
):
    """Return SplitMix64's finaliser; see clearprop.definitions.noise."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


@nb.njit(**KERNEL)
def child_key(
    key,  # in: uint64
    label,  # in: number of the stream, from 0
):
    """Return the key of the stream `label` of the stream `key`."""
    return mix(mix(np.uint64(key) + np.uint64(label + 1) * GOLDEN))


@nb.njit(**KERNEL)
def dropout(
    x,  # in (rows, units)
    key,  # in: key of the layer's noise in this step, uint64
    first_row,  # in: the rows' place in the batch
    rate,  # in: part of the units that is dropped
    y,  # out (rows, units)
    mask,  # out (rows, units): 0 or 1 / (1 - rate)
):
    """Draw the masks of the rows from `first_row` on from the stream `key`; write x times them."""
    rows, units = x.shape
    zero = like(0.0, x[0, 0])
    scale = like(1.0 / (1.0 - rate), x[0, 0])
    for i in range(rows):
        for j in range(units):
            counter = np.uint64((first_row + i) * units + j + 1)
            bits = mix(np.uint64(key) + counter * GOLDEN)
            uniform = np.float64(bits >> np.uint64(11)) * 1.1102230246251565e-16
            mask[i, j] = scale if uniform >= rate else zero
            y[i, j] = x[i, j] * mask[i, j]


@nb.njit(**KERNEL)
def multiply(
    d,  # in, out (rows, units)
    mask,  # in (rows, units)
):
    """Multiply `d` by the mask."""
    rows, units = d.shape
    for i in range(rows):
        for j in range(units):
            d[i, j] = d[i, j] * mask[i, j]
