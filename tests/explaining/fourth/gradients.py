"""Programs whose slip is in the error signals, the slopes or the gradients."""

import numpy as np

import clearprop as cp
from tests.explaining.fourth import moved, net, sgd, sigmoid, slip, softmax, two_hidden


@slip(*net(3, 4, 2))
def gradient_from_the_sum_before_the_activation(W1, b1, W2, b2, X, y):
    """The gradient of W2 takes z1 for a1."""
    z1 = X @ W1 + b1
    a1 = sigmoid(z1)
    z2 = a1 @ W2 + b2
    d2 = (z2 - y) / len(X)
    d1 = d2 @ W2.T * a1 * (1 - a1)
    return {"dW2": z1.T @ d2, "db2": d2.sum(0), "dW1": X.T @ d1, "db1": d1.sum(0)}


@slip(*net(3, 5, 2, hidden=cp.ReLU))
def relu_slope_one_at_zero_taken_of_a(W1, b1, W2, b2, X, y):
    """The slope asks a >= 0, which is always so."""
    a1 = np.maximum(0, X @ W1 + b1)
    d2 = (a1 @ W2 + b2 - y) / len(X)
    d1 = d2 @ W2.T * (a1 >= 0)
    return {"dW2": a1.T @ d2, "db2": d2.sum(0), "dW1": X.T @ d1, "db1": d1.sum(0)}


@slip(*net(3, 5, 3, hidden=cp.ReLU), loss=cp.CrossEntropy())
def relu_slope_of_the_error(W1, b1, W2, b2, X, y):
    """The error is cut where it is negative, not where z is."""
    a1 = np.maximum(0, X @ W1 + b1)
    scores = softmax(a1 @ W2 + b2)
    d2 = (scores - y) / len(X)
    d1 = d2 @ W2.T
    d1[d1 <= 0] = 0
    return {"dW2": a1.T @ d2, "db2": d2.sum(0), "dW1": X.T @ d1, "db1": d1.sum(0)}


@slip(*net(3, 5, 2, hidden=cp.ReLU), how=sgd(0.1))
def relu_slope_written_into_a(W1, b1, W2, b2, X, y, lr):
    """The slope's function changes its argument, and a1 is ones and zeros afterwards."""

    def slope(values):
        values[values <= 0] = 0
        values[values > 0] = 1
        return values

    a1 = np.maximum(0, X @ W1 + b1)
    d2 = (a1 @ W2 + b2 - y) / len(X)
    d1 = d2 @ W2.T * slope(a1)
    grads = {"W2": a1.T @ d2, "b2": d2.sum(0), "W1": X.T @ d1, "b1": d1.sum(0)}
    return moved({"W1": W1, "b1": b1, "W2": W2, "b2": b2}, grads, lr)


@slip(*net(3, 4, 3, hidden=cp.Tanh), loss=cp.CrossEntropy(), rows=5)
def sigmoid_slope_behind_cross_entropy(W1, b1, W2, b2, X, y):
    """The error of softmax with cross-entropy is multiplied by p (1 - p)."""
    a1 = np.tanh(X @ W1 + b1)
    p = softmax(a1 @ W2 + b2)
    d2 = (p - y) * p * (1 - p) / len(X)
    d1 = d2 @ W2.T * (1 - a1**2)
    return {"dW2": a1.T @ d2, "db2": d2.sum(0), "dW1": X.T @ d1, "db1": d1.sum(0)}


@slip(*net(2, 3, 3, 1), rows=5)
def square_weights_not_transposed(W1, b1, W2, b2, W3, b3, X, y):
    """The middle weights are square, and their transpose is forgotten."""
    a1 = sigmoid(X @ W1 + b1)
    a2 = sigmoid(a1 @ W2 + b2)
    d3 = (a2 @ W3 + b3 - y) / len(X)
    d2 = d3 @ W3.T * a2 * (1 - a2)
    d1 = d2 @ W2 * a1 * (1 - a1)
    grads = {"dW3": a2.T @ d3, "dW2": a1.T @ d2, "dW1": X.T @ d1}
    return grads | {"db3": d3.sum(0), "db2": d2.sum(0), "db1": d1.sum(0)}


@slip(*net(3, 4, 3), loss=cp.CrossEntropy(), rows=6)
def class_numbers_off_by_one(W1, b1, W2, b2, X, y):
    """The classes are counted from 1, so that every one is taken for the next."""
    labels = y.argmax(axis=1) + 1
    a1 = sigmoid(X @ W1 + b1)
    d2 = softmax(a1 @ W2 + b2)
    d2[np.arange(len(X)), labels % 3] -= 1
    d2 /= len(X)
    d1 = d2 @ W2.T * a1 * (1 - a1)
    return {"dW2": a1.T @ d2, "db2": d2.sum(0), "dW1": X.T @ d1, "db1": d1.sum(0)}


@slip(*net(2, 4, 1), loss=cp.BinaryCrossEntropy(), rows=5)
def derivative_by_a_for_that_by_z(W1, b1, W2, b2, X, y):
    """The derivative of the cost by p is not multiplied by the sigmoid's slope."""
    m = X.shape[0]
    A1 = sigmoid(X @ W1 + b1)
    A2 = sigmoid(A1 @ W2 + b2)
    dA2 = -(y / A2 - (1 - y) / (1 - A2))
    dW2, db2 = A1.T @ dA2 / m, dA2.sum(axis=0) / m
    dZ1 = dA2 @ W2.T * A1 * (1 - A1)
    return {"dW2": dW2, "db2": db2, "dW1": X.T @ dZ1 / m, "db1": dZ1.sum(axis=0) / m}


