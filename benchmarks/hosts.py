"""Scaling to many hosts on paper, from times measured on this machine.

``python benchmarks/hosts.py`` measures the step of a network on one device, and the all-reduce of
its gradients between two processes on loopback with Gloo. From these it prints what a step would
take on 1 to 64 hosts that are joined by other networks. What is assumed stands above the table.
"""

from __future__ import annotations

import argparse
import math
import os
import socket
import statistics
import subprocess
import sys
import time
from itertools import pairwise
from typing import Any

import clearprop as cp
import numpy as np

SHAPES = {"784-128-10": (784, 128, 10), "784-512-512-10": (784, 512, 512, 10)}
BATCH, SHARDS, HOSTS = 4096, 64, (1, 2, 4, 8, 16, 32, 64)
NETWORKS = {"10 Gbit/s Ethernet": (50e-6, 1.1e9), "100 Gbit/s InfiniBand": (5e-6, 11e9)}
"""Seconds until a message arrives, and bytes a second each way."""

TIMES = 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--worker", nargs=2, type=int, metavar=("PLACE", "PORT"))
    options = parser.parse_args()
    if options.worker:
        all_reduces(*options.worker)
        return
    small, per_byte = loopback()
    print(f"all-reduce of two processes on loopback: {1e6 * small:.0f} us for one number,", end=" ")
    print(f"then {1e-9 / per_byte:.2f} GB/s each way")
    print(
        f"assumed: each host has one core like this one, a batch of {BATCH} rows is cut into equal "
        "parts,\nevery host makes the whole update, sums go over pairs log2(hosts) times, nothing "
        "overlaps;"
    )
    networks = {"loopback, measured": (small, 1 / per_byte), **NETWORKS}
    for name, (latency, bandwidth) in NETWORKS.items():
        print(f"{name}: {1e6 * latency:.0f} us and {1e-9 * bandwidth:.1f} GB/s")
    for name, widths in SHAPES.items():
        table(name, widths, networks)


def table(name: str, widths: tuple[int, ...], networks: dict[str, tuple[float, float]]) -> None:
    """Print the milliseconds of a step, and how many times faster than one host that is."""
    weights = sum((one + 1) * other for one, other in pairwise(widths))
    whole, update = step_seconds(widths, BATCH, SHARDS), step_seconds(widths, 1, 1)
    rows = whole - update
    print(f"\n{name}, {weights:,} weights, float32, Adam: {1e3 * whole:.1f} ms a step of {BATCH}")
    print(f"rows, {1e3 * update:.1f} ms of it whatever the rows\n")
    print("| hosts | " + " | ".join(networks) + " |\n| --- |" + " --- |" * len(networks))
    for hosts in HOSTS:
        cells = []
        for latency, bandwidth in networks.values():
            rounds = int(math.log2(hosts))
            seconds = update + rows / hosts + rounds * (latency + 4 * weights / bandwidth)
            cells.append(f"{1e3 * seconds:.1f} ms, {whole / seconds:.1f} x")
        print(f"| {hosts} | " + " | ".join(cells) + " |")


def step_seconds(widths: tuple[int, ...], batch: int, shards: int) -> float:
    """Return the seconds of a step of a batch in so many shards on one device."""
    layers: list[cp.Layer] = []
    for one, other in pairwise(widths):
        layers += [cp.Dense(one, other), cp.ReLU()]
    network, rng = cp.Chain(*layers[:-1]), np.random.default_rng(0)
    rows, seconds = batch * max(1, 512 // batch), []
    x = rng.standard_normal((rows, widths[0]), np.float32)
    t = rng.integers(widths[-1], size=rows)

    def note(report: Any) -> None:
        seconds.append(report.seconds * batch / rows)

    cp.train(
        network, cp.CrossEntropy(), network.init(rng, np.float32), x, t, epochs=12,
        batch_size=batch, seed=0, engine=cp.Jax(devices=1, shards=shards), on_epoch=note,
    )  # fmt: skip
    return min(seconds[1:])


def loopback() -> tuple[float, float]:
    """Return the seconds of a small all-reduce of two processes, and those of one more byte."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    workers = [
        subprocess.Popen(
            [sys.executable, __file__, "--worker", str(place), str(port)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for place in range(2)
    ]
    told = [worker.communicate()[0] for worker in workers]
    last = next(line.split() for line in told[0].splitlines() if line.startswith("times"))
    small, large, size = float(last[1]), float(last[2]), float(last[3])
    return small, (large - small) / size


def all_reduces(place: int, port: int) -> None:
    """Print the median seconds of an all-reduce of one number, and of many, and their bytes."""
    import jax
    from jax.sharding import Mesh, NamedSharding, PartitionSpec

    jax.distributed.initialize(f"127.0.0.1:{port}", num_processes=2, process_id=place)
    mesh, times = Mesh(np.array(jax.devices()), ("d",)), []
    added = jax.jit(
        jax.shard_map(
            lambda part: jax.lax.psum(part, "d"), mesh=mesh, in_specs=PartitionSpec(),
            out_specs=PartitionSpec(), check_vma=False,
        )
    )  # fmt: skip
    size = 4 * 669_706
    for count in (1, size // 4):
        array = np.ones(count, np.float32)
        where = NamedSharding(mesh, PartitionSpec())
        given = jax.make_array_from_callback(array.shape, where, lambda part, a=array: a[part])
        jax.block_until_ready(added(given))
        seconds = []
        for _ in range(TIMES):
            began = time.perf_counter()
            jax.block_until_ready(added(given))
            seconds.append(time.perf_counter() - began)
        times.append(statistics.median(seconds))
    print(f"times {times[0]} {times[1]} {size}", flush=True)


if __name__ == "__main__":
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    main()
