"""Slips in the gradients: the wrong array, the wrong axis."""

import numpy as np

import clearprop as cp
from tests.explaining.first import SGD, net, sigmoid, slip

# One layer too far, or the wrong array.


@slip(*net(3, 3, 3))
def back_through_the_first_weights(W1, b1, W2, b2, X, y):
    """The hidden error is sent back through W1 where it must be W2."""
    a1 = sigmoid(X @ W1 + b1)
    a2 = sigmoid(a1 @ W2 + b2)
    d2 = (a2 - y) * a2 * (1 - a2) / len(X)
    d1 = d2 @ W1.T * a1 * (1 - a1)
    return {
        "dW2": a1.T @ d2, "db2": d2.sum(axis=0), "dW1": X.T @ d1, "db1": d1.sum(axis=0),
    }  # fmt: skip


@slip(*net(2, 2, 1), how=SGD, binary=True)
def hidden_slope_of_the_output(W1, b1, W2, b2, X, y, lr):
    """The hidden error is multiplied by a2 (1 - a2) in place of a1 (1 - a1)."""
    a1 = sigmoid(X.dot(W1) + b1)
    a2 = sigmoid(a1.dot(W2) + b2)
    delta2 = (a2 - y) * a2 * (1 - a2)
    delta1 = delta2.dot(W2.T) * a2 * (1 - a2)
    m = X.shape[0]
    W2 -= lr * a1.T.dot(delta2) / m
    b2 -= lr * delta2.sum(axis=0) / m
    W1 -= lr * X.T.dot(delta1) / m
    b1 -= lr * delta1.sum(axis=0) / m
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}


@slip(*net(3, 3, 2, cp.Tanh, None))
def activations_of_the_wrong_layer_in_dW1(W1, b1, W2, b2, X, y):
    """dW1 is made with a1 where it must be X."""
    a1 = np.tanh(X @ W1 + b1)
    out = a1 @ W2 + b2
    d2 = (out - y) / len(X)
    d1 = d2 @ W2.T * (1 - a1**2)
    return {
        "dW2": a1.T @ d2, "db2": d2.sum(axis=0), "dW1": a1.T @ d1, "db1": d1.sum(axis=0),
    }  # fmt: skip


@slip(*net(3, 3, 2, cp.Tanh, None))
def inputs_in_dW2(W1, b1, W2, b2, X, y):
    """dW2 is made with X where it must be a1."""
    a1 = np.tanh(X @ W1 + b1)
    d2 = (a1 @ W2 + b2 - y) / len(X)
    d1 = d2 @ W2.T * (1 - a1**2)
    return {
        "dW2": X.T @ d2, "db2": d2.sum(axis=0), "dW1": X.T @ d1, "db1": d1.sum(axis=0),
    }  # fmt: skip


@slip(*net(3, 4, 2, cp.Tanh, None))
def z_in_dW2(W1, b1, W2, b2, X, y):
    """dW2 is made with z1 where it must be a1."""
    z1 = X @ W1 + b1
    a1 = np.tanh(z1)
    d2 = (a1 @ W2 + b2 - y) / len(X)
    d1 = d2 @ W2.T * (1 - a1**2)
    return {
        "dW2": z1.T @ d2, "db2": d2.sum(axis=0), "dW1": X.T @ d1, "db1": d1.sum(axis=0),
    }  # fmt: skip


@slip(cp.Dense(3, 4), cp.ReLU(), cp.Dense(4, 4), cp.ReLU(), cp.Dense(4, 2))
def mask_of_the_next_layer(W1, b1, W2, b2, W3, b3, X, y):
    """The first ReLU's mask is taken of z2 where it must be z1."""
    z1 = X @ W1 + b1
    a1 = np.maximum(0, z1)
    z2 = a1 @ W2 + b2
    a2 = np.maximum(0, z2)
    d3 = (a2 @ W3 + b3 - y) / len(X)
    d2 = d3 @ W3.T * (z2 > 0)
    d1 = d2 @ W2.T * (z2 > 0)
    return {
        "dW3": a2.T @ d3, "db3": d3.sum(0), "dW2": a1.T @ d2, "db2": d2.sum(0),
        "dW1": X.T @ d1, "db1": d1.sum(0),
    }  # fmt: skip


