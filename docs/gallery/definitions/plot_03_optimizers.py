"""
From a gradient to a change
===========================

An optimizer is a formula that turns a gradient into a change of the weights. The same ones walk
down hills and train networks.
"""

# %%
# A bent valley: steep across, flat along. Plain descent zigzags, momentum rolls, Adam takes equal
# strides.

import matplotlib.pyplot as plt
import numpy as np

import clearprop as cp
from clearprop.descent.display import WalkDisplay

optimizers = {
    "SGD": cp.SGD(0.09),
    "momentum": cp.SGD(0.03, momentum=0.9),
    "RMSProp": cp.RMSProp(0.05),
    "Adam": cp.Adam(0.3),
}
race = cp.race(cp.landscapes.bowl(20.0), (-1.8, 1.5), optimizers, steps=60)
fig, ax = plt.subplots(figsize=(6, 4.2), layout="constrained")
WalkDisplay.from_walks(race.walks, ax=ax)

# %%
# An update taken apart: how much of it is momentum, gradient, weight decay. The parts sum to the
# change.

net = cp.Chain(cp.Dense(2, 2), cp.Tanh(), cp.Dense(2, 1))
params = net.init(np.random.default_rng(0))
x, t = np.array([[0.5, -1.0], [1.5, 0.25]]), np.array([[0.2], [-0.4]])
for optimizer in (
    cp.SGD(0.01),
    cp.AdamW(0.01, weight_decay=0.1),
    cp.WeightDecay(cp.SGD(0.01), decay=0.1),
):
    step = cp.explain(net, cp.SquaredError(), params, x, t, optimizer=optimizer)
    print("\n".join(str(step).splitlines()[-5:]), end="\n\n")

# %%
# One of your own: only the sign of the gradient counts. It is two pure functions.

from dataclasses import dataclass


@dataclass(frozen=True)
class SignDescent(cp.Optimizer):
    """θ ← θ − η sign(g)."""

    learning_rate: float = 0.01

    def init(self, params, penalised=None):
        """Return that nothing is remembered."""
        return {}

    def update(self, xp, grads, state, params, rate):
        """Return the parameters after a step."""
        return params - rate * xp.sign(grads), state


print(
    cp.train(
        net,
        cp.SquaredError(),
        params,
        x,
        t,
        optimizer=SignDescent(),
        epochs=40,
        seed=0,
        engine="numpy",
    )
)
