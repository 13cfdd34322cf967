"""Programs of optimizers, and updates copied from line to line."""

import numpy as np

import clearprop as cp
from tests.explaining.second import net, sgd, slip

NET = net(3, 4, 2, hidden=cp.Tanh)
SQUARE = net(3, 3, 3, hidden=cp.Tanh)
NAMES = ("W1", "b1", "W2", "b2")


def backward(W1, b1, W2, b2, X, y):
    """Return the right gradients, in the order of the parameters."""
    a1 = np.tanh(X @ W1 + b1)
    d2 = (a1 @ W2 + b2 - y) / len(X)
    d1 = d2 @ W2.T * (1 - a1**2)
    return X.T @ d1, d1.sum(axis=0), a1.T @ d2, d2.sum(axis=0)


def split(vector, *like):
    """Return the parts of a vector in the shapes of these arrays."""
    parts, start = [], 0
    for array in like:
        parts.append(vector[start : start + array.size].reshape(array.shape))
        start += array.size
    return parts


@slip(*SQUARE, how=sgd())
def bias_gradient_of_the_other_layer(W1, b1, W2, b2, X, y, lr):
    """B2 is moved by db1: a line copied and half changed."""
    dW1, db1, dW2, _ = backward(W1, b1, W2, b2, X, y)
    W1 -= lr * dW1
    b1 -= lr * db1
    W2 -= lr * dW2
    b2 -= lr * db1
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}


@slip(*SQUARE, how=sgd())
def weights_of_the_other_layer(W1, b1, W2, b2, X, y, lr):
    """The new W2 starts from W1: a line copied and half changed."""
    dW1, db1, dW2, db2 = backward(W1, b1, W2, b2, X, y)
    new_W1, new_b1 = W1 - lr * dW1, b1 - lr * db1
    new_W2, new_b2 = W1 - lr * dW2, b2 - lr * db2
    return {"W1": new_W1, "b1": new_b1, "W2": new_W2, "b2": new_b2}


@slip(*NET, how=sgd())
def weights_set_to_the_change(W1, b1, W2, b2, X, y, lr):
    """W2 becomes the change itself: = - where it must be -=."""
    dW1, db1, dW2, db2 = backward(W1, b1, W2, b2, X, y)
    W1 -= lr * dW1
    b1 -= lr * db1
    W2 = -lr * dW2
    b2 -= lr * db2
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}


@slip(*NET, how=sgd())
def tenth_of_the_rate_in_one_layer(W1, b1, W2, b2, X, y, lr):
    """The output layer is moved with a tenth of the learning rate."""
    dW1, db1, dW2, db2 = backward(W1, b1, W2, b2, X, y)
    return {
        "W1": W1 - lr * dW1, "b1": b1 - lr * db1,
        "W2": W2 - 0.1 * lr * dW2, "b2": b2 - 0.1 * lr * db2,
    }  # fmt: skip


@slip(*NET, how=sgd())
def step_of_the_length_of_the_rate(W1, b1, W2, b2, X, y, lr):
    """Each gradient is divided by its norm before the step."""
    arrays = W1, b1, W2, b2
    grads = backward(*arrays, X, y)
    new = [w - lr * g / np.linalg.norm(g) for w, g in zip(arrays, grads, strict=True)]
    return dict(zip(NAMES, new, strict=True))


VELOCITY = np.random.default_rng(17).normal(size=26)


@slip(*SQUARE, how={"optimizer": cp.SGD(0.1, 0.9),
                    "state": {"velocity": np.random.default_rng(18).normal(size=24)}})  # fmt: skip
def velocity_of_the_other_layer(W1, b1, W2, b2, X, y, lr):
    """W2 is moved by the velocity of W1."""
    arrays = W1, b1, W2, b2
    grads = backward(*arrays, X, y)
    old = split(np.random.default_rng(18).normal(size=24), *arrays)
    v = [0.9 * u - lr * g for u, g in zip(old, grads, strict=True)]
    return {"W1": W1 + v[0], "b1": b1 + v[1], "W2": W2 + v[0], "b2": b2 + v[3]}


@slip(*NET, how={"optimizer": cp.SGD(0.1, 0.9), "state": {"velocity": VELOCITY}})
def rate_in_the_velocity_and_again(W1, b1, W2, b2, X, y, lr):
    """The learning rate is in the velocity, and the step multiplies it by the rate once more."""
    arrays = W1, b1, W2, b2
    grads = backward(*arrays, X, y)
    v = [0.9 * u - lr * g for u, g in zip(split(VELOCITY, *arrays), grads, strict=True)]
    new = [w + lr * u for w, u in zip(arrays, v, strict=True)]
    return dict(zip(NAMES, new, strict=True))


@slip(*NET, how={"optimizer": cp.SGD(0.1, 0.9, nesterov=True), "state": {"velocity": VELOCITY}})
def nesterov_without_the_look_ahead(W1, b1, W2, b2, X, y, lr):
    """Plain momentum is made where Nesterov's was to be."""
    arrays = W1, b1, W2, b2
    grads = backward(*arrays, X, y)
    v = [0.9 * u - lr * g for u, g in zip(split(VELOCITY, *arrays), grads, strict=True)]
    return {name: w + u for name, w, u in zip(NAMES, arrays, v, strict=True)}


