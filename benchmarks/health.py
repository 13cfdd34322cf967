"""What the health of a training costs, as a part of the training: the recording, and the checks.

python -m benchmarks.health
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import clearprop as cp
import numpy as np
from benchmarks import real_sets
from clearprop.definitions.noise import Noise
from clearprop.engines.base import Request, TrainingRows
from clearprop.engines.numpy import NumpyEngine
from clearprop.health.checks import WHILE_TRAINING, examined
from clearprop.health.record import TrainingRecord
from clearprop.health.vitals import vitals_of
from clearprop.training.flight import FlightRecorder
from clearprop.training.history import History
from sklearn.datasets import load_digits, load_iris

REPEATS = 15


def sets() -> dict[str, tuple[np.ndarray, np.ndarray, tuple[int, ...], int, int]]:
    """Return rows, classes, hidden units, batch size and epochs of each training."""
    X, y = load_iris(return_X_y=True)
    digits, classes = load_digits(return_X_y=True)
    found = {
        "iris": ((X - X.mean(0)) / X.std(0), y, (16,), 32, 100),
        "digits": (digits / 16, classes, (64,), 64, 30),
    }
    if real_sets.FOLDER.is_dir():
        split = real_sets.mnist()
        pictures = np.asarray(split.X, np.float32)
        found["MNIST, float32"] = (pictures, np.asarray(split.y), (128,), 128, 3)
    return found


def seconds_of(work: Callable[[], Any]) -> float:
    """Return the seconds of one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    """Print a line for each training."""
    print(
        "set | epoch, ms | recorder, % | vital signs, % | with the checks, % | kept rows, % of all "
        "| all checks once, ms"
    )
    for name, (X, y, hidden, batch, epochs) in sets().items():
        widths = [X.shape[1], *hidden]
        layers: list[cp.Layer] = []
        for inputs, units in zip(widths, hidden, strict=False):
            layers += [cp.Dense(inputs, units, weight_init=cp.HeNormal()), cp.ReLU()]
        net = cp.Chain(*layers, cp.Dense(widths[-1], int(y.max()) + 1))
        params = net.init(np.random.default_rng(0), X.dtype)
        result = cp.train(
            net, cp.CrossEntropy(), params, X, y, epochs=epochs, batch_size=batch, seed=0
        )
        record = result.record
        assert record is not None
        rows = TrainingRows.of(X, record.task.loss.targets(y, int(y.max()) + 1, X.dtype), None)
        costs = Costs(record, rows, batch)
        looks, running, records, keeps, checks = [], [], [], [], []
        for _ in range(REPEATS):
            records.append(seconds_of(costs.recorder))
            looks.append(seconds_of(costs.look))
            running.append(seconds_of(costs.look_while_training))
            keeps.append(seconds_of(costs.keep))
            checks.append(seconds_of(costs.check))
        epoch = min(result.history.seconds)
        print(
            f"{name} | {1000 * epoch:.2f} | {100 * min(records) / epoch:.3f} | "
            f"{100 * min(looks) / epoch:.2f} | {100 * min(running) / epoch:.2f} | "
            f"{100 * min(keeps) / (epoch * epochs):.3f} | {1000 * min(checks):.1f}"
        )


class Costs:
    """The parts of what health costs, each a function to be timed."""

    def __init__(self, record: TrainingRecord, rows: TrainingRows, batch: int) -> None:
        self.record, self.rows, self.batch = record, rows, batch
        orders, rates = np.arange(rows.count)[None], np.ones((1, -(-rows.count // batch)))
        self.request = Request(record.task, record.end, rows, orders, batch, rates, Noise(0))
        self.flights = FlightRecorder(NumpyEngine())
        self.history = History(list(record.loss))

    def recorder(self) -> None:
        """Do what the flight recorder does in an epoch."""
        self.flights.record(self.request)
        self.flights.judge(self.history)

    def look(self) -> None:
        """Measure the vital signs."""
        vitals_of(self.record.sample, self.record.end, 1e-3)

    def look_while_training(self) -> None:
        """Measure the vital signs, and make the checks that look at a running training."""
        examined(self.record.later(end=self.record.end), WHILE_TRAINING)

    def keep(self) -> TrainingRecord:
        """Keep rows at the end of a training."""
        known = self.record
        return TrainingRecord.of(
            known.task, self.rows, start=known.start, end=known.end, rate=known.rate,
            batch_size=self.batch, loss=known.loss,
        )  # fmt: skip

    def check(self) -> None:
        """Make all checks."""
        examined(replace(self.record))


if __name__ == "__main__":
    main()
