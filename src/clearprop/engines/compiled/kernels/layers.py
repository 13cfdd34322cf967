"""Dense, normalization and dropout, forward and back."""

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
def layer_norm(
    x,  # in (rows, units)
    gamma,  # in (units,)
    beta,  # in (units,)
    epsilon,  # in
    y,  # out (rows, units)
    x_hat,  # out (rows, units): standardised x
    inverse_sd,  # out (rows,): 1 / sqrt(variance + epsilon)
):
    """Standardise each row, then scale and shift."""
    rows, units = x.shape
    one, size = like(1.0, x[0, 0]), like(units, x[0, 0])
    for i in range(rows):
        mean = like(0.0, x[0, 0])
        for j in range(units):
            mean += x[i, j]
        mean /= size
        variance = like(0.0, x[0, 0])
        for j in range(units):
            variance += (x[i, j] - mean) * (x[i, j] - mean)
        inverse = one / np.sqrt(variance / size + like(epsilon, x[0, 0]))
        inverse_sd[i] = inverse
        for j in range(units):
            x_hat[i, j] = (x[i, j] - mean) * inverse
            y[i, j] = gamma[j] * x_hat[i, j] + beta[j]


@nb.njit(**KERNEL)
def layer_norm_pullback(
    d,  # in, out (rows, units): dE/dy, then dE/dx
    gamma,  # in (units,)
    x_hat,  # in (rows, units)
    inverse_sd,  # in (rows,)
    d_gamma,  # out (units,)
    d_beta,  # out (units,)
):
    """Turn the gradient `d` at the output into the one at the input; sum the parameters'."""
    rows, units = d.shape
    size = like(units, d[0, 0])
    scale_and_shift_gradients(d, x_hat, d_gamma, d_beta)
    for i in range(rows):
        through_mean, through_variance = like(0.0, d[0, 0]), like(0.0, d[0, 0])
        for j in range(units):
            through_mean += gamma[j] * d[i, j]
            through_variance += gamma[j] * d[i, j] * x_hat[i, j]
        through_mean /= size
        through_variance /= size
        for j in range(units):
            d[i, j] = inverse_sd[i] * (
                gamma[j] * d[i, j] - through_mean - x_hat[i, j] * through_variance
            )


@nb.njit(**KERNEL)
def scale_and_shift_gradients(
    d,  # in (rows, units): dE/dy
    x_hat,  # in (rows, units)
    d_gamma,  # out (units,)
    d_beta,  # out (units,)
):
    """Sum over rows the gradients of gamma and beta."""
    rows, units = d.shape
    for j in range(units):
        d_gamma[j] = 0.0
        d_beta[j] = 0.0
    for i in range(rows):
        for j in range(units):
            d_gamma[j] += d[i, j] * x_hat[i, j]
            d_beta[j] += d[i, j]


@nb.njit(**KERNEL)
def batch_norm(
    x,  # in (rows, units)
    gamma,  # in (units,)
    beta,  # in (units,)
    epsilon,  # in
    momentum,  # in: the batch's part of a new running average
    y,  # out (rows, units)
    x_hat,  # out (rows, units): standardised x
    inverse_sd,  # out (units,): 1 / sqrt(variance + epsilon)
    mean,  # out (units,): of the batch
    running,  # in, out (2 * units,): running means, then variances
):
    """Standardise each column of the batch, then scale and shift; move the running averages.

    `running` holds means, then variances; `mean` is room for the batch's.
    """
    rows, units = x.shape
    one, size = like(1.0, x[0, 0]), like(rows, x[0, 0])
    for j in range(units):
        mean[j] = 0.0
        inverse_sd[j] = 0.0
    for i in range(rows):
        for j in range(units):
            mean[j] += x[i, j]
    for j in range(units):
        mean[j] /= size
    for i in range(rows):
        for j in range(units):
            inverse_sd[j] += (x[i, j] - mean[j]) * (x[i, j] - mean[j])
    keep, take = like(1.0 - momentum, x[0, 0]), like(momentum, x[0, 0])
    for j in range(units):
        variance = inverse_sd[j] / size
        if rows > 1:
            running[j] = keep * running[j] + take * mean[j]
            unbiased = variance * like(rows / (rows - 1), x[0, 0])
            running[units + j] = keep * running[units + j] + take * unbiased
        inverse_sd[j] = one / np.sqrt(variance + like(epsilon, x[0, 0]))
    for i in range(rows):
        for j in range(units):
            x_hat[i, j] = (x[i, j] - mean[j]) * inverse_sd[j]
            y[i, j] = gamma[j] * x_hat[i, j] + beta[j]


@nb.njit(**KERNEL)
def batch_norm_by_averages(
    x,  # in (rows, units)
    gamma,  # in (units,)
    beta,  # in (units,)
    epsilon,  # in
    y,  # out (rows, units)
    inverse_sd,  # out (units,)
    running,  # in (2 * units,): running means, then variances
):
    """Standardise each column by running means and variances, then scale and shift."""
    rows, units = x.shape
    one = like(1.0, x[0, 0])
    for j in range(units):
        inverse_sd[j] = one / np.sqrt(running[units + j] + like(epsilon, x[0, 0]))
    for i in range(rows):
        for j in range(units):
            y[i, j] = gamma[j] * ((x[i, j] - running[j]) * inverse_sd[j]) + beta[j]


@nb.njit(**KERNEL)
def batch_norm_pullback(
    d,  # in, out (rows, units): dE/dy, then dE/dx
    gamma,  # in (units,)
    x_hat,  # in (rows, units)
    inverse_sd,  # in (units,)
    d_gamma,  # out (units,)
    d_beta,  # out (units,)
):
    """Turn the gradient `d` at the output into the one at the input; sum the parameters'."""
    rows, units = d.shape
    size = like(rows, d[0, 0])
    scale_and_shift_gradients(d, x_hat, d_gamma, d_beta)
    # The means over rows of gamma d and of gamma d x_hat are gamma times these sums.
    for i in range(rows):
        for j in range(units):
            d[i, j] = (
                inverse_sd[j]
                * gamma[j]
                * (d[i, j] - d_beta[j] / size - x_hat[i, j] * (d_gamma[j] / size))
            )


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