@slip(*net(3, 3, 3), rows=5)
def bias_of_the_wrong_layer(W1, b1, W2, b2, X, y):
    """The second layer adds b1 where it must be b2."""
    a1 = sigmoid(X @ W1 + b1)
    a2 = sigmoid(a1 @ W2 + b1)
    d2 = (a2 - y) * a2 * (1 - a2) / len(X)
    d1 = d2 @ W2.T * a1 * (1 - a1)
    return {"A1": a1, "A2": a2, "dW2": a1.T @ d2, "dW1": X.T @ d1}


@slip(*net(3, 4, 2))
def second_layer_reads_z(W1, b1, W2, b2, X, y):
    """The second layer is fed z1 where it must be a1."""
    Z1 = X @ W1 + b1
    A1 = sigmoid(Z1)
    Z2 = Z1 @ W2 + b2
    A2 = sigmoid(Z2)
    dZ2 = (A2 - y) * A2 * (1 - A2) / len(X)
    dZ1 = dZ2 @ W2.T * A1 * (1 - A1)
    return {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2, "dW2": A1.T @ dZ2, "dW1": X.T @ dZ1}


@slip(*net(3, 4, 2))
def bias_behind_the_activation(W1, b1, W2, b2, X, y):
    """The bias is added after the activation."""
    A1 = sigmoid(X @ W1) + b1
    A2 = sigmoid(A1 @ W2) + b2
    loss = 0.5 * ((A2 - y) ** 2).sum() / len(X)
    return {"A1": A1, "A2": A2, "loss": loss}


# Axes, reductions, transposes.


@slip(*net(3, 4, 2, cp.Tanh, None), rows=4)
def db_summed_along_the_wrong_axis(W1, b1, W2, b2, X, y):
    """db1 is summed over the units (axis 1); it has the right length since N = 4."""
    a1 = np.tanh(X @ W1 + b1)
    d2 = (a1 @ W2 + b2 - y) / len(X)
    d1 = d2 @ W2.T * (1 - a1**2)
    return {
        "dW2": a1.T @ d2, "db2": d2.sum(axis=0), "dW1": X.T @ d1, "db1": d1.sum(axis=1),
    }  # fmt: skip


@slip(*net(3, 4, 2, cp.Tanh, None), rows=5)
def db_is_a_mean_of_what_was_divided(W1, b1, W2, b2, X, y):
    """The error is divided by N already; the bias gradients take the mean of it once more."""
    a1 = np.tanh(X @ W1 + b1)
    d2 = (a1 @ W2 + b2 - y) / len(X)
    d1 = d2 @ W2.T * (1 - a1**2)
    return {
        "dW2": a1.T @ d2, "db2": d2.mean(axis=0), "dW1": X.T @ d1, "db1": d1.mean(axis=0),
    }  # fmt: skip


@slip(*net(3, 3, 2, cp.Tanh, None), rows=3)
def forgotten_transpose_of_X(W1, b1, W2, b2, X, y):
    """dW1 = X d1 where it must be Xᵀ d1; the shapes allow it since N = I."""
    a1 = np.tanh(X @ W1 + b1)
    d2 = (a1 @ W2 + b2 - y) / len(X)
    d1 = d2 @ W2.T * (1 - a1**2)
    return {
        "dW2": a1.T @ d2, "db2": d2.sum(axis=0), "dW1": X @ d1, "db1": d1.sum(axis=0),
    }  # fmt: skip


@slip(*net(2, 3, 3, cp.Tanh, None))
def forgotten_transpose_of_W2(W1, b1, W2, b2, X, y):
    """The error goes back through W2 where it must be W2ᵀ; the shapes allow it since H = K."""
    a1 = np.tanh(X @ W1 + b1)
    d2 = (a1 @ W2 + b2 - y) / len(X)
    d1 = d2 @ W2 * (1 - a1**2)
    return {
        "dW2": a1.T @ d2, "db2": d2.sum(axis=0), "dW1": X.T @ d1, "db1": d1.sum(axis=0),
    }  # fmt: skip


