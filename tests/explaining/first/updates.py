"""Slips in updates."""

from collections.abc import Callable
from typing import Any

import numpy as np

import clearprop as cp
from tests.explaining.first import SGD, net, sigmoid, slip

# Updates.


@slip(*net(2, 3, 1), binary=True, how=SGD)
def one_sign_for_two_layers(W1, b1, W2, b2, X, y, lr):
    """The error is t - p and W2 is added to, which is right; W1 is subtracted from."""
    a1 = sigmoid(X @ W1 + b1)
    a2 = sigmoid(a1 @ W2 + b2)
    d2 = (y - a2) * a2 * (1 - a2) / len(X)
    d1 = d2 @ W2.T * a1 * (1 - a1)
    W2 += lr * a1.T @ d2
    b2 += lr * d2.sum(axis=0)
    W1 -= lr * X.T @ d1
    b1 -= lr * d1.sum(axis=0)
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}


@slip(*net(3, 4, 2, cp.Tanh, None), rows=5, how=SGD)
def rate_divided_by_the_rows_too(W1, b1, W2, b2, X, y, lr):
    """The gradients are means, and the update divides them by N once more."""
    m = len(X)
    a1 = np.tanh(X @ W1 + b1)
    d2 = (a1 @ W2 + b2 - y) / m
    d1 = d2 @ W2.T * (1 - a1**2)
    W2 = W2 - lr / m * a1.T @ d2
    b2 = b2 - lr / m * d2.sum(axis=0)
    W1 = W1 - lr / m * X.T @ d1
    b1 = b1 - lr / m * d1.sum(axis=0)
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}


def passes(W1: Any, b1: Any, W2: Any, b2: Any, X: Any, y: Any) -> tuple[Any, ...]:
    """Return the right gradients of a tanh network with a linear output, in the weights' order."""
    a1 = np.tanh(X @ W1 + b1)
    d2 = (a1 @ W2 + b2 - y) / len(X)
    d1 = d2 @ W2.T * (1 - a1**2)
    return X.T @ d1, d1.sum(axis=0), a1.T @ d2, d2.sum(axis=0)


SIZES = (12, 4, 8, 2)
SHAPES = ((3, 4), (4,), (4, 2), (2,))


def split(vector: Any) -> list[Any]:
    ends = np.cumsum(SIZES)[:-1]
    return [part.reshape(s) for part, s in zip(np.split(vector, ends), SHAPES, strict=True)]


VELOCITY = np.random.default_rng(7).normal(size=26)
MOMENTUM = {"optimizer": cp.SGD(0.1, 0.9), "state": {"velocity": VELOCITY}}
NET = net(3, 4, 2, cp.Tanh, None)


@slip(*NET, how=MOMENTUM)
def velocity_of_the_step_before(W1, b1, W2, b2, X, y, lr):
    """The weights are moved by the velocity before it is updated."""
    theta, grads = [W1, b1, W2, b2], passes(W1, b1, W2, b2, X, y)
    v = split(VELOCITY.copy())
    for k in range(4):
        theta[k] = theta[k] + v[k]
        v[k] = 0.9 * v[k] - lr * grads[k]
    return dict(zip(("W1", "b1", "W2", "b2"), theta, strict=True))


@slip(*NET, how=MOMENTUM)
def velocity_times_momentum_again(W1, b1, W2, b2, X, y, lr):
    """The weights are moved by mu v in place of v."""
    theta, grads = [W1, b1, W2, b2], passes(W1, b1, W2, b2, X, y)
    v = split(VELOCITY.copy())
    for k in range(4):
        v[k] = 0.9 * v[k] - lr * grads[k]
        theta[k] = theta[k] + 0.9 * v[k]
    return dict(zip(("W1", "b1", "W2", "b2"), theta, strict=True))


@slip(*NET, how=MOMENTUM)
def biases_without_momentum(W1, b1, W2, b2, X, y, lr):
    """The biases take a plain step, without velocity."""
    theta, grads = [W1, b1, W2, b2], passes(W1, b1, W2, b2, X, y)
    v = split(VELOCITY.copy())
    for k in (0, 2):
        v[k] = 0.9 * v[k] - lr * grads[k]
        theta[k] = theta[k] + v[k]
    for k in (1, 3):
        theta[k] = theta[k] - lr * grads[k]
    return dict(zip(("W1", "b1", "W2", "b2"), theta, strict=True))


M = np.random.default_rng(8).normal(size=26)
V = np.random.default_rng(9).uniform(0.1, 1.0, size=26)
ADAM = {"optimizer": cp.Adam(0.01), "state": {"m": M, "v": V, "t": 3}}


def adam(theta: Any, grads: Any, formula: Callable[..., Any]) -> dict[str, Any]:
    """Return new parameters by a learner's own formula of m, v, g, t."""
    new = [
        w - formula(m, v, g, 4) for w, g, m, v in zip(theta, grads, split(M), split(V), strict=True)
    ]
    return dict(zip(("W1", "b1", "W2", "b2"), new, strict=True))


