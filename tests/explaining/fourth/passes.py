"""Programs whose slip is in the data, the forward pass, dropout, normalization or the loss."""

import numpy as np

import clearprop as cp
from tests.explaining.fourth import net, sgd, sigmoid, slip, softmax


@slip(*net(3, 4, 2))
def inputs_in_an_array_of_integers(W1, b1, W2, b2, X, y):
    """The rows are copied into an array of integers, which cuts their fractions off."""
    rows = np.zeros(X.shape, dtype=int)
    for i, row in enumerate(X):
        rows[i] = row
    a1 = sigmoid(rows @ W1 + b1)
    z2 = a1 @ W2 + b2
    d2 = (z2 - y) / len(y)
    d1 = d2 @ W2.T * a1 * (1 - a1)
    return {"z2": z2, "dW2": a1.T @ d2, "db2": d2.sum(0), "dW1": rows.T @ d1, "db1": d1.sum(0)}


@slip(*net(3, 5, 3, hidden=cp.ReLU), loss=cp.CrossEntropy())
def sigmoid_for_softmax(W1, b1, W2, b2, X, y):
    """The output is a sigmoid of each score, where the loss wants a softmax."""
    a1 = np.maximum(X @ W1 + b1, 0)
    p = sigmoid(a1 @ W2 + b2)
    d2 = (p - y) / len(X)
    d1 = d2 @ W2.T * (a1 > 0)
    loss = -np.sum(y * np.log(p)) / len(X)
    return {"loss": loss, "dW2": a1.T @ d2, "db2": d2.sum(0), "dW1": X.T @ d1, "db1": d1.sum(0)}


@slip(*net(3, 4, 5, 2, hidden=cp.Tanh))
def second_activation_forgotten(W1, b1, W2, b2, W3, b3, X, y):
    """The second hidden layer goes on with z2, in the forward pass alone."""
    a1 = np.tanh(X @ W1 + b1)
    a2 = a1 @ W2 + b2
    out = a2 @ W3 + b3
    d3 = (out - y) / len(X)
    d2 = d3 @ W3.T * (1 - np.tanh(a2) ** 2)
    d1 = d2 @ W2.T * (1 - a1**2)
    return {"a1": a1, "z3": out, "dW3": a2.T @ d3, "dW2": a1.T @ d2, "dW1": X.T @ d1}


@slip(*net(2, 4, 1, last=cp.Sigmoid), rows=6, binary=True)
def bias_added_after_the_activation(W1, b1, W2, b2, X, y):
    """The hidden bias is added to a, not to z."""
    a1 = sigmoid(np.dot(X, W1)) + b1
    a2 = sigmoid(np.dot(a1, W2) + b2)
    return {"a1": a1, "a2": a2, "loss": np.mean((a2 - y) ** 2) / 2}


@slip(cp.Dense(3, 6), cp.LeakyReLU(0.01), cp.Dense(6, 2))
def leaky_relu_constant_below_zero(W1, b1, W2, b2, X, y):
    """Below zero the unit gives 0.01, not 0.01 times z."""
    z1 = X @ W1 + b1
    a1 = np.where(z1 > 0, z1, 0.01)
    z2 = a1 @ W2 + b2
    d2 = (z2 - y) / len(X)
    d1 = d2 @ W2.T * np.where(z1 > 0, 1, 0.01)
    return {"z1": z1, "z2": z2, "dW2": a1.T @ d2, "db2": d2.sum(0), "dW1": X.T @ d1}


@slip(*net(3, 4, 4, 2))
def bias_of_the_first_layer_in_the_second(W1, b1, W2, b2, W3, b3, X, y):
    """The second layer adds b1, copied from the line above."""
    a1 = sigmoid(X @ W1 + b1)
    a2 = sigmoid(a1 @ W2 + b1)
    out = a2 @ W3 + b3
    d3 = (out - y) / len(X)
    d2 = d3 @ W3.T * a2 * (1 - a2)
    d1 = d2 @ W2.T * a1 * (1 - a1)
    grads = {"dW3": a2.T @ d3, "dW2": a1.T @ d2, "dW1": X.T @ d1}
    return grads | {"db3": d3.sum(0), "db2": d2.sum(0), "db1": d1.sum(0)}


