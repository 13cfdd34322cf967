"""
A network as a C file, or a Python file
=======================================

A small network can run where clearprop is not: as a C function that allocates nothing, or as a
Python file that needs NumPy only. Both are written from the layers' own definitions.
"""

# %%
# A classifier of irises, its scaler included: a pipeline goes out whole.

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import clearprop as cp

X, y = load_iris(return_X_y=True)
pipe = make_pipeline(
    StandardScaler(), cp.MLPClassifier((4,), solver="lbfgs", alpha=0.1, random_state=0)
).fit(X, y)

# %%
# The Python file, run here. It has ``predict``, and the names of the classes.

text = cp.export_numpy(pipe)
names = {}
exec(text, names)
print(len(text.splitlines()), "lines;", names["CLASSES"])
print("largest difference:", f"{np.abs(names['predict'](X) - pipe.predict_proba(X)).max():.0e}")

# %%
# The C file. The last function is the network: products, sums and tanh or max, in a row.

code = cp.export_c(pipe, name="iris")
print(code[code.index("void iris") :])

# %%
# Compiled and called, where there is a compiler.

compiler = shutil.which("cc")
if compiler is None:
    print("no C compiler here")
else:
    with tempfile.TemporaryDirectory() as folder:
        source, library = Path(folder) / "iris.c", Path(folder) / "iris.so"
        source.write_text(code, encoding="utf-8")
        subprocess.run(
            [compiler, "-O2", "-shared", "-fPIC", source, "-o", library, "-lm"], check=True
        )
        iris = ctypes.CDLL(str(library)).iris
        probabilities = (ctypes.c_double * 3)()
        iris((ctypes.c_double * 4)(*X[60]), probabilities)
    print("C:        ", np.round(probabilities, 6))
    print("clearprop:", pipe.predict_proba(X[60:61])[0].round(6))
