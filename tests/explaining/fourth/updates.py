"""Programs whose slip is in the update: plain, momentum, adaptive, penalty, clipping."""

import numpy as np

import clearprop as cp
from tests.explaining.fourth import moved, net, sgd, slip, two_hidden
from tests.explaining.second.updates import split
from tests.explaining.third import tanh_pass

NET = net(3, 4, 2, hidden=cp.Tanh)
NAMES = ("W1", "b1", "W2", "b2")
RNG = np.random.default_rng(41)
VELOCITY, M = RNG.normal(size=26), RNG.normal(size=26)
V = RNG.uniform(0.1, 1.0, size=26)


def stepped(arrays, X, y, change, *states):
    """Return each parameter plus `change` of its gradient, its value and its states."""
    parts = [split(state, *arrays) for state in states]
    return {
        name: w + change(g, w, *(part[i] for part in parts))
        for i, (name, w, g) in enumerate(zip(NAMES, arrays, tanh_pass(*arrays, X, y), strict=True))
    }


@slip(*NET, how=sgd(0.2))
def weights_set_to_the_step(W1, b1, W2, b2, X, y, lr):
    """W =- step is written for W -= step."""
    dW1, db1, dW2, db2 = tanh_pass(W1, b1, W2, b2, X, y)
    W1 = -lr * dW1
    b1 = -lr * db1
    W2 = -lr * dW2
    b2 = -lr * db2
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}


@slip(*net(3, 4, 4, 2, hidden=cp.Tanh), how=sgd(0.2))
def bias_moved_by_the_next_ones_gradient(W1, b1, W2, b2, W3, b3, X, y, lr):
    """The line of b1 is copied from that of b2, and its db2 stays."""
    weights = {"W1": W1, "b1": b1, "W2": W2, "b2": b2, "W3": W3, "b3": b3}
    grads = two_hidden(weights, X, y)
    grads["b1"] = grads["b2"]
    return moved(weights, grads, lr)


@slip(*net(3, 4, 3, 2, hidden=cp.Tanh), how=sgd(0.2))
def first_layer_not_updated(W1, b1, W2, b2, W3, b3, X, y, lr):
    """The loop counts down to 1 and never reaches layer 0."""
    weights = {"W1": W1, "b1": b1, "W2": W2, "b2": b2, "W3": W3, "b3": b3}
    grads = two_hidden(weights, X, y)
    for i in range(2, 0, -1):
        for kind in "Wb":
            weights[f"{kind}{i + 1}"] = weights[f"{kind}{i + 1}"] - lr * grads[f"{kind}{i + 1}"]
    return weights


NESTEROV = {"optimizer": cp.SGD(0.1, 0.9, nesterov=True), "state": {"velocity": VELOCITY}}
MOMENTUM = {"optimizer": cp.SGD(0.1, 0.9), "state": {"velocity": VELOCITY}}


@slip(*NET, how=NESTEROV)
def velocity_before_is_the_same_array(W1, b1, W2, b2, X, y, lr):
    """The velocity kept from before is changed in place with the new one."""

    def change(g, w, v):
        v = v.copy()
        before = v
        v *= 0.9
        v -= lr * g
        return -0.9 * before + 1.9 * v

    return stepped((W1, b1, W2, b2), X, y, change, VELOCITY)


@slip(*NET, how=MOMENTUM)
def step_of_the_velocity_before(W1, b1, W2, b2, X, y, lr):
    """The weights move before the velocity is made new."""
    return stepped((W1, b1, W2, b2), X, y, lambda g, w, v: v, VELOCITY)


@slip(*NET, how={"optimizer": cp.RMSProp(0.01, decay=0.9), "state": {"square": V}})
def squares_added_in_full(W1, b1, W2, b2, X, y, lr):
    """The square of the gradient is not multiplied by 1 - decay."""

    def change(g, w, s):
        return -lr * g / (np.sqrt(0.9 * s + g**2) + 1e-8)

    return stepped((W1, b1, W2, b2), X, y, change, V)


ADAM = {"optimizer": cp.Adam(0.01), "state": {"m": M, "v": V, "t": 3}}


@slip(*NET, how=ADAM)
def adam_with_its_betas_exchanged(W1, b1, W2, b2, X, y, lr):
    """Beta 2 is used for m and beta 1 for v."""
    beta_1, beta_2, t = 0.999, 0.9, 4

    def change(g, w, m, v):
        m = beta_1 * m + (1 - beta_1) * g
        v = beta_2 * v + (1 - beta_2) * g**2
        return -lr * m / (1 - beta_1**t) / (np.sqrt(v / (1 - beta_2**t)) + 1e-8)

    return stepped((W1, b1, W2, b2), X, y, change, M, V)


@slip(*NET, how={"optimizer": cp.AdamW(0.01, 0.1), "state": {"m": M, "v": V, "t": 3}})
def decay_added_to_adams_gradient(W1, b1, W2, b2, X, y, lr):
    """The weight decay is added to the gradient before Adam, as an L2 penalty."""

    def change(g, w, m, v):
        g = g + 0.1 * w if w.ndim == 2 else g
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        return -lr * m / (1 - 0.9**4) / (np.sqrt(v / (1 - 0.999**4)) + 1e-8)

    return stepped((W1, b1, W2, b2), X, y, change, M, V)


@slip(*NET, how=sgd(0.1, l2=0.05))
def penalty_on_the_biases_too(W1, b1, W2, b2, X, y, lr):
    """Biases shrink as the weights do."""
    return stepped((W1, b1, W2, b2), X, y, lambda g, w: -lr * (g + 0.05 * w))


@slip(*NET, how=sgd(0.1, clip_norm=0.2))
def each_number_clipped(W1, b1, W2, b2, X, y, lr):
    """Each number of the gradient is clipped, not the gradient's length."""
    return stepped((W1, b1, W2, b2), X, y, lambda g, w: -lr * np.clip(g, -0.2, 0.2))
