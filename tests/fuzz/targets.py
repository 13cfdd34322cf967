"""What is fed with changed files, what it may raise, and the whole files to begin with."""

import random
import struct
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import clearprop as cp
from clearprop.data.files import read_inputs
from clearprop.files.container import ModelFileError
from clearprop.files.errors import DataError
from tests.fuzz.mutations import changed_bytes, changed_file

X = np.random.default_rng(0).normal(size=(40, 3))
T = (X[:, 0] > 0).astype(float)
NET = cp.Chain(cp.Dense(3, 4), cp.BatchNorm(4), cp.Tanh(), cp.Dense(4, 1))


@dataclass(frozen=True)
class Target:
    """One thing that reads files.

    Attributes
    ----------
    name
        What it is called.
    reads
        Reads a file.
    allowed
        What it may raise.
    change
        Changes the bytes of a file.
    whole
        Writes a whole file.
    ending
        The ending of its name.
    """

    name: str
    reads: Callable[[Path], object]
    allowed: tuple[type[Exception], ...]
    change: Callable[[bytes, random.Random], bytes]
    whole: Callable[[Path], None]
    ending: str = ""


def load_and_predict(path: Path) -> None:
    """Load a model; one that loads also predicts, or says why it cannot."""
    model = cp.load(path)
    rows = getattr(model, "n_features_in_", 3)
    model.predict(X[:2] if rows == 3 else np.zeros((2, rows)))


def load_table(path: Path) -> None:
    """Load the model of a raw table, and predict two of its rows."""
    import pandas as pd

    model = cp.load(path)
    table = pd.DataFrame({"a": [1.0, None], "b": ["u", "never seen"]})
    (model.predict if hasattr(model, "predict") else model.encode)(table)


def go_on(path: Path) -> None:
    """Go on with a training."""
    cp.train(
        NET, cp.BinaryCrossEntropy(), NET.init(np.random.default_rng(1)), X, T, epochs=4,
        batch_size=16, seed=0, checkpoint=path, resume=True,
    )  # fmt: skip


def saved_model(path: Path) -> None:
    """Save an estimator."""
    fitted = cp.MLPClassifier(hidden_layer_sizes=(3,), max_iter=3, random_state=0).fit(X, T)
    fitted.save(path)


def saved_regressor(path: Path) -> None:
    """Save an estimator of two numbers."""
    fitted = cp.MLPRegressor(hidden_layer_sizes=(3,), max_iter=3, random_state=0)
    fitted.fit(X, X[:, :2]).save(path)


def saved_table(path: Path) -> None:
    """Save the networks of a table."""
    import pandas as pd

    table = pd.DataFrame({"a": X[:, 0], "b": np.where(X[:, 1] > 0, "u", "v")})
    cp.TableClassifier(preset="fast", random_state=0).fit(table, T.astype(int)).save(path)


def saved_training(path: Path) -> None:
    """Save a training within an epoch."""

    class Died(BaseException):
        pass

    def dies(report: object) -> None:
        if report.epoch == 3:
            raise Died

    try:
        cp.train(
            NET, cp.BinaryCrossEntropy(), NET.init(np.random.default_rng(1)), X, T, epochs=4,
            batch_size=16, seed=0, checkpoint=cp.Checkpoint(path, every=1), on_epoch=dies,
        )  # fmt: skip
    except Died:
        return


def fit_on(path: Path) -> None:
    """Go on with the fit of an estimator."""
    fitted = cp.MLPClassifier(
        hidden_layer_sizes=(3,), max_iter=3, random_state=0, checkpoint=path, resume=True
    )
    fitted.fit(X, T)


def csv(path: Path) -> None:
    """Write a table of text."""
    path.write_text('a,b,"c d",when\n1,u,3.5,2024-01-02\n2,"v,w",,2024-02-03\n-3e2,u,1,\n')


def packed_csv(path: Path) -> None:
    """Write a packed table."""
    import gzip

    with gzip.open(path, "wt") as file:
        file.write("a,b\n1,2\n3,4\n")


def parquet(path: Path) -> None:
    """Write a table of Parquet."""
    import pandas as pd

    table = pd.DataFrame({"a": [1.0, 2.0], "y": ["u", "v"]})
    table["when"] = pd.to_datetime(["2024-01-01", None])
    table["kind"] = pd.Categorical(["p", "q"])
    table.to_parquet(path)


def npz(path: Path) -> None:
    """Write arrays."""
    np.savez(path, X=np.zeros((4, 2)), y=np.arange(4))


def packed_npz(path: Path) -> None:
    """Write packed arrays."""
    np.savez_compressed(path, X=np.zeros((4, 2, 2)), y=np.array(["u", "v", "u", "v"]))


def idx(path: Path) -> None:
    """Write images."""
    path.write_bytes(b"\0\0\x08\x03" + struct.pack(">3I", 2, 2, 2) + bytes(8))


MODEL = (ModelFileError, DataError)
TARGETS = [
    # A model may be whole and of another width than the rows: scikit-learn's own ValueError.
    Target("model", load_and_predict, (*MODEL, ValueError), changed_file, saved_model),
    Target("regressor", load_and_predict, (*MODEL, ValueError), changed_file, saved_regressor),
    Target("table model", load_table, (*MODEL, ValueError), changed_file, saved_table),
    Target("damaged model", load_and_predict, MODEL, changed_bytes, saved_model),
    Target("training", go_on, (cp.ResumeError,), changed_file, saved_training),
    Target("fit", fit_on, (cp.ResumeError,), changed_file, fit_on),
    Target("damaged training", go_on, (cp.ResumeError,), changed_bytes, saved_training),
    *(
        Target(f"reader {ending}", read_inputs, (DataError,), changed_bytes, write, ending)
        for ending, write in (
            (".csv", csv), (".tsv", csv), (".csv.gz", packed_csv), (".parquet", parquet),
            (".npz", npz), ("p.npz", packed_npz), ("-images-idx3-ubyte", idx),
        )
    ),
]  # fmt: skip


def attempt(target: Target, path: Path, data: bytes) -> bool:
    """Let a target read a file; return whether it did, or raise what it must not raise."""
    path.write_bytes(data)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            target.reads(path)
        except target.allowed:
            return False
    return True
