"""The real data sets, read, split and scaled once for the benchmarks and for tests/real_data.

They lie beside the project, in ../shared/data, and are never part of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parents[2] / "shared" / "data"
ABSENT = f"real data sets are not beside the project: {FOLDER}"

ADULT_COLUMNS = [
    *("age", "workclass", "fnlwgt", "education", "education-num", "marital-status", "occupation"),
    *("relationship", "race", "sex", "capital-gain", "capital-loss", "hours-per-week"),
    *("native-country", "income"),
]

CONCRETE_SPLITS = 20


@dataclass(frozen=True)
class Split:
    """Rows to train on and rows to test on, inputs scaled by what the first ones say.

    `unit` is what one step of the target is in its own units: targets of a regression are scaled
    to standard deviation 1.
    """

    X: Any = field(repr=False)
    y: np.ndarray = field(repr=False)
    X_test: Any = field(repr=False)
    y_test: np.ndarray = field(repr=False)
    unit: float = 1.0

    def rmse(self, predictions: np.ndarray) -> float:
        """Return the root-mean-square error on the test rows, in the target's own units."""
        return float(np.sqrt(np.mean((predictions - self.y_test) ** 2))) * self.unit

    def error(self, predictions: np.ndarray) -> float:
        """Return the part of the test rows that are in another class than predicted."""
        return float(np.mean(predictions != self.y_test))


SETTINGS: dict[str, dict[str, Any]] = {
    "letter": {
        "hidden_layer_sizes": (128,),
        "batch_size": 128,
        "learning_rate_init": 0.003,
        "max_iter": 60,
    },
    "adult": {"hidden_layer_sizes": (32,), "batch_size": 256, "max_iter": 10},
    "concrete": {
        "hidden_layer_sizes": (50,),
        "batch_size": 32,
        "learning_rate_init": 0.003,
        "max_iter": 200,
        "tol": 0.0,
        "n_iter_no_change": np.inf,
    },
}
"""For MLPClassifier and MLPRegressor, scikit-learn's and ours; Adam, as both have it."""


def mnist() -> Split:
    """Return 60,000 and 10,000 handwritten digits, float32, each pixel 0 to 1."""
    from clearprop.data import read

    digits, test = (
        read(FOLDER / "mnist" / f"{part}-images-idx3-ubyte.gz") for part in ("train", "t10k")
    )
    X, X_test = (part.X.astype(np.float32) / np.float32(255) for part in (digits, test))
    return Split(X, digits.y.astype(int), X_test, test.y.astype(int))


def letter() -> Split:
    """Return capital letters in 20 fonts by 16 measurements: the first 16,000 and the rest."""
    from clearprop.data import TableEncoder, read

    rows = read(FOLDER / "letter" / "LetterRecognition.csv.gz", target="lettr")
    first = 16_000
    X = TableEncoder.fit(rows.X[:first]).encode(rows.X)
    return Split(X[:first], rows.y[:first], X[first:], rows.y[first:])


def adult() -> Split:
    """Return who earns above 50,000 dollars, training and test file as published."""
    from clearprop.data import TableEncoder, read

    rows, test = (
        read(FOLDER / "adult" / f"adult-{part}.csv.gz", columns=ADULT_COLUMNS)
        for part in ("train", "test")
    )
    encoder = TableEncoder.fit(rows.X)
    y_test = np.char.rstrip(test.y, ".")  # the test file ends its labels with a point
    return Split(encoder.encode(rows.X), rows.y, encoder.encode(test.X), y_test)


def sms_spam() -> Split:
    """Return messages, spam or ham, by their words: TF-IDF, CSR, the first 70 % and the rest."""
    import gzip

    from sklearn.feature_extraction.text import TfidfVectorizer

    with gzip.open(FOLDER / "sms-spam" / "SMSSpamCollection.gz", "rt", encoding="utf-8") as lines:
        labels, texts = zip(*(line.rstrip("\n").split("\t", 1) for line in lines), strict=True)
    first = len(texts) * 7 // 10
    words = TfidfVectorizer(dtype=np.float32).fit(texts[:first])
    X, X_test = words.transform(texts[:first]), words.transform(texts[first:])
    return Split(X, np.array(labels[:first]), X_test, np.array(labels[first:]))


def concrete(splits: int = CONCRETE_SPLITS) -> Iterator[Split]:
    """Yield the published splits of concrete's strength by its mixture and age."""
    place = FOLDER / "uci-regression" / "concrete"
    table = np.loadtxt(place / "data.txt")
    published = np.load(place / "splits.npz")
    for number in range(splits):
        train, test = (table[published[f"{part}_{number}"]] for part in ("train", "test"))
        mean, sd = train.mean(axis=0), train.std(axis=0)
        train, test = (train - mean) / sd, (test - mean) / sd
        yield Split(train[:, :-1], train[:, -1], test[:, :-1], test[:, -1], float(sd[-1]))
