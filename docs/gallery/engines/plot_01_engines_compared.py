"""
The same step by two engines
============================

NumPy runs the definitions as they are written. Compiled kernels restate the hot formulas. Both
give the same numbers, but for rounding; the second takes less time.
"""

# %%
# A network with three kinds of layers, trained by both.

import time

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

import clearprop as cp

X, y = load_digits(return_X_y=True)
X = X / 16
net = cp.Chain(cp.Dense(64, 32), cp.LayerNorm(32), cp.GELU(), cp.Dense(32, 10))
params = net.init(np.random.default_rng(0))
results, seconds = {}, {}
for engine in ("numpy", "compiled"):
    cp.train(net, cp.CrossEntropy(), params, X[:64], y[:64], epochs=1, seed=0, engine=engine)
    began = time.perf_counter()
    results[engine] = cp.train(
        net, cp.CrossEntropy(), params, X, y, epochs=8, seed=0, engine=engine
    )
    seconds[engine] = time.perf_counter() - began
print(
    f"NumPy takes {seconds['numpy'] / seconds['compiled']:.1f} times as long on this machine, now"
)

# %%
# The largest difference of a weight after eight epochs.

numpy, compiled = (results[engine].params["dense2"]["W"] for engine in ("numpy", "compiled"))
print(f"{np.abs(numpy - compiled).max():.1e}")

# %%
# The curves lie on each other.

fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
ax.plot(results["numpy"].history.loss, linewidth=5, alpha=0.3, label="numpy")
ax.plot(results["compiled"].history.loss, label="compiled")
ax.set(xlabel="epoch", ylabel="loss")
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)

# %%
# What the kernels do not know, they do not guess: "auto" takes NumPy then, with a warning that
# names the part.


class Cube(cp.Activation):
    """f(z) = z³, which no kernel has."""

    def value(self, xp, z):
        """Return f(z)."""
        return z * z * z

    def slope(self, xp, z, a):
        """Return f'(z)."""
        return 3.0 * z * z


own = cp.Chain(cp.Dense(64, 4), Cube(), cp.Dense(4, 10))
try:
    cp.train(
        own,
        cp.CrossEntropy(),
        own.init(np.random.default_rng(0)),
        X,
        y,
        epochs=1,
        engine="compiled",
    )
except ValueError as refused:
    print(refused)
