"""Slips in slopes, in the way back, in biases and in scale."""

import numpy as np

from tests.explaining.restated.by_hand import Hand, sigmoid
from tests.explaining.restated.registry import New, slip

# Slopes and the way back.


@slip("output dW without the slope", r"slope missing in .*(dense2\.dW|dW2)", "dense2.dW")
class OutputSlopeMissing(Hand):
    def dW(self, a, delta):
        return a.T @ (self.p - self.t) / self.rows if a is self.a1 else a.T @ delta


@slip("bias as an activation", r"sum of (the )?delta|dz/db is 1", "dense1.db")
class BiasAsActivation(Hand):
    def db(self, delta, k):
        b = self.b1 if k == 1 else self.b2
        return (delta * sigmoid(b) * (1 - sigmoid(b))).sum(axis=0) if k == 1 else delta.sum(axis=0)


@slip("slope taken at a", r"slope .* at a\b", "dense2.dW")
class SlopeAtA(Hand):
    def slope(self, kind, z, a):
        return sigmoid(a) * (1 - sigmoid(a))


@slip("output slope missing, weights updated first",
      r"activation slope missing in sigmoid2.*weights updated before|"
      r"weights updated before.*activation slope missing in sigmoid2",
      "dense2.b.new")  # fmt: skip
class UpdatedFirst(New):
    def output_slope(self):
        return 1.0

    def sent_back(self):
        return self.delta2 @ (self.W2 - self.rate * self.dW2).T


@slip("raw error sent back", r"raw error sent back", "dense1.dW")
class RawError(Hand):
    def sent_back(self):
        return self.error(self.p, self.t) @ self.W2.T


@slip("error not sent through W", r"through W|without W", "dense1.dW")
class NotThroughW(Hand):
    sizes = (2, 3, 3)

    def sent_back(self):
        return self.delta2


class Tanh(Hand):
    """A tanh layer; subclasses take another function's slope."""

    hidden = "tanh"


@slip("sigmoid's slope for tanh", r"sigmoid's slope|slope of (the )?sigmoid", "dense1.dW")
class SigmoidSlopeForTanh(Tanh):
    def hidden_slope(self):
        return self.a1 * (1 - self.a1)


@slip("sigmoid's slope for a linear output", r"sigmoid's slope|slope of (the )?sigmoid",
      "dense2.dW")  # fmt: skip
class SigmoidSlopeForLinear(Tanh):
    output = None

    def output_slope(self):
        return self.o * (1 - self.o)


@slip("ReLU's slope z", r"a in place of ReLU's slope", "dense1.dW")
class SlopeZ(Hand):
    hidden, seed = "relu", 1

    def hidden_slope(self):
        return np.maximum(self.z1, 0)


@slip("ReLU missing forward", r"(is|that is) z itself|activation missing", "relu1.y")
class NoReLU(Hand):
    hidden = "relu"

    def hidden_forward(self, z):
        return z

    def work(self):
        return {"relu1.y": self.a1, **self.gradients()}


# Biases.


@slip("one db for all units", r"axis 0|over (the )?rows only", "dense2.b.new")
class OneBiasGradient(New):
    def db(self, delta, k):
        return np.full(delta.shape[1], delta.sum())


@slip("db a single number", r"axis 0|over (the )?rows only")
class BiasGradientANumber(Hand):
    def db(self, delta, k):
        return delta.sum()


@slip("db not summed", r"one gradient (per|a) row|sum (them )?over the rows")
class BiasGradientPerRow(Hand):
    def db(self, delta, k):
        return delta


@slip("db made from dW", r"(made|summed) from dW|sum of dW", "dense2.db")
class BiasGradientFromDW(Hand):
    def db(self, delta, k):
        return (self.dW2 if k == 2 else self.dW1).sum(axis=0)


# Scale.


@slip("dW2 twice", r"dW taken twice in dense2", "dense2.dW")
class DoubledDW2(Hand):
    def gradients(self):
        return {**super().gradients(), "dense2.dW": 2 * self.dW2}


@slip("db1 four times",
      r"exactly 4|bias summed, not averaged in dense1",
      "dense1.db")  # fmt: skip
class FourfoldDb1(Hand):
    def gradients(self):
        return {**super().gradients(), "dense1.db": 4 * self.db1}


@slip("cost over classes",
      r"mean over (the )?outputs",
      "nothing")  # fmt: skip
class OverClasses(Hand):
    loss, output = "softmax", None

    def value(self, p, t):
        return super().value(p, t) / t.shape[1]

    def error(self, p, t):
        return super().error(p, t) / t.shape[1]


@slip("divided by K in place of N", r"(divided by|over) (K|the outputs).*N", "dense2.dW")
class DividedByK(Hand):
    sizes = (2, 3, 3)

    def error(self, p, t):
        return (p - t) / t.shape[1]


@slip("1/n for 2/n",
      r"half",
      "dense2.dW")  # fmt: skip
class HalfOfMeanSquare(Hand):
    sizes = (2, 3, 3)

    def value(self, p, t):
        return ((p - t) ** 2).mean()

    def error(self, p, t):
        return (p - t) / p.size


@slip("cost averaged, gradients summed", r"1/N missing.*gradient|gradient.*1/N missing",
      "dense2.dW")  # fmt: skip
class SummedGradients(Hand):
    def error(self, p, t):
        return p - t


@slip("gradients of the step before kept",
      r"last step's was not cleared",
      "dense2.dW")  # fmt: skip
class Accumulated(Hand):
    def gradients(self):
        found = super().gradients()
        return {k: v if k == "E" else 2 * v for k, v in found.items()}


@slip("full rate per row",
      r"N updates of one row",
      "dense2.b.new")  # fmt: skip
class Online(New):
    def work(self):
        return online(self)


def online(hand, rate=None):
    """Return the new parameters after one update for each row, in order."""
    rate = hand.rate if rate is None else rate
    W1, b1, W2, b2 = (a.copy() for a in (hand.W1, hand.b1, hand.W2, hand.b2))
    for x, t in zip(hand.x[:, None], hand.t[:, None], strict=True):
        a = sigmoid(x @ W1 + b1)
        o = sigmoid(a @ W2 + b2)
        d2 = (o - t) * o * (1 - o)
        d1 = d2 @ W2.T * a * (1 - a)
        W2, b2 = W2 - rate * a.T @ d2, b2 - rate * d2[0]
        W1, b1 = W1 - rate * x.T @ d1, b1 - rate * d1[0]
    return {"dense1.W.new": W1, "dense1.b.new": b1, "dense2.W.new": W2, "dense2.b.new": b2}
