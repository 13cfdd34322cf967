"""
A layer of your own, proven
===========================

A layer is three pure methods: first parameters, forward, pullback. ``check_gradients`` proves
the pullback by a method that does not share its formulas.
"""

# %%
# A layer that multiplies each input by a learned number: y = x ⊙ s. One line of its pullback is
# wrong.

from dataclasses import dataclass

import numpy as np

import clearprop as cp


@dataclass(frozen=True)
class Scaling(cp.Layer):
    """y = x ⊙ s: a number for each input."""

    width: int

    def init(self, rng, dtype=float):
        """Return ones."""
        return {"s": np.ones(self.width, dtype)}

    def forward(self, xp, params, x, given=None):
        """Return x ⊙ s, and x for the way back."""
        return x * params["s"], x

    def pullback(self, xp, params, saved, dy):
        """Return the gradient of the input, and of s."""
        return dy * params["s"], {"s": xp.mean(saved * dy, axis=0)}


rng = np.random.default_rng(0)
net = cp.Chain(Scaling(3), cp.Dense(3, 4), cp.Tanh(), cp.Dense(4, 1))
params, x, t = net.init(rng), rng.standard_normal((6, 3)), rng.standard_normal((6, 1))
report = cp.check_gradients(net, cp.SquaredError(), params, x, t)
print(report)

# %%
# The gradients of ``s`` alone are wrong, each by the same factor: the mean over rows is taken in
# the loss already.

print(isinstance(report, cp.GradientReport))
print(sorted(found.where for found in report.wrong if "direction" not in found.where))
found = report.worst
print(f"ratio {found.other / found.backprop:.6f} for {len(x)} rows")

# %%
# A sum in place of the mean, and it is right.


class Mended(Scaling):
    """The same with a sum over the rows."""

    def pullback(self, xp, params, saved, dy):
        """Return the gradient of the input, and of s."""
        return dy * params["s"], {"s": xp.sum(saved * dy, axis=0)}


net = cp.Chain(Mended(3), cp.Dense(3, 4), cp.Tanh(), cp.Dense(4, 1))
params = net.init(rng)
print(str(cp.check_gradients(net, cp.SquaredError(), params, x, t)).splitlines()[0])

# %%
# From here on it does what the package's own layers do: it trains, and a step of it opens with
# its equations.

result = cp.train(net, cp.SquaredError(), params, x, t, epochs=50, seed=0, engine="numpy")
print(result)
step = cp.explain(net, cp.SquaredError(), params, x, t)
print(step.equation("mended1.y"), "  ", step.equation("mended1.ds"))
