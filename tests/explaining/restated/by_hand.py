"""Training steps as learners write them: one class that is right, and one subclass for each slip.

Every slip overrides one line of `Hand`, which is plain NumPy and shares nothing with the package.
"""

from typing import ClassVar

import numpy as np

import clearprop as cp

LOSSES = {
    "squared": cp.SquaredError, "softmax": cp.CrossEntropy, "logistic": cp.BinaryCrossEntropy,
}  # fmt: skip
LAYERS = {"sigmoid": cp.Sigmoid, "tanh": cp.Tanh, "relu": cp.ReLU}


def sigmoid(z):
    """Return 1 / (1 + e⁻ᶻ)."""
    return 1 / (1 + np.exp(-z))


class Hand:
    """A right step of a network with one hidden layer, in rows; subclasses go wrong in one line."""

    sizes, rows, rate, seed = (2, 3, 2), 4, 0.1, 0
    hidden, output, loss = "sigmoid", "sigmoid", "squared"
    optimizer = cp.SGD(0.1)
    how: ClassVar[dict] = {}

    def __init__(self):
        rng = np.random.default_rng(self.seed)
        inputs, units, outputs = self.sizes
        self.W1, self.W2 = rng.normal(size=(inputs, units)), rng.normal(size=(units, outputs))
        self.b1, self.b2 = rng.normal(size=units), rng.normal(size=outputs)
        self.x = rng.normal(size=(self.rows, inputs))
        self.t = self.targets(rng)
        self.task()
        self.forward()
        self.backward()

    def targets(self, rng):
        """Return targets as the loss takes them."""
        if self.loss == "softmax":
            return np.eye(self.sizes[-1])[rng.integers(0, self.sizes[-1], self.rows)]
        return rng.uniform(0.1, 0.9, (self.rows, self.sizes[-1])).round(self.loss == "squared")

    def task(self):
        """Change what is trained."""

    # The mathematics, right.

    def act(self, kind, z):
        return {"sigmoid": sigmoid, "tanh": np.tanh, "relu": lambda v: np.maximum(v, 0),
                None: lambda v: v}[kind](z)  # fmt: skip

    def slope(self, kind, z, a):
        return {"sigmoid": a * (1 - a), "tanh": 1 - a**2, "relu": (z > 0) * 1.0,
                None: np.ones_like(z)}[kind]  # fmt: skip

    def link(self, o):
        if self.loss == "softmax":
            powers = np.exp(o)
            return powers / powers.sum(axis=1, keepdims=True)
        return sigmoid(o) if self.loss == "logistic" else o

    def value(self, p, t):
        if self.loss == "softmax":
            return -(t * np.log(p)).sum() / len(t)
        if self.loss == "logistic":
            return -(t * np.log(p) + (1 - t) * np.log(1 - p)).sum() / len(t)
        return 0.5 * ((t - p) ** 2).sum() / len(t)

    def error(self, p, t):
        return (p - t) / len(t)

    def hidden_forward(self, z):
        return self.act(self.hidden, z)

    def forward(self):
        self.z1 = self.x @ self.W1 + self.b1
        self.a1 = self.hidden_forward(self.z1)
        self.z2 = self.a1 @ self.W2 + self.b2
        self.o = self.act(self.output, self.z2)
        self.p = self.link(self.o)
        self.E = self.value(self.p, self.t)

    def output_slope(self):
        return self.slope(self.output, self.z2, self.o)

    def hidden_slope(self):
        return self.slope(self.hidden, self.z1, self.a1)

    def sent_back(self):
        return self.delta2 @ self.W2.T

    def dW(self, a, delta):
        return a.T @ delta

    def db(self, delta, k):
        return delta.sum(axis=0)

    def backward(self):
        self.delta2 = self.error(self.p, self.t) * self.output_slope()
        self.dW2 = self.dW(self.a1, self.delta2)
        self.db2 = self.db(self.delta2, 2)
        self.delta1 = self.sent_back() * self.hidden_slope()
        self.dW1 = self.dW(self.x, self.delta1)
        self.db1 = self.db(self.delta1, 1)

    def moved(self, theta, g, name):
        return theta - self.rate * g

    # What is handed over.

    def gradients(self):
        return {"E": self.E, "dense2.dW": self.dW2, "dense2.db": self.db2,
                "dense1.dW": self.dW1, "dense1.db": self.db1}  # fmt: skip

    def new(self):
        return {"dense1.W.new": self.moved(self.W1, self.dW1, "W1"),
                "dense1.b.new": self.moved(self.b1, self.db1, "b1"),
                "dense2.W.new": self.moved(self.W2, self.dW2, "W2"),
                "dense2.b.new": self.moved(self.b2, self.db2, "b2")}  # fmt: skip

    def work(self):
        return self.gradients()

    # The true step.

    def network(self):
        inputs, units, outputs = self.sizes
        ends = [LAYERS[self.output]()] if self.output else []
        return cp.Chain(
            cp.Dense(inputs, units), LAYERS[self.hidden](), cp.Dense(units, outputs), *ends
        )

    def params(self):
        return {"dense1": {"W": self.W1, "b": self.b1}, "dense2": {"W": self.W2, "b": self.b2}}

    def step(self):
        return cp.explain(
            self.network(), LOSSES[self.loss](), self.params(), self.x, self.t,
            optimizer=self.optimizer, **self.how,
        )  # fmt: skip

    def report(self):
        """Return the report on this work, or the sentence of the error that it raises."""
        try:
            return self.step().check(self.work())
        except (TypeError, ValueError, KeyError) as error:
            return error
