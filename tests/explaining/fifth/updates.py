"""Programs whose slip is in the update."""

import numpy as np

import clearprop as cp
from tests.explaining.fifth import net, sgd, slip
from tests.explaining.second.updates import split
from tests.explaining.third import tanh_pass

NET = net(3, 4, 2, hidden=cp.Tanh)
NAMES = ("W1", "b1", "W2", "b2")
RNG = np.random.default_rng(50)
VELOCITY, M = RNG.normal(size=26), RNG.normal(size=26)
V = RNG.uniform(0.1, 1.0, size=26)


def named(arrays):
    return dict(zip(NAMES, arrays, strict=True))


def adam(g, m, v):
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
    return m / (1 - 0.9**4) / (np.sqrt(v / (1 - 0.999**4)) + 1e-8)


@slip(*NET, how={"optimizer": cp.Adam(0.01), "state": {"m": M, "v": V, "t": 3}})
def rate_over_the_root_of_t(W1, b1, W2, b2, X, y, lr):
    """The learning rate is divided by the root of the step's number."""
    w = (W1, b1, W2, b2)
    m, v, g = split(M, *w), split(V, *w), tanh_pass(*w, X, y)
    return named([w[i] - lr / np.sqrt(4) * adam(g[i], m[i], v[i]) for i in range(4)])


@slip(*NET, how={"optimizer": cp.RMSProp(0.01), "state": {"square": V}})
def one_mean_square_for_each_array(W1, b1, W2, b2, X, y, lr):
    """The average takes the mean of the array's squares, one number for all its weights."""
    w = (W1, b1, W2, b2)
    s, g = split(V, *w), tanh_pass(*w, X, y)
    squares = [0.99 * s[i] + 0.01 * np.mean(g[i] ** 2) for i in range(4)]
    return named([w[i] - lr * g[i] / (np.sqrt(squares[i]) + 1e-8) for i in range(4)])


@slip(*NET, how={"optimizer": cp.SGD(0.1, 0.9), "state": {"velocity": VELOCITY}})
def gradient_at_the_weights_ahead(W1, b1, W2, b2, X, y, lr):
    """The gradient is taken at the weights that the old velocity leads to."""
    w = (W1, b1, W2, b2)
    v = split(VELOCITY, *w)
    g = tanh_pass(*(w[i] + 0.9 * v[i] for i in range(4)), X, y)
    return named([w[i] + 0.9 * v[i] - lr * g[i] for i in range(4)])


@slip(*NET, how=sgd(0.2, clip_norm=0.3))
def each_layer_clipped_by_itself(W1, b1, W2, b2, X, y, lr):
    """Each layer's W and b are clipped together, not all layers."""
    w, g = (W1, b1, W2, b2), list(tanh_pass(W1, b1, W2, b2, X, y))
    for i in (0, 2):
        norm = np.sqrt((g[i] ** 2).sum() + (g[i + 1] ** 2).sum())
        factor = min(1.0, 0.3 / norm)
        g[i], g[i + 1] = factor * g[i], factor * g[i + 1]
    return named([w[i] - lr * g[i] for i in range(4)])


@slip(*NET, how=sgd(0.2, l2=0.1))
def penalty_of_the_last_layer_alone(W1, b1, W2, b2, X, y, lr):
    """The penalty's gradient is added to dW2, and forgotten in dW1."""
    dW1, db1, dW2, db2 = tanh_pass(W1, b1, W2, b2, X, y)
    dW2 = dW2 + 0.1 * W2
    return named([W1 - lr * dW1, b1 - lr * db1, W2 - lr * dW2, b2 - lr * db2])


@slip(*NET, how={"optimizer": cp.AdamW(0.01, 0.1), "state": {"m": M, "v": V, "t": 3}})
def decay_of_the_new_weights(W1, b1, W2, b2, X, y, lr):
    """The weights shrink after Adam's step, by a part of what they are then."""
    w = (W1, b1, W2, b2)
    m, v, g = split(M, *w), split(V, *w), tanh_pass(*w, X, y)
    new = [w[i] - lr * adam(g[i], m[i], v[i]) for i in range(4)]
    return named([n * (1 - lr * 0.1) if n.ndim == 2 else n for n in new])
