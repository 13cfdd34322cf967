"""What BatchNorm costs where several devices share a batch, beside LayerNorm.

``python benchmarks/sharded_norm.py`` trains a network with each on 1 and 2 devices, which are parts
of this CPU, and in 2 processes on loopback. It prints milliseconds of a step, the least of several
rounds in turn.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import time
from itertools import pairwise

DEVICES = 2

os.environ.setdefault("XLA_FLAGS", f"--xla_force_host_platform_device_count={DEVICES}")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import clearprop as cp  # noqa: E402 - JAX reads the environment when it is imported
import numpy as np  # noqa: E402

SHAPES = {"64-100-100-10, 256": (64, 100, 10, 256), "784-256-256-10, 1,024": (784, 256, 10, 1024)}
STEPS, ROUNDS = 20, 7


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--worker", nargs=2, type=int, metavar=("PLACE", "PORT"))
    options = parser.parse_args()
    if options.worker:
        place, port = options.worker
        engine = cp.Jax(hosts=f"127.0.0.1:{port}", process=f"{place}/2")
        table("2 processes", engine, told=place == 0)
        return
    for devices in range(1, DEVICES + 1):
        table(f"{devices} devices", cp.Jax(devices=devices), told=True)
    in_two_processes()


def in_two_processes() -> None:
    """Run the same in two processes, with a device each."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    flags = {**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=1"}
    workers = [
        subprocess.Popen([sys.executable, __file__, "--worker", str(place), str(port)], env=flags)
        for place in range(2)
    ]
    for worker in workers:
        worker.wait()


def table(name: str, engine: cp.Jax, told: bool) -> None:
    """Print the milliseconds of a step with each norm."""
    for shape, (inputs, width, outputs, batch) in SHAPES.items():
        runs = {norm: Run(engine, norm, inputs, width, outputs, batch) for norm in NORMS}
        seconds: dict[str, list[float]] = {norm: [] for norm in runs}
        for _ in range(ROUNDS):
            for norm, run in runs.items():
                seconds[norm].append(run.step_seconds())
        least = {norm: 1e3 * min(some) for norm, some in seconds.items()}
        if told:
            cells = ", ".join(f"{norm} {ms:.2f}" for norm, ms in least.items())
            more = least["BatchNorm"] - least["LayerNorm"]
            print(f"{name}, {shape}: {cells} ms; BatchNorm {more:+.2f} ms", flush=True)


NORMS = ("LayerNorm", "BatchNorm")


class Run:
    """A network with two normalised layers, whose steps are timed."""

    def __init__(
        self, engine: cp.Jax, norm: str, inputs: int, width: int, outputs: int, batch: int
    ) -> None:
        layer, rng = getattr(cp, norm), np.random.default_rng(0)
        self.network = cp.Chain(
            cp.Dense(inputs, width), layer(width), cp.ReLU(),
            cp.Dense(width, width), layer(width), cp.ReLU(), cp.Dense(width, outputs),
        )  # fmt: skip
        self.params = self.network.init(rng, np.float32)
        self.x = rng.standard_normal((STEPS * batch, inputs)).astype(np.float32)
        self.t = rng.integers(outputs, size=STEPS * batch)
        self.engine, self.batch = engine, batch

    def step_seconds(self) -> float:
        """Return the seconds of a step of an epoch, without the first one, which compiles."""
        ends: list[float] = []
        cp.train(
            self.network, cp.CrossEntropy(), self.params, self.x, self.t, epochs=3, seed=0,
            batch_size=self.batch, engine=self.engine,
            on_epoch=lambda report: ends.append(time.perf_counter()),
        )  # fmt: skip
        return min(b - a for a, b in pairwise(ends)) / STEPS


if __name__ == "__main__":
    main()
