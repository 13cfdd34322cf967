"""Programs whose slip is in the forward pass, the loss or the gradients."""

import numpy as np
from scipy.special import erf

import clearprop as cp
from tests.explaining.fifth import net, sgd, sigmoid, slip, softmax


@slip(*net(3, 3, 1, hidden=cp.Tanh, last=cp.Sigmoid), rows=6, binary=True)
def a1_for_x_in_columns(W1, b1, W2, b2, X, y):
    """Examples are columns; dW1 takes A1, which has the shape of X."""
    m, X, Y = X.shape[0], X.T, y.T
    A1 = np.tanh(W1.T @ X + b1.reshape(-1, 1))
    A2 = sigmoid(W2.T @ A1 + b2.reshape(-1, 1))
    dZ2 = (A2 - Y) * A2 * (1 - A2)
    dZ1 = W2 @ dZ2 * (1 - np.power(A1, 2))
    grads = {"dW2": (dZ2 @ A1.T / m).T, "db2": dZ2.sum(axis=1) / m}
    return grads | {"dW1": (dZ1 @ A1.T / m).T, "db1": dZ1.sum(axis=1) / m}


@slip(*net(3, 4, 4, 2), rows=5)
def loop_ends_before_the_first_layer(W1, b1, W2, b2, W3, b3, X, y):
    """The loop back over the layers ends one too early; the first layer's gradients stay 0."""
    weights, biases = [W1, W2, W3], [b1, b2, b3]
    acts = [X]
    for w, b in zip(weights[:-1], biases[:-1], strict=True):
        acts.append(sigmoid(acts[-1] @ w + b))
    nabla_w, nabla_b = [np.zeros_like(w) for w in weights], [np.zeros_like(b) for b in biases]
    delta = (acts[-1] @ W3 + b3 - y) / len(X)
    nabla_w[-1], nabla_b[-1] = acts[-1].T @ delta, delta.sum(axis=0)
    for k in range(2, len(weights)):
        delta = delta @ weights[-k + 1].T * acts[-k + 1] * (1 - acts[-k + 1])
        nabla_w[-k], nabla_b[-k] = acts[-k].T @ delta, delta.sum(axis=0)
    found = {f"dW{i}": g for i, g in enumerate(nabla_w, 1)}
    return found | {f"db{i}": g for i, g in enumerate(nabla_b, 1)}


BLOCK = (cp.Dense(3, 4), cp.Residual(cp.Chain(cp.Dense(4, 4), cp.Tanh())), cp.Dense(4, 2))


@slip(*BLOCK)
def shortcut_forgotten_going_back(params, X, y):
    """The error goes back through the branch alone."""
    W1, b1 = params["dense1"].values()
    W2, b2 = params["residual1"]["chain1"]["dense1"].values()
    W3, b3 = params["dense2"].values()
    h = X @ W1 + b1
    a = np.tanh(h @ W2 + b2)
    out = (h + a) @ W3 + b3
    d3 = (out - y) / len(X)
    d2 = d3 @ W3.T * (1 - a**2)
    d1 = d2 @ W2.T
    return {
        "dense2.dW": (h + a).T @ d3, "dense2.db": d3.sum(0),
        "residual1.chain1.dense1.dW": h.T @ d2, "residual1.chain1.dense1.db": d2.sum(0),
        "dense1.dW": X.T @ d1, "dense1.db": d1.sum(0),
    }  # fmt: skip


@slip(cp.Dense(3, 5), cp.LayerNorm(5), cp.Tanh(), cp.Dense(5, 2))
def variance_of_a_sum(params, X, y):
    """The squares are summed over the units, not averaged."""
    W1, b1 = params["dense1"].values()
    gamma, beta = params["layernorm1"].values()
    W2, b2 = params["dense2"].values()
    z = X @ W1 + b1
    centred = z - z.mean(axis=1, keepdims=True)
    norm = centred / np.sqrt((centred**2).sum(axis=1, keepdims=True) + 1e-5)
    out = np.tanh(gamma * norm + beta) @ W2 + b2
    return {"z1": z, "z2": out, "loss": np.sum((out - y) ** 2) / (2 * len(X))}


