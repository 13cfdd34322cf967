"""
Every activation and its slope
==============================

An activation bends a weighted sum. What counts for learning is its slope: the error is
multiplied by it on the way back.
"""

# %%
# Values in blue, slopes in orange. Where the orange line is at 0, no error passes.

import matplotlib.pyplot as plt
import numpy as np

import clearprop as cp

z = np.linspace(-5, 5, 401)[None, :]
parts = [
    cp.Identity(),
    cp.Sigmoid(),
    cp.Tanh(),
    cp.ReLU(),
    cp.LeakyReLU(0.1),
    cp.ELU(),
    cp.SELU(),
    cp.Softplus(),
]
parts += [cp.GELU(), cp.SiLU(), cp.Mish()]
fig, axes = plt.subplots(3, 4, figsize=(9, 6), layout="constrained", sharex=True)
for ax, part in zip(axes.flat, parts, strict=False):
    a, saved = part.forward(cp.readings.numpy, {}, z)
    slope, _ = part.pullback(cp.readings.numpy, {}, saved, np.ones_like(z))
    ax.axhline(0, color="0.85", linewidth=0.8)
    ax.plot(z[0], a[0])
    ax.plot(z[0], slope[0] * np.ones(z.size), linewidth=1)
    ax.set(title=type(part).__name__, ylim=(-1.9, 2.5))
    ax.spines[["top", "right"]].set_visible(False)
axes.flat[-1].set_axis_off()

# %%
# An activation of your own is two formulas, written with ``xp``. Softsign is not in the package.

from dataclasses import dataclass


@dataclass(frozen=True)
class Softsign(cp.Activation):
    """f(z) = z / (1 + |z|)."""

    def value(self, xp, z):
        """Return f(z)."""
        return z / (1.0 + xp.absolute(z))

    def slope(self, xp, z, a):
        """Return f'(z)."""
        return 1.0 / (1.0 + xp.absolute(z)) ** 2


# %%
# It is checked by a method that shares no formula with it, and prints its equations like all
# others.

net = cp.Chain(cp.Dense(2, 3), Softsign(), cp.Dense(3, 1))
rng = np.random.default_rng(0)
params, x, t = net.init(rng), rng.standard_normal((5, 2)), rng.standard_normal((5, 1))
print(cp.check_gradients(net, cp.SquaredError(), params, x, t))
step = cp.explain(net, cp.SquaredError(), params, x, t)
print(step.equation("softsign1.y"))
print(step.equation("dense1.delta"))
