"""
The step in which it broke
==========================

The loss was fine, and then it jumped. In which step did that begin, and why? A flight recorder
keeps the last epochs, and makes that very step again.
"""

# %%
# One row has a comma in the wrong place: a thousand times too large. The network is a line
# through the rows.

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import clearprop as cp

rng = np.random.default_rng(0)
x = rng.standard_normal((200, 3))
t = x @ [[1.0], [-2.0], [0.5]]
x[123] *= 1000
folder = tempfile.TemporaryDirectory()
path = Path(folder.name) / "run.checkpoint"
net = cp.Chain(cp.Dense(3, 1))
params = {"dense1": {"W": np.zeros((3, 1)), "b": np.zeros(1)}}
result = cp.train(
    net,
    cp.SquaredError(),
    params,
    x,
    t,
    optimizer=cp.SGD(1e-4),
    epochs=8,
    batch_size=10,
    seed=0,
    checkpoint=path,
)
print(result)

# %%
# What happened, in a sentence; and the rows of the step in which it began.

incident = result.incident
print(incident)

# %%
# The step is opened like any other. The row is easy to see: its output is far from the others'.

step = incident.explain()
print(step)
fig, ax = plt.subplots(figsize=(6, 2.6), layout="constrained")
ax.bar(range(len(step["row_loss"])), step["row_loss"])
ax.set(xlabel="row of the batch", ylabel="its loss", yscale="symlog")
ax.spines[["top", "right"]].set_visible(False)

# %%
# Days later, without the data: the checkpoint holds this one step.

print(cp.read_incident(path).explain()["E"] == step["E"])
folder.cleanup()