@slip(*net(3, 5, 3, hidden=cp.ReLU), loss=cp.CrossEntropy(), rows=5)
def error_of_the_right_class_alone(W1, b1, W2, b2, X, y):
    """The scores of the other classes get no error."""
    rows, labels = np.arange(len(X)), y.argmax(axis=1)
    a1 = np.maximum(0, X @ W1 + b1)
    p = softmax(a1 @ W2 + b2)
    d2 = np.zeros_like(p)
    d2[rows, labels] = p[rows, labels] - 1
    d2 /= len(X)
    d1 = d2 @ W2.T * (a1 > 0)
    return {"dW2": a1.T @ d2, "db2": d2.sum(0), "dW1": X.T @ d1, "db1": d1.sum(0)}


@slip(*net(2, 3, 1, last=cp.Sigmoid), rows=6, binary=True, how=sgd(0.5))
def error_of_the_rounded_output(W1, b1, W2, b2, X, y, lr):
    """The error is of the output rounded to 0 or 1."""
    a1 = sigmoid(X @ W1 + b1)
    a2 = sigmoid(a1 @ W2 + b2)
    error = (np.round(a2) - y) / len(X)
    d2 = error * a2 * (1 - a2)
    d1 = d2 @ W2.T * a1 * (1 - a1)
    grads = {"W2": a1.T @ d2, "b2": d2.sum(0), "W1": X.T @ d1, "b1": d1.sum(0)}
    return moved({"W1": W1, "b1": b1, "W2": W2, "b2": b2}, grads, lr)


@slip(*net(3, 4, 4, hidden=cp.Tanh), rows=4)
def bias_summed_over_the_units(W1, b1, W2, b2, X, y):
    """The bias is summed over axis 1; there are as many rows as units."""
    a1 = np.tanh(X @ W1 + b1)
    d2 = (a1 @ W2 + b2 - y) / len(X)
    d1 = d2 @ W2.T * (1 - a1**2)
    return {"dW2": a1.T @ d2, "db2": d2.sum(1), "dW1": X.T @ d1, "db1": d1.sum(1)}


@slip(*net(3, 4, 2, hidden=cp.Tanh), rows=5)
def bias_of_the_last_row_of_a_loop(W1, b1, W2, b2, X, y):
    """The weights' gradients are added up over the rows, the biases' are set."""
    dW1, dW2 = np.zeros_like(W1), np.zeros_like(W2)
    for x, t in zip(X, y, strict=True):
        a1 = np.tanh(x @ W1 + b1)
        d2 = (a1 @ W2 + b2 - t) / len(X)
        d1 = W2 @ d2 * (1 - a1**2)
        dW2 += np.outer(a1, d2)
        dW1 += np.outer(x, d1)
        db2 = d2
        db1 = d1
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}


@slip(*net(3, 4, 2), rows=5)
def reshaped_for_transposed(W1, b1, W2, b2, X, y):
    """The inputs are reshaped to (inputs, rows), not transposed."""
    a1 = sigmoid(X @ W1 + b1)
    d2 = (a1 @ W2 + b2 - y) / len(X)
    d1 = d2 @ W2.T * a1 * (1 - a1)
    dW1 = X.reshape(X.shape[1], X.shape[0]) @ d1
    return {"dW2": a1.T @ d2, "db2": d2.sum(0), "dW1": dW1, "db1": d1.sum(0)}


@slip(*net(3, 4, 2, hidden=cp.Tanh), rows=5)
def mean_taken_twice(W1, b1, W2, b2, X, y):
    """The error is divided by the rows, and every gradient once more."""
    n = X.shape[0]
    a1 = np.tanh(X @ W1 + b1)
    out = a1 @ W2 + b2
    d2 = (out - y) / n
    d1 = d2 @ W2.T * (1 - a1**2)
    loss = np.sum((out - y) ** 2) / (2 * n)
    grads = {"dW2": a1.T @ d2 / n, "db2": d2.sum(0) / n}
    return {"loss": loss, **grads, "dW1": X.T @ d1 / n, "db1": d1.sum(0) / n}


@slip(*net(3, 4, 4, 2, hidden=cp.Tanh), how=sgd(0.2))
def one_array_for_both_biases(W1, b1, W2, b2, W3, b3, X, y, lr):
    """A list times 2 holds one array twice, so both hidden biases get the sum of both."""
    weights = {"W1": W1, "b1": b1, "W2": W2, "b2": b2, "W3": W3, "b3": b3}
    grads = two_hidden(weights, X, y)
    sums = [np.zeros(4)] * 2
    sums[1] += grads["b2"]
    sums[0] += grads["b1"]
    grads["b1"], grads["b2"] = sums
    return moved(weights, grads, lr)


@slip(*net(3, 4, 1, hidden=cp.Tanh), rows=5, how=sgd(0.2))
def whole_number_division(W1, b1, W2, b2, X, y, lr):
    """1 // m is 0, so that the weights' gradients are 0; the biases take the mean."""
    m = len(X)
    a1 = np.tanh(X @ W1 + b1)
    d2 = a1 @ W2 + b2 - y
    d1 = d2 @ W2.T * (1 - a1**2)
    dW2, db2 = 1 // m * a1.T @ d2, d2.mean(axis=0)
    dW1, db1 = 1 // m * X.T @ d1, d1.mean(axis=0)
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