@slip(*net(2, 3, 2), rows=3)
def dot_in_place_of_times(W1, b1, W2, b2, X, y):
    """The hidden error is matrix-multiplied with the slope, not element by element (N = H)."""
    a1 = sigmoid(np.dot(X, W1) + b1)
    a2 = sigmoid(np.dot(a1, W2) + b2)
    d2 = (a2 - y) * a2 * (1 - a2) / len(X)
    d1 = np.dot(np.dot(d2, W2.T), a1 * (1 - a1))
    return {
        "dW2": np.dot(a1.T, d2), "db2": d2.sum(axis=0), "dW1": np.dot(X.T, d1),
        "db1": d1.sum(axis=0),
    }  # fmt: skip


@slip(*net(3, 4, 1, cp.Tanh, None), rows=5)
def broadcast_and_averaged_again(W1, b1, W2, b2, X, y):
    """(N, 1) - (N,) is (N, N); its mean over axis 1 makes the shape right: p - mean(t)."""
    a1 = np.tanh(X @ W1 + b1)
    p = a1 @ W2 + b2
    error = (p - y.ravel()).mean(axis=1, keepdims=True)
    d2 = error / len(X)
    d1 = d2 @ W2.T * (1 - a1**2)
    return {
        "dW2": a1.T @ d2, "db2": d2.sum(axis=0), "dW1": X.T @ d1, "db1": d1.sum(axis=0),
    }  # fmt: skip


@slip(*net(3, 4, 2, cp.Tanh, None), rows=5)
def product_of_the_means(W1, b1, W2, b2, X, y):
    """DW is the outer product of the mean activation and the mean error over the rows."""
    a1 = np.tanh(X @ W1 + b1)
    d2 = a1 @ W2 + b2 - y
    d1 = d2 @ W2.T * (1 - a1**2)
    return {
        "dW2": np.outer(a1.mean(axis=0), d2.mean(axis=0)), "db2": d2.mean(axis=0),
        "dW1": np.outer(X.mean(axis=0), d1.mean(axis=0)), "db1": d1.mean(axis=0),
    }  # fmt: skip


@slip(*net(2, 3, 1), binary=True, how=SGD)
def one_mean_error_for_all_rows(W1, b1, W2, b2, X, y, lr):
    """The error is averaged to one number first and that one used for every row."""
    a1 = sigmoid(X @ W1 + b1)
    a2 = sigmoid(a1 @ W2 + b2)
    error = np.mean(a2 - y)
    d2 = error * a2 * (1 - a2) / len(X)
    d1 = d2 @ W2.T * a1 * (1 - a1)
    W2 -= lr * a1.T @ d2
    b2 -= lr * d2.sum(axis=0)
    W1 -= lr * X.T @ d1
    b1 -= lr * d1.sum(axis=0)


@slip(*net(3, 4, 2, cp.Tanh, None), rows=5)
def loop_ends_one_row_early(W1, b1, W2, b2, X, y):
    """The loop over the rows runs to N - 1, so the last row is left out."""
    dW1, db1 = np.zeros_like(W1), np.zeros_like(b1)
    dW2, db2 = np.zeros_like(W2), np.zeros_like(b2)
    n = len(X)
    for i in range(n - 1):
        a1 = np.tanh(X[i] @ W1 + b1)
        d2 = a1 @ W2 + b2 - y[i]
        d1 = W2 @ d2 * (1 - a1**2)
        dW2 += np.outer(a1, d2)
        db2 += d2
        dW1 += np.outer(X[i], d1)
        db1 += d1
    return {"dW1": dW1 / n, "db1": db1 / n, "dW2": dW2 / n, "db2": db2 / n}


@slip(*net(3, 4, 2, cp.Tanh, None), rows=5)
def gradient_set_in_the_loop(W1, b1, W2, b2, X, y):
    """dW2 is set in the loop where it must be added to: only the last row is in it."""
    dW1, db1 = np.zeros_like(W1), np.zeros_like(b1)
    db2 = np.zeros_like(b2)
    n = len(X)
    for i in range(n):
        a1 = np.tanh(X[i] @ W1 + b1)
        d2 = a1 @ W2 + b2 - y[i]
        d1 = W2 @ d2 * (1 - a1**2)
        dW2 = np.outer(a1, d2)
        db2 += d2
        dW1 += np.outer(X[i], d1)
        db1 += d1
    return {"dW1": dW1 / n, "db1": db1 / n, "dW2": dW2 / n, "db2": db2 / n}
