"""Slips in losses, links, normalization and dropout."""

import numpy as np

import clearprop as cp
from tests.explaining.restated.by_hand import Hand, sigmoid
from tests.explaining.restated.registry import right, slip

# Losses and links.


@slip("minus on the first term only", r"first term", "E")
class MinusOnFirstTerm(Hand):
    loss, output, sizes = "logistic", None, (2, 3, 1)

    def value(self, p, t):
        return (-t * np.log(p) + (1 - t) * np.log(1 - p)).sum() / len(t)


class Softmax(Hand):
    """A softmax output; subclasses get it wrong."""

    loss, output, sizes = "softmax", None, (2, 3, 3)

    def work(self):
        return {"p": self.p, **self.gradients()}


@slip("softmax over the columns",
      r"softmax taken over the rows",
      "p")  # fmt: skip
class SoftmaxOverColumns(Softmax):
    def link(self, o):
        return np.exp(o) / np.exp(o).sum(axis=0)


@slip("softmax over the batch",
      r"softmax taken over everything",
      "p")  # fmt: skip
class SoftmaxOverBatch(Softmax):
    def link(self, o):
        return np.exp(o) / np.exp(o).sum()


@slip("diagonal of the softmax's Jacobian", r"diagonal", "dense2.dW")
class DiagonalOnly(Hand):
    loss, output, sizes = "softmax", None, (2, 3, 3)

    def error(self, p, t):
        return (-t / p) * p * (1 - p) / len(t)


@slip("softmax before a loss that has its own", r"(softmax|twice).*(softmax|twice)", "E")
class SoftmaxTwice(Softmax):
    def link(self, o):
        return super().link(super().link(o))

    def work(self):
        return self.gradients()


@slip("(N, 1) - (N,)", r"broadcast|reshape", "E")
class Broadcast(Hand):
    sizes = (2, 3, 1)

    def value(self, p, t):
        return 0.5 * ((t[:, 0] - p) ** 2).sum() / len(t)


@slip("numeric gradient of the output",
      r"gradient of the output",
      "dense2.dW")  # fmt: skip
class NumericOfOutput(Hand):
    sizes = (2, 3, 1)

    def gradients(self):
        return {
            "dense1.dW": numeric(lambda W: run(self, W1=W).sum(), self.W1),
            "dense2.dW": numeric(lambda W: run(self, W2=W).sum(), self.W2),
        }


def run(hand, W1=None, W2=None):
    """Return the output with other weights."""
    a = sigmoid(hand.x @ (hand.W1 if W1 is None else W1) + hand.b1)
    return sigmoid(a @ (hand.W2 if W2 is None else W2) + hand.b2)


def numeric(f, W, epsilon=1e-6):
    """Return the central difference of a function of a matrix."""
    found = np.zeros_like(W)
    for place in np.ndindex(*W.shape):
        high, low = W.copy(), W.copy()
        high[place] += epsilon
        low[place] -= epsilon
        found[place] = (f(high) - f(low)) / (2 * epsilon)
    return found


# Normalization and dropout.


class Normalised(Hand):
    """Dense, batch norm, dense: x is normalised; subclasses get dx wrong."""

    def forward(self):
        rng = np.random.default_rng(5)
        self.gamma, self.beta = rng.uniform(0.5, 2, 3), rng.normal(size=3)
        self.z1 = self.x @ self.W1 + self.b1
        self.mean, self.v = self.z1.mean(axis=0), self.z1.var(axis=0)
        self.hat = (self.z1 - self.mean) * self.inverse()
        self.a1 = self.hat * self.gamma + self.beta
        self.o = self.p = self.a1 @ self.W2 + self.b2
        self.E = self.value(self.p, self.t)

    def inverse(self):
        return 1 / np.sqrt(self.v + 1e-5)

    def through(self, dy):
        d = dy * self.gamma
        return (d - d.mean(axis=0) - self.hat * (d * self.hat).mean(axis=0)) * self.inverse()

    def backward(self):
        self.delta2 = self.error(self.p, self.t)
        self.dW2, self.db2 = self.dW(self.a1, self.delta2), self.db(self.delta2, 2)
        self.delta1 = self.through(self.delta2 @ self.W2.T)
        self.dW1 = self.dW(self.x, self.delta1)

    def work(self):
        return {"E": self.E, "dense2.dW": self.dW2, "dense1.dW": self.dW1}

    def network(self):
        return cp.Chain(cp.Dense(2, 3), cp.BatchNorm(3), cp.Dense(3, 2))

    def params(self):
        return {**super().params(), "batchnorm1": {"gamma": self.gamma, "beta": self.beta}}


right("batch norm by hand")(lambda: Normalised().report())


@slip("gamma left out of dx", r"gamma", "dense1.dW")
class WithoutGamma(Normalised):
    def through(self, dy):
        return super().through(dy / self.gamma)


@slip("batch statistics as constants", r"constants?", "dense1.dW")
class ConstantStatistics(Normalised):
    def through(self, dy):
        return dy * self.gamma * self.inverse()


@slip("variance plus epsilon squared", r"epsilon|ε", "E")
class SquaredVariance(Normalised):
    def inverse(self):
        return 1 / (self.v + 1e-5) ** 2


@slip("dropout scaled but unmasked on the way back", r"mask", "dense1.dW")
class Unmasked(Hand):
    def task(self):
        kept = np.array([[1, 0, 1], [1, 1, 0], [0, 1, 1], [1, 1, 1]])
        self.mask = kept / 0.5
        self.how = {"given": {"dropout1": self.mask}}

    def hidden_forward(self, z):
        return sigmoid(z) * self.mask

    def hidden_slope(self):
        a = sigmoid(self.z1)
        return a * (1 - a) / 0.5

    def network(self):
        return cp.Chain(cp.Dense(2, 3), cp.Sigmoid(), cp.Dropout(0.5), cp.Dense(3, 2), cp.Sigmoid())
