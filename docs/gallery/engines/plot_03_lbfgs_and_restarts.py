"""
L-BFGS and restarts
===================

For few rows and a small network there is a better walker than gradient descent: it learns how
the ground bends. And one start may end in a basin, so take several.
"""

# %%
# Two spirals, one inside the other: hard for six units.

import matplotlib.pyplot as plt
import numpy as np

import clearprop as cp

rng = np.random.default_rng(0)
angle = np.sqrt(rng.uniform(0.05, 1, 200)) * 2.6 * np.pi
side = np.repeat([0, 1], 100)
x = (angle / 8 * np.array([np.cos(angle + np.pi * side), np.sin(angle + np.pi * side)])).T
x += rng.normal(0, 0.03, x.shape)
net = cp.Chain(cp.Dense(2, 6), cp.Tanh(), cp.Dense(6, 1))
params = net.init(np.random.default_rng(0))

# %%
# Both get 300 epochs. An iteration of L-BFGS counts as one, and takes all rows at once.

results = {
    "Adam": cp.train(
        net, cp.BinaryCrossEntropy(), params, x, side, optimizer=cp.Adam(0.01), epochs=300, seed=0
    ),
    "L-BFGS": cp.train(
        net, cp.BinaryCrossEntropy(), params, x, side, optimizer=cp.LBFGS(), epochs=300, l2=1e-4
    ),
}
fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
for name, result in results.items():
    ax.semilogy(result.history.loss, label=name)
ax.set(xlabel="epoch", ylabel="loss")
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)

# %%
# Eight starts, side by side in threads. The best is returned, all are ranked: the start above was
# the worst of them, in a basin.

best = cp.train(
    net,
    cp.BinaryCrossEntropy(),
    params,
    x,
    side,
    optimizer=cp.LBFGS(),
    epochs=300,
    l2=1e-4,
    restarts=8,
    seed=0,
)
print([f"{run.final_loss:.3f}" for run in best.restarts])

# %%
# What the best start has made of the plane.

u, v = np.meshgrid(np.linspace(-1.3, 1.3, 120), np.linspace(-1.3, 1.3, 120))
p = best.predict(np.column_stack([u.ravel(), v.ravel()])).reshape(u.shape)
fig, ax = plt.subplots(figsize=(4, 4), layout="constrained")
ax.contourf(u, v, p, levels=np.linspace(0, 1, 11), cmap="RdBu", alpha=0.7)
ax.scatter(*x.T, c=side, cmap="RdBu", edgecolor="black", linewidth=0.4, s=16)
ax.set(xticks=[], yticks=[], aspect="equal")
