"""Slips in dropout, batch normalization and residual connections."""

from typing import Any

import numpy as np

import clearprop as cp
from tests.explaining.first import slip

# Dropout, batch normalization, residual connections.

KEPT = (np.random.default_rng(4).uniform(size=(4, 4)) < 0.7) * 1.0
DROPOUT = (cp.Dense(3, 4), cp.Tanh(), cp.Dropout(0.3), cp.Dense(4, 2))
MASK = {"given": {"dropout1": KEPT / 0.7}}


@slip(*DROPOUT, how=MASK)
def dropout_not_scaled(W1, b1, W2, b2, X, y):
    """The kept activations are not divided by the fraction kept."""
    a1 = np.tanh(X @ W1 + b1)
    h = a1 * KEPT
    d2 = (h @ W2 + b2 - y) / len(X)
    d1 = d2 @ W2.T * KEPT * (1 - a1**2)
    return {
        "dW2": h.T @ d2, "db2": d2.sum(axis=0), "dW1": X.T @ d1, "db1": d1.sum(axis=0),
    }  # fmt: skip


@slip(*DROPOUT, how=MASK)
def dropout_multiplied_by_the_fraction_kept(W1, b1, W2, b2, X, y):
    """The kept activations are multiplied by the fraction kept, not divided."""
    a1 = np.tanh(X @ W1 + b1)
    h = a1 * KEPT * 0.7
    d2 = (h @ W2 + b2 - y) / len(X)
    d1 = d2 @ W2.T * KEPT * 0.7 * (1 - a1**2)
    return {
        "dW2": h.T @ d2, "db2": d2.sum(axis=0), "dW1": X.T @ d1, "db1": d1.sum(axis=0),
    }  # fmt: skip


@slip(*DROPOUT, how=MASK)
def slope_of_the_dropped_activations(W1, b1, W2, b2, X, y):
    """The slope is taken of the dropped and scaled activations, 1 - h²."""
    a1 = np.tanh(X @ W1 + b1)
    h = a1 * KEPT / 0.7
    d2 = (h @ W2 + b2 - y) / len(X)
    d1 = d2 @ W2.T * KEPT / 0.7 * (1 - h**2)
    return {
        "dW2": h.T @ d2, "db2": d2.sum(axis=0), "dW1": X.T @ d1, "db1": d1.sum(axis=0),
    }  # fmt: skip


NORMED = (cp.Dense(3, 4), cp.BatchNorm(4), cp.Tanh(), cp.Dense(4, 2))


def normed(params: Any, x: Any, t: Any, *, ddof: int = 0, axis: Any = 0) -> dict[str, Any]:
    """Return all of a network with batch normalization, with a learner's own statistics."""
    W1, b1 = params["dense1"]["W"], params["dense1"]["b"]
    gamma, beta = params["batchnorm1"]["gamma"], params["batchnorm1"]["beta"]
    W2, b2 = params["dense2"]["W"], params["dense2"]["b"]
    n = len(x)
    z = x @ W1 + b1
    var = z.var(axis=axis, ddof=ddof)
    inv = 1 / np.sqrt(var + 1e-5)
    zhat = (z - z.mean(axis=axis)) * inv
    a = np.tanh(gamma * zhat + beta)
    d2 = (a @ W2 + b2 - t) / n
    dy = d2 @ W2.T * (1 - a**2)
    dz = gamma * inv / n * (n * dy - dy.sum(0) - zhat * (dy * zhat).sum(0))
    return {
        "z": z, "zhat": zhat, "dy": dy, "dz": dz, "a": a, "d2": d2, "n": n,
        "grads": {
            "dense2.dW": a.T @ d2, "batchnorm1.dgamma": (dy * zhat).sum(0),
            "batchnorm1.dbeta": dy.sum(0), "dense1.dW": x.T @ dz,
        },
    }  # fmt: skip


@slip(*NORMED, rows=6)
def variance_divided_by_one_less(params, x, t):
    """The variance is divided by N - 1 (ddof=1) where the batch's is divided by N."""
    return normed(params, x, t, ddof=1)["grads"]


@slip(*NORMED, rows=6)
def statistics_over_everything(params, x, t):
    """Mean and variance are taken over rows and units together."""
    return normed(params, x, t, axis=None)["grads"]


@slip(*NORMED, rows=6)
def gamma_gradient_of_the_input(params, x, t):
    """Dgamma is made with z where it must be the normalized z."""
    found = normed(params, x, t)
    return {**found["grads"], "batchnorm1.dgamma": (found["dy"] * found["z"]).sum(0)}


RESIDUAL = (
    cp.Dense(3, 4), cp.Residual(cp.Chain(cp.Dense(4, 4), cp.Tanh())), cp.Dense(4, 2),
)  # fmt: skip


@slip(*RESIDUAL)
def shortcut_forgotten_going_back(params, x, t):
    """The error of the shortcut is not added going back."""
    W1, b1 = params["dense1"]["W"], params["dense1"]["b"]
    inner = params["residual1"]["chain1"]["dense1"]
    W3, b3 = params["dense2"]["W"], params["dense2"]["b"]
    h = x @ W1 + b1
    a = np.tanh(h @ inner["W"] + inner["b"])
    y = h + a
    d3 = (y @ W3 + b3 - t) / len(x)
    dy = d3 @ W3.T
    dz = dy * (1 - a**2)
    dh = dz @ inner["W"].T
    return {
        "dense2.dW": y.T @ d3, "residual1.chain1.dense1.dW": h.T @ dz, "dense1.dW": x.T @ dh,
    }  # fmt: skip


@slip(*RESIDUAL)
def shortcut_multiplied_by_the_slope(params, x, t):
    """The shortcut's error is multiplied by the slope of the branch."""
    W1, b1 = params["dense1"]["W"], params["dense1"]["b"]
    inner = params["residual1"]["chain1"]["dense1"]
    W3, b3 = params["dense2"]["W"], params["dense2"]["b"]
    h = x @ W1 + b1
    a = np.tanh(h @ inner["W"] + inner["b"])
    y = h + a
    d3 = (y @ W3 + b3 - t) / len(x)
    dz = d3 @ W3.T * (1 - a**2)
    dh = dz @ inner["W"].T + dz
    return {
        "dense2.dW": y.T @ d3, "residual1.chain1.dense1.dW": h.T @ dz, "dense1.dW": x.T @ dh,
    }  # fmt: skip
