"""Programs whose slip is in the data, the forward pass or the loss."""

import numpy as np

import clearprop as cp
from tests.explaining.sixth import net, sgd, sigmoid, slip


@slip(*net(3, 4, 3, 2, hidden=cp.Tanh), rows=5)
def second_bias_forgotten_forward(W1, b1, W2, b2, W3, b3, X, y):
    """The second layer's bias is not added in the forward pass."""
    a1 = np.tanh(X @ W1 + b1)
    a2 = np.tanh(a1 @ W2)
    out = a2 @ W3 + b3
    dz3 = (out - y) / len(X)
    dz2 = dz3 @ W3.T * (1 - a2**2)
    dz1 = dz2 @ W2.T * (1 - a1**2)
    return {
        "dW3": a2.T @ dz3,
        "db3": dz3.sum(axis=0),
        "dW2": a1.T @ dz2,
        "db2": dz2.sum(axis=0),
        "dW1": X.T @ dz1,
        "db1": dz1.sum(axis=0),
    }


@slip(*net(3, 5, 2, hidden=cp.Tanh))
def tanh_on_a_linear_output(W1, b1, W2, b2, X, y):
    """The output of the regression goes through tanh as the hidden layer does."""
    a1 = np.tanh(X @ W1 + b1)
    a2 = np.tanh(a1 @ W2 + b2)
    dz2 = (a2 - y) * (1 - a2**2) / X.shape[0]
    dz1 = dz2 @ W2.T * (1 - a1**2)
    return {
        "dW2": a1.T @ dz2,
        "db2": dz2.sum(axis=0),
        "dW1": X.T @ dz1,
        "db1": dz1.sum(axis=0),
    }


@slip(*net(3, 4, 5, 1, last=cp.Sigmoid), binary=True, rows=6)
def third_layer_fed_z2(W1, b1, W2, b2, W3, b3, X, y):
    """The third layer takes z2 where a2 was meant."""
    n = len(X)
    z1 = np.dot(X, W1) + b1
    a1 = sigmoid(z1)
    z2 = np.dot(a1, W2) + b2
    a2 = sigmoid(z2)
    z3 = np.dot(z2, W3) + b3
    a3 = sigmoid(z3)
    delta3 = (a3 - y) * a3 * (1 - a3)
    delta2 = np.dot(delta3, W3.T) * a2 * (1 - a2)
    delta1 = np.dot(delta2, W2.T) * a1 * (1 - a1)
    return {
        "dW3": np.dot(a2.T, delta3) / n,
        "db3": delta3.sum(axis=0) / n,
        "dW2": np.dot(a1.T, delta2) / n,
        "db2": delta2.sum(axis=0) / n,
        "dW1": np.dot(X.T, delta1) / n,
        "db1": delta1.sum(axis=0) / n,
    }


@slip(*net(3, 4, 1, hidden=cp.ReLU), loss=cp.BinaryCrossEntropy(), binary=True, rows=6)
def loss_of_the_positive_rows_only(W1, b1, W2, b2, X, y):
    """The cross-entropy has -y log p alone, without the term of the rows with y = 0."""
    n = len(X)
    z1 = X @ W1 + b1
    a1 = np.maximum(0, z1)
    p = sigmoid(a1 @ W2 + b2)
    loss = -np.sum(y * np.log(p)) / n
    dz2 = p - y
    dz1 = dz2 @ W2.T * (z1 > 0)
    return {
        "loss": loss,
        "dW2": a1.T @ dz2 / n,
        "db2": dz2.sum(axis=0) / n,
        "dW1": X.T @ dz1 / n,
        "db1": dz1.sum(axis=0) / n,
    }


@slip(*net(3, 4, 3, hidden=cp.ReLU), rows=5)
def gradient_divided_by_every_number_of_y(W1, b1, W2, b2, X, y):
    """The gradient is divided by y.size, though the loss is a mean over rows only."""
    z1 = X @ W1 + b1
    a1 = np.where(z1 > 0, z1, 0)
    out = a1 @ W2 + b2
    loss = 0.5 * np.sum((out - y) ** 2) / len(y)
    grad = (out - y) / y.size
    dW2, db2 = a1.T @ grad, grad.sum(axis=0)
    grad = (grad @ W2.T) * (z1 > 0)
    dW1, db1 = X.T @ grad, grad.sum(axis=0)
    return {"loss": loss, "dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}


@slip(*net(3, 4, 2), how=sgd(0.2), rows=6)
def inputs_shuffled_without_targets(W1, b1, W2, b2, X, y, lr):
    """The rows of X are shuffled before the step and those of y are not."""
    X = X[np.random.default_rng(1).permutation(len(X))]
    a1 = sigmoid(X @ W1 + b1)
    error = (a1 @ W2 + b2 - y) / len(X)
    hidden = error @ W2.T * a1 * (1 - a1)
    return {
        "W1": W1 - lr * X.T @ hidden,
        "b1": b1 - lr * hidden.sum(axis=0),
        "W2": W2 - lr * a1.T @ error,
        "b2": b2 - lr * error.sum(axis=0),
    }


@slip(*net(3, 4, 2, hidden=cp.Tanh), rows=5)
def targets_kept_as_integers(W1, b1, W2, b2, X, y):
    """The targets are put into an integer array, which cuts off their fractions."""
    labels = np.zeros(y.shape, dtype=int)
    for i in range(len(y)):
        labels[i] = y[i]
    m = X.shape[0]
    h = np.tanh(X @ W1 + b1)
    out = h @ W2 + b2
    dout = (out - labels) / m
    dh = dout @ W2.T * (1 - h * h)
    return {
        "dW2": h.T @ dout,
        "db2": dout.sum(axis=0),
        "dW1": X.T @ dh,
        "db1": dh.sum(axis=0),
    }


MASK = (np.random.default_rng(60).uniform(size=(5, 6)) > 0.4).astype(float)


@slip(
    cp.Dense(3, 6),
    cp.ReLU(),
    cp.Dropout(0.4),
    cp.Dense(6, 2),
    rows=5,
    how={"given": {"dropout1": MASK / 0.6}},
)
def dropout_without_scaling_up(params, x, t):
    """The kept units are not divided by the share that is kept."""
    W1, b1 = params["dense1"]["W"], params["dense1"]["b"]
    W2, b2 = params["dense2"]["W"], params["dense2"]["b"]
    z1 = x @ W1 + b1
    a1 = np.maximum(z1, 0) * MASK
    dz2 = (a1 @ W2 + b2 - t) / len(x)
    dz1 = dz2 @ W2.T * MASK * (z1 > 0)
    return {
        "dense1.dW": x.T @ dz1,
        "dense1.db": dz1.sum(axis=0),
        "dense2.dW": a1.T @ dz2,
        "dense2.db": dz2.sum(axis=0),
    }
