"""
More rows than memory
=====================

``Stream`` reads rows from files while a network trains on them, and holds two blocks of them in
memory. The files are Parquet, CSV or NPY. It needs ``pip install 'clearprop[stream]'``; without
it this example says so.
"""

# %%
# Four files of 500 rows: three inputs, and a target that is their product.

import tempfile
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import clearprop as cp

folder = tempfile.TemporaryDirectory()
for number in range(4):
    rows = np.random.default_rng(number).uniform(-1, 1, (500, 4))
    rows[:, 3] = rows[:, :3].prod(axis=1) * 4
    np.save(Path(folder.name) / f"{number}.npy", rows)

# %%
# The stream stands where the rows would. Each epoch goes through all of them, in a new order.

net = cp.Chain(cp.Dense(3, 24), cp.Tanh(), cp.Dense(24, 1))
params = net.init(np.random.default_rng(0))
settings = {"optimizer": cp.Adam(0.01), "epochs": 30, "seed": 0}
if find_spec("pyarrow") and find_spec("fsspec"):
    stream = cp.Stream(folder.name, target="3")
    print(stream)
    result = cp.train(net, cp.SquaredError(), params, stream, **settings)
else:
    print("pip install 'clearprop[stream]' reads files; what follows has the rows in memory")
    rows = np.concatenate([np.load(path) for path in sorted(Path(folder.name).iterdir())])
    result = cp.train(net, cp.SquaredError(), params, rows[:, :3], rows[:, 3], **settings)
folder.cleanup()

# %%
# What it has learned, on rows that no file had.

new = np.random.default_rng(9).uniform(-1, 1, (300, 3))
fig, ax = plt.subplots(figsize=(4, 4), layout="constrained")
ax.plot([-2, 2], [-2, 2], color="0.8")
ax.scatter(new.prod(axis=1) * 4, result.predict(new), s=8)
ax.set(xlabel="true", ylabel="predicted")
ax.spines[["top", "right"]].set_visible(False)
print(f"loss {result.history.loss[0]:.3f} → {result.final_loss:.4f}")
