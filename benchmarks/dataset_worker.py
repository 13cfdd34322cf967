"""The process that fits one library's estimator to one data set, all splits of it.

``python dataset_worker.py '{"set": "letter", "library": "clearprop", "options": {...},
"predictions": "p.npy"}'`` saves the test predictions and ends with a line of JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from importlib import import_module

import numpy as np
from sklearn.exceptions import ConvergenceWarning

import real_sets

MODULES = {"clearprop": "clearprop", "scikit-learn": "sklearn.neural_network"}

SETS = {
    "letter": lambda: [real_sets.letter()],
    "adult": lambda: [real_sets.adult()],
    "concrete": lambda: list(real_sets.concrete()),
}


def main() -> None:
    request = json.loads(sys.argv[1])
    if request["pin"] is not None:
        os.sched_setaffinity(0, {request["pin"]})
    name, splits = request["set"], SETS[request["set"]]()
    regression = name == "concrete"
    module = import_module(MODULES[request["library"]])
    estimator = module.MLPRegressor if regression else module.MLPClassifier
    settings = real_sets.SETTINGS[name] | request["options"]
    warnings.simplefilter("ignore", ConvergenceWarning)  # the epochs are the same for both

    started = time.perf_counter()
    estimator(**settings | {"max_iter": 1}).fit(splits[0].X, splits[0].y)
    ready = time.perf_counter() - started

    seconds, scores, predictions = [], [], []
    for split in splits:
        started = time.perf_counter()
        model = estimator(**settings, random_state=0).fit(split.X, split.y)
        seconds.append(time.perf_counter() - started)
        predictions.append(model.predict(split.X_test))
        scores.append((split.rmse if regression else split.error)(predictions[-1]))
    np.save(request["predictions"], np.concatenate(predictions))
    print(json.dumps({"ready": ready, "seconds": seconds, "scores": scores}))


if __name__ == "__main__":
    main()
