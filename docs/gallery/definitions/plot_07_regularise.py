"""
Keep a network from learning the noise
======================================

Few rows, many weights: the network learns the rows by heart. A penalty, dropout, batch
normalization and weight decay keep it from that, each in its own way.
"""

# %%
# Twenty-five noisy points of a sine.

import matplotlib.pyplot as plt
import numpy as np

import clearprop as cp

rng = np.random.default_rng(2)
x = np.sort(rng.uniform(-3, 3, (25, 1)), axis=0)
t = np.sin(x) + rng.normal(0, 0.5, x.shape)
grid = np.linspace(-3, 3, 300)[:, None]

plain = cp.Chain(cp.Dense(1, 64), cp.ReLU(), cp.Dense(64, 64), cp.ReLU(), cp.Dense(64, 1))
dropout = cp.Chain(
    cp.Dense(1, 64), cp.ReLU(), cp.Dense(64, 64), cp.ReLU(), cp.Dropout(0.3), cp.Dense(64, 1)
)
normed = cp.Chain(
    cp.Dense(1, 64), cp.BatchNorm(64), cp.ReLU(), cp.Dense(64, 64), cp.ReLU(), cp.Dense(64, 1)
)
ways = {
    "nothing": (plain, {}),
    "L2 penalty": (plain, {"l2": cp.L2(0.005)}),
    "weight decay": (plain, {"optimizer": cp.AdamW(0.01, weight_decay=0.5)}),
    "dropout": (dropout, {}),
    "batch norm": (normed, {}),
}

# %%
# All trained alike, and held against the true curve.

fig, axes = plt.subplots(1, 5, figsize=(11, 2.6), layout="constrained", sharey=True)
for ax, (name, (net, settings)) in zip(axes, ways.items(), strict=True):
    settings = {"optimizer": cp.Adam(0.01), "epochs": 400, "batch_size": 20, "seed": 0} | settings
    result = cp.train(net, cp.SquaredError(), net.init(np.random.default_rng(0)), x, t, **settings)
    missed = np.sqrt(np.mean((result.predict(grid) - np.sin(grid)) ** 2))
    ax.scatter(x, t, s=8, color="0.6")
    ax.plot(grid, np.sin(grid), color="0.8")
    ax.plot(grid, result.predict(grid))
    ax.set_title(f"{name}: off by {missed:.2f}", fontsize=9)
    ax.spines[["top", "right"]].set_visible(False)

# %%
# Dropout and batch norm behave differently in training and in prediction. What a network has
# learned beside its weights is its state.

print(
    isinstance(result, cp.TrainingResult),
    {layer: sorted(kept) for layer, kept in result.state.items()},
)
