"""The step: penalty, clipping, optimizer and decay in one pass over the parameters.

Averages and weights below the smallest normal number become zero: subnormal numbers, into which
decaying averages fall after some thousand steps, make processors several times slower.
"""

import numba as nb
import numpy as np

from clearprop.engines.compiled.codes import ADAM, MOMENTUM, NESTEROV, PLAIN_SGD, RMSPROP
from clearprop.engines.compiled.vectormath import EXACT, KERNEL, like


@nb.njit(**EXACT)
def normal(
    x,  # in
    tiny,  # in: the smallest normal number
):
    """Return x, or zero where it is subnormal."""
    return like(0.0, x) if abs(x) < tiny else x


@nb.njit(**KERNEL)
def add_penalty(
    params,  # in (n,)
    grads,  # in, out (n,): gradient, then with the penalty's
    penalised,  # in (n,): 0 or 1
    l2,  # in: penalty strength
):
    """Add the penalty to the gradient; return the sum of the gradient's squares."""
    total, lam = 0.0, like(l2, params[0])
    for i in range(params.size):
        grads[i] += lam * (penalised[i] * params[i])
        total += np.float64(grads[i]) * np.float64(grads[i])
    return total


@nb.njit(**KERNEL)
def sum_pieces(
    grads,  # in, out (pieces, parameters): sums in the first row
    start,  # in: first parameter
    stop,  # in: end of the parameters
):
    """Add the pieces' gradients from `start` to `stop` to the first piece's, in their order."""
    for piece in range(1, grads.shape[0]):
        for i in range(start, stop):
            grads[0, i] += grads[piece, i]


@nb.njit(**KERNEL)
def update(
    rule,  # in: optimizer, see codes.py
    numbers,  # in (5,): its numbers, see UpdateRule
    step,  # in: number of this update, from 1
    rate,  # in: learning rate
    l2,  # in: penalty strength, 0 where the gradient has the penalty's already
    scale,  # in: factor of the gradient, 1 where it is not clipped
    params,  # in, out (n,)
    grads,  # in (n,): sums over the pieces in the first row
    penalised,  # in (n,): 0 or 1
    moment_1,  # in, out (n,) or (0,): see KernelState
    moment_2,  # in, out (n,) or (0,): see KernelState
    tiny,  # in: the smallest normal number
):
    """Make one step in place; return Σ W² before it, and 0 if gradient and weights are finite.

    The arrays are a chunk of the parameters, n numbers.
    """
    p0 = params[0]
    eta, lam, factor = like(rate, p0), like(l2, p0), like(scale, p0)
    shrink = like(rate * numbers[4], p0)
    zero = like(0.0, p0)
    squares, check = zero, zero
    if rule == PLAIN_SGD:
        for i in range(params.size):
            p, w = params[i], penalised[i] * params[i]
            g = (grads[i] + lam * w) * factor
            params[i] = normal(p - eta * g - shrink * w, tiny)
            squares += w * w
            check += g * zero + params[i] * zero
    elif rule in (MOMENTUM, NESTEROV):
        mu = like(numbers[0], p0)
        ahead = like(numbers[0] if rule == NESTEROV else 1.0, p0)
        pull = like(rate if rule == NESTEROV else 0.0, p0)
        for i in range(params.size):
            p, w = params[i], penalised[i] * params[i]
            g = (grads[i] + lam * w) * factor
            v = mu * moment_1[i] - eta * g
            moment_1[i] = normal(v, tiny)
            params[i] = normal(p + (ahead * v - pull * g) - shrink * w, tiny)
            squares += w * w
            check += g * zero + params[i] * zero
    elif rule == RMSPROP:
        keep, take = like(numbers[1], p0), like(1.0 - numbers[1], p0)
        epsilon = like(numbers[2], p0)
        for i in range(params.size):
            p, w = params[i], penalised[i] * params[i]
            g = (grads[i] + lam * w) * factor
            s = keep * moment_1[i] + take * (g * g)
            moment_1[i] = normal(s, tiny)
            params[i] = normal(p - eta * g / (np.sqrt(s) + epsilon) - shrink * w, tiny)
            squares += w * w
            check += g * zero + params[i] * zero
    elif rule == ADAM:
        keep_1, take_1 = like(numbers[0], p0), like(1.0 - numbers[0], p0)
        keep_2, take_2 = like(numbers[1], p0), like(1.0 - numbers[1], p0)
        one_minus_1, one_minus_2 = 1.0 - numbers[0] ** step, 1.0 - numbers[1] ** step
        epsilon = like(numbers[2] * (1.0 if numbers[3] else np.sqrt(one_minus_2)), p0)
        along = like(rate * np.sqrt(one_minus_2) / one_minus_1, p0)
        for i in range(params.size):
            p, w = params[i], penalised[i] * params[i]
            g = (grads[i] + lam * w) * factor
            m = keep_1 * moment_1[i] + take_1 * g
            v = keep_2 * moment_2[i] + take_2 * (g * g)
            moment_1[i] = normal(m, tiny)
            moment_2[i] = normal(v, tiny)
            params[i] = normal(p - along * m / (np.sqrt(v) + epsilon) - shrink * w, tiny)
            squares += w * w
            check += g * zero + params[i] * zero
    return squares, check
