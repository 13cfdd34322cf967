"""
The error that vanishes on its way
==================================

Each sigmoid multiplies the error by its slope, which is at most a quarter. After seven layers
next to nothing is left, and the first layers do not learn.
"""

# %%
# Seven hidden layers of sigmoids, and seven of ReLUs with shortcuts around them.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

import clearprop as cp

X, y = load_digits(return_X_y=True)
X = X / 16
deep = cp.Chain(
    cp.Dense(64, 16), cp.Sigmoid(), *[cp.Dense(16, 16), cp.Sigmoid()] * 6, cp.Dense(16, 10)
)
block = cp.Residual(cp.Chain(cp.LayerNorm(16), cp.Dense(16, 16), cp.ReLU()))
short = cp.Chain(cp.Dense(64, 16), *[block] * 7, cp.Dense(16, 10))
results = {}
for name, net in {"sigmoids": deep, "shortcuts": short}.items():
    params = net.init(np.random.default_rng(0))
    results[name] = cp.train(
        net, cp.CrossEntropy(), params, X, y, optimizer=cp.Adam(0.003), epochs=15, seed=0, vitals=15
    )
    print(f"{name}: loss {results[name].final_loss:.3f}")

# %%
# The diagnosis of both.

for name, result in results.items():
    print(f"{name}: {result.health}")

# %%
# How strong an error arrives at each dense layer, at the end of training. ``vitals`` measured it.

fig, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
for name, result in results.items():
    layers = [layer for layer in result.vitals[-1].layers if "dense" in layer.path]
    ax.semilogy(range(1, len(layers) + 1), [layer.signal for layer in layers], "o-", label=name)
ax.set(xlabel="dense layer, from the first to the last", ylabel="size of the error signal")
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)

# %%
# In scikit-learn's form: the gradient's entries, layer by layer.

clf = cp.MLPClassifier((16,) * 5, activation="logistic", early_stopping=True, random_state=0).fit(
    X, y
)
fig, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
cp.GradientFlowDisplay.from_estimator(clf, X, y, ax=ax)
