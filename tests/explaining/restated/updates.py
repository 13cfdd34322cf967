"""Slips in updates, and right numbers of a network that cannot learn."""

from typing import ClassVar

import numpy as np

import clearprop as cp
from tests.explaining.restated.by_hand import Hand
from tests.explaining.restated.registry import New, right, slip

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
