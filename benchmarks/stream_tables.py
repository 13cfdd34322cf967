"""Table estimators fitted to files beside the same rows in memory: scores and time.

    python benchmarks/stream_tables.py FOLDER     # with adult/ and california-housing/ in it

The rows are written to 16 shards, and the sample of rows is made so small (--sample) that networks
train on blocks of files: with a sample of all rows they are those of a table in memory.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import clearprop as cp
import numpy as np
import pandas as pd
from clearprop.tables.streamed import sample

SHARDS = 16


def adult(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return training and test rows of the census, official split; the target is "y"."""
    read = {"header": None, "skipinitialspace": True, "na_values": "?"}
    train, test = (pd.read_csv(folder / f"adult/adult-{part}.csv.gz", **read)
                   for part in ("train", "test"))  # fmt: skip
    names = [f"c{place}" for place in range(14)] + ["y"]
    train.columns = test.columns = pd.Index(names)
    test["y"] = test["y"].str.removesuffix(".")
    return train, test


def california(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return training and test rows of the houses, a random fifth to test on."""
    frame = pd.read_csv(folder / "california-housing/housing.csv.gz")
    frame = frame.rename(columns={"median_house_value": "y"})
    aside = np.random.default_rng(0).random(len(frame)) < 0.2
    return frame[~aside], frame[aside]


SETS = {"adult": (adult, cp.TableClassifier), "california": (california, cp.TableRegressor)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sample", type=int, default=8192, help="rows of the sample at most")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--kind", choices=["parquet", "csv"], default="parquet")
    parser.add_argument("--preset", default="default")
    parser.add_argument("--sets", nargs="*", default=list(SETS))
    asked = parser.parse_args()
    sample.SAMPLE_ROWS = sample.FEWEST_ROWS = asked.sample
    for name in asked.sets:
        read, kind = SETS[name]
        train, test = read(asked.folder)
        train = train.sample(frac=1.0, random_state=0).reset_index(drop=True)
        found: dict[str, list[tuple[float, ...]]] = {"memory": [], "stream": []}
        with tempfile.TemporaryDirectory() as shards:
            write(train, Path(shards), asked.kind)
            for seed in range(asked.seeds):
                for how, several in found.items():
                    model = kind(preset=asked.preset, random_state=seed, n_jobs=1)
                    began = time.process_time()
                    if how == "memory":
                        model.fit(train.drop(columns="y"), train["y"])
                    else:
                        model.fit(cp.Stream(shards, target="y"))
                    spent = time.process_time() - began
                    several.append((*scores(model, test), spent))
                    print(name, how, seed, *(f"{one:.5g}" for one in several[-1]), flush=True)
        for how, several in found.items():
            means = np.mean(several, axis=0)
            print(f"{name} {how}: " + ", ".join(f"{one:.5g}" for one in means), flush=True)


def scores(model: object, test: pd.DataFrame) -> tuple[float, ...]:
    """Return error and log loss of classes, R² and RMSE of quantities."""
    from sklearn.metrics import log_loss, root_mean_squared_error

    X, y = test.drop(columns="y"), test["y"]
    if isinstance(model, cp.TableClassifier):
        p = model.predict_proba(X)
        return 1 - model.score(X, y), log_loss(y, p, labels=model.classes_)
    return model.score(X, y), root_mean_squared_error(y, model.predict(X))


def write(frame: pd.DataFrame, folder: Path, kind: str) -> None:
    for number, rows in enumerate(np.array_split(np.arange(len(frame)), SHARDS)):
        part, path = frame.iloc[rows], folder / f"part-{number:02}.{kind}"
        if kind == "csv":
            part.to_csv(path, index=False)
        else:
            part.to_parquet(path, index=False)


if __name__ == "__main__":
    main()
