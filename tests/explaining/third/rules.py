"""Programs whose slip is in the optimizer, the penalty or the clipping."""

import numpy as np

import clearprop as cp
from tests.explaining.second.updates import split
from tests.explaining.third import net, sgd, slip, tanh_pass

NET = net(3, 4, 2, hidden=cp.Tanh)
NAMES = ("W1", "b1", "W2", "b2")
RNG = np.random.default_rng(40)
VELOCITY, M = RNG.normal(size=26), RNG.normal(size=26)
V = RNG.uniform(0.1, 1.0, size=26)


def moved(arrays, X, y, change, *states):
    """Return each parameter plus `change` of its gradient, value and state."""
    parts = [split(state, *arrays) for state in states]
    grads = tanh_pass(*arrays, X, y)
    return {
        name: w + change(g, w, *(part[i] for part in parts))
        for i, (name, w, g) in enumerate(zip(NAMES, arrays, grads, strict=True))
    }


MOMENTUM = {"optimizer": cp.SGD(0.1, 0.9), "state": {"velocity": VELOCITY}}


@slip(*NET, how=MOMENTUM)
def averaged_velocity_without_the_rate(W1, b1, W2, b2, X, y, lr):
    """The velocity is an average of gradients, and the learning rate is left out."""

    def change(g, w, v):
        old = -v / lr  # the velocity kept as a sum of gradients
        return -(0.9 * old + g)

    return moved((W1, b1, W2, b2), X, y, change, VELOCITY)


@slip(*NET, how=MOMENTUM)
def velocity_begun_again(W1, b1, W2, b2, X, y, lr):
    """The velocity is set to 0 in the training function, so there is no momentum."""
    return moved((W1, b1, W2, b2), X, y, lambda g, w: 0.9 * 0 - lr * g)


@slip(*NET, how=MOMENTUM)
def momentum_of_the_new_velocity_only(W1, b1, W2, b2, X, y, lr):
    """The old velocity is not multiplied by the momentum."""
    return moved((W1, b1, W2, b2), X, y, lambda g, w, v: v - lr * g, VELOCITY)


ADAM = {"optimizer": cp.Adam(0.01), "state": {"m": M, "v": V, "t": 3}}


def adam(g, m, v, beta_1=0.9, beta_2=0.999, t=4):
    m = beta_1 * m + (1 - beta_1) * g
    v = beta_2 * v + (1 - beta_2) * g**2
    return m / (1 - beta_1**t), v / (1 - beta_2**t)


@slip(*NET, how=ADAM)
def adam_without_its_division(W1, b1, W2, b2, X, y, lr):
    """The corrected average is not divided by the root of the squares."""
    return moved((W1, b1, W2, b2), X, y, lambda g, w, m, v: -lr * adam(g, m, v)[0], M, V)


@slip(*NET, how=ADAM)
def adam_corrects_both_by_beta_1(W1, b1, W2, b2, X, y, lr):
    """Both averages are divided by 1 - beta 1 ** t."""

    def change(g, w, m, v):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        return -lr * m / (1 - 0.9**4) / (np.sqrt(v / (1 - 0.9**4)) + 1e-8)

    return moved((W1, b1, W2, b2), X, y, change, M, V)


@slip(*NET, how=ADAM)
def adam_forgets_its_averages(W1, b1, W2, b2, X, y, lr):
    """The averages are made anew, of 0, in each call; the counter goes on."""

    def change(g, w):
        m, v = adam(g, 0, 0)
        return -lr * m / (np.sqrt(v) + 1e-8)

    return moved((W1, b1, W2, b2), X, y, change)


@slip(*NET, how=ADAM)
def adam_with_one_squared_norm(W1, b1, W2, b2, X, y, lr):
    """V takes the mean square of the array's gradient, one number for each array."""

    def change(g, w, m, v):
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * np.mean(g**2)
        return -lr * m / (1 - 0.9**4) / (np.sqrt(v / (1 - 0.999**4)) + 1e-8)

    return moved((W1, b1, W2, b2), X, y, change, M, V)


@slip(*NET, how={"optimizer": cp.RMSProp(0.01), "state": {"square": V}})
def rmsprop_without_the_root(W1, b1, W2, b2, X, y, lr):
    """The gradient is divided by the average square, not by its root."""

    def change(g, w, s):
        return -lr * g / (0.99 * s + 0.01 * g**2 + 1e-8)

    return moved((W1, b1, W2, b2), X, y, change, V)


@slip(*NET, how=sgd(0.1, l2=0.05))
def penalty_twice_as_strong(W1, b1, W2, b2, X, y, lr):
    """The penalty's derivative is 2 lambda W, as if it had no 1/2."""

    def change(g, w):
        return -lr * (g + (2 * 0.05 * w if w.ndim == 2 else 0))

    return moved((W1, b1, W2, b2), X, y, change)


@slip(*NET, how=sgd(0.1, l2=0.05))
def penalty_without_the_rate(W1, b1, W2, b2, X, y, lr):
    """The weights shrink by lambda, not by the learning rate times lambda."""

    def change(g, w):
        return -lr * g - (0.05 * w if w.ndim == 2 else 0)

    return moved((W1, b1, W2, b2), X, y, change)


def clipped(arrays, X, y, lr, factor):
    """Return the new parameters, every gradient multiplied by one factor."""
    grads = tanh_pass(*arrays, X, y)
    scale = factor(np.concatenate([g.ravel() for g in grads]))
    return {n: w - lr * scale * g for n, w, g in zip(NAMES, arrays, grads, strict=True)}


@slip(*NET, how=sgd(0.1, clip_norm=0.5))
def clipped_by_the_sum_of_absolute_values(W1, b1, W2, b2, X, y, lr):
    """The norm is the sum of absolute values, not the root of the squares."""
    return clipped((W1, b1, W2, b2), X, y, lr, lambda g: 0.5 / np.abs(g).sum())


@slip(*NET, how=sgd(0.1, clip_norm=0.5))
def clipped_by_the_squared_norm(W1, b1, W2, b2, X, y, lr):
    """The norm is not rooted: the gradient is divided by the sum of squares."""
    return clipped((W1, b1, W2, b2), X, y, lr, lambda g: 0.5 / (g**2).sum())


@slip(*NET, how=sgd(0.1, clip_norm=100.0))
def stretched_to_the_largest_norm(W1, b1, W2, b2, X, y, lr):
    """The gradient is scaled to the norm though it is shorter than that."""
    return clipped((W1, b1, W2, b2), X, y, lr, lambda g: 100.0 / np.linalg.norm(g))