@slip(*net(3, 5, 2, hidden=cp.GELU))
def gelu_by_a_sigmoid(W1, b1, W2, b2, X, y):
    """GELU is taken as z times the sigmoid of 1.702 z; its slope is of the exact one."""
    z1 = X @ W1 + b1
    a1 = z1 * sigmoid(1.702 * z1)
    z2 = a1 @ W2 + b2
    d2 = (z2 - y) / len(X)
    cdf = 0.5 * (1 + erf(z1 / np.sqrt(2)))
    d1 = d2 @ W2.T * (cdf + z1 * np.exp(-(z1**2) / 2) / np.sqrt(2 * np.pi))
    return {"a1": a1, "z2": z2, "dW2": a1.T @ d2, "dW1": X.T @ d1}


@slip(*net(3, 4, 2, hidden=cp.Tanh), loss=cp.Huber(0.5), rows=6)
def huber_without_its_half(W1, b1, W2, b2, X, y):
    """Far from the target the loss is d |e|, without the - d^2 / 2."""
    a1 = np.tanh(X @ W1 + b1)
    e = a1 @ W2 + b2 - y
    each = np.where(np.abs(e) <= 0.5, 0.5 * e**2, 0.5 * np.abs(e))
    d2 = np.clip(e, -0.5, 0.5) / len(X)
    return {"E": each.sum() / len(X), "dW2": a1.T @ d2, "db2": d2.sum(0)}


@slip(*net(3, 5, 3, hidden=cp.ReLU), loss=cp.CrossEntropy(label_smoothing=0.1), rows=5)
def labels_not_smoothed_in_the_gradient(W1, b1, W2, b2, X, y):
    """The loss is of the smoothed labels, the gradient of the hard ones."""
    a1 = np.maximum(0, X @ W1 + b1)
    p = softmax(a1 @ W2 + b2)
    soft = y * 0.9 + 0.1 / 3
    loss = -np.mean(np.sum(soft * np.log(p), axis=1))
    d2 = (p - y) / len(X)
    d1 = d2 @ W2.T * (a1 > 0)
    return {"loss": loss, "dW2": a1.T @ d2, "db2": d2.sum(0), "dW1": X.T @ d1, "db1": d1.sum(0)}


WEIGHTS = np.array([1.0, 3.0, 0.5, 2.0, 1.5])


@slip(*net(3, 4, 2, hidden=cp.Tanh), rows=5, how={"sample_weight": WEIGHTS})
def weighted_rows_divided_by_their_number(W1, b1, W2, b2, X, y):
    """The weighted errors are divided by the rows, not by the sum of the weights."""
    a1 = np.tanh(X @ W1 + b1)
    d2 = (a1 @ W2 + b2 - y) * WEIGHTS[:, None] / len(X)
    d1 = d2 @ W2.T * (1 - a1**2)
    return {"dW2": a1.T @ d2, "db2": d2.sum(0), "dW1": X.T @ d1, "db1": d1.sum(0)}


MASK = np.array([[1, 0, 1, 1, 0], [0, 1, 1, 0, 1], [1, 1, 0, 1, 1], [1, 0, 0, 1, 1]]) / 0.6


@slip(cp.Dense(3, 5), cp.Tanh(), cp.Dropout(0.4), cp.Dense(5, 2), how={"given": {"dropout1": MASK}})
def slope_of_what_dropout_left(W1, b1, W2, b2, X, y):
    """The mask is multiplied into a1, and the slope takes that a1."""
    a1 = np.tanh(X @ W1 + b1)
    a1 *= MASK
    d2 = (a1 @ W2 + b2 - y) / len(X)
    d1 = d2 @ W2.T * MASK * (1 - a1**2)
    return {"dW2": a1.T @ d2, "db2": d2.sum(0), "dW1": X.T @ d1, "db1": d1.sum(0)}


