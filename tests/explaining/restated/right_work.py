"""Right work in the conventions that people use."""

import numpy as np

import clearprop as cp
from tests.explaining.restated.by_hand import Hand
from tests.explaining.restated.losses import Softmax, numeric, run
from tests.explaining.restated.registry import New, right, slip
from tests.explaining.restated.updates import Adam, Momentum

# Right work.


class Square(New):
    """All sides equal, handed over by columns: W (units, inputs)."""

    sizes = (2, 2, 2)

    def work(self):
        return {path: array.T for path, array in super().work().items()}


@right("square matrices by columns")
def square():
    return Square().report()


@slip("square matrices by columns, slope missing",
      r"activation slope missing in sigmoid1",
      "dense1.b.new")  # fmt: skip
class SquareSlopeMissing(Square):
    def hidden_slope(self):
        return 1.0


@slip("2-2-1 by columns, raw error", r"cause: raw error sent back", "dense1.b.new")
class XorByColumns(Square):
    sizes = (2, 2, 1)

    def sent_back(self):
        return self.error(self.p, self.t) @ self.W2.T


@slip("2-2-1, dW1 transposed", r"dW transposed in dense1", "dense1.dW")
class XorTransposed(Hand):
    sizes = (2, 2, 1)

    def gradients(self):
        return {**super().gradients(), "dense1.dW": self.dW1.T}


class NInGradients(Hand):
    """dZ = A - Y, and 1 / m in dW and db."""

    loss, output = "softmax", None

    def error(self, p, t):
        return p - t

    def dW(self, a, delta):
        return a.T @ delta / self.rows

    def db(self, delta, k):
        return delta.sum(axis=0) / self.rows

    def work(self):
        return {"dense2.delta": self.delta2, "dense1.delta": self.delta1, **self.gradients()}


@right("1/m in dW")
def n_in_gradients():
    return NInGradients().report()


@right("central differences")
def central():
    hand = Hand()

    def E(W):
        return hand.value(run(hand, W1=W), hand.t)

    return hand.step().check({"dense1.dW": numeric(E, hand.W1, 1e-4)})


@right("log(p + 1e-8)")
def guarded():
    class Guarded(Softmax):
        def value(self, p, t):
            return -(t * np.log(p + 1e-8)).sum() / len(t)

    return Guarded().report()


@right("the (1 - mu) form of momentum")
def convex_momentum():
    class Convex(Momentum):
        def moved(self, theta, g, name):
            return theta + 0.9 * self.velocity[name] - 0.1 * self.rate * g

    return Convex().report()


@right("the mean square error, 2/n")
def mean_square():
    class MeanSquare(Hand):
        sizes = (2, 3, 3)

        def value(self, p, t):
            return ((p - t) ** 2).mean()

        def error(self, p, t):
            return 2 * (p - t) / p.size

    return MeanSquare().report()


@right("a loss summed over the rows")
def summed():
    class Summed(Hand):
        def value(self, p, t):
            return super().value(p, t) * len(t)

        def error(self, p, t):
            return p - t

    return Summed().report()


@right("ReLU's slope 1 at 0")
def slope_at_zero():
    class AtZero(Hand):
        hidden = "relu"

        def task(self):
            self.W1[:, 0], self.b1[0] = 0.0, 0.0

        def hidden_slope(self):
            return (self.z1 >= 0) * 1.0

    return AtZero().report()


@right("Adam's epsilon in the root")
def epsilon_in_root():
    class InRoot(Adam):
        def moved(self, theta, g, name):
            m, v = self.corrected(0.19 * g, 0.001999 * g**2, 2)
            return theta - self.rate * m / np.sqrt(v + 1e-8)

    return InRoot().report()


@right("AdamW with the decay of biases too")
def decayed_biases():
    class Decoupled(Adam):
        optimizer = cp.AdamW(0.1, weight_decay=0.01)

        def moved(self, theta, g, name):
            return super().moved(theta, g, name) - self.rate * 0.01 * theta

        def step(self):
            parts = [self.dW1, self.db1, self.dW2, self.db2]
            g = np.concatenate([np.ravel(part) for part in parts])
            weights = np.repeat([1.0, 0.0, 1.0, 0.0], [part.size for part in parts])
            start = self.optimizer.init(g, weights)
            inner = {**start["inner"], "m": 0.1 * g, "v": 0.001 * g**2, "t": 1}
            self.how = {"state": {**start, "inner": inner}}
            return Hand.step(self)

    return Decoupled().report()
