"""Programs with examples as columns, W (units, inputs), A of each layer in a cache."""

import numpy as np

import clearprop as cp
from tests.explaining.second import net, sgd, sigmoid, slip

BINARY = {"loss": cp.BinaryCrossEntropy(), "rows": 5}


def cost(A2, Y):
    return -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / Y.shape[1]


@slip(*net(3, 4, 1, hidden=cp.Tanh), **BINARY)
def one_over_m_left_out_in_dW1(W1, b1, W2, b2, X, Y):
    """1/m stands before dW2, db1 and db2; it is left out before dW1."""
    m = X.shape[1]
    A1 = np.tanh(np.dot(W1, X) + b1)
    A2 = sigmoid(np.dot(W2, A1) + b2)
    dZ2 = A2 - Y
    dW2 = 1 / m * np.dot(dZ2, A1.T)
    db2 = 1 / m * np.sum(dZ2, axis=1, keepdims=True)
    dZ1 = np.dot(W2.T, dZ2) * (1 - np.power(A1, 2))
    dW1 = np.dot(dZ1, X.T)
    db1 = 1 / m * np.sum(dZ1, axis=1, keepdims=True)
    return {"cost": cost(A2, Y), "dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}


@slip(*net(3, 4, 1, hidden=cp.Tanh), **BINARY)
def plus_in_the_derivative_of_the_cost(W1, b1, W2, b2, X, Y):
    """The derivative of the cost by A2 has a plus where it must have a minus."""
    m = X.shape[1]
    A1 = np.tanh(np.dot(W1, X) + b1)
    A2 = sigmoid(np.dot(W2, A1) + b2)
    dA2 = -(np.divide(Y, A2) + np.divide(1 - Y, 1 - A2))
    dZ2 = dA2 * A2 * (1 - A2)
    dZ1 = np.dot(W2.T, dZ2) * (1 - np.power(A1, 2))
    return {
        "cost": cost(A2, Y),
        "dW1": np.dot(dZ1, X.T) / m, "db1": np.sum(dZ1, axis=1, keepdims=True) / m,
        "dW2": np.dot(dZ2, A1.T) / m, "db2": np.sum(dZ2, axis=1, keepdims=True) / m,
    }  # fmt: skip


@slip(*net(3, 4, 1, hidden=cp.Tanh), **BINARY)
def tanh_slope_without_the_square(W1, b1, W2, b2, X, Y):
    """The slope of tanh is 1 - A1 where it must be 1 - A1²."""
    m = X.shape[1]
    A1 = np.tanh(np.dot(W1, X) + b1)
    A2 = sigmoid(np.dot(W2, A1) + b2)
    dZ2 = A2 - Y
    dZ1 = np.dot(W2.T, dZ2) * (1 - A1)
    return {
        "dW1": np.dot(dZ1, X.T) / m, "db1": np.sum(dZ1, axis=1, keepdims=True) / m,
        "dW2": np.dot(dZ2, A1.T) / m, "db2": np.sum(dZ2, axis=1, keepdims=True) / m,
    }  # fmt: skip


@slip(*net(3, 4, 1, hidden=cp.Tanh), **BINARY)
def cost_with_the_same_logarithm_twice(W1, b1, W2, b2, X, Y):
    """The cost has log(A2) in both of its terms."""
    A1 = np.tanh(np.dot(W1, X) + b1)
    A2 = sigmoid(np.dot(W2, A1) + b2)
    logprobs = Y * np.log(A2) + (1 - Y) * np.log(A2)
    return {"A1": A1, "A2": A2, "cost": -np.sum(logprobs) / X.shape[1]}


@slip(*net(3, 4, 1, hidden=cp.Tanh), **BINARY)
def cost_of_the_ones_only(W1, b1, W2, b2, X, Y):
    """The cost has no term for the examples whose target is 0."""
    A1 = np.tanh(np.dot(W1, X) + b1)
    A2 = sigmoid(np.dot(W2, A1) + b2)
    return {"A1": A1, "A2": A2, "cost": -np.sum(Y * np.log(A2)) / X.shape[1]}


@slip(*net(3, 3, 3, 3), rows=5)
def cache_of_the_layer_itself(W1, b1, W2, b2, W3, b3, X, Y):
    """DW of layer l is made with A[l] where it must be A[l - 1]; all layers are equally wide."""
    W, b = [None, W1, W2, W3], [None, b1, b2, b3]
    m, L, A, grads = X.shape[1], 3, [X], {}
    for i in range(1, L + 1):
        z = W[i] @ A[-1] + b[i].reshape(-1, 1)
        A.append(z if i == L else sigmoid(z))
    dZ = A[L] - Y
    for i in reversed(range(1, L + 1)):
        grads[f"dW{i}"] = dZ @ A[i].T / m
        grads[f"db{i}"] = dZ.sum(axis=1) / m
        if i > 1:
            dZ = W[i].T @ dZ * A[i - 1] * (1 - A[i - 1])
    return grads


@slip(*net(2, 4, 3, 2), rows=5, how=sgd())
def loop_ends_before_the_first_layer(W1, b1, W2, b2, W3, b3, X, Y, lr):
    """The loop over the layers ends at 2, so the first layer is not updated."""
    W, b = [None, W1, W2, W3], [None, b1, b2, b3]
    m, L, A = X.shape[1], 3, [X]
    for i in range(1, L + 1):
        z = W[i] @ A[-1] + b[i].reshape(-1, 1)
        A.append(z if i == L else sigmoid(z))
    dZ = A[L] - Y
    for i in range(L, 1, -1):
        dW, db = dZ @ A[i - 1].T / m, dZ.sum(axis=1) / m
        dZ = W[i].T @ dZ * A[i - 1] * (1 - A[i - 1])
        W[i], b[i] = W[i] - lr * dW, b[i] - lr * db.reshape(b[i].shape)
    return {"W1": W[1], "b1": b[1], "W2": W[2], "b2": b[2], "W3": W[3], "b3": b[3]}


def penalised(W1, b1, W2, b2, X, Y, lr, penalty):
    """Return the new parameters; `penalty` gives what each gradient gets besides."""
    m = X.shape[1]
    A1 = np.tanh(W1 @ X + b1.reshape(-1, 1))
    dZ2 = W2 @ A1 + b2.reshape(-1, 1) - Y
    dZ1 = W2.T @ dZ2 * (1 - A1**2)
    grads = [dZ1 @ X.T / m, dZ1.sum(axis=1) / m, dZ2 @ A1.T / m, dZ2.sum(axis=1) / m]
    names = ("W1", "b1", "W2", "b2")
    return {
        name: w - lr * (g.reshape(w.shape) + penalty(name, w, m))
        for name, w, g in zip(names, (W1, b1, W2, b2), grads, strict=True)
    }


DECAY = sgd(0.1, l2=0.05)
TANH = net(3, 4, 2, hidden=cp.Tanh)


@slip(*TANH, rows=5, how=DECAY)
def penalty_divided_by_the_examples(W1, b1, W2, b2, X, Y, lr):
    """The penalty's derivative is lambda / m W where it must be lambda W."""

    def penalty(name, w, m):
        return 0.05 / m * w if name.startswith("W") else 0.0

    return penalised(W1, b1, W2, b2, X, Y, lr, penalty)


@slip(*TANH, rows=5, how=DECAY)
def penalty_of_the_biases_too(W1, b1, W2, b2, X, Y, lr):
    """The biases are penalised as the weights are."""
    return penalised(W1, b1, W2, b2, X, Y, lr, lambda name, w, m: 0.05 * w)


@slip(*TANH, rows=5, how=DECAY)
def penalty_of_the_sign(W1, b1, W2, b2, X, Y, lr):
    """The penalty is that of absolute values, lambda sign(W)."""

    def penalty(name, w, m):
        return 0.05 * np.sign(w) if name.startswith("W") else 0.0

    return penalised(W1, b1, W2, b2, X, Y, lr, penalty)
