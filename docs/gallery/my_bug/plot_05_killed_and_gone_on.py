"""
Killed, and gone on
===================

A training with ``checkpoint=`` saves itself. Run the same program again with ``resume=True``,
and it goes on to the same bits as if nothing had happened.
"""

# %%
# The training as it should have been.

import tempfile
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

import clearprop as cp

X, y = load_digits(return_X_y=True)
X = X / 16
net = cp.Chain(cp.Dense(64, 32), cp.ReLU(), cp.Dropout(0.2), cp.Dense(32, 10))
params = net.init(np.random.default_rng(0))
settings = {"optimizer": cp.Adam(0.003), "epochs": 12, "batch_size": 64, "seed": 0}
whole = cp.train(net, cp.CrossEntropy(), params, X, y, **settings)

# %%
# The same training, cut off in epoch 5 by an error, as a kill would do it. It saves itself after
# every second epoch.

folder = tempfile.TemporaryDirectory()
path = Path(folder.name) / "run.checkpoint"
saved = cp.Checkpoint(path, every=2)


def power_cut(report):
    """Raise an error after epoch 5."""
    if report.epoch == 5:
        raise RuntimeError("the lights went out")


try:
    cp.train(net, cp.CrossEntropy(), params, X, y, **settings, checkpoint=saved, on_epoch=power_cut)
except RuntimeError as error:
    print(error, "-", path.name, "is", "there" if path.exists() else "missing")

# %%
# The same program again. It goes on, and comes to the very same weights.

resumed = cp.train(net, cp.CrossEntropy(), params, X, y, **settings, checkpoint=saved, resume=True)
same = all(
    (resumed.params[layer][name] == whole.params[layer][name]).all()
    for layer in ("dense1", "dense2")
    for name in ("W", "b")
)
print("the same bits:", same, "- the same curve:", resumed.history.loss == whole.history.loss)

# %%
# Another training cannot go on from this file: the numbers would be neither the one's nor the
# other's.

try:
    cp.train(
        net,
        cp.CrossEntropy(),
        params,
        X,
        y,
        **settings | {"batch_size": 32},
        checkpoint=saved,
        resume=True,
    )
except cp.ResumeError as refused:
    print(str(refused).replace(folder.name, "…"))
folder.cleanup()
