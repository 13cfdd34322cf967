"""A small training to follow, and what its record holds."""

import json

import numpy as np

import clearprop as cp

RNG = np.random.default_rng(0)
X = RNG.normal(size=(48, 3))
T = (X[:, 0] * X[:, 1] > 0).astype(float)
NET = cp.Chain(
    cp.Dense(3, 6), cp.Tanh(), cp.Dropout(0.2), cp.Dense(6, 4), cp.ReLU(), cp.Dense(4, 1)
)


class CutOffError(Exception):
    """Stands for whatever ends a process."""


def train(on_epoch=None, **how):
    settings = {
        "optimizer": cp.Adam(0.02), "epochs": 5, "batch_size": 16, "seed": 3,
        "validation_fraction": 0.25, **how,
    }  # fmt: skip
    params = NET.init(np.random.default_rng(1))
    return cp.train(NET, cp.BinaryCrossEntropy(), params, X, T, on_epoch=on_epoch, **settings)


def lines(path):
    """Return the lines of a record, read by the standard library alone."""
    text = path.read_text(encoding="utf-8")
    assert text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def kinds(path):
    return [line["kind"] for line in lines(path)]


class Asking(cp.LivePage):
    """A page whose buttons are pressed by the test: after which epoch, which command."""

    def __init__(self, path, presses=None, **how):
        super().__init__(path, **how)
        self.presses = presses or {}

    def __call__(self, report):
        for command in self.presses.get(report.epoch, ()):
            self._obey({"run": "", **command})
        return super().__call__(report)
