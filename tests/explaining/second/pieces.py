"""Programs with activations, losses, bias columns and normalizations of their own."""

import numpy as np
from scipy.special import erf

import clearprop as cp
from tests.explaining.second import net, sigmoid, slip, softmax


def gradients(a1, X, d2, d1):
    """Return the gradients of two dense layers from their errors."""
    return {"dW2": a1.T @ d2, "db2": d2.sum(axis=0), "dW1": X.T @ d1, "db1": d1.sum(axis=0)}


@slip(*net(3, 4, 2, last=cp.Sigmoid))
def sigmoid_without_its_minus(W1, b1, W2, b2, X, y):
    """The sigmoid is 1 / (1 + exp(z)): the minus is left out."""

    def activate(z):
        return 1 / (1 + np.exp(z))

    a1 = activate(X @ W1 + b1)
    a2 = activate(a1 @ W2 + b2)
    return {"a1": a1, "a2": a2, "loss": 0.5 * ((a2 - y) ** 2).sum() / len(X)}


@slip(*net(3, 4, 2, last=cp.Sigmoid))
def column_of_ones_through_the_sigmoid(W1, b1, W2, b2, X, y):
    """The hidden layer's column of ones goes through the sigmoid, so it is sigmoid(1)."""
    T1, T2 = np.vstack([b1, W1]), np.vstack([b2, W2])
    X1 = np.c_[np.ones(len(X)), X]
    Z1 = X1 @ T1
    A1 = sigmoid(np.c_[np.ones(len(X)), Z1])
    A2 = sigmoid(A1 @ T2)
    return {"z1": Z1, "a1": A1[:, 1:], "a2": A2}


@slip(*net(3, 4, 2, last=cp.Sigmoid))
def wrong_row_of_the_bias_left_out(W1, b1, W2, b2, X, y):
    """The bias is the first row of T2, and the last row is left out going back."""
    T1, T2 = np.vstack([b1, W1]), np.vstack([b2, W2])
    X1 = np.c_[np.ones(len(X)), X]
    A1 = np.c_[np.ones(len(X)), sigmoid(X1 @ T1)]
    A2 = sigmoid(A1 @ T2)
    d2 = (A2 - y) * A2 * (1 - A2) / len(X)
    back = d2 @ T2.T
    d1 = back[:, :-1] * A1[:, 1:] * (1 - A1[:, 1:])
    dT1, dT2 = X1.T @ d1, A1.T @ d2
    return {"dW1": dT1[1:], "db1": dT1[0], "dW2": dT2[1:], "db2": dT2[0]}


@slip(*net(3, 4, 3, hidden=cp.ReLU), loss=cp.CrossEntropy(), rows=5)
def minus_1_in_whole_columns(W1, b1, W2, b2, X, y):
    """p[:, labels] -= 1 takes 1 from whole columns; p[range(N), labels] was meant."""
    z1 = X @ W1 + b1
    a1 = np.maximum(0, z1)
    p = softmax(a1 @ W2 + b2)
    labels = y.argmax(axis=1)
    d2 = p.copy()
    d2[:, labels] -= 1
    d2 /= len(X)
    d1 = d2 @ W2.T
    d1[z1 <= 0] = 0
    return gradients(a1, X, d2, d1)


@slip(*net(3, 4, 2, hidden=cp.ReLU), rows=5)
def mask_of_the_error_itself(W1, b1, W2, b2, X, y):
    """The error is set to 0 where it is negative itself, not where z is."""
    a1 = np.maximum(0, X @ W1 + b1)
    d2 = (a1 @ W2 + b2 - y) / len(X)
    d1 = d2 @ W2.T
    d1[d1 <= 0] = 0
    return gradients(a1, X, d2, d1)


@slip(*net(3, 4, 2, hidden=cp.LeakyReLU), rows=5)
def leaky_slopes_exchanged(W1, b1, W2, b2, X, y):
    """The slope is alpha where z is above 0, and 1 elsewhere."""
    z1 = X @ W1 + b1
    a1 = np.where(z1 > 0, z1, 0.01 * z1)
    d2 = (a1 @ W2 + b2 - y) / len(X)
    d1 = d2 @ W2.T * np.where(z1 > 0, 0.01, 1)
    return gradients(a1, X, d2, d1)


@slip(*net(3, 4, 2, hidden=cp.ELU), rows=5)
def elu_slope_of_the_left_side_everywhere(W1, b1, W2, b2, X, y):
    """The slope a + alpha of the left side is taken on the right side too."""
    z1 = X @ W1 + b1
    a1 = np.where(z1 > 0, z1, np.exp(z1) - 1)
    d2 = (a1 @ W2 + b2 - y) / len(X)
    d1 = d2 @ W2.T * (a1 + 1)
    return gradients(a1, X, d2, d1)


