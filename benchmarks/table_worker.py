"""The process that fits one contender to one raw table, all splits of it.

``python table_worker.py '{"table": "telco", "contender": "clearprop"}'`` prints a line of JSON for
each split. A folder's file is asked for by ``"path"`` in place of ``"table"``.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import log_loss, roc_auc_score

from raw_tables import TABLES, RawTable, from_csv
from table_contenders import CONTENDERS

WARM_UP_ROWS = 200


def main() -> None:
    warnings.simplefilter("ignore")
    request = json.loads(sys.argv[1])
    if "path" in request:
        table = from_csv(Path(request["path"]), request.get("target"))
    else:
        table = TABLES[request["table"]]()
    make = CONTENDERS[request["contender"]]
    y = np.unique(table.y, return_inverse=True)[1] if table.classifies else table.y
    warm_up(make, table, y)
    for seed, (train, test) in enumerate(table.each_split()):
        X, X_test = table.X.iloc[train], table.X.iloc[test]
        model = make(table.classifies, X, seed)
        started, before = time.perf_counter(), time.process_time()
        model.fit(X, y[train])
        fitted, after = time.perf_counter(), time.process_time()
        scores = measure(model, table.classifies, X_test, y[test], int(y.max()) + 1)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        found = {"split": seed, "rows": len(train), "classifies": table.classifies, **scores}
        print(
            json.dumps({**found, "fit": fitted - started, "cost": after - before, "peak": peak}),
            flush=True,
        )


def warm_up(make: Any, table: RawTable, y: np.ndarray) -> None:
    """Fit a few rows, for what is loaded and compiled once in the life of an installation."""
    rows = np.random.default_rng(0).permutation(len(y))[:WARM_UP_ROWS]
    if table.classifies:  # every class twice, as far as there are two rows of it
        firsts = [np.flatnonzero(y == k)[:2] for k in np.unique(y)]
        rows = np.unique(np.concatenate([rows, *firsts]))
    X = table.X.iloc[rows]
    make(table.classifies, X, 0).fit(X, y[rows]).predict(X)


def measure(
    model: Any, classifies: bool, X: Any, y: np.ndarray, classes: int
) -> dict[str, float | None]:
    """Return the scores on test rows, and the processor seconds that predicting took."""
    started = time.process_time()
    predicted = model.predict_proba(X) if classifies else model.predict(X)
    seconds = time.process_time() - started
    if not classifies:
        rmse = float(np.sqrt(np.mean((np.ravel(predicted) - y) ** 2)))
        return {"predict": seconds, "rmse": rmse / float(y.std())}
    p = np.asarray(predicted, float)
    error = float(np.mean(p.argmax(axis=1) != y))
    # A class may be in no test row, and then has no curve.
    every = len(np.unique(y)) == classes
    auc = None
    if every:
        auc = float(roc_auc_score(y, p[:, 1] if classes == 2 else p, multi_class="ovr"))
    loss = float(log_loss(y, np.clip(p, 1e-7, 1), labels=range(classes)))
    return {"predict": seconds, "error": error, "log_loss": loss, "auc": auc}


if __name__ == "__main__":
    main()
