"""Table estimators fitted to files beside the same rows in memory: scores, time and memory.

    python benchmarks/stream_tables.py FOLDER     # with adult/ and california-housing/ in it
    python benchmarks/stream_tables.py --rows 4000000           # made rows: the most memory

The rows are written to 16 shards, and the sample of rows is made so small (--sample) that networks
train on blocks of files: with a sample of all rows they are those of a table in memory. Made rows
have 16 numbers, some of them missing, three columns of categories and a date, and with --words a
column of texts of so many words; their training is one epoch of two networks.
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
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--rows", type=int, default=0, help="made rows instead")
    parser.add_argument("--words", type=int, default=0, help="of a text in each made row")
    parser.add_argument("--sample", type=int, default=8192, help="rows of the sample at most")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--kind", choices=["parquet", "csv"], default="parquet")
    parser.add_argument("--preset", default="default")
    parser.add_argument("--sets", nargs="*", default=list(SETS))
    asked = parser.parse_args()
    if asked.rows:
        made(asked.rows, asked.kind, asked.words)
        return
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


def made(rows: int, kind: str, words: int) -> None:
    """Print what one epoch of two networks on made rows takes."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(SHARDS):
            write_made(rows // SHARDS, Path(folder) / f"part-{number:02}.{kind}", number, words)
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
        stream = cp.Stream(folder, target="y")
        print(f"{len(stream):,} rows, {size / 1e9:.2f} GB of {kind}; {peak() / 1e9:.2f} GB before")
        began, clock = time.process_time(), time.perf_counter()
        model = cp.TableClassifier(members=2, min_epochs=1, max_epochs=1, random_state=0)
        model.fit(stream)
        spent, clock = time.process_time() - began, time.perf_counter() - clock
        networks = sum(member.epochs for member in model.members_) * len(stream)
        print(
            f"{len(model.inputs_.input_names)} inputs, {len(model.members_)} networks: "
            f"{spent:.0f} processor seconds, {spent / networks * 1e6:.2f} us a row and network, "
            f"{clock:.0f} s by the clock; peak {peak() / 1e9:.2f} GB"
        )


def write_made(rows: int, path: Path, seed: int, words: int) -> None:
    """Write a file of made rows; of a table of all of them in memory there never is one."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.standard_normal((rows, 16)), columns=[f"x{k}" for k in range(16)])
    frame.loc[rng.random(rows) < 0.05, "x3"] = np.nan
    for name, different in (("shop", 12), ("city", 40), ("item", 3000)):
        frame[name] = pd.Series(rng.integers(0, different, rows)).map("{}".format).radd(name)
    days = rng.integers(0, 2000, rows)
    frame["day"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(days, "D")
    score = np.tanh(frame["x0"]) + frame["x1"] * frame["x2"] / 2 + np.sin(days / 58)
    frame["y"] = np.where(score + rng.standard_normal(rows) > 0.3, "yes", "no")
    if words:  # the commonest words are in many rows, and most words in few, as in a language
        ranks = rng.zipf(1.3, (rows, words)).clip(max=100_000)
        frame["note"] = [" ".join(row) for row in np.char.mod("word%d", ranks)]
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path, index=False, row_group_size=100_000)


def peak() -> int:
    """Return the most memory of this process so far."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) * 1024


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