@slip(*net(3, 4, 2, hidden=cp.SiLU), rows=5)
def swish_slope_without_its_second_term(W1, b1, W2, b2, X, y):
    """The slope of z sigmoid(z) is taken to be sigmoid(z)."""
    z1 = X @ W1 + b1
    a1 = z1 * sigmoid(z1)
    d2 = (a1 @ W2 + b2 - y) / len(X)
    d1 = d2 @ W2.T * sigmoid(z1)
    return gradients(a1, X, d2, d1)


@slip(*net(3, 4, 2, hidden=cp.GELU), rows=5)
def gelu_slope_without_its_second_term(W1, b1, W2, b2, X, y):
    """The slope of z Phi(z) is taken to be Phi(z)."""
    z1 = X @ W1 + b1
    phi = 0.5 * (1 + erf(z1 / np.sqrt(2)))
    a1 = z1 * phi
    d2 = (a1 @ W2 + b2 - y) / len(X)
    d1 = d2 @ W2.T * phi
    return gradients(a1, X, d2, d1)


@slip(*net(3, 4, 2, hidden=cp.Tanh), rows=5)
def inverse_of_the_hyperbolic_cosine(W1, b1, W2, b2, X, y):
    """The slope of tanh is 1 / cosh(z) where it must be 1 / cosh(z)²."""
    z1 = X @ W1 + b1
    a1 = np.tanh(z1)
    d2 = (a1 @ W2 + b2 - y) / len(X)
    d1 = d2 @ W2.T / np.cosh(z1)
    return gradients(a1, X, d2, d1)


@slip(*net(3, 4, 2, hidden=cp.Tanh), rows=5)
def errors_of_the_outputs_added_up(W1, b1, W2, b2, X, y):
    """The errors of the outputs are added up for each row; every output gets the sum."""
    a1 = np.tanh(X @ W1 + b1)
    error = (a1 @ W2 + b2 - y).sum(axis=1, keepdims=True)
    d2 = error * np.ones_like(y) / len(X)
    d1 = d2 @ W2.T * (1 - a1**2)
    return gradients(a1, X, d2, d1)


@slip(*net(3, 4, 1, hidden=cp.Tanh), rows=5)
def square_of_the_mean(W1, b1, W2, b2, X, y):
    """The loss is the square of the mean error; it must be the mean of the squares."""
    out = np.tanh(X @ W1 + b1) @ W2 + b2
    return {"out": out, "loss": np.mean(out - y) ** 2 / 2}


@slip(*net(3, 4, 3, hidden=cp.Tanh), loss=cp.CrossEntropy(), rows=5)
def sigmoids_divided_by_their_sum(W1, b1, W2, b2, X, y):
    """The outputs are sigmoids divided by their sum, not exponentials."""
    a1 = np.tanh(X @ W1 + b1)
    s = sigmoid(a1 @ W2 + b2)
    p = s / s.sum(axis=1, keepdims=True)
    d2 = (p - y) / len(X)
    d1 = d2 @ W2.T * (1 - a1**2)
    return {"p": p, **gradients(a1, X, d2, d1)}


@slip(*net(3, 4, 3, hidden=cp.Tanh), loss=cp.CrossEntropy(), rows=5)
def loss_of_two_classes_for_each_of_three(W1, b1, W2, b2, X, y):
    """The loss of softmax has (1 - t) ln(1 - p) too, as that of separate sigmoids has."""
    a1 = np.tanh(X @ W1 + b1)
    p = softmax(a1 @ W2 + b2)
    loss = -(y * np.log(p) + (1 - y) * np.log(1 - p)).sum() / len(X)
    d2 = (p - y) / len(X)
    d1 = d2 @ W2.T * (1 - a1**2)
    return {"loss": loss, **gradients(a1, X, d2, d1)}


@slip(*net(3, 4, 2, hidden=cp.Tanh), loss=cp.Huber(0.5), rows=5)
def huber_as_a_square_everywhere(W1, b1, W2, b2, X, y):
    """The error is not cut off at the threshold."""
    a1 = np.tanh(X @ W1 + b1)
    d2 = (a1 @ W2 + b2 - y) / len(X)
    d1 = d2 @ W2.T * (1 - a1**2)
    return gradients(a1, X, d2, d1)


