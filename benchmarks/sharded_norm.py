"""What BatchNorm costs where two devices share a batch, beside LayerNorm.

``python benchmarks/sharded_norm.py`` trains a network with two layers of each on 1 and 2 devices,
which are parts of this CPU. It prints milliseconds of a step, of the process's own time, which
neighbours lengthen little: the least of several rounds in turn. How long devices wait for each
other is not in it.
"""

from __future__ import annotations

import os
import time
from itertools import pairwise

os.environ.setdefault("XLA_FLAGS", "--xla_force_host_platform_device_count=2")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import clearprop as cp
import numpy as np

INPUTS, WIDTH, OUTPUTS, BATCH = 64, 100, 10, 256
NORMS = ("LayerNorm", "BatchNorm")
STEPS, ROUNDS = 20, 5


def main() -> None:
    for devices in (1, 2):
        seconds: dict[str, list[float]] = {norm: [] for norm in NORMS}
        for _ in range(ROUNDS):
            for norm in NORMS:
                seconds[norm].append(step_seconds(cp.Jax(devices=devices), norm))
        least = {norm: 1e3 * min(some) for norm, some in seconds.items()}
        told = ", ".join(f"{norm} {ms:.2f} ms" for norm, ms in least.items())
        ratio = least["BatchNorm"] / least["LayerNorm"]
        print(f"{devices} devices: {told} a step, {ratio:.2f} times", flush=True)


def step_seconds(engine: cp.Jax, norm: str) -> float:
    """Return the seconds of a step after the first epoch, which compiles."""
    layer, rng = getattr(cp, norm), np.random.default_rng(0)
    network = cp.Chain(
        cp.Dense(INPUTS, WIDTH), layer(WIDTH), cp.ReLU(),
        cp.Dense(WIDTH, WIDTH), layer(WIDTH), cp.ReLU(), cp.Dense(WIDTH, OUTPUTS),
    )  # fmt: skip
    x = rng.standard_normal((STEPS * BATCH, INPUTS))
    t = rng.integers(OUTPUTS, size=len(x))
    ends: list[float] = []
    cp.train(
        network, cp.CrossEntropy(), network.init(rng, np.float32), x, t, epochs=6, seed=0,
        batch_size=BATCH, engine=engine, on_epoch=lambda report: ends.append(time.process_time()),
    )  # fmt: skip
    return min(b - a for a, b in pairwise(ends)) / STEPS


if __name__ == "__main__":
    main()
