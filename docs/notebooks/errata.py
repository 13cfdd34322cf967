# %% [markdown]
# # Errata: where the chapter is wrong, by computation
#
# Whoever follows a derivation index by index deserves to be told which of them are misprints.
# Five corrections, each by numbers.

# %%
import numpy as np

import clearprop as cp
from clearprop.chapter.example import HIDDEN, TARGET, WHO

W = WHO.T  # (hidden units, outputs)
print(W)

# %% [markdown]
# **1 and 2.** The last row of both matrices must have w₄₂, not w₂₂, and the second column divides
# by its own sum, not by the first one's. Shares must sum to one; with either misprint they do
# not.

# %%
shares = cp.credit.Proportional().shares(W)
misprint = shares.copy()
misprint[3, 1] = W[1, 1] / W[:, 1].sum()
print("own sums, w_42:     ", shares.sum(axis=0).round(4))
print("w_22 in its place:  ", misprint.sum(axis=0).round(4))
print("one sum for both:   ", (W / W[:, 0].sum()).sum(axis=0).round(4))

# %% [markdown]
# **3 and 4.** The derivative has a minus sign, and its last factor is h_i, what came in, not o_j.
# The package's own equations, and each weight nudged:

# %%
net = cp.Chain(cp.Dense(4, 2, bias=False), cp.Sigmoid())
params, x, t = {"dense1": {"W": W}}, HIDDEN[None], TARGET[None]
step = cp.explain(net, cp.SquaredError(), params, x, t)
for name in ("sigmoid1.dy", "dense1.delta", "dense1.dW"):
    print(step.equation(name))
print(bool(cp.check_gradients(net, cp.SquaredError(), params, x, t)))

# %% [markdown]
# **5.** The class is not gradient descent: notebook 6.
#
# ## Your turn
#
# The derivative as it is printed in the chapter, for all eight weights. Mend its two misprints.
# The report says what each of them does.


# %%
# your turn
def derivative(o, t, h):
    """Return dE/dw_ij as [i, j], (4, 2)."""
    return (t - o) * o * (1 - o) * np.ones((4, 1)) * o


# %%
print(step.check({"dense1.dW": derivative(step["sigmoid1.y"], t, x)}))
