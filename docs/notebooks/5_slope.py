# %% [markdown]
# # 5. With an activation function: the slope
#
# A sigmoid squeezes each sum into the range from 0 to 1. How far a small change gets through
# depends on where you are: its slope is σ(z) (1 − σ(z)), a quarter in the middle, next to nothing
# far out.

# %%
import numpy as np

import clearprop as cp

z = np.array([[-6.0, -2.0, 0.0, 2.0, 6.0]])
a, saved = cp.Sigmoid().forward(cp.readings.numpy, {}, z)
slope, _ = cp.Sigmoid().pullback(cp.readings.numpy, {}, saved, np.ones_like(z))
print("z     ", z[0])
print("σ(z)  ", a[0].round(4))
print("slope ", slope[0].round(4))

# %% [markdown]
# From a weight to the loss there are three steps: the weight moves the sum, the sum moves the
# output, the output moves the loss. The chain rule multiplies what each does. The package prints
# it.

# %%
hidden = np.array([[0.8, 0.7, 0.6, 0.5]])
W = np.array([[0.6, 0.1], [0.4, 0.3], [0.1, 0.2], [0.2, 0.1]])
net = cp.Chain(cp.Dense(4, 2, bias=False), cp.Sigmoid())
params, target = {"dense1": {"W": W}}, np.array([[1.0, 0.5]])
step = cp.explain(net, cp.SquaredError(), params, hidden, target, optimizer=cp.SGD(0.1))
for name in ("sigmoid1.y", "sigmoid1.dy", "dense1.delta", "dense1.dW", "dense1.W.new"):
    print(step.equation(name))
print(step.why("dense1.dW[0,0]"))

# %% [markdown]
# Is it right? Each weight is nudged, by a method that shares no formula with the layers.

# %%
print(cp.check_gradients(net, cp.SquaredError(), params, hidden, target))

# %% [markdown]
# ## Your turn
#
# All eight derivatives from the outputs o, the targets t and the hidden values h, shapes (1, 2),
# (1, 2) and (1, 4).


# %%
# your turn
def gradient(o, t, h):
    """Return dE/dW, (4, 2)."""
    return h.T @ (t - o)


# %%
print(step.check({"dense1.dW": gradient(step["sigmoid1.y"], target, hidden)}))
