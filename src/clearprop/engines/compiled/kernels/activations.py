"""Activations forward and back, over the rows of a batch, bias included."""

import numba as nb

from clearprop.definitions.layers import SELU as SELU_LAYER
from clearprop.engines.compiled.codes import (
    ELU,
    GELU,
    LEAKY_RELU,
    MISH,
    RELU,
    SELU,
    SIGMOID,
    SILU,
    SOFTPLUS,
    TANH,
)
from clearprop.engines.compiled.vectormath import (
    KERNEL,
    exp,
    expm1,
    like,
    ndtr,
    ndtr_and_bell,
    sigmoid,
    softplus,
    tanh,
)

SELU_ALPHA = SELU_LAYER.alpha
SELU_SCALE = SELU_LAYER.scale


@nb.njit(**KERNEL)
def activate_in_place(
    code,  # in: activation, see codes.py
    a,  # in, out (rows, units): z - b, then f(z)
    bias,  # in (units,): b
):
    """Turn pre-activations without bias into activations, whose slopes need a only."""
    rows, units = a.shape
    zero = like(0.0, a[0, 0])
    for i in range(rows):
        if code == SIGMOID:
            for j in range(units):
                a[i, j] = sigmoid(a[i, j] + bias[j])
        elif code == TANH:
            for j in range(units):
                a[i, j] = tanh(a[i, j] + bias[j])
        elif code == RELU:
            for j in range(units):
                z = a[i, j] + bias[j]
                a[i, j] = zero if z <= zero else z
        else:
            for j in range(units):
                a[i, j] = a[i, j] + bias[j]


@nb.njit(**KERNEL)
def activate_all(
    code,  # in: activation, see codes.py
    a,  # in, out (n,): z, then f(z)
):
    """Do what `activate_in_place` does where the bias is in z already, in one loop."""
    zero = like(0.0, a[0])
    if code == SIGMOID:
        for n in range(a.size):
            a[n] = sigmoid(a[n])
    elif code == TANH:
        for n in range(a.size):
            a[n] = tanh(a[n])
    elif code == RELU:
        for n in range(a.size):
            a[n] = zero if a[n] <= zero else a[n]


@nb.njit(**KERNEL)
def activate(
    code,  # in: activation, see codes.py
    alpha,  # in: its parameter
    z,  # in, out (rows, units): z - b, then z
    bias,  # in (units,): b
    a,  # out (rows, units): f(z)
    own,  # in: whether nothing else reads `z`; SiLU's slopes, which share σ(z), are then put there
):
    """Add the bias to `z` and write activations to `a`, whose slopes need z."""
    rows, units = a.shape
    zero, one, two = like(0.0, a[0, 0]), like(1.0, a[0, 0]), like(2.0, a[0, 0])
    parameter = like(alpha, a[0, 0])
    scale, scaled = like(SELU_SCALE, a[0, 0]), like(SELU_SCALE * SELU_ALPHA, a[0, 0])
    for i in range(rows):
        for j in range(units):
            z[i, j] = z[i, j] + bias[j]
        if code == LEAKY_RELU:
            for j in range(units):
                a[i, j] = z[i, j] * (one if z[i, j] > zero else parameter)
        elif code == ELU:
            for j in range(units):
                low = parameter * expm1(zero if z[i, j] > zero else z[i, j])
                a[i, j] = z[i, j] if z[i, j] > zero else low
        elif code == SELU:
            for j in range(units):
                low = scaled * expm1(zero if z[i, j] > zero else z[i, j])
                a[i, j] = scale * z[i, j] if z[i, j] > zero else low
        elif code == GELU:
            for j in range(units):
                a[i, j] = z[i, j] * ndtr(z[i, j])
        elif code == SILU:
            for j in range(units):
                s = sigmoid(z[i, j])
                a[i, j] = z[i, j] * s
                z[i, j] = s + a[i, j] * (one - s) if own else z[i, j]
        elif code == SOFTPLUS:
            for j in range(units):
                a[i, j] = softplus(z[i, j])
        elif code == MISH:
            for j in range(units):
                # tanh(ln(1 + e^z)) = (s^2 - 1) / (s^2 + 1), s = 1 + e^z
                e = exp(z[i, j] if z[i, j] < like(20.0, a[0, 0]) else like(20.0, a[0, 0]))
                n = e * (e + two)
                a[i, j] = z[i, j] * (n / (n + two))


@nb.njit(**KERNEL)
def multiply_by_slope(
    code,  # in: activation, see codes.py
    alpha,  # in: its parameter
    z,  # in (rows, units): pre-activations
    a,  # in (rows, units): activations
    d,  # in, out (rows, units): dE/da, then dE/dz
    own,  # in: as in `activate`
):
    """Turn the gradient `d` at the activations into the one at the pre-activations."""
    rows, units = a.shape
    zero, one, two = like(0.0, a[0, 0]), like(1.0, a[0, 0]), like(2.0, a[0, 0])
    parameter = like(alpha, a[0, 0])
    scale, scaled = like(SELU_SCALE, a[0, 0]), like(SELU_SCALE * SELU_ALPHA, a[0, 0])
    for i in range(rows):
        if code == SIGMOID:
            for j in range(units):
                d[i, j] = d[i, j] * (a[i, j] * (one - a[i, j]))
        elif code == TANH:
            for j in range(units):
                d[i, j] = d[i, j] * (one - a[i, j] * a[i, j])
        elif code == RELU:
            for j in range(units):
                d[i, j] = d[i, j] * (one if a[i, j] > zero else zero)
        elif code == LEAKY_RELU:
            for j in range(units):
                d[i, j] = d[i, j] * (one if z[i, j] > zero else parameter)
        elif code == ELU:
            for j in range(units):
                d[i, j] = d[i, j] * (one if z[i, j] > zero else a[i, j] + parameter)
        elif code == SELU:
            for j in range(units):
                d[i, j] = d[i, j] * (scale if z[i, j] > zero else a[i, j] + scaled)
        elif code == GELU:
            for j in range(units):
                share, bell = ndtr_and_bell(z[i, j])
                density = like(0.3989422804014327, a[0, 0]) * bell
                d[i, j] = d[i, j] * (share + z[i, j] * density)
        elif code == SILU and own:
            for j in range(units):
                d[i, j] = d[i, j] * z[i, j]
        elif code == SILU:
            for j in range(units):
                s = sigmoid(z[i, j])
                d[i, j] = d[i, j] * (s * (one + z[i, j] * (one - s)))
        elif code == SOFTPLUS:
            for j in range(units):
                d[i, j] = d[i, j] * sigmoid(z[i, j])
        elif code == MISH:
            for j in range(units):
                e = exp(z[i, j] if z[i, j] < like(20.0, a[0, 0]) else like(20.0, a[0, 0]))
                n = e * (e + two)
                w = n / (n + two)
                d[i, j] = d[i, j] * (w + z[i, j] * (one - w * w) * sigmoid(z[i, j]))
