"""Contenders that misbehave, and tables; the processes of a comparison import them from here."""

import os
import signal
import time

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin

FAST = ["dummy", "bayes", "tree", "logistic"]


class Prior(ClassifierMixin, BaseEstimator):
    """Predicts each class's share of the training rows; subclasses misbehave before that."""

    def __init__(self, path=None):
        self.path = path

    def fit(self, X, y):
        self.misbehave()
        self.classes_, counts = np.unique(y, return_counts=True)
        self.shares_ = counts / counts.sum()
        return self

    def misbehave(self):
        pass

    def predict_proba(self, X):
        return np.tile(self.shares_, (len(X), 1))


class Failing(Prior):
    def misbehave(self):
        raise RuntimeError("no\n  luck today")


class Crashing(Prior):
    def misbehave(self):
        os.kill(os.getpid(), signal.SIGSEGV)


class Leaving(Prior):
    def misbehave(self):
        os._exit(7)


class Sleeping(Prior):
    """Writes its process's number to a file, and sleeps for an hour."""

    def misbehave(self):
        with open(self.path, "w") as file:
            file.write(str(os.getpid()))
        time.sleep(3600)


class Large(Prior):
    """Holds 200 MB for a moment."""

    def misbehave(self):
        assert np.ones(25_000_000).sum() > 0


class Interrupting(Prior):
    """Raises KeyboardInterrupt, as Ctrl-C does while a fit runs here."""

    def misbehave(self):
        raise KeyboardInterrupt


class Nonsense(Prior):
    def predict_proba(self, X):
        return np.full((len(X), len(self.classes_)), np.nan)


def mixed(rows=90, seed=0):
    """Return a raw table of every kind of column, and a target that depends on it."""
    rng = np.random.default_rng(seed)
    age = rng.normal(40, 12, rows).round(1)
    job = rng.choice(["baker", "clerk", "smith"], rows).astype(object)
    joined = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, rows), unit="D")
    member = np.where(age + 15 * (job == "clerk") > 45, "yes", "no")
    age[::9], job[::11], job[1] = np.nan, None, "astronaut"
    frame = pd.DataFrame(
        {
            "age": age,
            "job": job,
            "married": rng.random(rows) < 0.5,
            "size": pd.Categorical(rng.choice(["S", "M", "L"], rows)),
            "joined": joined,
            "town": "Ulm",
        }
    )
    return frame, member