M = np.random.default_rng(19).normal(size=26)
V = np.random.default_rng(20).uniform(0.1, 1.0, size=26)
ADAM = {"optimizer": cp.Adam(0.01), "state": {"m": M, "v": V, "t": 3}}


class AdamOptimizer:
    """Adam as learners write it: a counter, lists of averages, one method."""

    def __init__(self, arrays, lr=0.01, b1=0.9, b2=0.999, eps=1e-8):
        self.lr, self.b1, self.b2, self.eps = lr, b1, b2, eps
        self.m = split(M.copy(), *arrays)
        self.v = split(V.copy(), *arrays)
        self.t = 3

    def corrected(self, i):
        return self.m[i] / (1 - self.b1**self.t), self.v[i] / (1 - self.b2**self.t)

    def average(self, i, g):
        self.m[i] = self.b1 * self.m[i] + (1 - self.b1) * g
        self.v[i] = self.b2 * self.v[i] + (1 - self.b2) * g**2

    def step(self, i, w, g):
        m, v = self.corrected(i)
        return w - self.lr * m / (np.sqrt(v) + self.eps)

    def update(self, arrays, grads):
        self.t += 1
        new = []
        for i, (w, g) in enumerate(zip(arrays, grads, strict=True)):
            self.average(i, g)
            new.append(self.step(i, w, g))
        return dict(zip(NAMES, new, strict=True))


def adam(cls, W1, b1, W2, b2, X, y):
    arrays = W1, b1, W2, b2
    return cls(arrays).update(arrays, backward(*arrays, X, y))


@slip(*NET, how=ADAM)
def adam_counts_once_for_each_array(W1, b1, W2, b2, X, y, lr):
    """The counter t is increased for each array, not for each step."""

    class Mine(AdamOptimizer):
        def update(self, arrays, grads):
            new = []
            for i, (w, g) in enumerate(zip(arrays, grads, strict=True)):
                self.t += 1
                self.average(i, g)
                new.append(self.step(i, w, g))
            return dict(zip(NAMES, new, strict=True))

    return adam(Mine, W1, b1, W2, b2, X, y)


@slip(*NET, how=ADAM)
def adam_beta_times_the_counter(W1, b1, W2, b2, X, y, lr):
    """The correction is 1 - beta t where it must be 1 - beta ** t."""

    class Mine(AdamOptimizer):
        def corrected(self, i):
            return self.m[i] / abs(1 - self.b1 * self.t), self.v[i] / abs(1 - self.b2 * self.t)

    return adam(Mine, W1, b1, W2, b2, X, y)


@slip(*NET, how=ADAM)
def adam_moves_by_the_gradient(W1, b1, W2, b2, X, y, lr):
    """The step is made with g where it must be the average m."""

    class Mine(AdamOptimizer):
        def step(self, i, w, g):
            _, v = self.corrected(i)
            return w - self.lr * g / (np.sqrt(v) + self.eps)

    return adam(Mine, W1, b1, W2, b2, X, y)


@slip(*NET, how=ADAM)
def adam_averages_of_the_wrong_share(W1, b1, W2, b2, X, y, lr):
    """M adds beta 1 times the gradient where it must add 1 - beta 1 times."""

    class Mine(AdamOptimizer):
        def average(self, i, g):
            self.m[i] = self.b1 * self.m[i] + self.b1 * g
            self.v[i] = self.b2 * self.v[i] + (1 - self.b2) * g**2

    return adam(Mine, W1, b1, W2, b2, X, y)


@slip(*NET, how={"optimizer": cp.AdamW(0.01, 0.1), "state": {"m": M, "v": V, "t": 3}})
def decay_without_the_rate(W1, b1, W2, b2, X, y, lr):
    """The weights shrink by the decay alone, not by the decay times the learning rate."""

    class Mine(AdamOptimizer):
        def step(self, i, w, g):
            return super().step(i, w, g) - 0.1 * w

    return adam(Mine, W1, b1, W2, b2, X, y)


SQUARES = np.random.default_rng(21).uniform(0.1, 1.0, size=26)
RMS = {"optimizer": cp.RMSProp(0.01), "state": {"square": SQUARES}}


@slip(*NET, how=RMS)
def rmsprop_adds_up_the_squares(W1, b1, W2, b2, X, y, lr):
    """The squares are added up, as Adagrad does, not averaged."""
    arrays = W1, b1, W2, b2
    grads = backward(*arrays, X, y)
    cache = [s + g**2 for s, g in zip(split(SQUARES, *arrays), grads, strict=True)]
    new = [w - lr * g / (np.sqrt(s) + 1e-8) for w, g, s in zip(arrays, grads, cache, strict=True)]
    return dict(zip(NAMES, new, strict=True))


@slip(*NET, how=RMS)
def rmsprop_with_its_shares_exchanged(W1, b1, W2, b2, X, y, lr):
    """The old average gets 1 - rho and the new square rho."""
    arrays = W1, b1, W2, b2
    grads = backward(*arrays, X, y)
    cache = [0.01 * s + 0.99 * g**2 for s, g in zip(split(SQUARES, *arrays), grads, strict=True)]
    new = [w - lr * g / (np.sqrt(s) + 1e-8) for w, g, s in zip(arrays, grads, cache, strict=True)]
    return dict(zip(NAMES, new, strict=True))
