"""
Every loss, and one of your own
===============================

A loss says what a wrong answer costs. Its slope is the error signal that the backward pass
starts from.
"""

# %%
# Losses of a number: how they grow with the distance decides what an outlier may do.

import matplotlib.pyplot as plt
import numpy as np

import clearprop as cp

xp = cp.readings.numpy
o = np.linspace(-3, 3, 301)[:, None]
zero = np.zeros_like(o)
fig, axes = plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
for loss in (cp.SquaredError(), cp.AbsoluteError(), cp.Huber(1.0), cp.Quantile(0.9)):
    axes[0].plot(o, loss.value(xp, o, zero), label=type(loss).__name__)
    axes[1].plot(o, loss.gradient(xp, o, zero))
axes[0].set(title="value", xlabel="output − target")
axes[1].set(title="slope", xlabel="output − target")
axes[0].legend(frameon=False)
for ax in axes:
    ax.spines[["top", "right"]].set_visible(False)

# %%
# One outlier, and the line that each loss draws through the points.

rng = np.random.default_rng(0)
x = np.linspace(-1, 1, 40)[:, None]
t = 0.8 * x + rng.normal(0, 0.1, (40, 1))
t[35] = -4
net = cp.Chain(cp.Dense(1, 1))
params = net.init(rng)
fig, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
ax.scatter(x, t, s=12, color="0.4")
for loss in (cp.SquaredError(), cp.AbsoluteError(), cp.Huber(0.2), cp.Quantile(0.9)):
    result = cp.train(
        net, loss, params, x, t, optimizer=cp.Adam(0.02), epochs=150, batch_size=40, seed=0
    )
    ax.plot(x, result.predict(x), label=type(loss).__name__)
ax.set(ylim=(-1.6, 1.6), xlabel="x")
ax.legend(frameon=False, ncols=2, loc="upper left")
ax.spines[["top", "right"]].set_visible(False)

# %%
# Losses of classes and counts have a link: what turns the raw output into a prediction. Each
# prints its convention.

for loss in (cp.BinaryCrossEntropy(), cp.CrossEntropy(label_smoothing=0.1), cp.Poisson()):
    print(f"{type(loss).__name__:19}{loss.convention}")

# %%
# A loss of your own is a value and a gradient. If they do not belong together, training refuses
# it before its first step.


class LogCosh(cp.Loss):
    """Like a square near the target, like a distance far from it."""

    formula = "Eₙ = Σⱼ ln cosh(oⱼ − tⱼ)"

    def value(self, xp, o, t):
        """Return each row's loss."""
        return xp.sum(xp.softplus(2 * (o - t)) - (o - t) - 0.6931471805599453, axis=1)

    def gradient(self, xp, o, t):
        """Return dE_n/do."""
        return xp.tanh(o - t)


mine = cp.train(
    net, LogCosh(), params, x, t, optimizer=cp.Adam(0.02), epochs=150, seed=0, engine="numpy"
)
print(mine)
print(bool(cp.check_gradients(net, LogCosh(), params, x, t)))
