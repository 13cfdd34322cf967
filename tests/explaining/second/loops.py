"""Programs that go through rows, units and weights one number at a time."""

import numpy as np

import clearprop as cp
from tests.explaining.second import net, sgd, sigmoid, slip

NET = net(3, 4, 2, last=cp.Sigmoid)


def zeros(*arrays):
    return [np.zeros(np.shape(array)) for array in arrays]


def forward(W, b, x, bias=lambda b, j: b[j]):
    """Return the outputs of one layer of sigmoids for one row."""
    out = []
    for j in range(W.shape[1]):
        total = bias(b, j)
        for i in range(W.shape[0]):
            total += W[i][j] * x[i]
        out.append(sigmoid(total))
    return out


def deltas(o, y):
    return [(o[k] - y[k]) * o[k] * (1 - o[k]) for k in range(len(o))]


def accumulate(dW, db, x, delta):
    for j in range(len(delta)):
        db[j] += delta[j]
        for i in range(len(x)):
            dW[i][j] += x[i] * delta[j]


def gradients(W1, b1, W2, b2, X, y, hidden_deltas, inputs=lambda X, n: X[n]):
    """Return the mean gradients; `hidden_deltas` holds the learner's loop over the hidden units."""
    dW1, db1, dW2, db2 = zeros(W1, b1, W2, b2)
    for n in range(len(X)):
        h = forward(W1, b1, X[n])
        d2 = deltas(forward(W2, b2, h), y[n])
        d1 = hidden_deltas(W2, d2, h)
        accumulate(dW2, db2, h, d2)
        accumulate(dW1, db1, inputs(X, n), d1)
    return {name: array / len(X) for name, array in
            {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}.items()}  # fmt: skip


def right_deltas(W2, d2, h):
    return [
        sum(W2[j][k] * d2[k] for k in range(len(d2))) * h[j] * (1 - h[j]) for j in range(len(h))
    ]


@slip(*NET)
def sum_not_set_back_to_0(W1, b1, W2, b2, X, y):
    """The sum of the error is set to 0 before the loop over the hidden units, not inside it."""

    def hidden_deltas(W2, d2, h):
        d1, error = [], 0.0
        for j in range(len(h)):
            for k in range(len(d2)):
                error += W2[j][k] * d2[k]
            d1.append(error * h[j] * (1 - h[j]))
        return d1

    return gradients(W1, b1, W2, b2, X, y, hidden_deltas)


@slip(*NET)
def last_hidden_unit_left_out(W1, b1, W2, b2, X, y):
    """The loop over the hidden units ends one early; the last one's error stays 0."""

    def hidden_deltas(W2, d2, h):
        d1 = [0.0] * len(h)
        for j in range(len(h) - 1):
            error = sum(W2[j][k] * d2[k] for k in range(len(d2)))
            d1[j] = error * h[j] * (1 - h[j])
        return d1

    return gradients(W1, b1, W2, b2, X, y, hidden_deltas)


@slip(*NET)
def error_of_the_last_output_only(W1, b1, W2, b2, X, y):
    """The hidden error is set for each output where it must be added to: the last one stays."""

    def hidden_deltas(W2, d2, h):
        d1 = []
        for j in range(len(h)):
            for k in range(len(d2)):
                error = W2[j][k] * d2[k]
            d1.append(error * h[j] * (1 - h[j]))
        return d1

    return gradients(W1, b1, W2, b2, X, y, hidden_deltas)


@slip(*NET)
def first_row_in_every_product(W1, b1, W2, b2, X, y):
    """DW1 is made with X[0] where it must be X[n]."""
    return gradients(W1, b1, W2, b2, X, y, right_deltas, inputs=lambda X, n: X[0])


@slip(*NET)
def one_bias_for_all_units(W1, b1, W2, b2, X, y):
    """Every unit of the hidden layer adds the bias of the first one."""
    A1 = [forward(W1, b1, row, bias=lambda b, j: b[0]) for row in X]
    A2 = [forward(W2, b2, h) for h in A1]
    return {"A1": np.array(A1), "A2": np.array(A2)}


