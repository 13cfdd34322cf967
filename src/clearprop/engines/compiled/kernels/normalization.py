"""Normalization, forward and back.

BatchNorm needs sums over all rows of a batch, whose pieces several threads have. Forward, each
piece leaves the moments of its rows; back, the gradients of gamma and beta. When all pieces have,
each adds them up in the order of the pieces, and goes on with its rows.
"""

import numba as nb
import numpy as np

from clearprop.engines.compiled.kernels.blocks import vector
from clearprop.engines.compiled.vectormath import KERNEL, like


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
def moments_of_rows(
    x,  # in (rows, units)
    mean,  # out (units,): float64
    variance,  # out (units,): float64
):
    """Write mean and (biased) variance of each column of some rows of a batch.

    In float32 a mean's rounding would count: the variance of all rows has the squares of the
    differences between the means of their pieces.
    """
    rows, units = x.shape
    for j in range(units):
        mean[j] = 0.0
        variance[j] = 0.0
    for i in range(rows):
        for j in range(units):
            mean[j] += x[i, j]
    for j in range(units):
        mean[j] /= rows
    for i in range(rows):
        for j in range(units):
            variance[j] += (x[i, j] - mean[j]) * (x[i, j] - mean[j])
    for j in range(units):
        variance[j] /= rows


@nb.njit(**KERNEL)
def moments_of_batch(
    moments,  # in (pieces * numbers,): each piece's means and variances of all layers, float64
    start,  # in: place of the first of this layer's in a piece's numbers
    pieces,  # in: pieces of the batch
    rows,  # in: rows of the batch
    mean,  # out (units,)
    variance,  # out (units,): biased
):
    """Write mean and variance of each column of a batch, from those of its pieces in their order.

    With the parts w of the rows: mean = sum of w mean_p, variance = sum of
    w (variance_p + (mean_p - mean)^2).
    """
    units, numbers = mean.size, moments.size // pieces
    for j in range(units):
        mean[j] = 0.0
        variance[j] = 0.0
    for piece in range(pieces):
        part = ((piece + 1) * rows // pieces - piece * rows // pieces) / rows
        if part > 0:
            means = vector(moments, piece * numbers + start, units)
            for j in range(units):
                mean[j] += part * means[j]
    for piece in range(pieces):
        part = ((piece + 1) * rows // pieces - piece * rows // pieces) / rows
        if part > 0:
            means = vector(moments, piece * numbers + start, units)
            variances = vector(moments, piece * numbers + start + units, units)
            for j in range(units):
                away = means[j] - mean[j]
                variance[j] += part * (variances[j] + away * away)


@nb.njit(**KERNEL)
def move_averages(
    mean,  # in (units,): of the batch
    variance,  # in (units,): of the batch, biased
    rows,  # in: rows of the batch
    momentum,  # in: the batch's part of a new running average
    running,  # in, out (2 * units,): running means, then variances
):
    """Move the running averages towards a batch's; a single row leaves them as they were."""
    if rows < 2:
        return
    units = mean.size
    keep, take = like(1.0 - momentum, mean[0]), like(momentum, mean[0])
    unbiased = like(rows / (rows - 1), mean[0])
    for j in range(units):
        running[j] = keep * running[j] + take * mean[j]
        running[units + j] = keep * running[units + j] + take * (variance[j] * unbiased)


@nb.njit(**KERNEL)
def batch_norm(
    x,  # in (rows, units)
    gamma,  # in (units,)
    beta,  # in (units,)
    epsilon,  # in
    mean,  # in (units,): of the batch
    scales,  # in, out (units,): the batch's variance, then 1 / sqrt(variance + epsilon)
    y,  # out (rows, units)
    x_hat,  # out (rows, units): standardised x
):
    """Standardise each column by the batch's mean and variance, then scale and shift."""
    rows, units = x.shape
    one = like(1.0, x[0, 0])
    for j in range(units):
        scales[j] = one / np.sqrt(scales[j] + like(epsilon, x[0, 0]))
    for i in range(rows):
        for j in range(units):
            x_hat[i, j] = (x[i, j] - mean[j]) * scales[j]
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
def mean_of_sums(
    grads,  # in (pieces, parameters): gradients of gamma and beta of each piece's rows
    start,  # in: place of the first parameter
    rows,  # in: rows of the batch
    mean,  # out (units,)
):
    """Write the sum of the pieces' gradients of some parameters, divided by the batch's rows."""
    units = mean.size
    for j in range(units):
        mean[j] = 0.0
    for piece in range(grads.shape[0]):
        own = grads[piece, start : start + units]
        for j in range(units):
            mean[j] += own[j]
    for j in range(units):
        mean[j] /= like(rows, mean[0])


@nb.njit(**KERNEL)
def batch_norm_pullback(
    d,  # in, out (rows, units): dE/dy, then dE/dx
    gamma,  # in (units,)
    x_hat,  # in (rows, units)
    inverse_sd,  # in (units,)
    of_gamma,  # in (units,): the gradient of gamma from the whole batch, divided by its rows
    of_beta,  # in (units,): that of beta
):
    """Turn the gradient `d` at the output into the one at the input."""
    rows, units = d.shape
    # The means over rows of gamma d and of gamma d x_hat are gamma times `of_beta` and `of_gamma`.
    for i in range(rows):
        for j in range(units):
            d[i, j] = inverse_sd[j] * gamma[j] * (d[i, j] - of_beta[j] - x_hat[i, j] * of_gamma[j])
