"""
The learning rate is too large
==============================

The loss jumps, or grows. Is it the data, the network, or the learning rate? ``health`` measures
how the loss bends along the gradient, and says.
"""

# %%
# The same network with three learning rates.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

import clearprop as cp

X, y = load_digits(return_X_y=True)
X = X[:600] / 16
y = y[:600]
net = cp.Chain(cp.Dense(64, 32), cp.Tanh(), cp.Dense(32, 10))
params = net.init(np.random.default_rng(0))
results = {
    rate: cp.train(net, cp.CrossEntropy(), params, X, y, optimizer=cp.SGD(rate), epochs=25, seed=0)
    for rate in (0.01, 0.1, 2.0)
}

# %%
# Too small is slow. Too large is worse than not learning at all.

fig, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
for rate, result in results.items():
    ax.semilogy(range(1, 26), result.history.loss, label=f"η = {rate:g}")
ax.set(xlabel="epoch", ylabel="loss")
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)

# %%
# The diagnosis, with the number that was measured, its norm, and what to try.

for rate, result in results.items():
    print(f"η = {rate:g}: {result.health}")

# %%
# What the finding says is data as well; ``open`` opens the step behind it.

finding = results[2.0].health[0]
print(finding.check)
print("\n".join(str(finding.open()).splitlines()[:3]))
