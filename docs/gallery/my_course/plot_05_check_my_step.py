"""
Check my own training step
==========================

You have written backpropagation yourself, and it learns badly. ``check_work`` runs your step
beside the true one, finds the first number that is wrong, and names the slip that gives exactly
this number.
"""

# %%
# A step by hand, as it stands in many notebooks. One line of it is wrong.

import numpy as np

import clearprop as cp


def my_step(W1, b1, W2, b2, x, t):
    """Return the parameters after a step of learning rate 0.5."""
    a1 = 1 / (1 + np.exp(-(x @ W1 + b1)))
    a2 = 1 / (1 + np.exp(-(a1 @ W2 + b2)))
    delta2 = (a2 - t) * a2 * (1 - a2) / len(x)
    delta1 = delta2 @ W2.T
    return {
        "W1": W1 - 0.5 * x.T @ delta1,
        "b1": b1 - 0.5 * delta1.sum(axis=0),
        "W2": W2 - 0.5 * a1.T @ delta2,
        "b2": b2 - 0.5 * delta2.sum(axis=0),
    }


net = cp.Chain(cp.Dense(2, 3), cp.Sigmoid(), cp.Dense(3, 1), cp.Sigmoid())
params = net.init(np.random.default_rng(1))
x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
t = np.array([[0.0], [1.0], [1.0], [0.0]])
report = cp.check_work(my_step, net, cp.SquaredError(), params, x, t, optimizer=cp.SGD(0.5))
print(report)

# %%
# The report is false where something is wrong, so that a test can assert it.

print(isinstance(report, cp.CheckReport), bool(report), report.causes)

# %%
# Numbers computed on paper can be checked one by one, typed with a few digits, in any part of the
# step.

step = cp.explain(net, cp.SquaredError(), params, x, t, optimizer=cp.SGD(0.5))
mine = {"E": round(float(step["E"]), 4), "delta2": step["delta2"] * len(x)}
print(step.check(mine))

# %%
# With the slope put back, the step is right. The chapter's own slips are named as well.

slope = step["sigmoid1.y"] * (1 - step["sigmoid1.y"])
print(step.check({"delta1": step["delta2"] @ params["dense2"]["W"].T * slope}))
