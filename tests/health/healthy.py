"""Trainings as they should be: rows standardised, first weights by He or Glorot, usual rates."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import numpy as np
from sklearn import datasets

import clearprop as cp
from benchmarks import real_sets

SKLEARN = ("iris", "wine", "breast_cancer", "digits", "diabetes")
TABLES = (
    "adult", "letter", "satimage", "vowel", "telco", "titanic", "splice", "pima", "banknote",
    "sonar", "california", "bike", "wine", "concrete", "energy", "yacht", "ailerons",
)  # fmt: skip
MOST_ROWS = 4000
MOST_VALUES = 20
"""A column of words with more different values is left out."""


def rows_of(name):
    """Return standardised inputs and targets of a set, and whether they are classes."""
    if name in SKLEARN:
        X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
        classifies = name != "diabetes"
    elif name == "mnist":
        split = real_sets.mnist()
        X, y, classifies = np.asarray(split.X)[:MOST_ROWS], np.asarray(split.y)[:MOST_ROWS], True
    else:
        folder = str(Path(real_sets.__file__).parent)
        if folder not in sys.path:
            sys.path.insert(0, folder)
        table = import_module("raw_tables").TABLES[name]()
        X, y, classifies = numbers_of(table.X), np.asarray(table.y), table.classifies
    few = np.random.default_rng(0).permutation(len(y))[:MOST_ROWS]
    X, y = np.asarray(X, float)[few], y[few]
    X = (X - X.mean(axis=0)) / np.maximum(X.std(axis=0), 1e-9)
    if classifies:
        return X, np.unique(y, return_inverse=True)[1], True
    y = y.astype(float)
    return X, (y - y.mean()) / y.std(), False


def numbers_of(frame):
    """Return a table as numbers: medians for missing ones, a column for each value of words."""
    import pandas as pd

    found = []
    for name in frame.columns:
        column = frame[name]
        if pd.api.types.is_numeric_dtype(column):
            filled = column.astype(float)
            found.append(filled.fillna(filled.median()).fillna(0.0).to_numpy()[:, None])
        elif column.nunique() <= MOST_VALUES:
            found.append(pd.get_dummies(column.astype(str)).to_numpy(float))
    return np.hstack(found)


def network(inputs, outputs, kind):
    """Return a network of a usual kind for so many inputs and outputs."""
    he = {"weight_init": cp.HeNormal()}
    last = cp.Dense(64, outputs)
    return {
        "relu": cp.Chain(
            cp.Dense(inputs, 64, **he), cp.ReLU(), cp.Dense(64, 64, **he), cp.ReLU(), last
        ),
        "tanh": cp.Chain(cp.Dense(inputs, 64), cp.Tanh(), last),
        "sigmoid": cp.Chain(cp.Dense(inputs, 64), cp.Sigmoid(), last),
        "normed": cp.Chain(
            cp.Dense(inputs, 64), cp.BatchNorm(64), cp.ReLU(), cp.Dropout(0.2), last
        ),
        "deep": cp.Chain(
            cp.Dense(inputs, 64, **he), cp.ReLU(),
            *(
                cp.Residual(cp.Chain(cp.LayerNorm(64), cp.Dense(64, 64, **he), cp.ReLU()))
                for _ in range(3)
            ),
            last,
        ),
    }[kind]  # fmt: skip


RECIPES = {
    "adam": {"optimizer": cp.Adam(1e-3), "batch_size": 32},
    "momentum": {"optimizer": cp.SGD(1e-3, 0.9), "batch_size": 32},
    "descent": {"optimizer": cp.SGD(0.05), "batch_size": 64},
    "decayed": {"optimizer": cp.AdamW(3e-3, 0.01), "batch_size": 128, "schedule": cp.Cosine()},
}
KINDS = ("relu", "tanh", "sigmoid", "normed", "deep")


def trained(name, kind, recipe, epochs=30, **how):
    """Return the result of a healthy training, a fifth of the rows held out."""
    X, y, classifies = rows_of(name)
    outputs = int(y.max()) + 1 if classifies else 1
    if classifies and outputs == 2:
        outputs, loss = 1, cp.BinaryCrossEntropy()
    else:
        loss = cp.CrossEntropy() if classifies else cp.SquaredError()
    net = network(X.shape[1], outputs, kind)
    return cp.train(
        net, loss, net.init(np.random.default_rng(0)), X, y, epochs=epochs, seed=0,
        validation_fraction=0.2, early_stopping=cp.EarlyStopping(patience=5), **RECIPES[recipe],
        **how,
    )  # fmt: skip
