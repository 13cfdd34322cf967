"""The step: penalty, clipping, optimizer and decay in one pass over the parameters.

Averages and weights below the smallest normal number become zero: subnormal numbers, into which
decaying averages fall after some thousand steps, make processors several times slower.
"""

import numba as nb
import numpy as np

from clearprop.engines.compiled.codes import ADAM, MOMENTUM, NESTEROV, PLAIN_SGD, RMSPROP
from clearprop.engines.compiled.vectormath import EXACT, KERNEL, like


@nb.njit(**EXACT)
def normal(x, tiny):
    """Return x, or zero where it is subnormal."""
    return like(0.0, x) if abs(x) < tiny else x


@nb.njit(**KERNEL)
def add_penalty(params, grads, penalised, l2):
    """Add the penalty to the gradient; return the sum of the gradient's squares."""
    total, lam = 0.0, like(l2, params[0])
    for i in range(params.size):
        grads[i] += lam * (penalised[i] * params[i])
        total += np.float64(grads[i]) * np.float64(grads[i])
    return total


@nb.njit(**KERNEL)
def sum_pieces(grads, start, stop):
    """Add the pieces' gradients from `start` to `stop` to the first piece's, in their order."""
    for piece in range(1, grads.shape[0]):
        for i in range(start, stop):
            grads[0, i] += grads[piece, i]


@nb.njit(**KERNEL)
def update(rule, numbers, step, rate, l2, scale, params, grads, penalised, first, second, tiny):
    """Make one step in place; return Σ W² before it, and 0 if gradient and weights are finite.

    `numbers` are momentum or beta_1, beta_2 or the decay of squares, epsilon, whether epsilon is
    the paper's epsilon-hat, and weight decay.
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
            v = mu * first[i] - eta * g
            first[i] = normal(v, tiny)
            params[i] = normal(p + (ahead * v - pull * g) - shrink * w, tiny)
            squares += w * w
            check += g * zero + params[i] * zero
    elif rule == RMSPROP:
        keep, take = like(numbers[1], p0), like(1.0 - numbers[1], p0)
        epsilon = like(numbers[2], p0)
        for i in range(params.size):
            p, w = params[i], penalised[i] * params[i]
            g = (grads[i] + lam * w) * factor
            s = keep * first[i] + take * (g * g)
            first[i] = normal(s, tiny)
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
            m = keep_1 * first[i] + take_1 * g
            v = keep_2 * second[i] + take_2 * (g * g)
            first[i] = normal(m, tiny)
            second[i] = normal(v, tiny)
            params[i] = normal(p - along * m / (np.sqrt(v) + epsilon) - shrink * w, tiny)
            squares += w * w
            check += g * zero + params[i] * zero
    return squares, check
