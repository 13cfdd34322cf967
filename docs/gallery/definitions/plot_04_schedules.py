"""
Learning rates over time
========================

Long strides at first, short ones at the end. A schedule is the factor by which the learning
rate is multiplied at each step.
"""

# %%
# The package's schedules over 20 epochs of 5 steps.

import matplotlib.pyplot as plt
import numpy as np

import clearprop as cp
from clearprop.definitions.schedules import Progress

schedules = {
    "Constant": cp.Constant(),
    "StepDecay": cp.StepDecay(every=6, by=0.4),
    "InverseScaling": cp.InverseScaling(),
    "Cosine": cp.Cosine(),
    "OneCycle": cp.OneCycle(),
    "WarmUp, then Cosine": cp.WarmUp(steps=20, then=cp.Cosine()),
    "the first half of Cosine": cp.Truncated(cp.Cosine(), part=0.5),
    "Adaptive": cp.Adaptive(),
}
fig, axes = plt.subplots(2, 4, figsize=(9, 3.8), layout="constrained", sharex=True, sharey=True)
for ax, (name, schedule) in zip(axes.flat, schedules.items(), strict=True):
    factors = schedule.factors(Progress(0, 100), epochs=20, steps=5, rows=50)
    ax.plot(np.arange(100) / 5, factors.ravel())
    ax.set_title(name, fontsize=9)
    ax.spines[["top", "right"]].set_visible(False)
for ax in axes[1]:
    ax.set_xlabel("epoch")

# %%
# ``Adaptive`` looks constant: it waits until the loss falls no more, which it cannot know
# beforehand.

rng = np.random.default_rng(0)
x = rng.standard_normal((200, 3))
t = x @ [[1.0], [-2.0], [0.5]] + rng.normal(0, 0.5, (200, 1))
net = cp.Chain(cp.Dense(3, 8), cp.Tanh(), cp.Dense(8, 1))
params = net.init(rng)

# %%
# One of your own is a function of the progress. Sawteeth: fall, and start again every tenth
# epoch.

from dataclasses import dataclass


@dataclass(frozen=True)
class Sawteeth(cp.Schedule):
    """Fall from 1 to 0.1 in ten epochs, again and again."""

    def factor(self, progress):
        """Return the factor of a step."""
        return 1 - 0.1 * (progress.epoch % 10)


fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
for name, schedule in {
    "Constant": cp.Constant(),
    "Cosine": cp.Cosine(),
    "Sawteeth": Sawteeth(),
}.items():
    result = cp.train(
        net,
        cp.SquaredError(),
        params,
        x,
        t,
        optimizer=cp.SGD(0.15),
        schedule=schedule,
        epochs=40,
        batch_size=10,
        seed=0,
    )
    ax.plot(result.history.loss, label=name)
ax.set(xlabel="epoch", ylabel="loss", ylim=(0.1, 0.25))
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
