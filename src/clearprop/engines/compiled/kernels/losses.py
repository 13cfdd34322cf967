"""Losses: the weighted sum of the rows' values, and the error signal it starts with."""

import numba as nb
import numpy as np

from clearprop.engines.compiled.codes import ABSOLUTE, BINARY, CROSS, HUBER, POISSON, QUANTILE
from clearprop.engines.compiled.vectormath import KERNEL, exp, like, sigmoid, softplus


@nb.njit(**KERNEL)
def loss_and_gradient(code, parameter, o, t, weights, batch, divisor, d):
    """Return E = sum of w_n E_n / divisor; write w_n / divisor dE_n/do to `d`."""
    rows, outputs = o.shape
    weighted = weights.size > 0
    total = 0.0
    for i in range(rows):
        weight = np.float64(weights[batch[i]]) if weighted else 1.0
        if code == CROSS:
            value = cross_entropy_row(parameter, o, t, d, i, batch[i])
        else:
            value = elementwise_row(code, parameter, o, t, d, i, batch[i])
        total += weight * np.float64(value)
        share = like(weight / divisor, o[0, 0])
        for j in range(outputs):
            d[i, j] = d[i, j] * share
    return total / divisor


@nb.njit(**KERNEL)
def cross_entropy_row(smoothing, o, t, d, i, row):
    """Return -sum t ln softmax(o), the largest output kept out of the sum; write p - t."""
    outputs = o.shape[1]
    zero, one = like(0.0, o[0, 0]), like(1.0, o[0, 0])
    keep, add = like(1.0 - smoothing, o[0, 0]), like(smoothing / outputs, o[0, 0])
    largest = o[i, 0]
    for j in range(1, outputs):
        largest = o[i, j] if o[i, j] > largest else largest
    others, ties = zero, -one
    for j in range(outputs):
        e = exp(o[i, j] - largest)
        d[i, j] = e
        at_top = o[i, j] == largest
        others += zero if at_top else e
        ties += one if at_top else zero
    others += ties
    log_sum = np.log1p(others)
    value = zero
    for j in range(outputs):
        target = keep * t[row, j] + add
        value -= target * ((o[i, j] - largest) - log_sum)
        d[i, j] = d[i, j] / (one + others) - target
    return value


@nb.njit(**KERNEL)
def elementwise_row(code, parameter, o, t, d, i, row):
    """Return the sum over outputs of the loss; write its derivative."""
    outputs = o.shape[1]
    zero, one, half = like(0.0, o[0, 0]), like(1.0, o[0, 0]), like(0.5, o[0, 0])
    number = like(parameter, o[0, 0])
    value = zero
    if code == ABSOLUTE:
        for j in range(outputs):
            e = t[row, j] - o[i, j]
            value += abs(e)
            d[i, j] = -np.sign(e)
    elif code == HUBER:
        for j in range(outputs):
            e = t[row, j] - o[i, j]
            size = abs(e)
            near = size if size < number else number
            value += near * (size - half * near)
            d[i, j] = -e if size < number else -number * np.sign(e)
    elif code == QUANTILE:
        for j in range(outputs):
            e = t[row, j] - o[i, j]
            value += (number - half) * e + half * abs(e)
            d[i, j] = (half - number) - half * np.sign(e)
    elif code == POISSON:
        for j in range(outputs):
            predicted = exp(o[i, j])
            log_t = np.log(t[row, j]) if t[row, j] > zero else zero
            value += predicted - t[row, j] * o[i, j] + t[row, j] * log_t - t[row, j]
            d[i, j] = predicted - t[row, j]
    elif code == BINARY:
        for j in range(outputs):
            value += t[row, j] * softplus(-o[i, j]) + (one - t[row, j]) * softplus(o[i, j])
            d[i, j] = sigmoid(o[i, j]) - t[row, j]
    else:
        for j in range(outputs):
            e = t[row, j] - o[i, j]
            value += half * (e * e)
            d[i, j] = -e
    return value
