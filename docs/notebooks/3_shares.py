# %% [markdown]
# # 3. One error, spread over four weights
#
# A network without activations: an output is a weighted sum of hidden values. It gave 0.92 and
# should have given 1, so the error is 0.08. Which weight answers for how much of it? *Even*: a
# quarter each. *Proportional*: each by its part of the sum of the weights.

# %%
import numpy as np

import clearprop as cp

weights = np.array([[0.6], [0.4], [0.1], [0.2]])
error = 1 - 0.92
for rule in (cp.credit.Even(), cp.credit.Proportional()):
    shares = error * rule.shares(weights).ravel()
    print(f"{type(rule).__name__:13}{shares.round(4)}  sum {shares.sum():.2f}")

# %% [markdown]
# Weights have signs, and proportional shares divide by their sum. Watch the share of the first
# weight as the second comes close to cancelling it.

# %%
for second in (0.4, -0.5, -0.59, -0.61, -0.6):
    try:
        share = cp.credit.Proportional().shares(np.array([[0.6], [second]]))[0, 0]
        print(f"0.6 and {second}: {share:.4g}")
    except cp.credit.CancellingWeightsError as told:
        print(f"0.6 and {second}: {str(told).partition(';')[0]}")

# %% [markdown]
# What does the derivative say? Nudge a hidden value, and the output moves by the weight. The
# equation is printed by the layer itself; δ₁ is the error with its sign turned.

# %%
hidden = np.array([[0.8, 0.7, 0.6, 0.5]])
net = cp.Chain(cp.Dense(4, 1, bias=False))
step = cp.explain(net, cp.SquaredError(), {"dense1": {"W": weights}}, hidden, [[1.0]])
print(step.equation("dense1.dx"))

# %% [markdown]
# ## Your turn
#
# Compute dE/dh for the four hidden values. Mind the sign: raising a hidden value raises an output
# that is too low, so the loss falls.

# %%
# your turn
mine = [[0.08, 0.08, 0.08, 0.08]]

# %%
print(step.check({"dense1.dx": mine}))