@slip(*NET, how=ADAM)
def adam_with_its_betas_exchanged(W1, b1, W2, b2, X, y, lr):
    """Beta 1 and beta 2 are exchanged."""

    def formula(m, v, g, t):
        m = 0.999 * m + 0.001 * g
        v = 0.9 * v + 0.1 * g**2
        return lr * m / (1 - 0.999**t) / (np.sqrt(v / (1 - 0.9**t)) + 1e-8)

    return adam([W1, b1, W2, b2], passes(W1, b1, W2, b2, X, y), formula)


@slip(*NET, how=ADAM)
def adam_without_the_root(W1, b1, W2, b2, X, y, lr):
    """The change is divided by v, not by its root."""

    def formula(m, v, g, t):
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        return lr * m / (1 - 0.9**t) / (v / (1 - 0.999**t) + 1e-8)

    return adam([W1, b1, W2, b2], passes(W1, b1, W2, b2, X, y), formula)


@slip(*NET, how=ADAM)
def adam_corrects_the_first_average_only(W1, b1, W2, b2, X, y, lr):
    """The bias correction is made for m, not for v."""

    def formula(m, v, g, t):
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        return lr * m / (1 - 0.9**t) / (np.sqrt(v) + 1e-8)

    return adam([W1, b1, W2, b2], passes(W1, b1, W2, b2, X, y), formula)


@slip(*NET, how=ADAM)
def adam_with_the_count_one_too_low(W1, b1, W2, b2, X, y, lr):
    """T is increased after the correction, so it is one too low."""

    def formula(m, v, g, t):
        t = t - 1
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        return lr * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)

    return adam([W1, b1, W2, b2], passes(W1, b1, W2, b2, X, y), formula)


@slip(*NET, how=ADAM)
def adam_squares_the_average(W1, b1, W2, b2, X, y, lr):
    """V averages the square of m in place of the square of g."""

    def formula(m, v, g, t):
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * m**2
        return lr * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)

    return adam([W1, b1, W2, b2], passes(W1, b1, W2, b2, X, y), formula)


DECAY = {"optimizer": cp.SGD(0.1), "l2": 0.05}


@slip(*NET, how=DECAY)
def penalty_in_place_of_its_derivative(W1, b1, W2, b2, X, y, lr):
    """Lambda W² / 2 is added to the gradient, not its derivative lambda W."""
    dW1, db1, dW2, db2 = passes(W1, b1, W2, b2, X, y)
    dW1 += 0.05 / 2 * W1**2
    dW2 += 0.05 / 2 * W2**2
    return {
        "W1": W1 - lr * dW1, "b1": b1 - lr * db1, "W2": W2 - lr * dW2, "b2": b2 - lr * db2,
    }  # fmt: skip


@slip(*NET, how=DECAY)
def penalty_in_one_layer_only(W1, b1, W2, b2, X, y, lr):
    """The penalty is forgotten in the first layer."""
    dW1, db1, dW2, db2 = passes(W1, b1, W2, b2, X, y)
    dW2 += 0.05 * W2
    return {
        "W1": W1 - lr * dW1, "b1": b1 - lr * db1, "W2": W2 - lr * dW2, "b2": b2 - lr * db2,
    }  # fmt: skip


@slip(*NET, how=DECAY)
def weights_shrunk_after_the_step(W1, b1, W2, b2, X, y, lr):
    """The new weights are shrunk by 1 - eta lambda, where the old ones should be."""
    dW1, db1, dW2, db2 = passes(W1, b1, W2, b2, X, y)
    W1 = (W1 - lr * dW1) * (1 - lr * 0.05)
    W2 = (W2 - lr * dW2) * (1 - lr * 0.05)
    return {"W1": W1, "b1": b1 - lr * db1, "W2": W2, "b2": b2 - lr * db2}


@slip(*NET, how={"optimizer": cp.SGD(0.1), "clip_norm": 0.5})
def every_number_clipped(W1, b1, W2, b2, X, y, lr):
    """Each number of the gradient is clipped to ±0.5; the norm of all was to be."""
    dW1, db1, dW2, db2 = (np.clip(g, -0.5, 0.5) for g in passes(W1, b1, W2, b2, X, y))
    return {
        "W1": W1 - lr * dW1, "b1": b1 - lr * db1, "W2": W2 - lr * dW2, "b2": b2 - lr * db2,
    }  # fmt: skip


@slip(*NET, how={"optimizer": cp.SGD(0.1), "clip_norm": 0.5})
def each_array_clipped_by_its_own_norm(W1, b1, W2, b2, X, y, lr):
    """Each array is scaled to its own norm of at most 0.5; the norm of all was to be."""
    grads = []
    for g in passes(W1, b1, W2, b2, X, y):
        norm = np.linalg.norm(g)
        grads.append(g * 0.5 / norm if norm > 0.5 else g)
    dW1, db1, dW2, db2 = grads
    return {
        "W1": W1 - lr * dW1, "b1": b1 - lr * db1, "W2": W2 - lr * dW2, "b2": b2 - lr * db2,
    }  # fmt: skip
