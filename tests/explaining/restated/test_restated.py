"""What learners really write: each slip is named, each right step in a common convention accepted.

A second restating of the slips in tests/explaining/learners.py, in code written without looking at
the first.
"""

import re
from collections.abc import Callable
from typing import ClassVar, NamedTuple

import numpy as np
import pytest

import clearprop as cp
from tests.explaining.restated.by_hand import Hand, sigmoid


class Slip(NamedTuple):
    """A wrong step, the quantity that is wrong first (None: an error says it), and its name."""

    made: Callable[[], Hand]
    first: str | None
    says: str


SLIPS: dict[str, Slip] = {}
RIGHT: dict[str, Callable[[], object]] = {}


def slip(name, says, first=None):
    """Register a subclass of `Hand` as a slip; `says` is a pattern of what must be said."""

    def register(made):
        SLIPS[name] = Slip(made, first, says)
        return made

    return register


def right(name):
    """Register work that is right, and must be accepted."""

    def register(made):
        RIGHT[name] = made
        return made

    return register


class New(Hand):
    """Hands over new parameters only."""

    def work(self):
        return self.new()


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


# Updates.


class Momentum(New):
    """SGD with momentum, at a later step."""

    optimizer = cp.SGD(0.1, momentum=0.9)

    def task(self):
        rng = np.random.default_rng(3)
        sizes = {"W1": self.W1, "b1": self.b1, "W2": self.W2, "b2": self.b2}
        self.velocity = {name: 0.1 * rng.normal(size=a.shape) for name, a in sizes.items()}
        flat = np.concatenate([np.ravel(v) for v in self.velocity.values()])
        self.how = {"state": {"velocity": flat}}

    def moved(self, theta, g, name):
        return theta + 0.9 * self.velocity[name] - self.rate * g


right("momentum by hand")(lambda: Momentum().report())


@slip("momentum times the weight",
      r"momentum",
      "dense2.b.new")  # fmt: skip
class MomentumTimesWeight(Momentum):
    def moved(self, theta, g, name):
        return theta + 0.9 * theta - self.rate * g


@slip("the velocity's sign",
      r"velocity|wrong sign|step uphill",
      "dense2.b.new")  # fmt: skip
class VelocitySign(Momentum):
    def moved(self, theta, g, name):
        return theta + 0.9 * self.velocity[name] + self.rate * g


class Adam(New):
    """Adam at its second step, after one with the same gradients."""

    optimizer = cp.Adam(0.1)
    steps = 1

    def task(self):
        self.how = {"state": {"m": np.zeros(17), "v": np.zeros(17), "t": 0}}

    def before(self, g):
        return 0.1 * g, 0.001 * g**2

    def corrected(self, m, v, t):
        return m / (1 - 0.9**t), v / (1 - 0.999**t)

    def moved(self, theta, g, name):
        m, v = self.before(g)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        m, v = self.corrected(m, v, 2)
        return theta - self.rate * m / (np.sqrt(v) + 1e-8)

    def step(self):
        parts = [self.dW1, self.db1, self.dW2, self.db2]
        g = np.concatenate([np.ravel(part) for part in parts])
        self.how = {"state": {"m": 0.1 * g, "v": 0.001 * g**2, "t": 1}}
        return super().step()


right("Adam by hand")(lambda: Adam().report())


@slip("corrected averages stored back",
      r"stored|kept corrected|corrected .*(m|averages)",
      "dense2.b.new")  # fmt: skip
class StoredBack(Adam):
    def before(self, g):
        return g, g**2


@slip("Adam's correction multiplied",
      r"multiplied|divided?",
      "dense2.b.new")  # fmt: skip
class Multiplied(Adam):
    def corrected(self, m, v, t):
        return m * (1 - 0.9**t), v * (1 - 0.999**t)


class Decayed(New):
    """An L2 penalty of 0.1."""

    how: ClassVar[dict] = {"l2": 0.1}

    def moved(self, theta, g, name):
        return theta - self.rate * (g + self.pull(theta) * (name[0] == "W"))

    def pull(self, theta):
        return 0.1 * theta


right("L2 by hand")(lambda: Decayed().report())


@slip("weight decay's sign",
      r"L2 .*sign",
      "dense2.W.new")  # fmt: skip
class DecaySign(Decayed):
    def pull(self, theta):
        return -0.1 * theta


@slip("half of lambda",
      r"L2 (halved|.*half)",
      "dense2.W.new")  # fmt: skip
class HalfLambda(Decayed):
    def pull(self, theta):
        return 0.05 * theta


# Right numbers of a network that cannot learn.


@slip("an equal start", r"identical|same (start|weights)", "nothing")
class EqualStart(Hand):
    def task(self):
        self.W1[:], self.b1[:], self.W2[:] = 0.5, 0.0, 0.5


@slip("a target out of reach", r"out of reach|sigmoid .*(0 and 1|0 to 1)", "nothing")
class OutOfReach(Hand):
    def task(self):
        self.t[:] = 2.0


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


# What `check_work` must say of a training function.


def checked(function, **how):
    """Return what `check_work` says of a training function, or the error."""
    hand = Hand()
    how = {"optimizer": cp.SGD(hand.rate), **how}
    try:
        return cp.check_work(
            function(hand), hand.network(), cp.SquaredError(), hand.params(), hand.x, hand.t, **how
        )
    except (TypeError, ValueError, KeyError) as error:
        return error


@right("new weights as W1, b1, W2, b2")
def short_names():
    def function(hand):
        short = {"dense1.W.new": "W1", "dense1.b.new": "b1", "dense2.W.new": "W2",
                 "dense2.b.new": "b2"}  # fmt: skip
        return lambda params, x, t: {short[path]: new for path, new in hand.new().items()}

    return checked(function)


FUNCTIONS = {
    "nothing updated": (lambda hand: lambda params, x, t: None, r"nothing updated"),
    "N updates of one row in one call": (
        lambda hand: lambda params, x, t: online(hand), r"N updates of one row"),
    "no learning rate": (
        lambda hand: lambda params, x, t: {
            f"dense{k}.{name}.new": theta - g
            for k, name, theta, g in (
                (1, "W", hand.W1, hand.dW1), (1, "b", hand.b1, hand.db1),
                (2, "W", hand.W2, hand.dW2), (2, "b", hand.b2, hand.db2))},
        r"learning rate|without η|η missing"),
}  # fmt: skip


def said(case):
    """Return the report of a slip, and whether it is what should be said."""
    made, first, words = SLIPS[case]
    report = made().report()
    text = str(report)
    named = re.search(words, text) is not None
    if first is None:
        return text, named and isinstance(report, Exception)
    if isinstance(report, Exception):
        return text, False
    if first == "nothing":
        return text, named and bool(report)
    whole = "more went wrong after it" not in text
    return text, named and whole and report.first_wrong is not None and (
        report.first_wrong.path == first
    )  # fmt: skip


@pytest.mark.parametrize("case", SLIPS)
def test_a_slip_is_named(case):
    text, holds = said(case)
    assert holds, text


@pytest.mark.parametrize("case", RIGHT)
def test_right_work_is_accepted(case):
    report = RIGHT[case]()
    accepted = isinstance(report, cp.CheckReport) and bool(report)
    assert accepted, str(report)


@pytest.mark.parametrize("case", FUNCTIONS)
def test_a_training_function_is_told_what_it_did(case):
    function, words = FUNCTIONS[case]
    text = str(checked(function))
    assert re.search(words, text) is not None, text
