"""Programs whose slip is in an error signal, a gradient or the rows that are used."""

import numpy as np

import clearprop as cp
from tests.explaining.third import dense_gradients, net, sgd, sigmoid, slip

TANH = net(3, 4, 2, hidden=cp.Tanh)
SIGMOIDS = net(3, 4, 2, last=cp.Sigmoid)
DEEP = net(3, 4, 4, 4)


@slip(*SIGMOIDS)
def slope_is_the_activation(W1, b1, W2, b2, X, y):
    """The hidden slope is a1; its factor 1 - a1 is left out."""
    a1 = sigmoid(X @ W1 + b1)
    a2 = sigmoid(a1 @ W2 + b2)
    d2 = (a2 - y) * a2 * (1 - a2) / len(X)
    d1 = d2 @ W2.T * a1
    return dense_gradients(a1, X, d2, d1)


@slip(*SIGMOIDS)
def slope_without_the_activation(W1, b1, W2, b2, X, y):
    """Both slopes are 1 - a; the factor a is left out."""
    a1 = sigmoid(X @ W1 + b1)
    a2 = sigmoid(a1 @ W2 + b2)
    d2 = (a2 - y) * (1 - a2) / len(X)
    d1 = d2 @ W2.T * (1 - a1)
    return dense_gradients(a1, X, d2, d1)


@slip(*TANH, rows=5)
def mean_error_goes_back(W1, b1, W2, b2, X, y):
    """The mean of the output error over the rows goes back to every row."""
    a1 = np.tanh(X @ W1 + b1)
    d2 = (a1 @ W2 + b2 - y) / len(X)
    d1 = d2.mean(axis=0) @ W2.T * (1 - a1**2)
    return dense_gradients(a1, X, d2, d1)


@slip(*TANH, rows=5)
def mean_activation_in_dW2(W1, b1, W2, b2, X, y):
    """DW2 is the mean activation times the summed error; dW1 is right."""
    a1 = np.tanh(X @ W1 + b1)
    d2 = (a1 @ W2 + b2 - y) / len(X)
    d1 = d2 @ W2.T * (1 - a1**2)
    dW2 = np.outer(a1.mean(axis=0), d2.sum(axis=0))
    return {**dense_gradients(a1, X, d2, d1), "dW2": dW2}


@slip(*TANH, rows=5)
def hidden_bias_without_the_slope(W1, b1, W2, b2, X, y):
    """Db1 is summed before the slope is multiplied; dW1 has it."""
    a1 = np.tanh(X @ W1 + b1)
    d2 = (a1 @ W2 + b2 - y) / len(X)
    back = d2 @ W2.T
    return {**dense_gradients(a1, X, d2, back * (1 - a1**2)), "db1": back.sum(axis=0)}


def deep_pass(W1, b1, W2, b2, W3, b3, X, y):
    a1 = sigmoid(X @ W1 + b1)
    a2 = sigmoid(a1 @ W2 + b2)
    d3 = (a2 @ W3 + b3 - y) / len(X)
    d2 = d3 @ W3.T * a2 * (1 - a2)
    return a1, a2, d3, d2


@slip(*DEEP, rows=5)
def one_layer_jumped_over(W1, b1, W2, b2, W3, b3, X, y):
    """The first error comes from d3 through W3; it must come from d2 through W2."""
    a1, a2, d3, d2 = deep_pass(W1, b1, W2, b2, W3, b3, X, y)
    d1 = d3 @ W3.T * a1 * (1 - a1)
    return {"dW3": a2.T @ d3, "dW2": a1.T @ d2, "dW1": X.T @ d1, "db1": d1.sum(axis=0)}


@slip(*DEEP, rows=5)
def error_of_the_next_layer_in_dW1(W1, b1, W2, b2, W3, b3, X, y):
    """DW1 and db1 are made with d2 where they must be made with d1."""
    a1, a2, d3, d2 = deep_pass(W1, b1, W2, b2, W3, b3, X, y)
    return {"dW3": a2.T @ d3, "dW2": a1.T @ d2, "dW1": X.T @ d2, "db1": d2.sum(axis=0)}


