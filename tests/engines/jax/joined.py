"""Programs that run in several processes of this machine, joined by JAX."""

import os
import re
import socket
import subprocess
import sys

PREAMBLE = """
import os, signal, sys
import numpy as np
import clearprop as cp
from clearprop.definitions.parameters import leaves_of

place, count, port = map(int, sys.argv[1:4])
rng = np.random.default_rng(0)
rows = 101  # batches of 23 and one of 9: neither fills 8 shards
x, t, weights = rng.standard_normal((rows, 5)), rng.random((rows, 3)), rng.uniform(0, 2, rows)


def normalised(norm, dropout=0.3):
    net = cp.Chain(cp.Dense(5, 16), norm(16), cp.Tanh(), cp.Dropout(dropout), cp.Dense(16, 3))
    return net, net.init(np.random.default_rng(1), np.float32)


net, params = normalised(cp.LayerNorm)
engine = cp.Jax(hosts=f"127.0.0.1:{port}", process=f"{place}/{count}", lost_after=20)


def train(**options):
    usual = {"epochs": 6, "batch_size": 23, "seed": 3, "optimizer": cp.Adam(0.01)}
    return cp.train(net, cp.SquaredError(), params, x, t, sample_weight=weights,
                    **{"engine": engine, **usual, **options})


def said(run):
    trees = run.params, run.state or {}
    vector = np.concatenate([leaf.ravel() for tree in trees for _, leaf in leaves_of(tree)])
    print(run.reason, run.history.loss, vector.tobytes().hex())


def signalled(training):
    # The signal reaches process 1 after epoch 4.
    def on_epoch(report):
        if place == 1 and report.epoch == 4:
            os.kill(os.getpid(), getattr(signal, sys.argv[5]))

    def handler(number, frame):
        print(place, "handles", number, flush=True)
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, handler)
    try:
        said(training(on_epoch=on_epoch, checkpoint=sys.argv[4]))
    except cp.LostProcessError as error:
        print(error, flush=True)

"""


def free_port():
    """Return a port that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


OF_GLOO = re.compile(r"^\[Gloo\]|peer ranks")
"""Its threads write at the same time, so that a line may begin in the middle of another."""


def environment(devices=1):
    """Return the environment of a process with so many devices, all of them this processor."""
    flags = f"--xla_force_host_platform_device_count={devices}"
    return {**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}


def run_joined(program, count, *arguments, devices=1):
    """Run a program that begins with `PREAMBLE` in so many processes, with so many devices each.

    Returns
    -------
    list of (int, list of str, str)
        How each ended, the lines it printed but for Gloo's, and what it wrote to stderr.
    """
    port = free_port()
    started = [
        subprocess.Popen(
            [sys.executable, "-c", PREAMBLE + program, *map(str, (place, count, port, *arguments))],
            env=environment(devices),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for place in range(count)
    ]
    ended = [process.communicate(timeout=500) for process in started]
    return [
        (
            process.returncode,
            [line for line in out.splitlines() if line and not OF_GLOO.search(line)],
            err,
        )
        for process, (out, err) in zip(started, ended, strict=True)
    ]
