"""Ten networks trained as they were when their results were recorded.

Where code is moved or rewritten without a change of meaning, these numbers stay. A change that is
meant to alter results records them anew, and its message says why:

    CLEARPROP_RECORD=write python -m pytest tests/test_recorded_results.py

On the machine and with the versions of the record the results are the same to the last bit.
Elsewhere products are summed in another order, so that they agree to a tolerance only.
"""

import json
import os
import platform
from pathlib import Path

import numpy as np
import pytest
import scipy
import sklearn
from sklearn.datasets import load_diabetes, load_digits, load_iris

import clearprop as cp

RECORD = Path(__file__).with_name("recorded_results.json")
WRITE = os.environ.get("CLEARPROP_RECORD") == "write"
TOLERANCE = {"float64": 1e-9, "float32": 1e-3}


def rows_of_iris():
    x, t = load_iris(return_X_y=True)
    return (x - x.mean(0)) / x.std(0), t


def on_iris(network, loss=None, dtype=np.float64, **how):
    x, t = rows_of_iris()
    if isinstance(loss, cp.BinaryCrossEntropy):
        t = np.eye(3)[t]
    params = network.init(np.random.default_rng(3), dtype)
    how = {"epochs": 12, "seed": 5, "batch_size": 16, "engine": "numpy"} | how
    result = cp.train(network, loss or cp.CrossEntropy(), params, x.astype(dtype), t, **how)
    return result.params


def by_estimator(kind, data, **how):
    x, t = data(return_X_y=True)
    x, t = x[:300] / np.abs(x).max(), t[:300] / (1 if kind is cp.MLPClassifier else 100)
    estimator = kind(random_state=1, **how)
    estimator.max_iter, estimator.n_iter_no_change = 8, 8
    with pytest.warns(Warning):  # not converged after so few epochs
        estimator.fit(x, t)
    return {"W": estimator.coefs_, "b": estimator.intercepts_}


def chain(*layers):
    return cp.Chain(*layers)


RUNS = {
    "sgd, momentum, numpy": lambda: on_iris(
        chain(cp.Dense(4, 8), cp.Tanh(), cp.Dense(8, 3)), optimizer=cp.SGD(0.05, momentum=0.9)
    ),
    "adam, compiled": lambda: on_iris(
        chain(cp.Dense(4, 16), cp.ReLU(), cp.Dense(16, 3)), engine="compiled"
    ),
    "adam, compiled, float32": lambda: on_iris(
        chain(cp.Dense(4, 16), cp.ReLU(), cp.Dense(16, 3)), dtype=np.float32, engine="compiled"
    ),
    "dropout and batch norm, numpy": lambda: on_iris(
        chain(cp.Dense(4, 8), cp.BatchNorm(8), cp.GELU(), cp.Dropout(0.2), cp.Dense(8, 3))
    ),
    "residual and layer norm, compiled, L2, clipping": lambda: on_iris(
        chain(
            cp.Dense(4, 8),
            cp.Residual(cp.Chain(cp.LayerNorm(8), cp.Dense(8, 8), cp.SiLU())),
            cp.Dense(8, 3),
        ),
        optimizer=cp.AdamW(0.01), l2=0.01, clip_norm=1.0, engine="compiled",
    ),
    "binary, weights, cosine, rmsprop": lambda: on_iris(
        chain(cp.Dense(4, 6), cp.ELU(), cp.Dense(6, 3)),
        cp.BinaryCrossEntropy(), optimizer=cp.RMSProp(0.01), schedule=cp.Cosine(),
        sample_weight=np.linspace(0.5, 1.5, 150),
    ),
    "classifier, adam": lambda: by_estimator(cp.MLPClassifier, load_digits),
    "classifier, sgd, validation": lambda: by_estimator(
        cp.MLPClassifier, load_digits, solver="sgd", learning_rate="adaptive", early_stopping=True,
        hidden_layer_sizes=(20, 10),
    ),
    "regressor, adam": lambda: by_estimator(cp.MLPRegressor, load_diabetes, activation="tanh"),
    "regressor, lbfgs": lambda: by_estimator(
        cp.MLPRegressor, load_diabetes, solver="lbfgs", hidden_layer_sizes=(7,)
    ),
}  # fmt: skip


def machine():
    """Return what the last bits depend on."""
    cpu = platform.processor()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        cpu = next((line.split(":")[1].strip() for line in lines if "model name" in line), cpu)
    try:
        import numba
    except ImportError:
        compiler = None
    else:
        compiler = numba.__version__
    return {
        "cpu": cpu, "cores": os.cpu_count(), "python": platform.python_version(),
        "numpy": np.__version__, "scipy": scipy.__version__, "sklearn": sklearn.__version__,
        "numba": compiler, "blas": os.environ.get("OPENBLAS_CORETYPE"),
    }  # fmt: skip


def leaves(tree):
    for value in tree.values() if isinstance(tree, dict) else tree:
        if isinstance(value, np.ndarray):
            yield value
        else:
            yield from leaves(value)


def summary(params):
    """Return few numbers that change if any parameter does."""
    vector = np.concatenate([leaf.ravel() for leaf in leaves(params)])
    wide = vector.astype(np.float64)
    marked = float(wide @ np.cos(np.arange(len(wide))))
    numbers = [float(wide.sum()), marked, float(np.abs(wide).sum()), float(wide[-1])]
    return {"dtype": str(vector.dtype), "numbers": [number.hex() for number in numbers]}


@pytest.mark.parametrize("name", RUNS)
def test_results_are_those_recorded(name):
    record = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}
    found = summary(RUNS[name]())
    if WRITE:
        results = record.get("results", {}) | {name: found}
        text = json.dumps({"machine": machine(), "results": results}, indent=1, sort_keys=True)
        RECORD.write_text(text + "\n", encoding="utf-8")
        return
    kept = record["results"][name]
    assert found["dtype"] == kept["dtype"]
    if machine() == record["machine"]:
        assert found == kept
    numbers = [[float.fromhex(text) for text in one["numbers"]] for one in (found, kept)]
    np.testing.assert_allclose(*numbers, rtol=TOLERANCE[kept["dtype"]])