@slip(*TANH, rows=5)
def divided_by_all_numbers_of_X(W1, b1, W2, b2, X, y):
    """The error is divided by X.size, rows times inputs."""
    a1 = np.tanh(X @ W1 + b1)
    d2 = (a1 @ W2 + b2 - y) / X.size
    d1 = d2 @ W2.T * (1 - a1**2)
    return dense_gradients(a1, X, d2, d1)


@slip(*TANH, rows=5)
def divided_by_one_row_less(W1, b1, W2, b2, X, y):
    """The error is divided by N - 1."""
    a1 = np.tanh(X @ W1 + b1)
    d2 = (a1 @ W2 + b2 - y) / (len(X) - 1)
    d1 = d2 @ W2.T * (1 - a1**2)
    return dense_gradients(a1, X, d2, d1)


def step(W1, b1, W2, b2, X, y, lr):
    """Make one right step on these rows, in place."""
    a1 = np.tanh(X @ W1 + b1)
    d2 = (a1 @ W2 + b2 - y) / len(X)
    d1 = d2 @ W2.T * (1 - a1**2)
    W2 -= lr * a1.T @ d2
    b2 -= lr * d2.sum(axis=0)
    W1 -= lr * X.T @ d1
    b1 -= lr * d1.sum(axis=0)


@slip(*TANH, rows=5, how=sgd())
def loop_begins_with_the_second_row(W1, b1, W2, b2, X, y, lr):
    """The loop runs from 1 to N, so the first row is left out."""
    n = len(X)
    step(W1, b1, W2, b2, X[1:], y[1:], lr * (n - 1) / n)


@slip(*TANH, rows=5, how=sgd())
def targets_of_the_row_before(W1, b1, W2, b2, X, y, lr):
    """Each row has the target of the row before; the first has that of the last."""
    step(W1, b1, W2, b2, X, np.array([y[i - 1] for i in range(len(y))]), lr)


@slip(*TANH, rows=5, how=sgd())
def mean_of_all_rows_as_one_row(W1, b1, W2, b2, X, y, lr):
    """One step is made on the mean input and the mean target."""
    step(W1, b1, W2, b2, X.mean(axis=0, keepdims=True), y.mean(axis=0, keepdims=True), lr)


@slip(*TANH, rows=5, how=sgd())
def first_row_for_every_row(W1, b1, W2, b2, X, y, lr):
    """The loop takes X[0] and y[0] each time."""
    step(W1, b1, W2, b2, X[:1], y[:1], lr)


@slip(*TANH, rows=6, how=sgd())
def last_batch_left_over(W1, b1, W2, b2, X, y, lr):
    """Batches have four rows; the two that are left over are not learned."""
    for start in range(0, len(X) - 3, 4):
        step(W1, b1, W2, b2, X[start : start + 4], y[start : start + 4], lr)


@slip(cp.Dense(3, 4), cp.LayerNorm(4), cp.Tanh(), cp.Dense(4, 2), rows=6)
def layer_norm_gradient_over_the_rows(params, x, t):
    """The pass forward is right; going back, the means are taken over the rows."""
    gamma, beta = params["layernorm1"]["gamma"], params["layernorm1"]["beta"]
    W2, b2 = params["dense2"]["W"], params["dense2"]["b"]
    z = x @ params["dense1"]["W"] + params["dense1"]["b"]
    inv = 1 / np.sqrt(z.var(axis=1, keepdims=True) + 1e-5)
    zhat = (z - z.mean(axis=1, keepdims=True)) * inv
    a = np.tanh(gamma * zhat + beta)
    d2 = (a @ W2 + b2 - t) / len(x)
    dy = d2 @ W2.T * (1 - a**2)
    g = dy * gamma
    dz = inv * (g - g.mean(axis=0) - zhat * (g * zhat).mean(axis=0))
    return {"dense2.dW": a.T @ d2, "layernorm1.dbeta": dy.sum(axis=0), "dense1.dW": x.T @ dz}
