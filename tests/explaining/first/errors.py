"""Slips in the error at the output, and in slopes."""

import numpy as np

import clearprop as cp
from tests.explaining.first import net, sigmoid, slip, softmax

# The error at the output.


@slip(*net(3, 4, 3, cp.Tanh, None), loss=cp.CrossEntropy())
def slope_behind_softmax(W1, b1, W2, b2, X, y):
    """(p - t) of softmax with cross-entropy is multiplied by p (1 - p) once more."""
    a1 = np.tanh(X @ W1 + b1)
    p = softmax(a1 @ W2 + b2)
    d2 = (p - y) * p * (1 - p) / len(X)
    d1 = d2 @ W2.T * (1 - a1**2)
    return {
        "dW2": a1.T @ d2, "db2": d2.sum(axis=0), "dW1": X.T @ d1, "db1": d1.sum(axis=0),
    }  # fmt: skip


@slip(*net(3, 4, 3, cp.Tanh, None), loss=cp.CrossEntropy())
def derivative_of_the_logarithm_alone(W1, b1, W2, b2, X, y):
    """-t / p, the derivative by p, is taken for the derivative by z."""
    a1 = np.tanh(X @ W1 + b1)
    p = softmax(a1 @ W2 + b2)
    d2 = -y / p / len(X)
    d1 = d2 @ W2.T * (1 - a1**2)
    return {
        "dW2": a1.T @ d2, "db2": d2.sum(axis=0), "dW1": X.T @ d1, "db1": d1.sum(axis=0),
    }  # fmt: skip


@slip(*net(3, 4, 3, cp.Tanh, None), loss=cp.CrossEntropy())
def true_class_only(W1, b1, W2, b2, X, y):
    """Only the true class has an error, p - 1; the others' p is left out."""
    a1 = np.tanh(X @ W1 + b1)
    p = softmax(a1 @ W2 + b2)
    rows, classes = np.arange(len(X)), y.argmax(axis=1)
    d2 = np.zeros_like(p)
    d2[rows, classes] = p[rows, classes] - 1
    d2 /= len(X)
    d1 = d2 @ W2.T * (1 - a1**2)
    return {
        "dW2": a1.T @ d2, "db2": d2.sum(axis=0), "dW1": X.T @ d1, "db1": d1.sum(axis=0),
    }  # fmt: skip


@slip(*net(3, 4, 3, cp.Tanh, None), loss=cp.CrossEntropy())
def chosen_class_in_the_error(W1, b1, W2, b2, X, y):
    """The error is taken of the chosen class (argmax, one-hot), not of the probabilities."""
    a1 = np.tanh(X @ W1 + b1)
    p = softmax(a1 @ W2 + b2)
    predicted = np.eye(3)[p.argmax(axis=1)]
    d2 = (predicted - y) / len(X)
    d1 = d2 @ W2.T * (1 - a1**2)
    return {
        "dW2": a1.T @ d2, "db2": d2.sum(axis=0), "dW1": X.T @ d1, "db1": d1.sum(axis=0),
    }  # fmt: skip


@slip(*net(2, 3, 1), binary=True)
def thresholded_prediction_in_the_error(W1, b1, W2, b2, X, y):
    """The error is taken of the rounded prediction, not of the prediction."""
    a1 = sigmoid(X @ W1 + b1)
    a2 = sigmoid(a1 @ W2 + b2)
    error = (a2 > 0.5).astype(int) - y
    d2 = error * a2 * (1 - a2) / len(X)
    d1 = d2 @ W2.T * a1 * (1 - a1)
    return {
        "dW2": a1.T @ d2, "db2": d2.sum(axis=0), "dW1": X.T @ d1, "db1": d1.sum(axis=0),
    }  # fmt: skip


@slip(*net(2, 3, 1), binary=True)
def squared_error_sent_back(W1, b1, W2, b2, X, y):
    """The squared error itself is sent back, not its derivative."""
    a1 = sigmoid(X @ W1 + b1)
    a2 = sigmoid(a1 @ W2 + b2)
    error = (a2 - y) ** 2
    d2 = error * a2 * (1 - a2) / len(X)
    d1 = d2 @ W2.T * a1 * (1 - a1)
    return {
        "dW2": a1.T @ d2, "db2": d2.sum(axis=0), "dW1": X.T @ d1, "db1": d1.sum(axis=0),
    }  # fmt: skip


@slip(*net(2, 3, 1), binary=True)
def absolute_error_sent_back(W1, b1, W2, b2, X, y):
    """The error's absolute value is sent back."""
    a1 = sigmoid(X @ W1 + b1)
    a2 = sigmoid(a1 @ W2 + b2)
    d2 = np.abs(a2 - y) * a2 * (1 - a2) / len(X)
    d1 = d2 @ W2.T * a1 * (1 - a1)
    return {
        "dW2": a1.T @ d2, "db2": d2.sum(axis=0), "dW1": X.T @ d1, "db1": d1.sum(axis=0),
    }  # fmt: skip