@slip(*net(3, 4, 2), rows=6)
def inputs_standardised_by_one_mean(W1, b1, W2, b2, X, y):
    """The inputs are standardised in the function, by the mean of all numbers."""
    X = (X - X.mean()) / X.std()
    a1 = sigmoid(X @ W1 + b1)
    d2 = (a1 @ W2 + b2 - y) / len(X)
    d1 = d2 @ W2.T * a1 * (1 - a1)
    return {"dW1": X.T @ d1, "db1": d1.sum(0), "dW2": a1.T @ d2, "db2": d2.sum(0)}


@slip(*net(3, 4, 1, hidden=cp.Tanh), rows=5)
def last_row_left_out(W1, b1, W2, b2, X, y):
    """The loop over the rows ends one too early."""
    n = len(X)
    dW1, db1 = np.zeros_like(W1), np.zeros_like(b1)
    dW2, db2 = np.zeros_like(W2), np.zeros_like(b2)
    for i in range(n - 1):
        a1 = np.tanh(X[i] @ W1 + b1)
        d2 = a1 @ W2 + b2 - y[i]
        d1 = W2 @ d2 * (1 - a1**2)
        dW2 += np.outer(a1, d2) / n
        db2 += d2 / n
        dW1 += np.outer(X[i], d1) / n
        db1 += d1 / n
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}


@slip(*net(3, 4, 3, hidden=cp.ReLU), loss=cp.CrossEntropy())
def logarithm_of_base_ten(W1, b1, W2, b2, X, y):
    """The cost takes log10; the gradients are right."""
    a1 = np.maximum(X @ W1 + b1, 0)
    p = softmax(a1 @ W2 + b2)
    d2 = (p - y) / len(X)
    return {"p": p, "cost": -np.mean(np.sum(y * np.log10(p), axis=1)), "dW2": a1.T @ d2}


@slip(*net(4, 3, 2, hidden=cp.Tanh), rows=5)
def root_of_the_mean_squared_error(W1, b1, W2, b2, X, y):
    """The loss is the root of the one that the gradients are of."""
    a1 = np.tanh(X @ W1 + b1)
    out = a1 @ W2 + b2
    d2 = (out - y) / len(X)
    loss = np.sqrt(np.sum((out - y) ** 2) / (2 * len(X)))
    return {"E": loss, "dW2": a1.T @ d2, "db2": d2.sum(0)}


@slip(*net(2, 4, 1), loss=cp.BinaryCrossEntropy(), rows=6)
def cost_of_the_ones_alone(W1, b1, W2, b2, X, y):
    """The cost has only its first term, t log p."""
    a1 = sigmoid(X @ W1 + b1)
    p = sigmoid(a1 @ W2 + b2)
    d2 = (p - y) / len(X)
    d1 = d2 @ W2.T * a1 * (1 - a1)
    return {"cost": -np.mean(y * np.log(p)), "dW2": a1.T @ d2, "dW1": X.T @ d1}


@slip(*net(3, 4, 2, hidden=cp.Tanh), rows=5)
def error_of_a_copy_of_the_first_target(W1, b1, W2, b2, X, y):
    """The loop over the rows takes t[0] each time."""
    dW1, db1 = np.zeros_like(W1), np.zeros_like(b1)
    dW2, db2 = np.zeros_like(W2), np.zeros_like(b2)
    for x in X:
        a1 = np.tanh(x @ W1 + b1)
        d2 = (a1 @ W2 + b2 - y[0]) / len(X)
        d1 = d2 @ W2.T * (1 - a1**2)
        dW2, db2 = dW2 + np.outer(a1, d2), db2 + d2
        dW1, db1 = dW1 + np.outer(x, d1), db1 + d1
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}


