"""Programs whose slip is in the step: the order, the biases, the penalty, the optimizer."""

import numpy as np

import clearprop as cp
from tests.explaining.second.updates import split
from tests.explaining.sixth import net, sgd, sigmoid, slip, softmax

RNG = np.random.default_rng(61)
VELOCITY, M = RNG.normal(size=26), RNG.normal(size=26)
V = RNG.uniform(0.1, 1.0, size=26)


@slip(*net(3, 4, 2, last=cp.Sigmoid), how=sgd(0.5), binary=True)
def target_minus_output_and_step_down(W1, b1, W2, b2, X, y, lr):
    """The error is y - output and the step still subtracts, so the loss goes up."""
    n = X.shape[0]
    hidden = sigmoid(X @ W1 + b1)
    output = sigmoid(hidden @ W2 + b2)
    error = y - output
    d_output = error * output * (1 - output)
    d_hidden = d_output.dot(W2.T) * hidden * (1 - hidden)
    W2 = W2 - lr * hidden.T.dot(d_output) / n
    b2 = b2 - lr * d_output.sum(axis=0) / n
    W1 = W1 - lr * X.T.dot(d_hidden) / n
    b1 = b1 - lr * d_hidden.sum(axis=0) / n
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}


@slip(*net(3, 5, 3, hidden=cp.ReLU), loss=cp.CrossEntropy(), how=sgd(0.4), rows=6)
def forward_again_between_the_layers(W1, b1, W2, b2, X, y, lr):
    """The output layer steps first; a new forward pass then gives the hidden layer's gradient."""
    n = len(X)
    z1 = X @ W1 + b1
    a1 = np.maximum(z1, 0)
    dz2 = (softmax(a1 @ W2 + b2) - y) / n
    W2 = W2 - lr * a1.T @ dz2
    b2 = b2 - lr * dz2.sum(axis=0)
    dz2 = (softmax(a1 @ W2 + b2) - y) / n
    dz1 = dz2 @ W2.T * (z1 > 0)
    W1 = W1 - lr * X.T @ dz1
    b1 = b1 - lr * dz1.sum(axis=0)
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}


@slip(*net(3, 4, 1, hidden=cp.Tanh), how=sgd(0.3), rows=5)
def biases_never_updated(W1, b1, W2, b2, X, y, lr):
    """The step changes the weights and leaves every bias as it was."""
    m = len(X)
    a1 = np.tanh(X @ W1 + b1)
    dz2 = (a1 @ W2 + b2 - y) / m
    dz1 = dz2 @ W2.T * (1 - a1**2)
    weights = [W1, W2]
    for i, dW in enumerate([X.T @ dz1, a1.T @ dz2]):
        weights[i] = weights[i] - lr * dW
    return {"W1": weights[0], "b1": b1, "W2": weights[1], "b2": b2}