@slip(*net(2, 3, 1, cp.Tanh, None), loss=cp.BinaryCrossEntropy())
def logistic_derivative_without_the_slope(W1, b1, W2, b2, X, y):
    """(p - t) / (p (1 - p)), the derivative by p, is taken for the derivative by z."""
    a1 = np.tanh(X @ W1 + b1)
    p = sigmoid(a1 @ W2 + b2)
    d2 = (p - y) / (p * (1 - p)) / len(X)
    d1 = d2 @ W2.T * (1 - a1**2)
    return {
        "dW2": a1.T @ d2, "db2": d2.sum(axis=0), "dW1": X.T @ d1, "db1": d1.sum(axis=0),
    }  # fmt: skip


@slip(*net(2, 3, 1, cp.Tanh, None), loss=cp.BinaryCrossEntropy())
def logarithm_of_base_two(W1, b1, W2, b2, X, y):
    """The loss takes log2; the gradients are those of the natural logarithm."""
    a1 = np.tanh(X @ W1 + b1)
    p = sigmoid(a1 @ W2 + b2)
    loss = -np.mean(y * np.log2(p) + (1 - y) * np.log2(1 - p))
    d2 = (p - y) / len(X)
    d1 = d2 @ W2.T * (1 - a1**2)
    return {"loss": loss, "dW2": a1.T @ d2, "dW1": X.T @ d1}


@slip(*net(2, 3, 2, cp.Tanh, None))
def root_of_the_mean_square(W1, b1, W2, b2, X, y):
    """The loss is the root of the mean square error."""
    a1 = np.tanh(X @ W1 + b1)
    out = a1 @ W2 + b2
    loss = np.sqrt(np.mean((out - y) ** 2))
    d2 = (out - y) / len(X)
    return {"y_hat": out, "loss": loss, "dW2": a1.T @ d2}


@slip(*net(3, 4, 3, cp.Tanh, None), loss=cp.CrossEntropy())
def prediction_changed_in_place(W1, b1, W2, b2, X, y):
    """The error is the same array as the prediction: p -= t changes p, and the loss after it."""
    a1 = np.tanh(X @ W1 + b1)
    p = softmax(a1 @ W2 + b2)
    d2 = p
    d2 -= y
    d2 /= len(X)
    d1 = d2 @ W2.T * (1 - a1**2)
    return {"y_hat": p, "dW2": a1.T @ d2, "dW1": X.T @ d1}


@slip(*net(3, 4, 2, cp.Tanh, None), rows=3)
def integer_division(W1, b1, W2, b2, X, y):
    """1 // m is 0: every gradient is 0."""
    m = X.shape[0]
    a1 = np.tanh(X @ W1 + b1)
    d2 = a1 @ W2 + b2 - y
    d1 = d2 @ W2.T * (1 - a1**2)
    return {
        "dW2": 1 // m * a1.T @ d2, "db2": 1 // m * d2.sum(axis=0), "dW1": 1 // m * X.T @ d1,
        "db1": 1 // m * d1.sum(axis=0),
    }  # fmt: skip


# Slopes.


@slip(*net(3, 4, 2, cp.Tanh, None))
def slope_of_tanh_at_z(W1, b1, W2, b2, X, y):
    """1 - z² in place of 1 - a²."""
    z1 = X @ W1 + b1
    a1 = np.tanh(z1)
    d2 = (a1 @ W2 + b2 - y) / len(X)
    d1 = d2 @ W2.T * (1 - z1**2)
    return {
        "dW2": a1.T @ d2, "db2": d2.sum(axis=0), "dW1": X.T @ d1, "db1": d1.sum(axis=0),
    }  # fmt: skip


@slip(*net(3, 4, 2))
def square_left_out_of_the_sigmoid_slope(W1, b1, W2, b2, X, y):
    """exp(-z) / (1 + exp(-z)) in place of exp(-z) / (1 + exp(-z))²."""

    def slope(z):
        return np.exp(-z) / (1 + np.exp(-z))

    z1 = X @ W1 + b1
    a1 = sigmoid(z1)
    z2 = a1 @ W2 + b2
    d2 = (sigmoid(z2) - y) * slope(z2) / len(X)
    d1 = d2 @ W2.T * slope(z1)
    return {
        "dW2": a1.T @ d2, "db2": d2.sum(axis=0), "dW1": X.T @ d1, "db1": d1.sum(axis=0),
    }  # fmt: skip


@slip(*net(3, 4, 2, cp.ReLU, None), rows=6)
def mask_after_dW1(W1, b1, W2, b2, X, y):
    """The ReLU's mask is applied after dW1 was made, so only db1 has it."""
    z1 = X @ W1 + b1
    a1 = np.maximum(0, z1)
    d2 = (a1 @ W2 + b2 - y) / len(X)
    d1 = d2 @ W2.T
    dW1 = X.T @ d1
    d1[z1 < 0] = 0
    return {"dW2": a1.T @ d2, "db2": d2.sum(axis=0), "dW1": dW1, "db1": d1.sum(axis=0)}
