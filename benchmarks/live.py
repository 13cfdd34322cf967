"""What a live page costs an epoch of MNIST: 784-128-10, batches of 128 of 60,000 rows, float32.

Trainings with a page and without take turns in one process. All times are the processor's, so that
neighbours on this machine count little. Told are what the callback takes after an epoch, as a part
of the training's own time; what it takes once, at the begin and at the end; and whole trainings
with a page beside those without.

    python benchmarks/live.py --epochs 12 --rounds 3
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import clearprop as cp
import numpy as np

import real_sets


class Timed(cp.LivePage):
    """A page that notes the processor's seconds that it takes itself."""

    def __init__(self, path: Path, serve: bool) -> None:
        super().__init__(path, serve=serve, display=False)
        self.epochs = self.once = 0.0

    def begins(self, run):
        """Begin a record, and note how long that took."""
        began = time.thread_time()
        super().begins(run)
        self.once += time.thread_time() - began

    def __call__(self, report):
        """Record an epoch, and note how long that took."""
        began = time.thread_time()
        answer = super().__call__(report)
        self.epochs += time.thread_time() - began
        return answer

    def ends(self, run, reason):
        """End a record, and note how long that took."""
        began = time.thread_time()
        super().ends(run, reason)
        self.once += time.thread_time() - began


def trained(x, t, epochs: int, on_epoch) -> float:
    """Return the processor's seconds of a training."""
    net = cp.Chain(cp.Dense(784, 128), cp.ReLU(), cp.Dense(128, 10))
    params = net.init(np.random.default_rng(0), np.float32)
    began = time.process_time()
    cp.train(
        net, cp.CrossEntropy(), params, x, t, optimizer=cp.Adam(1e-3), epochs=epochs,
        batch_size=128, seed=0, on_epoch=on_epoch,
    )  # fmt: skip
    return time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    digits = real_sets.mnist()
    x = np.asarray(digits.X, np.float32)
    t = np.eye(10, dtype=np.float32)[np.asarray(digits.y, int)]
    trained(x[:2000], t[:2000], 1, lambda report: None)  # compiles
    for serve in (False, True):
        ratios, parts, once, seconds = [], [], [], []
        for _ in range(given.rounds):
            plain = trained(x, t, given.epochs, lambda report: None)
            with tempfile.TemporaryDirectory() as folder, Timed(Path(folder), serve) as page:
                ratios.append(trained(x, t, given.epochs, page) / plain)
            parts.append(page.epochs / plain)
            once.append(1000 * page.once)
            seconds.append(plain / given.epochs)
        print(
            f"{'served' if serve else 'on disk'}: the callback takes "
            f"{statistics.median(parts):.2%} ({min(parts):.2%} to {max(parts):.2%}) of an epoch of "
            f"{statistics.median(seconds):.3f} s, and {statistics.median(once):.0f} ms once; "
            f"with a page / without: {min(ratios):.3f} to {max(ratios):.3f}"
        )


if __name__ == "__main__":
    main()