@slip(*net(3, 4, 2, hidden=cp.Tanh), rows=5)
def output_changed_by_the_error(W1, b1, W2, b2, X, y):
    """The error is computed in the array of the output, of which the loss is taken later."""
    a1 = np.tanh(X @ W1 + b1)
    out = a1 @ W2 + b2
    error = out
    error -= y
    d2 = error / len(X)
    loss = np.sum((out - y) ** 2) / (2 * len(X))
    return {"loss": loss, "dW2": a1.T @ d2, "db2": d2.sum(0)}


@slip(*net(3, 4, 3, hidden=cp.ReLU), loss=cp.CrossEntropy(), rows=7)
def only_the_misclassified_rows(W1, b1, W2, b2, X, y):
    """Rows whose likeliest class is right get no error."""
    a1 = np.maximum(0, X @ W1 + b1)
    p = softmax(a1 @ W2 + b2)
    d2 = (p - y) / len(X)
    d2[p.argmax(axis=1) == y.argmax(axis=1)] = 0
    d1 = d2 @ W2.T * (a1 > 0)
    return {"dW2": a1.T @ d2, "db2": d2.sum(0), "dW1": X.T @ d1, "db1": d1.sum(0)}


@slip(*net(3, 5, 4, hidden=cp.ReLU), loss=cp.CrossEntropy(), rows=4)
def sums_of_the_rows_along_the_columns(W1, b1, W2, b2, X, y):
    """The axis is not kept in the softmax; there are as many rows as classes."""
    a1 = np.maximum(0, X @ W1 + b1)
    e = np.exp(a1 @ W2 + b2)
    p = e / e.sum(axis=1)
    d2 = (p - y) / len(X)
    d1 = d2 @ W2.T * (a1 > 0)
    return {"p": p, "dW2": a1.T @ d2, "db2": d2.sum(0), "dW1": X.T @ d1, "db1": d1.sum(0)}


@slip(*net(3, 4, 2, hidden=cp.Tanh), rows=5)
def tanh_stretched(W1, b1, W2, b2, X, y):
    """The activation is 1.7159 tanh(2/3 z), with its slope."""
    a1 = 1.7159 * np.tanh(2 / 3 * (X @ W1 + b1))
    d2 = (a1 @ W2 + b2 - y) / len(X)
    d1 = d2 @ W2.T * 1.7159 * 2 / 3 * (1 - (a1 / 1.7159) ** 2)
    return {"a1": a1, "dW2": a1.T @ d2, "db2": d2.sum(0), "dW1": X.T @ d1, "db1": d1.sum(0)}


@slip(*net(3, 4, 3, 4, 2), rows=5, how=sgd(0.4))
def bias_of_a_middle_layer_forgotten(W1, b1, W2, b2, W3, b3, W4, b4, X, y, lr):
    """The third layer's sum has no bias; its gradient is computed as if it had."""
    a1 = sigmoid(X @ W1 + b1)
    a2 = sigmoid(a1 @ W2 + b2)
    a3 = sigmoid(a2 @ W3)
    d4 = (a3 @ W4 + b4 - y) / len(X)
    d3 = d4 @ W4.T * a3 * (1 - a3)
    d2 = d3 @ W3.T * a2 * (1 - a2)
    d1 = d2 @ W2.T * a1 * (1 - a1)
    new = {"W4": W4 - lr * a3.T @ d4, "b4": b4 - lr * d4.sum(0)}
    new |= {"W3": W3 - lr * a2.T @ d3, "b3": b3 - lr * d3.sum(0)}
    new |= {"W2": W2 - lr * a1.T @ d2, "b2": b2 - lr * d2.sum(0)}
    return new | {"W1": W1 - lr * X.T @ d1, "b1": b1 - lr * d1.sum(0)}
