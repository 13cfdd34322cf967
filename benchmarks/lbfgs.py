"""Measure an iteration of L-BFGS: scikit-learn, clearprop compiled, clearprop read with NumPy.

``python benchmarks/lbfgs.py`` prints milliseconds, SciPy's own part included, the least of several
fits; ``OMP_NUM_THREADS=1 taskset -c 0`` before it keeps everybody on one core.
"""

from __future__ import annotations

import time
import warnings
from typing import Any

import numpy as np
from clearprop import MLPClassifier as Ours
from sklearn.datasets import load_digits, make_classification
from sklearn.neural_network import MLPClassifier as Theirs

FITS = 5
CONTENDERS = {
    "scikit-learn": (Theirs, {}),
    "compiled": (Ours, {"engine": "compiled"}),
    "numpy": (Ours, {"engine": "numpy"}),
}


def main() -> None:
    digits, digit = load_digits(return_X_y=True)
    rows, label = make_classification(
        6000, 100, n_informative=30, n_classes=10, n_clusters_per_class=1, random_state=0
    )
    cases = [
        ("digits, 64-100-10", digits / 16, digit, (100,), 100),
        ("6,000 rows, 100-128-64-10", rows, label, (128, 64), 20),
    ]
    for name, x, y, hidden, iterations in cases:
        for dtype in (np.float64, np.float32):
            for activation in ("relu", "tanh"):
                settings = {
                    "hidden_layer_sizes": hidden, "activation": activation, "solver": "lbfgs",
                    "max_iter": iterations, "tol": 1e-12, "random_state": 0,
                }  # fmt: skip
                times = measured(x.astype(dtype), y, settings)
                figures = "   ".join(f"{who} {seconds * 1e3:.2f}" for who, seconds in times.items())
                print(f"{name}, {np.dtype(dtype).name}, {activation}: {figures}", flush=True)


def measured(x: np.ndarray, y: np.ndarray, settings: dict[str, Any]) -> dict[str, float]:
    """Return the seconds of an iteration for each contender, taking turns."""
    least = dict.fromkeys(CONTENDERS, np.inf)
    for _ in range(FITS):
        for name, (kind, own) in CONTENDERS.items():
            estimator = kind(**settings, **own)
            began = time.perf_counter()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                estimator.fit(x, y)
            seconds = (time.perf_counter() - began) / estimator.n_iter_
            least[name] = min(least[name], seconds)
    return least


if __name__ == "__main__":
    main()
