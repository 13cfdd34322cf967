"""Trainings that are ill in one way each, most on the digits of scikit-learn."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

import numpy as np
from sklearn.datasets import load_digits

import clearprop as cp

HE = {"weight_init": cp.HeNormal()}
RELU = cp.Chain(cp.Dense(64, 32, **HE), cp.ReLU(), cp.Dense(32, 10))
TANH = cp.Chain(cp.Dense(64, 32), cp.Tanh(), cp.Dense(32, 10))
LINEAR = cp.Chain(cp.Dense(3, 1))


def deep(activation, layers=7, **weights):
    widths = [64] + [32] * layers
    hidden = [part for i, o in pairwise(widths) for part in (cp.Dense(i, o, **weights), activation)]
    return cp.Chain(*hidden, cp.Dense(32, 10))


@cache
def digits():
    X, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(y))
    X, y = X[order], y[order]
    return (X - X.mean(axis=0)) / np.maximum(X.std(axis=0), 1e-9), y


def permuted():
    X, y = digits()
    return X, np.random.default_rng(1).permutation(y)


def mislabelled(wrong=60):
    """Return the digits, the first `wrong` rows with another class."""
    X, y = digits()
    y = y.copy()
    y[:wrong] = (y[:wrong] + np.random.default_rng(2).integers(1, 10, wrong)) % 10
    return X, y


def noisy_line():
    rng = np.random.default_rng(3)
    X = rng.normal(size=(30, 3))
    t = X.sum(axis=1) + 5 * rng.normal(size=30)
    return X, t


@dataclass(frozen=True)
class Ill:
    """A training: what differs from a healthy one of the digits, and where its sign stands."""

    where: str
    network: cp.Layer = RELU
    change: object = None
    rows: object = digits
    loss: cp.Loss = field(default_factory=cp.CrossEntropy)
    settings: dict = field(default_factory=dict)

    def train(self, **more):
        X, t = self.rows()
        params = self.network.init(np.random.default_rng(1))
        if self.change is not None:
            self.change(params)
        settings = {"optimizer": cp.Adam(1e-3), "epochs": 20, "seed": 0} | self.settings | more
        return cp.train(self.network, self.loss, params, X, t, **settings)


def scaled(factor, *layers):
    def change(params):
        for layer in layers or params:
            params[layer]["W"] *= factor

    return change


def dead_biases(params):
    params["dense1"]["b"][:24] = -40.0


def sleeping(params):
    params["dense1"]["W"][:, :20] *= 1e-4
    params["dense2"]["W"][:20] *= 1e-4


def few_rows():
    """Return so few rows of chance that the network learns them by heart."""
    return tuple(part[:200] for part in permuted())


ZEROS = {"weight_init": cp.Zeros()}
ILL = {
    "not finite": Ill("", settings={"optimizer": cp.SGD(1e200), "epochs": 3}),
    "equal units": Ill(
        "dense1", cp.Chain(cp.Dense(64, 32, **ZEROS), cp.Tanh(), cp.Dense(32, 10, **ZEROS))
    ),
    "vanishing signal": Ill("dense1", deep(cp.Sigmoid())),
    "exploding signal": Ill("dense1", deep(cp.ReLU(), **HE), scaled(4.0)),
    "dead units": Ill("relu1", change=dead_biases),
    "saturated units": Ill("tanh1", TANH, scaled(1000.0, "dense1")),
    "flat activation": Ill(
        "tanh1", TANH, scaled(30.0, "dense1"), permuted, settings={"optimizer": cp.SGD(3e-4)}
    ),
    "dormant units": Ill(
        "tanh1", TANH, sleeping, settings={"optimizer": cp.SGD(0.01), "epochs": 2}
    ),
    "first loss": Ill("", change=scaled(50.0, "dense2")),
    "learning rate": Ill("", settings={"optimizer": cp.SGD(2.0)}),
    "large updates": Ill("dense2", settings={"optimizer": cp.AdamW(0.3, 3.0), "epochs": 30}),
    "small updates": Ill("", settings={"optimizer": cp.SGD(1e-7)}),
    "noisy gradient": Ill(
        "", LINEAR, None, noisy_line, cp.SquaredError(),
        {"optimizer": cp.SGD(0.1), "batch_size": 1, "epochs": 60},
    ),
    "loss grows": Ill(
        # A rate that grows: with a high one from the start, rounding decides when the loss grows.
        "epoch 3", settings={"optimizer": cp.Adam(0.4), "schedule": cp.WarmUp(1600), "epochs": 30},
    ),
    "overfitting": Ill(
        "epoch 3", rows=few_rows,
        settings={
            "validation_data": tuple(part[600:1200] for part in digits()),
            "optimizer": cp.Adam(1e-2), "epochs": 60,
        },
    ),
    "wrong labels": Ill("rows", rows=mislabelled, settings={"epochs": 15}),
}  # fmt: skip
