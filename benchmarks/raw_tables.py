"""Raw tables for the benchmark of table estimators: those in ../shared/data, or any folder of CSV.

Each is a pandas table with its target and, where they are published, its own splits; otherwise
three random splits, a quarter of the rows held out.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from real_sets import ADULT_COLUMNS, FOLDER

SEEDS = (0, 1, 2)
PUBLISHED_SPLITS = 5
"""Of the twenty published splits of a small set, so many are used."""


@dataclass(frozen=True)
class RawTable:
    """A table as people hold it.

    `splits` are pairs of row numbers, to train on and to test on; none is for random ones.
    """

    name: str
    X: pd.DataFrame = field(repr=False)
    y: np.ndarray = field(repr=False)
    classifies: bool
    splits: tuple[tuple[np.ndarray, np.ndarray], ...] = field(default=(), repr=False)

    def each_split(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the rows to train on and to test on, for each split."""
        if self.splits:
            yield from self.splits
            return
        rows = np.arange(len(self.y))
        often = self.classifies and np.unique(self.y, return_counts=True)[1].min() > 3
        for seed in SEEDS:
            yield tuple(
                train_test_split(
                    rows, test_size=0.25, random_state=seed, stratify=self.y if often else None
                )
            )


def _csv(path: str, **options: Any) -> pd.DataFrame:
    return pd.read_csv(FOLDER / path, **options)


def _plain(name: str, path: str, target: int, classifies: bool, **options: Any) -> RawTable:
    """Return a table whose columns have no names in its file."""
    table = _csv(path, header=None, **options)
    X = table.drop(columns=table.columns[target])
    X.columns = [f"x{k + 1}" for k in range(X.shape[1])]
    return RawTable(name, X, table.iloc[:, target].to_numpy(), classifies)


def _adult() -> RawTable:
    options = {"header": None, "names": ADULT_COLUMNS, "na_values": "?", "skipinitialspace": True}
    parts = [_csv(f"adult/adult-{part}.csv.gz", **options) for part in ("train", "test")]
    table = pd.concat(parts, ignore_index=True)
    first = len(parts[0])
    y = table.pop("income").str.rstrip(".").to_numpy(str)
    split = np.arange(first), np.arange(first, len(table))
    return RawTable("adult", table, y, True, (split,))


def _letter() -> RawTable:
    table = _csv("letter/LetterRecognition.csv.gz")
    y = table.pop("lettr").to_numpy(str)
    return RawTable("letter", table, y, True, ((np.arange(16_000), np.arange(16_000, len(y))),))


def _satimage() -> RawTable:
    parts = [_csv(f"satimage/sat.{part}", sep="\t") for part in ("trn.gz", "tst")]
    parts = [part.set_axis([f"x{k}" for k in range(part.shape[1])], axis=1) for part in parts]
    table = pd.concat(parts, ignore_index=True)
    y = table.iloc[:, -1].to_numpy()
    first = len(parts[0])
    split = np.arange(first), np.arange(first, len(table))
    return RawTable("satimage", table.iloc[:, :-1], y, True, (split,))


def _vowel() -> RawTable:
    parts = [_csv(f"vowel/vowel.{part}").drop(columns="row.names") for part in ("train", "test")]
    table = pd.concat(parts, ignore_index=True)
    first = len(parts[0])
    split = np.arange(first), np.arange(first, len(table))
    return RawTable("vowel", table.drop(columns="y"), table["y"].to_numpy(), True, (split,))


def _telco() -> RawTable:
    table = _csv("telco-churn/telco-customer-churn-by-IBM.csv.gz", na_values=" ")
    y = table.pop("Churn").to_numpy(str)
    return RawTable("telco", table.drop(columns="customerID"), y, True)


def _titanic() -> RawTable:
    table = _csv("titanic/titanic.csv")
    y = table.pop("survived").to_numpy()
    return RawTable("titanic", table.drop(columns="alive"), y, True)


def _arff(name: str, path: str, target: int, classifies: bool) -> RawTable:
    with gzip.open(FOLDER / path, "rt") as file:
        text = file.read()
    table = pd.read_csv(
        io.StringIO(text[text.lower().index("@data") + 5 :]), header=None, skipinitialspace=True
    )
    y = table.pop(table.columns[target])
    table.columns = [f"x{k + 1}" for k in range(table.shape[1])]
    return RawTable(name, table, y.to_numpy(str if classifies else float), classifies)


def _splice() -> RawTable:
    whole = _arff("splice", "splice/splice.arff.gz", -1, True)
    names = [name for name in whole.X if whole.X[name].nunique() < 20]
    return RawTable("splice", whole.X[names], np.char.strip(whole.y), True)


def _california() -> RawTable:
    table = _csv("california-housing/housing.csv.gz")
    return RawTable("california", table, table.pop("median_house_value").to_numpy(float), False)


def _bike() -> RawTable:
    table = _csv("bike-sharing-kaggle/BikeSharing.csv.gz", parse_dates=["datetime"])
    y = table.pop("count").to_numpy(float)
    return RawTable("bike", table.drop(columns=["casual", "registered"]), y, False)


def _published(name: str) -> RawTable:
    place = FOLDER / "uci-regression" / name
    table = np.loadtxt(place / "data.txt")
    found = np.load(place / "splits.npz")
    splits = tuple(
        (found[f"train_{number}"], found[f"test_{number}"]) for number in range(PUBLISHED_SPLITS)
    )
    X = pd.DataFrame(table[:, :-1], columns=[f"x{k + 1}" for k in range(table.shape[1] - 1)])
    return RawTable(name, X, table[:, -1], False, splits)


TABLES: dict[str, Callable[[], RawTable]] = {
    "adult": _adult,
    "letter": _letter,
    "satimage": _satimage,
    "vowel": _vowel,
    "telco": _telco,
    "titanic": _titanic,
    "splice": _splice,
    "pima": lambda: _plain("pima", "pima/pima-indians-diabetes.csv", -1, True),
    "banknote": lambda: _plain("banknote", "banknote/banknote_authentication.csv", -1, True),
    "sonar": lambda: _plain("sonar", "sonar/sonar.csv", -1, True),
    "california": _california,
    "bike": _bike,
    "wine": lambda: _plain("wine", "wine-quality/winequality-white.csv", -1, False),
    "concrete": lambda: _published("concrete"),
    "energy": lambda: _published("energy"),
    "yacht": lambda: _published("yacht"),
    "ailerons": lambda: _arff("ailerons", "ailerons/ailerons.arff.gz", -1, False),
}
"""Ten classifications and seven regressions."""


def from_csv(path: Path, target: str | None) -> RawTable:
    """Return the table of a CSV file as clearprop reads it; the last column unless `target`."""
    from clearprop.data import infer_task, read

    found = read(path) if target is None else read(path, target=target)
    if not isinstance(found.X, pd.DataFrame):
        raise SystemExit(f"{path} is no table with columns")
    return RawTable(path.stem, found.X, found.y, infer_task(found.y) == "classification")
