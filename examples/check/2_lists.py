"""A class with lists of weights whose step is right: python 2_lists.py.

From the shell: clearprop check 2_lists.py --data xor
"""

from itertools import pairwise

import numpy as np

import clearprop as cp


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


class MLP:
    """Layers of sigmoids of any sizes; rows are examples."""

    def __init__(self, sizes, lr=0.1):
        rng = np.random.default_rng(0)
        self.W = [rng.normal(0, 1, pair) for pair in pairwise(sizes)]
        self.b = [np.zeros((1, units)) for units in sizes[1:]]
        self.lr = lr

    def forward(self, X):
        activations = [X]
        for W, b in zip(self.W, self.b, strict=True):
            activations.append(sigmoid(activations[-1] @ W + b))
        return activations

    def predict(self, X):
        return self.forward(X)[-1]

    def fit(self, X, y, epochs=1):
        for _ in range(epochs):
            activations = self.forward(X)
            delta = (activations[-1] - y) / len(X)
            for k in reversed(range(len(self.W))):
                delta = delta * activations[k + 1] * (1 - activations[k + 1])
                dW, db = activations[k].T @ delta, delta.sum(axis=0, keepdims=True)
                delta = delta @ self.W[k].T
                self.W[k] = self.W[k] - self.lr * dW
                self.b[k] = self.b[k] - self.lr * db


if __name__ == "__main__":
    x, t = np.array([[0, 0], [0, 1], [1, 0], [1, 1.0]]), np.array([[0], [1], [1], [0.0]])
    report = cp.check_work(MLP([2, 3, 1]), X=x, y=t)
    print(report)
