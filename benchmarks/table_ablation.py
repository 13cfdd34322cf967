"""What a number of the table estimators' recipe is worth: error, log loss, RMSE and cost.

``python benchmarks/table_ablation.py max_epochs=36 row_budget=240000`` fits the default recipe and
the changed one to parts of the training rows of every table of ``tables.py``, and to sets of
scikit-learn's; it compares them on the other training rows. No test row is used. Scores are told as
100 ln(changed / default), which is nearly a change in percent; costs as their quotient.

``--transform log`` (or ``root``, ``quantile``) trains the changed one on transformed targets, on
the tables of quantities from 0 and three skewed ones that are made here.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from sklearn import datasets
from sklearn.compose import TransformedTargetRegressor
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import FunctionTransformer, QuantileTransformer

from raw_tables import TABLES, RawTable
from table_worker import warm_up

FLOOR = 1e-3
"""Added to losses before their quotient: a loss of nearly 0 is as good as another."""


def arm(n_samples: int, random_state: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the angles of an arm's eight joints, and how far its end is from a point."""
    rng = np.random.default_rng(random_state)
    angles = rng.uniform(-np.pi / 2, np.pi / 2, (n_samples, 8))
    sums = np.cumsum(angles, axis=1)
    y = np.hypot(np.cos(sums).sum(axis=1) - 1.6, np.sin(sums).sum(axis=1))
    return angles, y + 0.05 * y.std() * rng.normal(size=n_samples)


def smooth(n_samples: int, random_state: int) -> tuple[np.ndarray, np.ndarray]:
    """Return 14 correlated columns, and a smooth function of five of them without noise."""
    rng = np.random.default_rng(random_state)
    x = rng.normal(size=(n_samples, 14)) @ rng.normal(size=(14, 14)) * 0.3
    return x, np.tanh(x[:, 0] * x[:, 1]) + 0.1 * x[:, 2] ** 3 + np.exp(-(x[:, 3] ** 2)) * x[:, 4]


def waves(n_samples: int, random_state: int) -> tuple[np.ndarray, np.ndarray]:
    """Return eight columns, and waves along three of them with noise."""
    rng = np.random.default_rng(random_state)
    x = rng.uniform(-2, 2, (n_samples, 8))
    y = x[:, 0] * np.sin(1.5 * x[:, 1]) + np.cos(3 * x[:, 2])
    return x, y + 0.3 * rng.normal(size=n_samples)


MADE = {
    "arm": (arm, {"n_samples": 4000}, False),
    "smooth": (smooth, {"n_samples": 3000}, False),
    "waves": (waves, {"n_samples": 4000}, False),
    "friedman1": (datasets.make_friedman1, {"n_samples": 2500, "noise": 1.0}, False),
    "friedman2": (datasets.make_friedman2, {"n_samples": 1200, "noise": 30.0}, False),
    "linear": (datasets.make_regression,
               {"n_samples": 400, "n_features": 20, "n_informative": 8, "noise": 20}, False),
    "clusters": (datasets.make_classification,
                 {"n_samples": 3000, "n_informative": 10, "n_classes": 4, "flip_y": 0.05}, True),
    "moons": (datasets.make_moons, {"n_samples": 500, "noise": 0.25}, True),
    "spheres": (datasets.make_gaussian_quantiles, {"n_samples": 2000, "n_features": 6}, True),
}  # fmt: skip
EMBEDDED = {
    "breast cancer": (datasets.load_breast_cancer, True),
    "wine classes": (datasets.load_wine, True),
    "iris": (datasets.load_iris, True),
    "digits": (datasets.load_digits, True),
    "diabetes": (datasets.load_diabetes, False),
}
TRANSFORMS = {
    "log": lambda y: FunctionTransformer(np.log, np.exp) if y.min() > 0
    else FunctionTransformer(np.log1p, np.expm1),
    "root": lambda _: FunctionTransformer(np.sqrt, lambda z: np.maximum(z, 0) ** 2),
    "quantile": lambda y: QuantileTransformer(
        n_quantiles=min(1000, len(y)), output_distribution="normal"),
}  # fmt: skip
"""What targets are trained on in place of themselves, made for the targets of the seen rows."""


def main() -> None:
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("changes", nargs="*", help="arguments of the estimators, name=JSON")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--transform", choices=TRANSFORMS, help="of the targets")
    options = parser.parse_args()
    if not options.changes and options.transform is None:
        parser.error("nothing is changed")
    changes = {name: json.loads(value) for name, value in (c.split("=") for c in options.changes)}
    changed: dict[str, list[float]] = {"error": [], "log loss": [], "RMSE": [], "cost": []}
    for table, y, rows in development() if options.transform is None else from_zero():
        found = {name: [measured(table, y, rows, seed, *change) for seed in options.seeds]
                 for name, change in (("default", ({},)), ("changed", (changes, options.transform)))
                 }  # fmt: skip
        pairs = list(zip(found["default"], found["changed"], strict=True))
        told = []
        for score in found["default"][0]:
            quotients = [(new[score] + FLOOR) / (old[score] + FLOOR) for old, new in pairs]
            changed[score].append(100 * float(np.mean(np.log(quotients))))
            told.append(shown(score, changed[score][-1]))
        print(f"{table.name:<14}", "  ".join(told), flush=True)
    print("all           ",
          "  ".join(shown(k, float(np.mean(v))) for k, v in changed.items() if v))  # fmt: skip


