"""
First weights
=============

Weights that start too small let the signal die out, layer after layer; too large, and it
explodes. The right size depends on the activation.
"""

# %%
# Eight layers of 64 units with ReLU. How large is the signal after each, for each kind of first
# weights?

import matplotlib.pyplot as plt
import numpy as np

import clearprop as cp

kinds = {
    "HeNormal": cp.HeNormal(),
    "HeUniform": cp.HeUniform(),
    "GlorotNormal": cp.GlorotNormal(),
    "GlorotUniform": cp.GlorotUniform(),
    "LeCunNormal": cp.LeCunNormal(),
    "LeCunUniform": cp.LeCunUniform(),
    "Orthogonal(√2)": cp.Orthogonal(2**0.5),
    "TruncatedNormal": cp.TruncatedNormal(),
}
x = np.random.default_rng(1).standard_normal((200, 64))


def sizes(init, activation):
    """Return the standard deviation of the signal after each of eight layers."""
    rng, signal, found = np.random.default_rng(0), x, []
    for _ in range(8):
        layer = cp.Chain(cp.Dense(64, 64, weight_init=init), activation)
        signal, _ = layer.forward(cp.readings.numpy, layer.init(rng), signal)
        found.append(float(np.sqrt(np.mean(signal**2))))
    return found


fig, axes = plt.subplots(1, 2, figsize=(8.5, 3.4), layout="constrained", sharey=True)
for ax, activation in zip(axes, (cp.ReLU(), cp.Tanh()), strict=True):
    for name, init in kinds.items():
        ax.semilogy(range(1, 9), sizes(init, activation), "o-", markersize=3, label=name)
    ax.set(title=type(activation).__name__, xlabel="layer")
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set_ylabel("size of the signal")
axes[1].legend(frameon=False, fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5))

# %%
# He's weights keep a ReLU's signal; for SELU it is LeCun's, and the signal keeps mean 0 and
# variance 1 by itself.

print([round(size, 2) for size in sizes(cp.LeCunNormal(), cp.SELU())])

# %%
# Zeros are the usual start of biases. As weights they are a trap: all units get the same
# gradient, and stay alike.

t = (x[:, :1] > 0).astype(float)
net = cp.Chain(
    cp.Dense(64, 8, weight_init=cp.Zeros()), cp.Tanh(), cp.Dense(8, 1, weight_init=cp.Zeros())
)
params = net.init(np.random.default_rng(0))
print(cp.train(net, cp.BinaryCrossEntropy(), params, x, t, epochs=10, seed=0).health)
