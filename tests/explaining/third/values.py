"""Programs whose slip is in the forward pass or in the loss."""

import numpy as np

import clearprop as cp
from tests.explaining.third import dense_gradients, net, sigmoid, slip, softmax

SIGMOIDS = net(3, 4, 2, last=cp.Sigmoid)
CLASSES = net(3, 4, 3, hidden=cp.Tanh)
ENTROPY = {"loss": cp.CrossEntropy(), "rows": 5}
TANH = net(3, 4, 2, hidden=cp.Tanh)


@slip(*SIGMOIDS)
def inputs_through_the_activation(W1, b1, W2, b2, X, y):
    """The inputs go through the sigmoid too, before the first weights."""
    a0 = sigmoid(X)
    a1 = sigmoid(a0 @ W1 + b1)
    a2 = sigmoid(a1 @ W2 + b2)
    return {"a1": a1, "a2": a2}


@slip(*SIGMOIDS)
def threshold_subtracted(W1, b1, W2, b2, X, y):
    """The bias is subtracted, as a threshold is."""
    z1 = X @ W1 - b1
    z2 = sigmoid(z1) @ W2 - b2
    return {"z1": z1, "z2": z2, "a2": sigmoid(z2)}


@slip(*TANH, rows=5)
def bias_added_twice(W1, b1, W2, b2, X, y):
    """The output layer's bias is added twice."""
    a1 = np.tanh(X @ W1 + b1)
    out = a1 @ W2 + b2 + b2
    d2 = (out - y) / len(X)
    d1 = d2 @ W2.T * (1 - a1**2)
    return {"out": out, **dense_gradients(a1, X, d2, d1)}


@slip(*TANH, rows=5)
def relu_in_place_of_tanh(W1, b1, W2, b2, X, y):
    """The hidden layer is a ReLU, forward and back; the network's is tanh."""
    z1 = X @ W1 + b1
    a1 = np.maximum(z1, 0)
    d2 = (a1 @ W2 + b2 - y) / len(X)
    d1 = d2 @ W2.T * (z1 > 0)
    return dense_gradients(a1, X, d2, d1)


@slip(*SIGMOIDS)
def sigmoid_twice_as_steep(W1, b1, W2, b2, X, y):
    """The sigmoid is made from tanh(z) where it must be tanh(z / 2)."""

    def activate(z):
        return 0.5 * (np.tanh(z) + 1)

    a1 = activate(X @ W1 + b1)
    a2 = activate(a1 @ W2 + b2)
    return {"a1": a1, "a2": a2}


@slip(*net(3, 4, 2, hidden=cp.ReLU), rows=5)
def relu_cut_off_at_1(W1, b1, W2, b2, X, y):
    """The ReLU is cut off at 1."""
    a1 = np.clip(X @ W1 + b1, 0, 1)
    return {"a1": a1, "out": a1 @ W2 + b2}


@slip(*CLASSES, **ENTROPY)
def softmax_of_base_two(W1, b1, W2, b2, X, y):
    """The softmax is made of powers of two."""
    e = 2 ** (np.tanh(X @ W1 + b1) @ W2 + b2)
    return {"p": e / e.sum(axis=1, keepdims=True)}


@slip(*CLASSES, **ENTROPY)
def softmax_of_minus_z(W1, b1, W2, b2, X, y):
    """The softmax takes exp(-z)."""
    a1 = np.tanh(X @ W1 + b1)
    p = softmax(-(a1 @ W2 + b2))
    d2 = (p - y) / len(X)
    d1 = d2 @ W2.T * (1 - a1**2)
    return {"p": p, **dense_gradients(a1, X, d2, d1)}


@slip(*TANH, rows=5)
def mean_of_absolute_errors(W1, b1, W2, b2, X, y):
    """The loss is the mean absolute error; the network's is the squared error."""
    out = np.tanh(X @ W1 + b1) @ W2 + b2
    return {"out": out, "loss": np.abs(out - y).mean()}