def shown(score: str, change: float) -> str:
    """Return a change of a score, or of the cost, on paper."""
    return f"cost x {np.exp(change / 100):.2f}" if score == "cost" else f"{score} {change:+.1f} %"


def development() -> Iterator[tuple[RawTable, np.ndarray, np.ndarray]]:
    """Yield each table with its targets as numbers and the rows that may be used."""
    for make in TABLES.values():
        table = make()
        y = np.unique(table.y, return_inverse=True)[1] if table.classifies else table.y
        yield table, y, next(iter(table.each_split()))[0]
    for name, (make, options, classifies) in MADE.items():
        X, y = make(random_state=1, **options)
        yield _plain(name, X, y, classifies)
    for name, (load, classifies) in EMBEDDED.items():
        X, y = load(return_X_y=True)
        yield _plain(name, X, y, classifies)


def from_zero() -> Iterator[tuple[RawTable, np.ndarray, np.ndarray]]:
    """Yield the tables of quantities from 0, and three made ones whose targets are skewed."""
    for name, rows, noise in (("prices", 2000, 0.3), ("claims", 3000, 0.8), ("visits", 1500, None)):
        rng = np.random.default_rng(rows)
        X = pd.DataFrame(rng.normal(size=(rows, 6)), columns=list("abcdef"))
        group = rng.integers(0, 6, rows)
        X["kind"] = np.array(list("uvwxyz"))[group]
        f = 0.7 * X["a"] + 0.6 * np.sin(2 * X["b"]) + 0.3 * X["c"] * X["d"]
        f = (f + rng.normal(0, 0.5, 6)[group]).to_numpy()
        if noise is None:
            y = rng.negative_binomial(2, 2 / (2 + np.exp(f + 1))).astype(float)
        else:
            y = np.exp(6 + f + rng.normal(0, noise, rows))
        yield RawTable(name, X, y, False), y, np.arange(rows)
    for table, y, rows in development():
        if not table.classifies and y.min() >= 0:
            yield table, y, rows


def _plain(name: str, X: Any, y: Any, classifies: bool) -> Any:
    table = pd.DataFrame(X, columns=[f"x{k + 1}" for k in range(X.shape[1])])
    return RawTable(name, table, y, classifies), y, np.arange(len(y))


def measured(
    table: RawTable,
    y: np.ndarray,
    rows: np.ndarray,
    seed: int,
    arguments: dict[str, Any],
    transform: str | None = None,
) -> dict[str, float]:
    """Return the scores of the recipe with these arguments; see `scores_of`."""
    import clearprop as cp

    def made(classifies: bool, _X: Any, seed: int) -> Any:
        kind = cp.TableClassifier if classifies else cp.TableRegressor
        return kind(random_state=seed, **arguments)

    return scores_of(table, y, rows, seed, made, transform)


def scores_of(
    table: RawTable,
    y: np.ndarray,
    rows: np.ndarray,
    seed: int,
    made: Callable[[bool, Any, int], Any],
    transform: str | None = None,
) -> dict[str, float]:
    """Return the scores of one fit on rows that it has not seen, and its processor seconds."""
    strata = y[rows] if table.classifies and np.bincount(y[rows]).min() > 3 else None
    seen, unseen = train_test_split(rows, test_size=0.25, random_state=100 + seed, stratify=strata)
    warm_up(made, table, y)
    model = made(table.classifies, None, seed)
    if transform is not None:
        model = TransformedTargetRegressor(
            model, transformer=TRANSFORMS[transform](y[seen]), check_inverse=False
        )
    started = time.process_time()
    model.fit(table.X.iloc[seen], y[seen])
    cost = time.process_time() - started
    X, t = table.X.iloc[unseen], y[unseen]
    if not table.classifies:
        return {
            "RMSE": float(np.sqrt(np.mean((model.predict(X) - t) ** 2)) / t.std()),
            "cost": cost,
        }
    p = np.zeros((len(t), int(y.max()) + 1))
    p[:, model.classes_] = model.predict_proba(X)
    loss = float(log_loss(t, np.clip(p, 1e-7, 1), labels=range(p.shape[1])))
    return {"error": float(np.mean(p.argmax(axis=1) != t)), "log loss": loss, "cost": cost}


if __name__ == "__main__":
    main()
