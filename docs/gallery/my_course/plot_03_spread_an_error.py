"""
Spread an error over weights
============================

An output is wrong. Which of the hidden values before it answers for how much of that? Several
rules have been taught. Only one of them is the derivative.
"""

# %%
# One output of 0.92 should be 1. Four weights led to it. Even: a quarter each. Proportional: by
# the weight.

import matplotlib.pyplot as plt
import numpy as np

import clearprop as cp

weights = np.array([[0.6], [0.4], [0.1], [0.2]])
error = 1 - 0.92
for rule in (cp.credit.Even(), cp.credit.Proportional()):
    print(f"{type(rule).__name__:13}", (error * rule.shares(weights)).ravel().round(4))

# %%
# Weights may cancel. Then the proportional rule divides by zero, and says so.

try:
    cp.credit.Proportional().shares(np.array([[0.6], [-0.6]]))
except cp.credit.CancellingWeightsError as refused:
    print(refused)

# %%
# In a network: the angle between what a rule gives and the true gradient. Below 90° a step still
# leads downhill.

rng = np.random.default_rng(0)
x = rng.uniform(-1, 1, (200, 2))
t = np.eye(2)[(x[:, 0] * x[:, 1] > 0).astype(int)]
net = cp.Chain(cp.Dense(2, 8), cp.Sigmoid(), cp.Dense(8, 2), cp.Sigmoid())
params = net.init(rng)
print(cp.credit.compare(net, cp.SquaredError(), params, x, t))

# %%
# Trained with each of them, from the same start. Random feedback learns, to everyone's surprise.

rules = [
    cp.credit.Exact(),
    cp.credit.TransposedWeights(),
    cp.credit.Even(),
    cp.credit.FeedbackAlignment(seed=1),
]
fig, ax = plt.subplots(figsize=(6, 3.5), layout="constrained")
for rule in rules:
    run = cp.credit.train(
        net, cp.SquaredError(), params, x, t, rule, rate=3.0, epochs=100, batch_size=10, seed=0
    )
    ax.plot(run.losses, label=str(run).partition(":")[0])
ax.set(xlabel="epoch", ylabel="loss")
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
