# %% [markdown]
# # 6. The course's NeuralNetwork class, exactly
#
# The course puts all this into a class. Its `train` takes one example: forward, then the outer
# matrix, then the error goes back, then the inner matrix. Two things in it are not the
# derivative.

# %%
import numpy as np

import clearprop as cp

params = cp.credit.course_network(3, 4, 2).init(np.random.default_rng(0))
wih, who = params["dense1"]["W"].T, params["dense2"]["W"].T
x, t, rate = np.array([0.2, 0.9, 0.4]), np.array([1.0, 0.0]), 0.1
theirs, _ = cp.credit.course_step(wih, who, x, t, rate)
exact, _ = cp.credit.course_step(wih, who, x, t, rate, raw_error=False, after_update=False)

# %% [markdown]
# How far is one step of the class from the true direction downhill? It points nearly the right
# way, and is about four times too long: the output's slope, at most a quarter, was left out.

# %%
a, b = (theirs - wih).ravel(), (exact - wih).ravel()
cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
print(f"angle {np.degrees(np.arccos(min(cosine, 1))):.2f}°")
print(f"length {np.linalg.norm(a) / np.linalg.norm(b):.2f}")

# %% [markdown]
# The equations of the exact step: δ₂ has the slope in it, and goes back through the weights of
# the forward pass.

# %%
net = cp.Chain(cp.Dense(3, 4, bias=False), cp.Sigmoid(), cp.Dense(4, 2, bias=False), cp.Sigmoid())
step = cp.explain(net, cp.SquaredError(), params, x[None], t[None], optimizer=cp.SGD(rate))
for name in ("dense2.delta", "sigmoid1.dy", "dense1.delta", "dense1.dW", "dense1.W.new"):
    print(step.equation(name))

# %% [markdown]
# ## Your turn
#
# Here is the class's training step. Mend its two slips. The report names what is still wrong.


# %%
# your turn
def train(wih, who, x, t, rate):
    """Return both matrices after one example."""
    h = 1 / (1 + np.exp(-wih @ x))
    o = 1 / (1 + np.exp(-who @ h))
    e = t - o
    who = who + rate * np.outer(e * o * (1 - o), h)
    wih = wih + rate * np.outer((who.T @ e) * h * (1 - h), x)
    return wih, who


# %%
new_wih, new_who = train(wih, who, x, t, rate)
print(step.check({"dense1.W.new": new_wih.T, "dense2.W.new": new_who.T}))
