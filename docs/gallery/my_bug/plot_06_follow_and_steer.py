"""
Follow a training, and steer it
===============================

A live page follows a training while it runs. The learning rate can be changed and the training
ended, by a button or by your own function.
"""

# %%
# The page is one file; a second one beside it has the record, one line an epoch. With
# ``serve=True`` it has buttons.

import json
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import scale

import clearprop as cp

X, y = load_diabetes(return_X_y=True)
X, y = scale(X), scale(y)
net = cp.Chain(cp.Dense(10, 32), cp.Tanh(), cp.Dense(32, 1))
params = net.init(np.random.default_rng(0))
folder = tempfile.TemporaryDirectory()
page = cp.LivePage(folder.name, name="diabetes", display=False)
cp.train(
    net, cp.SquaredError(), params, X, y, optimizer=cp.Adam(0.01), epochs=20, seed=0, on_epoch=page
)
print(sorted(path.name for path in Path(folder.name).iterdir()))

# %%
# The record is plain: a head, the epochs, an end with what looks wrong.

lines = [
    json.loads(line)
    for line in (Path(folder.name) / "live-diabetes.jsonl").read_text().splitlines()
]
print([line["kind"] for line in lines][:3], "…", lines[-1]["kind"], lines[-1]["reason"])
folder.cleanup()

# %%
# The same by a function: halve the learning rate when the loss has not fallen for three epochs.


def halve(report):
    """Return a `RateChange` where the last three epochs brought nothing."""
    losses = report.run.history.loss
    return (
        cp.RateChange(0.5)
        if len(losses) > 3 and min(losses[-3:]) > min(losses[:-3]) * 0.995
        else None
    )


steered = cp.train(
    net, cp.SquaredError(), params, X, y, optimizer=cp.SGD(0.5), epochs=40, seed=0, on_epoch=halve
)
plain = cp.train(net, cp.SquaredError(), params, X, y, optimizer=cp.SGD(0.5), epochs=40, seed=0)
print("factors, by epoch:", steered.history.rate_factors)

# %%
# The steered training settles; the other jumps to the end.

fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
ax.plot(plain.history.loss, label="η 0.5 throughout")
ax.plot(steered.history.loss, label="halved")
ax.set(xlabel="epoch", ylabel="loss", yscale="log")
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
