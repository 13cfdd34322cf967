"""
Units that died
===============

A ReLU whose sum is below zero for every row gives 0 and passes no error back. It never learns
again. The loss alone does not show it.
"""

# %%
# A network whose first biases are far below zero: most of its hidden units are dead from the
# start.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

import clearprop as cp

X, y = load_digits(return_X_y=True)
X = X / 16


def trained(activation, bias):
    """Return the result of 20 epochs with first biases of `bias` in 24 of 32 units."""
    net = cp.Chain(cp.Dense(64, 32), activation, cp.Dense(32, 10))
    params = net.init(np.random.default_rng(0))
    params["dense1"]["b"][:24] = bias
    return cp.train(
        net, cp.CrossEntropy(), params, X, y, optimizer=cp.Adam(0.005), epochs=20, seed=0
    )


ill = trained(cp.ReLU(), -40.0)
print(ill.health)

# %%
# The part of the rows for which each unit gives more than 0.

hidden = X @ ill.params["dense1"]["W"] + ill.params["dense1"]["b"]
fig, ax = plt.subplots(figsize=(6, 2.6), layout="constrained")
ax.bar(range(32), (hidden > 0).mean(axis=0))
ax.set(xlabel="hidden unit", ylabel="part of rows above 0")
ax.spines[["top", "right"]].set_visible(False)

# %%
# The advice, tried: other first biases; and a LeakyReLU, which passes a hundredth of the error
# on.

for name, result in {
    "ReLU, biases 0": trained(cp.ReLU(), 0.0),
    "LeakyReLU, biases −40": trained(cp.LeakyReLU(), -40.0),
    "ReLU, biases −40": ill,
}.items():
    print(f"{name}: loss {result.final_loss:.4f}")
