# %% [markdown]
# # 4. A whole layer at once: matrices
#
# Two outputs are wrong, by 0.08 and 0.04. A hidden unit feeds both, so it answers for a part of
# each, and the parts are added. All shares in one matrix, times the errors, give the errors of
# the hidden units.

# %%
import numpy as np

import clearprop as cp

who = np.array([[0.6, 0.4, 0.1, 0.2], [0.1, 0.3, 0.2, 0.1]])  # a row for each output
errors = np.array([0.08, 0.04])
shares = cp.credit.Proportional().shares(who.T)
print(shares.round(4))
print("proportional:", (shares @ errors).round(4))

# %% [markdown]
# Leave the denominators out, and what remains is the matrix itself, on its side: `who.T @ e`. Is
# that only a scaling? Each column had a denominator of its own, so it is not: the ratios differ.

# %%
print("who.T @ e:   ", (who.T @ errors).round(4))
print("ratios:      ", ((who.T @ errors) / (shares @ errors)).round(4))

# %% [markdown]
# It is better than a scaling: it is the derivative. The layer says so itself. Rows are examples
# here, so its W is `who.T`.

# %%
hidden = np.array([[0.8, 0.7, 0.6, 0.5]])
net = cp.Chain(cp.Dense(4, 2, bias=False))
step = cp.explain(net, cp.SquaredError(), {"dense1": {"W": who.T}}, hidden, [[1.0, 0.5]])
print(step.equation("dense1.dx"))
print(step.why("dense1.dx[0,0]"))

# %% [markdown]
# ## Your turn
#
# Write it without a matrix product: with two loops. `e` is t − o, so what you return is −dE/dh.


# %%
# your turn
def hidden_errors(who, e):
    """Return the error of each hidden unit, by loops over units and outputs."""
    found = np.zeros(who.shape[1])
    for unit in range(who.shape[1]):
        found[unit] = who[0, unit] * e[0]
    return found


# %%
print(step.check({"dense1.dx": -hidden_errors(who, errors)[None, :]}))
