# %% [markdown]
# # 7. Beyond the chapter: all rules, side by side
#
# What does a layer tell the one before it? Even and proportional shares, the raw error, the exact
# error, and two rules of research that send the error back through fixed random weights.

# %%
import matplotlib.pyplot as plt
import numpy as np

import clearprop as cp
from clearprop.chapter.fruit import fruit

x, kind = fruit()  # 200 plums and limes: sweetness, sourness
t = np.eye(2)[kind]
net = cp.Chain(cp.Dense(2, 6), cp.Sigmoid(), cp.Dense(6, 2), cp.Sigmoid())
params = net.init(np.random.default_rng(0))
print(cp.credit.compare(net, cp.SquaredError(), params, x, t))

# %% [markdown]
# Below 90° a small step still leads downhill. Now train with each rule, from the same start.

# %%
rules = [
    cp.credit.Exact(),
    cp.credit.TransposedWeights(),
    cp.credit.Even(),
    cp.credit.FeedbackAlignment(seed=1),
]
settings = {"rate": 3.0, "epochs": 30, "batch_size": 10, "seed": 0}
fig, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
for rule in rules:
    run = cp.credit.train(net, cp.SquaredError(), params, x, t, rule, **settings)
    print(run)
    ax.plot(run.losses, label=type(rule).__name__)
ax.set(xlabel="epoch", ylabel="loss")
ax.legend(frameon=False)
plt.show()

# %% [markdown]
# The exact rule in the package's own equation: the layer's pullback.

# %%
step = cp.explain(net, cp.SquaredError(), params, x[:2], t[:2])
print(step.equation("sigmoid1.dy"))

# %% [markdown]
# ## Your turn
#
# A rule is one method. `here.error` is dE/da behind the activation, `here.delta` is dE/dz before
# it, `here.W` are the weights, (inputs, outputs). Write the exact rule; the angle must be 0.0°
# and the length 1.000 in all columns.


# %%
# your turn
class MyRule(cp.credit.CreditRule):
    """What I think should be sent back."""

    def send_back(self, here):
        """Return the error at the layer's input, (rows, inputs)."""
        return here.error @ here.W.T


# %%
print(cp.credit.compare(net, cp.SquaredError(), params, x, t, [MyRule()]))