@slip(*net(3, 4, 2, hidden=cp.Tanh), loss=cp.AbsoluteError(), rows=5)
def sign_of_the_prediction(W1, b1, W2, b2, X, y):
    """The sign of the prediction is sent back where it must be the sign of the error."""
    a1 = np.tanh(X @ W1 + b1)
    d2 = np.sign(a1 @ W2 + b2) / len(X)
    d1 = d2 @ W2.T * (1 - a1**2)
    return gradients(a1, X, d2, d1)


NORMED = (cp.Dense(3, 4), cp.BatchNorm(4), cp.Tanh(), cp.Dense(4, 2))


def batch_norm(params, x, t, shifted=lambda z, g, b: g * z + b, back=None):
    """Return the pass of a network with batch normalization, written with a cache."""
    W1, b1 = params["dense1"]["W"], params["dense1"]["b"]
    gamma, beta = params["batchnorm1"]["gamma"], params["batchnorm1"]["beta"]
    W2, b2 = params["dense2"]["W"], params["dense2"]["b"]
    z = x @ W1 + b1
    centered = z - z.mean(axis=0)
    inv = 1 / np.sqrt((centered**2).mean(axis=0) + 1e-5)
    xhat = centered * inv
    a = np.tanh(shifted(xhat, gamma, beta))
    d2 = (a @ W2 + b2 - t) / len(x)
    dy = d2 @ W2.T * (1 - a**2)
    dxhat = dy * gamma
    mean = dxhat.mean(axis=0) + (0 if back else xhat * (dxhat * xhat).mean(axis=0))
    dz = inv * (dxhat - mean)
    return {
        "dense2.dW": a.T @ d2, "batchnorm1.dgamma": (dy * xhat).sum(axis=0),
        "batchnorm1.dbeta": dy.sum(axis=0), "dense1.dW": x.T @ dz,
    }  # fmt: skip


@slip(*NORMED, rows=6)
def batch_norm_without_the_variances_part(params, x, t):
    """The way of the error through the variance is left out, that through the mean is not."""
    return batch_norm(params, x, t, back="mean alone")


@slip(*NORMED, rows=6)
def beta_added_before_gamma(params, x, t):
    """The output is gamma (z + beta) where it must be gamma z + beta."""
    return batch_norm(params, x, t, shifted=lambda z, g, b: g * (z + b))


@slip(*NORMED, rows=6)
def beta_gradient_as_a_mean(params, x, t):
    """Dbeta is the mean over the rows of what was divided by the rows already."""
    found = batch_norm(params, x, t)
    return {**found, "batchnorm1.dbeta": found["batchnorm1.dbeta"] / len(x)}


@slip(cp.Dense(3, 4), cp.LayerNorm(4), cp.Tanh(), cp.Dense(4, 2), rows=6)
def layer_norm_over_the_rows(params, x, t):
    """Mean and variance are taken over the rows, as batch normalization does."""
    gamma, beta = params["layernorm1"]["gamma"], params["layernorm1"]["beta"]
    z = x @ params["dense1"]["W"] + params["dense1"]["b"]
    y = gamma * (z - z.mean(axis=0)) / np.sqrt(z.var(axis=0) + 1e-5) + beta
    a = np.tanh(y)
    out = a @ params["dense2"]["W"] + params["dense2"]["b"]
    return {"layernorm1.y": y, "tanh1.y": a, "dense2.y": out}


KEPT = (np.random.default_rng(24).uniform(size=(5, 4)) < 0.6) * 1.0
DROPPED = (cp.Dense(3, 4), cp.Tanh(), cp.Dropout(0.4), cp.Dense(4, 2))


@slip(*DROPPED, rows=5, how={"given": {"dropout1": KEPT / 0.6}})
def dropped_units_kept_and_kept_ones_dropped(W1, b1, W2, b2, X, y):
    """The mask is turned round: what was to be dropped is kept."""
    mask = (1 - KEPT) / 0.6
    a1 = np.tanh(X @ W1 + b1)
    h = a1 * mask
    d2 = (h @ W2 + b2 - y) / len(X)
    d1 = d2 @ W2.T * mask * (1 - a1**2)
    return gradients(h, X, d2, d1)


@slip(*DROPPED, rows=5, how={"given": {"dropout1": KEPT / 0.6}})
def dropout_divided_by_the_dropped_fraction(W1, b1, W2, b2, X, y):
    """The kept activations are divided by the fraction dropped, not by the fraction kept."""
    mask = KEPT / 0.4
    a1 = np.tanh(X @ W1 + b1)
    h = a1 * mask
    d2 = (h @ W2 + b2 - y) / len(X)
    d1 = d2 @ W2.T * mask * (1 - a1**2)
    return gradients(h, X, d2, d1)
