"""
The JAX engine
==============

One argument changes, and JAX compiles an epoch from the same definitions: for GPUs, TPUs and
several devices. It needs ``pip install 'clearprop[jax]'``; without it this example says so and
ends.
"""

# %%
# Is JAX here?

from importlib.util import find_spec

import numpy as np
from sklearn.datasets import load_iris
from sklearn.preprocessing import scale

import clearprop as cp

engine = cp.Jax() if find_spec("jax") else "numpy"
if engine == "numpy":
    print("JAX is not here (pip install 'clearprop[jax]'): what follows runs with NumPy")

# %%
# ``engine="jax"`` is ``engine=cp.Jax()``; its settings choose devices and shards.

X, y = load_iris(return_X_y=True)
X = scale(X)
net = cp.Chain(cp.Dense(4, 8), cp.Tanh(), cp.Dense(8, 3))
params = net.init(np.random.default_rng(0))
settings = {"optimizer": cp.Adam(0.01), "epochs": 5, "batch_size": 30, "seed": 0}
ours = cp.train(net, cp.CrossEntropy(), params, X, y, **settings, engine=engine)
reference = cp.train(net, cp.CrossEntropy(), params, X, y, **settings, engine="numpy")
print(cp.Jax(devices="all", shards=16).shards)

# %%
# The same orders of rows, the same numbers but for rounding.

print(np.round(ours.history.loss, 6))
difference = max(
    np.abs(ours.params[layer]["W"] - reference.params[layer]["W"]).max()
    for layer in ("dense1", "dense2")
)
print(f"largest difference of a weight from NumPy's: below 1e-12: {difference < 1e-12}")

# %%
# Nothing is lost: a step of what JAX trained opens as ever.

step = cp.explain(net, cp.CrossEntropy(), ours.params, X[:1], y[:1])
print(step.equation("dense1.dW"), step["dense1.dW"].shape)

# %%
# Several processes, here or on other machines, run the same program with ``hosts`` and their
# ``process``; where one of them is lost, the others raise an error.

print(cp.Jax(hosts="10.0.0.1:29500", process="0/2").devices)
print(cp.LostProcessError.__doc__)