@slip(*net(3, 4, 1, hidden=cp.Tanh), loss=cp.BinaryCrossEntropy(), rows=5)
def minus_between_the_terms(W1, b1, W2, b2, X, y):
    """The loss has a minus between its terms where it must have a plus."""
    p = sigmoid(np.tanh(X @ W1 + b1) @ W2 + b2)
    loss = -np.mean(y * np.log(p) - (1 - y) * np.log(1 - p))
    return {"p": p, "loss": loss}


@slip(*CLASSES, **ENTROPY)
def logarithm_of_the_mean(W1, b1, W2, b2, X, y):
    """The probabilities of the true classes are averaged first and the logarithm taken of that."""
    p = softmax(np.tanh(X @ W1 + b1) @ W2 + b2)
    return {"p": p, "loss": -np.log((p * y).sum(axis=1).mean())}


@slip(*CLASSES, **ENTROPY)
def class_numbers_as_targets(W1, b1, W2, b2, X, y):
    """The class's number is subtracted from all probabilities, not its one-hot row."""
    a1 = np.tanh(X @ W1 + b1)
    p = softmax(a1 @ W2 + b2)
    labels = y.argmax(axis=1).reshape(-1, 1)
    d2 = (p - labels) / len(X)
    d1 = d2 @ W2.T * (1 - a1**2)
    return dense_gradients(a1, X, d2, d1)


NORMED = (cp.Dense(3, 4), cp.BatchNorm(4), cp.Tanh(), cp.Dense(4, 2))


@slip(*NORMED, rows=6)
def variance_around_0(params, x, t):
    """The variance is the mean of the squares; the mean is not subtracted in it."""
    gamma, beta = params["batchnorm1"]["gamma"], params["batchnorm1"]["beta"]
    z = x @ params["dense1"]["W"] + params["dense1"]["b"]
    y = gamma * (z - z.mean(axis=0)) / np.sqrt((z**2).mean(axis=0) + 1e-5) + beta
    return {"batchnorm1.y": y, "tanh1.y": np.tanh(y)}


@slip(*NORMED, rows=6)
def gamma_gradient_as_that_of_beta(params, x, t):
    """Dgamma is the sum of the error, as dbeta is; the normalized values are left out."""
    gamma, beta = params["batchnorm1"]["gamma"], params["batchnorm1"]["beta"]
    W2, b2 = params["dense2"]["W"], params["dense2"]["b"]
    z = x @ params["dense1"]["W"] + params["dense1"]["b"]
    a = np.tanh(gamma * (z - z.mean(axis=0)) / np.sqrt(z.var(axis=0) + 1e-5) + beta)
    d2 = (a @ W2 + b2 - t) / len(x)
    dy = d2 @ W2.T * (1 - a**2)
    return {
        "dense2.dW": a.T @ d2, "batchnorm1.dgamma": dy.sum(axis=0),
        "batchnorm1.dbeta": dy.sum(axis=0),
    }  # fmt: skip


RESIDUAL = (
    cp.Dense(3, 4), cp.Residual(cp.Chain(cp.Dense(4, 4), cp.Tanh())), cp.Dense(4, 2),
)  # fmt: skip


@slip(*RESIDUAL)
def half_of_branch_and_shortcut(params, x, t):
    """Branch and shortcut are averaged where they must be added."""
    inner = params["residual1"]["chain1"]["dense1"]
    h = x @ params["dense1"]["W"] + params["dense1"]["b"]
    y = (h + np.tanh(h @ inner["W"] + inner["b"])) / 2
    out = y @ params["dense2"]["W"] + params["dense2"]["b"]
    return {"dense1.y": h, "residual1.y": y, "out": out}


KEPT = (np.random.default_rng(34).uniform(size=(5, 4)) < 0.6) / 0.6


@slip(cp.Dense(3, 4), cp.Tanh(), cp.Dropout(0.4), cp.Dense(4, 2), rows=5,
      how={"given": {"dropout1": KEPT}})  # fmt: skip
def dropout_before_the_activation(W1, b1, W2, b2, X, y):
    """The mask is multiplied to z, so the scaling goes through tanh."""
    h = np.tanh((X @ W1 + b1) * KEPT)
    d2 = (h @ W2 + b2 - y) / len(X)
    d1 = d2 @ W2.T * (1 - h**2) * KEPT
    return dense_gradients(h, X, d2, d1)
