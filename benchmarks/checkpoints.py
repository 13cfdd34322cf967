"""What checkpoints cost a training of MNIST's size, at their default.

    taskset -c 1 python benchmarks/checkpoints.py

Three trainings by turns: without a checkpoint; with one that is never due, which is what looking at
the clock costs; and one that is saved after each epoch. All times are the processor's.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import clearprop as cp
import numpy as np
from clearprop.cli.keeping import UNASKED_SECONDS
from clearprop.training.checkpoint import SECONDS, CheckpointKeeper

ROWS, INPUTS, HIDDEN, CLASSES, BATCH = 60_000, 784, 128, 10, 128
NEVER = 1e9


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--epochs", type=int, default=2)
    asked = parser.parse_args()
    rng = np.random.default_rng(0)
    x = rng.random((ROWS, INPUTS), np.float32)
    t = rng.integers(0, CLASSES, ROWS)
    network = cp.Chain(cp.Dense(INPUTS, HIDDEN), cp.ReLU(), cp.Dense(HIDDEN, CLASSES))
    first = network.init(np.random.default_rng(0), np.float32)
    saves: list[float] = []
    save = CheckpointKeeper._save

    def timed(keeper: CheckpointKeeper, run: object) -> None:
        started = time.process_time()
        save(keeper, run)
        saves.append(time.process_time() - started)

    CheckpointKeeper._save = timed

    def train(**kept: object) -> float:
        started = time.process_time()
        cp.train(
            network, cp.CrossEntropy(), first, x, t, epochs=asked.epochs, batch_size=BATCH, seed=0,
            **kept,
        )  # fmt: skip
        return time.process_time() - started

    train()
    plain, looking, ratios, first_saves, later_saves = [], [], [], [], []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(asked.repeats):
            path = Path(folder, f"{number}.checkpoint")
            plain.append(train())
            saves.clear()
            looking.append(train(checkpoint=cp.Checkpoint(path, seconds=NEVER)) - sum(saves))
            ratios.append(looking[-1] / plain[-1])
            first_saves.extend(saves[:1])
            saves.clear()
            train(checkpoint=cp.Checkpoint(Path(folder, f"{number}.every"), every=1))
            later_saves.extend(saves[1:])
        size = path.stat().st_size
    epoch = min(plain) / asked.epochs
    looks = statistics.median(ratios) - 1
    print(f"an epoch: {epoch:.2f} s; a checkpoint: {size / 1e6:.1f} MB")
    print(f"looking at the clock: {100 * looks:+.2f} % (median of {asked.repeats} pairs)")
    print(f"first save, all rows read: {min(first_saves):.3f} s; later: {min(later_saves):.3f} s")
    for what, seconds in (("cp.Checkpoint(path)", SECONDS), ("clearprop train", UNASKED_SECONDS)):
        cost = 100 * min(later_saves) / seconds
        most = (
            100 * min(first_saves) / seconds
        )  # of a training that ends right after its first save
        print(f"{what}, every {seconds:g} s: at most {most:.2f} %, {cost:.2f} % of a long training")


if __name__ == "__main__":
    main()
