"""
Open a training step
====================

``explain`` records one true training step. Each number of it has an equation, and a place that
it came from.
"""

# %%
# A small network and two rows.

import matplotlib.pyplot as plt
import numpy as np

import clearprop as cp

net = cp.Chain(cp.Dense(2, 3), cp.Tanh(), cp.Dense(3, 1))
params = net.init(np.random.default_rng(0))
x, t = np.array([[0.5, -1.0], [1.5, 0.25]]), np.array([[0.2], [-0.4]])
step = cp.explain(net, cp.SquaredError(), params, x, t, optimizer=cp.SGD(0.1))
print(step)

# %%
# One equation, as text and for a lecture.

print(step.equation("delta1"))
print(step.to_latex("dense1.dW[1,2]"))

# %%
# Where one number came from, and where that came from.

why = step.why("dense1.dW[1,2]")
print(why)
print(why.ask(1))

# %%
# The numbers are those of ``backprop``, and a row's part of a gradient can be asked for.

value, gradients = cp.backprop(net, cp.SquaredError(), params, x, t)
print(value == step["E"], (gradients["dense1"]["W"] == step["dense1.dW"]).all())
print(step.pulls("dense1.dW[1,2]"))

# %%
# All gradients of the first layer as a picture: which weight pulls which way.

fig, ax = plt.subplots(figsize=(4.5, 2.4), layout="constrained")
largest = np.abs(step["dense1.dW"]).max()
drawn = ax.imshow(step["dense1.dW"], cmap="RdBu_r", vmin=-largest, vmax=largest)
ax.set(xticks=range(3), yticks=range(2), xlabel="hidden unit", ylabel="input", title="∂E/∂W₁")
fig.colorbar(drawn, ax=ax)