@slip(*NET)
def hidden_error_as_a_mean_over_the_outputs(W1, b1, W2, b2, X, y):
    """The hidden error is divided by the number of outputs, as a mean is."""

    def hidden_deltas(W2, d2, h):
        return [
            np.mean([W2[j][k] * d2[k] for k in range(len(d2))]) * h[j] * (1 - h[j])
            for j in range(len(h))
        ]

    return gradients(W1, b1, W2, b2, X, y, hidden_deltas)


def row_step(W1, b1, W2, b2, x, t, lr):
    """Make one right step on one row, in place."""
    h = sigmoid(x @ W1 + b1)
    o = sigmoid(h @ W2 + b2)
    d2 = (o - t) * o * (1 - o)
    d1 = W2 @ d2 * h * (1 - h)
    W2 -= lr * np.outer(h, d2)
    b2 -= lr * d2
    W1 -= lr * np.outer(x, d1)
    b1 -= lr * d1


@slip(*NET, how=sgd())
def return_inside_the_loop(W1, b1, W2, b2, X, y, lr):
    """The return is indented too far: the loop ends after the first row."""
    n = len(X)
    for i in range(n):
        row_step(W1, b1, W2, b2, X[i], y[i], lr / n)
        return W1, b1, W2, b2
    raise ValueError("no rows")


@slip(*NET, how=sgd())
def activations_computed_once(W1, b1, W2, b2, X, y, lr):
    """All activations are computed first; the weights then change from row to row."""
    n = len(X)
    H = sigmoid(X @ W1 + b1)
    O = sigmoid(H @ W2 + b2)  # noqa: E741
    for i in range(n):
        d2 = (O[i] - y[i]) * O[i] * (1 - O[i])
        d1 = W2 @ d2 * H[i] * (1 - H[i])
        W2 -= lr / n * np.outer(H[i], d2)
        b2 -= lr / n * d2
        W1 -= lr / n * np.outer(X[i], d1)
        b1 -= lr / n * d1
    return W1, b1, W2, b2


def batch_step(W1, b1, W2, b2, X, y, lr):
    """Make one right step on all rows, in place."""
    h = sigmoid(X @ W1 + b1)
    o = sigmoid(h @ W2 + b2)
    d2 = (o - y) * o * (1 - o) / len(X)
    d1 = d2 @ W2.T * h * (1 - h)
    W2 -= lr * h.T @ d2
    b2 -= lr * d2.sum(axis=0)
    W1 -= lr * X.T @ d1
    b1 -= lr * d1.sum(axis=0)


@slip(*NET, rows=6, how=sgd())
def first_batch_only(W1, b1, W2, b2, X, y, lr):
    """The batches have three rows, and only the first is learned."""
    batch = 3
    batch_step(W1, b1, W2, b2, X[0:batch], y[0:batch], lr)


@slip(*NET, rows=6, how=sgd())
def two_batches_in_one_call(W1, b1, W2, b2, X, y, lr):
    """The rows are learned in two batches of three, one after the other."""
    for start in (0, 3):
        batch_step(W1, b1, W2, b2, X[start : start + 3], y[start : start + 3], lr)


@slip(*NET, rows=6, how=sgd())
def inputs_turned_without_their_targets(W1, b1, W2, b2, X, y, lr):
    """The inputs are put into another order and the targets are not."""
    order = np.arange(len(X))[::-1]
    batch_step(W1, b1, W2, b2, X[order], y, lr)


@slip(*NET, rows=6, how=sgd())
def inputs_scaled_inside(W1, b1, W2, b2, X, y, lr):
    """The training function divides X by its largest value once more."""
    X = X / X.max()
    batch_step(W1, b1, W2, b2, X, y, lr)
