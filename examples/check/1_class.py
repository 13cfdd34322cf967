"""A class of columns and (units, inputs) weights, with one slip: python 1_class.py.

From the shell: clearprop check 1_class.py --data xor
"""

import numpy as np

import clearprop as cp


class NeuralNetwork:
    """Two layers of sigmoids, trained on all examples at once."""

    def __init__(self, inputs, hidden, outputs, learning_rate):
        rng = np.random.default_rng(1)
        self.w_hidden = rng.normal(0, 1, (hidden, inputs))
        self.w_output = rng.normal(0, 1, (outputs, hidden))
        self.learning_rate = learning_rate

    def activate(self, z):
        return 1 / (1 + np.exp(-z))

    def train(self, inputs, targets):
        x, t = np.array(inputs, ndmin=2).T, np.array(targets, ndmin=2).T
        hidden = self.activate(self.w_hidden @ x)
        output = self.activate(self.w_output @ hidden)
        error = t - output
        hidden_error = self.w_output.T @ error  # must be error * output * (1 - output)
        rate = self.learning_rate / x.shape[1]
        self.w_output += rate * (error * output * (1 - output)) @ hidden.T
        self.w_hidden += rate * (hidden_error * hidden * (1 - hidden)) @ x.T


if __name__ == "__main__":
    x, t = np.array([[0, 0], [0, 1], [1, 0], [1, 1.0]]), np.array([[0], [1], [1], [0.0]])
    report = cp.check_work(NeuralNetwork(2, 3, 1, 0.5), X=x, y=t)
    print(report)
