"""The same rules once more, on paper: columns, one row at a time, sums written out."""

import numpy as np

SLOPES = {
    "sigmoid": lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2,
    "tanh": lambda z: 1 / np.cosh(z) ** 2,
    "identity": lambda z: np.ones_like(z),
}
VALUES = {"sigmoid": lambda z: 1 / (1 + np.exp(-z)), "tanh": np.tanh, "identity": lambda z: z}


def changes(weights, kind, x, t, back):
    """Return the sum over rows of what each weight matrix is to be changed by, for e = t - o.

    `weights` are (outputs, inputs), first layer first. `back(number, w, e, delta, last)` returns
    the error of the layer's inputs as a list.
    """
    total = [np.zeros_like(w) for w in weights]
    for row, target in zip(x, t, strict=True):
        zs, values = [], [list(row)]
        for w in weights:
            zs.append([sum(w[j, i] * a for i, a in enumerate(values[-1])) for j in range(len(w))])
            values.append([float(VALUES[kind](z)) for z in zs[-1]])
        e = [target[j] - values[-1][j] for j in range(len(target))]
        last = None
        for number in reversed(range(len(weights))):
            w = weights[number]
            delta = [e[j] * float(SLOPES[kind](np.float64(zs[number][j]))) for j in range(len(w))]
            last = delta if last is None else last
            for j in range(w.shape[0]):
                for i in range(w.shape[1]):
                    total[number][j, i] += delta[j] * values[number][i]
            e = back(number, w, e, delta, last)
    return total


def even(number, w, e, delta, last):
    outputs, inputs = w.shape
    return [sum(e[j] / inputs for j in range(outputs)) for i in range(inputs)]


def proportional(number, w, e, delta, last):
    outputs, inputs = w.shape
    return [sum(e[j] * w[j, i] / sum(w[j]) for j in range(outputs)) for i in range(inputs)]


def transposed(number, w, e, delta, last):
    outputs, inputs = w.shape
    return [sum(w[j, i] * e[j] for j in range(outputs)) for i in range(inputs)]


def exact(number, w, e, delta, last):
    return transposed(number, w, delta, delta, last)


def fixed(matrices):
    def back(number, w, e, delta, last):
        b = matrices[number]
        return (
            []
            if b is None
            else [sum(b[i, j] * delta[j] for j in range(len(delta))) for i in range(len(b))]
        )

    return back


def fixed_direct(matrices):
    def back(number, w, e, delta, last):
        b = matrices[number]
        return (
            []
            if b is None
            else [sum(b[i, j] * last[j] for j in range(len(last))) for i in range(len(b))]
        )

    return back
