"""The package as Python in a browser has it: no Numba, no threads, no processes.

Pyodide itself cannot be had by the tests (docs/decisions/jupyterlite.md); its limits can be set.
"""

import subprocess
import sys

import pytest

LIMITS = """
import importlib.abc, os, subprocess, sys, threading, warnings

import pandas, scipy.optimize, sklearn.datasets, sklearn.model_selection, sklearn.neural_network

class NoNumba(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("numba", "llvmlite"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

def no_thread(*args, **kwargs):
    raise RuntimeError("can't start new thread")

def no_process(*args, **kwargs):
    raise OSError(138, "emscripten does not support processes.")

sys.meta_path.insert(0, NoNumba())
sys.platform = "emscripten"
threading.Thread.start = no_thread
subprocess.Popen.__init__ = no_process
os.fork = no_process
del os.sched_getaffinity
os.cpu_count = lambda: 1

import numpy as np
import clearprop as cp

warnings.simplefilter("ignore")
X, y = sklearn.datasets.load_iris(return_X_y=True)
net, loss = cp.Chain(cp.Dense(4, 8), cp.Tanh(), cp.Dense(8, 3)), cp.CrossEntropy()
params = net.init(np.random.default_rng(0))
"""

PARTS = {
    "train": """
result = cp.train(net, loss, params, X, y, optimizer=cp.Adam(0.01), epochs=5, batch_size=32, seed=0)
assert result.history.loss[-1] < result.history.loss[0]
""",
    "check and explain": """
assert cp.check_gradients(net, loss, params, X[:5], y[:5])
step = cp.explain(net, loss, params, X[:1], y[:1], optimizer=cp.SGD(0.1))
assert "<html" in step.to_html()
""",
    "networks": """
clf = cp.MLPClassifier((8,), max_iter=60, learning_rate_init=0.02, random_state=0).fit(X, y)
assert clf.score(X, y) > 0.9
assert cp.MLPRegressor(solver="lbfgs", max_iter=20, random_state=0).fit(X, y).score(X, y) > 0.8
assert "<html" in cp.report(clf, X, y).to_html()
""",
    "tables": """
model = cp.TableClassifier("fast", max_epochs=3, random_state=0).fit(X, y)
assert model.score(X, y) > 0.9
""",
    "pages": """
walk = cp.descend(cp.landscapes.double_well, start=-1.5, optimizer=cp.SGD(0.02))
assert "<html" in walk.to_html()
assert "<html" in cp.learn(net, loss, X, y).to_html()
""",
}


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
def test_it_runs_there(part):
    done = subprocess.run(
        [sys.executable, "-c", LIMITS + PARTS[part]],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_what_is_needed_there_is_no_compiler():
    from importlib.metadata import requires

    from packaging.requirements import Requirement

    needed = [Requirement(one) for one in requires("clearprop") or ()]
    there = {"sys_platform": "emscripten", "extra": "", "python_version": "3.14"}
    names = {one.name for one in needed if one.marker is None or one.marker.evaluate(there)}
    assert names.isdisjoint({"numba", "llvmlite"})
    assert {"numpy", "scipy", "scikit-learn"} <= names
