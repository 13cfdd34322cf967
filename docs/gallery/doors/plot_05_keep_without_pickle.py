"""
Keep a model without pickle
===========================

A pickle runs code when it is read. ``save`` writes a file that does not, and skops asks for the
types that it may make. The last cell needs ``pip install skops``; without it this example says
so.
"""

# %%
# A fitted network, saved and loaded. The file is safetensors with a checksum.

import tempfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import scale

import clearprop as cp

X, y = load_diabetes(return_X_y=True)
X, y = scale(X), scale(y)
model = cp.MLPRegressor(
    hidden_layer_sizes=(16,), solver="lbfgs", alpha=10.0, max_iter=500, random_state=0
).fit(X, y)
folder = tempfile.TemporaryDirectory()
path = Path(folder.name) / "diabetes.clearprop"
model.save(path)
print(
    path.stat().st_size,
    "bytes;",
    "the same bits:",
    bool((cp.load(path).predict(X) == model.predict(X)).all()),
)

# %%
# Any reader of safetensors sees the arrays; nothing has to be trusted for that.

from safetensors.numpy import load_file

print({name: array.shape for name, array in sorted(load_file(path).items())})

# %%
# For skops the package lists the types that its models are made of.

print(len(cp.TRUSTED_TYPES), "types, such as", cp.TRUSTED_TYPES[0])
if find_spec("skops"):
    import skops.io

    skops.io.dump(model, Path(folder.name) / "model.skops")
    back = skops.io.load(Path(folder.name) / "model.skops", trusted=list(cp.TRUSTED_TYPES))
    print("by skops, the same bits:", bool(np.array_equal(back.predict(X), model.predict(X))))
else:
    print("skops is not here: pip install skops")
folder.cleanup()