@slip(*net(3, 4, 2, hidden=cp.ReLU), how=sgd(0.3, l2=0.08), rows=5)
def penalty_on_the_biases_too(W1, b1, W2, b2, X, y, lr):
    """The L2 penalty's gradient is added to the biases as well as to the weights."""
    z1 = X @ W1 + b1
    a1 = z1 * (z1 > 0)
    dz2 = (a1 @ W2 + b2 - y) / len(X)
    dz1 = dz2 @ W2.T * (z1 > 0)
    params = {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
    grads = {"W1": X.T @ dz1, "b1": dz1.sum(0), "W2": a1.T @ dz2, "b2": dz2.sum(0)}
    for key in params:
        grads[key] = grads[key] + 0.08 * params[key]
        params[key] = params[key] - lr * grads[key]
    return params


@slip(
    *net(3, 4, 1, hidden=cp.Tanh),
    loss=cp.BinaryCrossEntropy(),
    binary=True,
    how=sgd(0.3, l2=0.08),
    rows=6,
)
def penalty_on_the_first_layer_only(W1, b1, W2, b2, X, y, lr):
    """The L2 penalty's gradient is added to dW1 and forgotten in dW2."""
    n = len(X)
    a1 = np.tanh(X @ W1 + b1)
    p = sigmoid(a1 @ W2 + b2)
    dz2 = (p - y) / n
    dW2 = a1.T @ dz2
    db2 = dz2.sum(axis=0)
    dz1 = dz2 @ W2.T * (1 - a1**2)
    dW1 = X.T @ dz1 + 0.08 * W1
    db1 = dz1.sum(axis=0)
    return {"W1": W1 - lr * dW1, "b1": b1 - lr * db1, "W2": W2 - lr * dW2, "b2": b2 - lr * db2}


@slip(
    *net(3, 4, 2, hidden=cp.Tanh),
    how={"optimizer": cp.SGD(0.1, 0.9), "state": {"velocity": VELOCITY}},
)
def step_before_the_velocity_is_renewed(W1, b1, W2, b2, X, y, lr):
    """The weights move by the old velocity, and the velocity is renewed only afterwards."""
    a1 = np.tanh(X @ W1 + b1)
    dz2 = (a1 @ W2 + b2 - y) / len(X)
    dz1 = dz2 @ W2.T * (1 - a1**2)
    params = [W1, b1, W2, b2]
    grads = [X.T @ dz1, dz1.sum(axis=0), a1.T @ dz2, dz2.sum(axis=0)]
    velocities = list(split(VELOCITY, *params))
    for i in range(4):
        params[i] = params[i] + velocities[i]
        velocities[i] = 0.9 * velocities[i] - lr * grads[i]
    return dict(zip(("W1", "b1", "W2", "b2"), params, strict=True))


ADAM = {"optimizer": cp.Adam(0.01), "state": {"m": M, "v": V, "t": 3}}


@slip(*net(3, 4, 2), how=ADAM)
def adam_without_bias_correction(W1, b1, W2, b2, X, y, lr):
    """Neither of Adam's averages is divided by 1 - beta ** t."""
    a1 = sigmoid(X @ W1 + b1)
    dz2 = (a1 @ W2 + b2 - y) / len(X)
    dz1 = dz2 @ W2.T * a1 * (1 - a1)
    params = {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
    grads = [X.T @ dz1, dz1.sum(axis=0), a1.T @ dz2, dz2.sum(axis=0)]
    ms, vs = split(M, W1, b1, W2, b2), split(V, W1, b1, W2, b2)
    for name, g, m, v in zip(params, grads, ms, vs, strict=True):
        new_m = 0.9 * m + 0.1 * g
        new_v = 0.999 * v + 0.001 * g * g
        params[name] = params[name] - lr * new_m / (np.sqrt(new_v) + 1e-8)
    return params


@slip(*net(3, 4, 2, hidden=cp.ReLU), how=ADAM)
def adam_counts_every_array(W1, b1, W2, b2, X, y, lr):
    """The counter t goes up inside the loop over the arrays, so by four in a step."""
    z1 = X @ W1 + b1
    a1 = np.maximum(z1, 0)
    dz2 = (a1 @ W2 + b2 - y) / len(X)
    dz1 = dz2 @ W2.T * (z1 > 0)
    params = {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
    grads = [X.T @ dz1, dz1.sum(axis=0), a1.T @ dz2, dz2.sum(axis=0)]
    ms, vs = split(M, W1, b1, W2, b2), split(V, W1, b1, W2, b2)
    t = 3
    for name, g, m, v in zip(params, grads, ms, vs, strict=True):
        t += 1
        m_hat = (0.9 * m + 0.1 * g) / (1 - 0.9**t)
        v_hat = (0.999 * v + 0.001 * g**2) / (1 - 0.999**t)
        params[name] = params[name] - lr * m_hat / (np.sqrt(v_hat) + 1e-8)
    return params