MASK = np.array([[1, 0, 1, 1, 0], [0, 1, 1, 0, 1], [1, 1, 0, 1, 1], [1, 0, 0, 1, 1]])
DROPOUT = (cp.Dense(3, 5), cp.ReLU(), cp.Dropout(0.25), cp.Dense(5, 2))
GIVEN = {"given": {"dropout1": MASK / 0.75}}


def dropped(W1, b1, W2, b2, X, y, forward, backward):
    """Return the gradients of the network with a mask each way."""
    z1 = X @ W1 + b1
    a1 = np.maximum(z1, 0) * forward
    d2 = (a1 @ W2 + b2 - y) / len(X)
    d1 = d2 @ W2.T * backward * (z1 > 0)
    return {"dW2": a1.T @ d2, "db2": d2.sum(0), "dW1": X.T @ d1, "db1": d1.sum(0)}


@slip(*DROPOUT, how=GIVEN)
def dropout_divides_by_the_rate(W1, b1, W2, b2, X, y):
    """What is kept is divided by the part that is dropped."""
    mask = MASK / 0.25
    return dropped(W1, b1, W2, b2, X, y, mask, mask)


@slip(*DROPOUT, how=GIVEN)
def one_mask_for_all_rows(W1, b1, W2, b2, X, y):
    """The mask is of one row, broadcast to the others."""
    mask = MASK[0] / 0.75
    return dropped(W1, b1, W2, b2, X, y, mask, mask)


@slip(*DROPOUT, how=GIVEN)
def dropout_scaled_twice_going_back(W1, b1, W2, b2, X, y):
    """The mask, which is scaled already, is divided by the kept part once more going back."""
    mask = MASK / 0.75
    return dropped(W1, b1, W2, b2, X, y, mask, mask / 0.75)


NORMALISED = (cp.Dense(3, 4), cp.BatchNorm(4), cp.Tanh(), cp.Dense(4, 2))


def normalised(params, X, y, ddof=0, before=False):
    """Return the gradients; for dgamma, the factor is z where `before`."""
    W1, b1 = params["dense1"].values()
    gamma, beta = params["batchnorm1"].values()
    W2, b2 = params["dense2"].values()
    z = X @ W1 + b1
    sd = np.sqrt(z.var(axis=0, ddof=ddof) + 1e-5)
    norm = (z - z.mean(axis=0)) / sd
    a1 = np.tanh(gamma * norm + beta)
    d2 = (a1 @ W2 + b2 - y) / len(X)
    dn = d2 @ W2.T * (1 - a1**2)
    dx = dn * gamma
    d1 = (dx - dx.mean(axis=0) - norm * (dx * norm).mean(axis=0)) / sd
    dgamma = (dn * (z if before else norm)).sum(axis=0)
    grads = {"dW2": a1.T @ d2, "db2": d2.sum(0), "dW1": X.T @ d1, "db1": d1.sum(0)}
    return grads | {"batchnorm1.dgamma": dgamma, "batchnorm1.dbeta": dn.sum(0)}


@slip(*NORMALISED, rows=5)
def variance_over_n_minus_one(params, X, y):
    """The variance is the unbiased one."""
    return normalised(params, X, y, ddof=1)


@slip(*NORMALISED, rows=5)
def gradient_of_gamma_from_z(params, X, y):
    """The gradient of gamma takes what came into the normalization."""
    return normalised(params, X, y, before=True)


@slip(*net(3, 4, 2), how=sgd(0.5, l2=0.1))
def penalty_counted_without_its_square(W1, b1, W2, b2, X, y, lr):
    """The loss counts the sum of the weights, not of their squares."""
    a1 = sigmoid(X @ W1 + b1)
    out = a1 @ W2 + b2
    d2 = (out - y) / len(X)
    d1 = d2 @ W2.T * a1 * (1 - a1)
    loss = np.sum((out - y) ** 2) / (2 * len(X)) + 0.1 / 2 * (W1.sum() + W2.sum())
    grads = {"dW2": a1.T @ d2, "db2": d2.sum(0), "dW1": X.T @ d1, "db1": d1.sum(0)}
    return {"loss": loss, **grads}
