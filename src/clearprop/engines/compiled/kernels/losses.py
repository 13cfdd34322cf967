"""Losses: the weighted sum of the rows' values, and its gradient at the raw outputs.

Exponentials and logarithms are taken in one loop over all outputs, or all rows: a loop over the few
outputs of one row is too short to vectorise.
"""

import numba as nb
import numpy as np

from clearprop.engines.compiled.codes import ABSOLUTE, BINARY, CROSS, HUBER, POISSON, QUANTILE
from clearprop.engines.compiled.kernels.blocks import matrix, vector
from clearprop.engines.compiled.kernels.layers import gather
from clearprop.engines.compiled.vectormath import KERNEL, exp, like, log1p, sigmoid, softplus


@nb.njit(**KERNEL)
def loss_and_gradient(
    code,  # in: loss, see codes.py
    parameter,  # in: the loss's number
    o,  # in (rows, K): raw outputs
    t,  # in (N, K): targets of all rows
    weights,  # in (N,), or (0,) without weights
    batch,  # in (rows,): row indices
    divisor,  # in: D, see backprop.py
    d,  # out (rows, K): dE/do
    room,  # out (rows * (2 K + 3),): room for values on the way
):
    """Return E = sum of w_n E_n / divisor; write w_n / divisor dE_n/do to `d`.

    `room` holds twice as many numbers as `o`, and three a row; see `loss_room`.
    """
    rows, outputs = o.shape
    targets = matrix(room, 0, rows, outputs)
    gather(t, batch, targets)
    values = vector(room, o.size, o.size)
    if code == CROSS:
        sums = matrix(room, 2 * o.size, 3, rows)
        cross_entropy(parameter, o, targets, d, sums)
        values = sums[0]
    else:
        flat = o.reshape(o.size), targets.reshape(o.size), d.reshape(o.size)
        elementwise(code, parameter, flat[0], flat[1], flat[2], values)
    return weighted(values, weights, batch, divisor, d)


def loss_room(outputs):
    """Return how many numbers a row the loss needs room for."""
    return 2 * outputs + 3


@nb.njit(**KERNEL)
def cross_entropy(
    smoothing,  # in: label smoothing
    o,  # in (rows, K): raw outputs
    t,  # in, out (rows, K): targets, then smoothed ones
    d,  # out (rows, K): p - t
    sums,  # out (3, rows): losses, then room
):
    """Write -sum t ln softmax(o) of each row to the first row of `sums`; write p - t to `d`.

    The logarithm's sum leaves out the largest output, so that a small loss keeps its digits.
    """
    rows, outputs = o.shape
    zero, one = like(0.0, o[0, 0]), like(1.0, o[0, 0])
    keep, add = like(1.0 - smoothing, o[0, 0]), like(smoothing / outputs, o[0, 0])
    values, masses, others = sums[0], sums[1], sums[2]
    for i in range(rows):
        largest = o[i, 0]
        for j in range(1, outputs):
            largest = o[i, j] if o[i, j] > largest else largest
        score, mass = zero, zero
        for j in range(outputs):
            target = keep * t[i, j] + add
            t[i, j] = target
            d[i, j] = o[i, j] - largest
            score += target * d[i, j]
            mass += target
        values[i], masses[i] = score, mass
    exponentials = d.reshape(d.size)
    for n in range(d.size):
        exponentials[n] = exp(exponentials[n])
    for i in range(rows):
        rest, ties = zero, -one
        for j in range(outputs):
            at_top = d[i, j] == one
            rest += zero if at_top else d[i, j]
            ties += one if at_top else zero
        others[i] = rest + ties
    for i in range(rows):
        values[i] = masses[i] * log1p(others[i]) - values[i]
        others[i] = one / (one + others[i])
    for i in range(rows):
        for j in range(outputs):
            d[i, j] = d[i, j] * others[i] - t[i, j]


@nb.njit(**KERNEL)
def elementwise(
    code,  # in: loss, see codes.py
    parameter,  # in: the loss's number
    o,  # in (rows * K,): raw outputs
    t,  # in (rows * K,): targets
    d,  # out (rows * K,): derivatives
    values,  # out (rows * K,): losses
):
    """Write each output's loss to `values`, and its derivative to `d`."""
    zero, one, half = like(0.0, o[0]), like(1.0, o[0]), like(0.5, o[0])
    number = like(parameter, o[0])
    if code == ABSOLUTE:
        for n in range(o.size):
            e = t[n] - o[n]
            values[n] = abs(e)
            d[n] = -np.sign(e)
    elif code == HUBER:
        for n in range(o.size):
            e = t[n] - o[n]
            size = abs(e)
            near = size if size < number else number
            values[n] = near * (size - half * near)
            d[n] = -e if size < number else -number * np.sign(e)
    elif code == QUANTILE:
        for n in range(o.size):
            e = t[n] - o[n]
            values[n] = (number - half) * e + half * abs(e)
            d[n] = (half - number) - half * np.sign(e)
    elif code == POISSON:
        for n in range(o.size):
            predicted = exp(o[n])
            log_t = np.log(t[n]) if t[n] > zero else zero
            values[n] = predicted - t[n] * o[n] + t[n] * log_t - t[n]
            d[n] = predicted - t[n]
    elif code == BINARY:
        for n in range(o.size):
            values[n] = t[n] * softplus(-o[n]) + (one - t[n]) * softplus(o[n])
            d[n] = sigmoid(o[n]) - t[n]
    else:
        for n in range(o.size):
            e = t[n] - o[n]
            values[n] = half * (e * e)
            d[n] = -e


@nb.njit(**KERNEL)
def weighted(
    values,  # in (rows,) or (rows * K,): losses
    weights,  # in (N,), or (0,) without weights
    batch,  # in (rows,): row indices
    divisor,  # in: D, see backprop.py
    d,  # in, out (rows, K): derivatives, then times w / D
):
    """Return the weighted sum of the rows' values / divisor; scale their derivatives alike."""
    rows, outputs = d.shape
    total = 0.0
    if weights.size == 0:
        share, slopes = like(1.0 / divisor, d[0, 0]), d.reshape(d.size)
        for n in range(values.size):
            total += np.float64(values[n])
        for n in range(d.size):
            slopes[n] *= share
        return total / divisor
    each = values.size // rows
    for i in range(rows):
        weight = np.float64(weights[batch[i]])
        for n in range(i * each, (i + 1) * each):
            total += weight * np.float64(values[n])
        share = like(weight / divisor, d[0, 0])
        for j in range(outputs):
            d[i, j] *= share
    return total / divisor
