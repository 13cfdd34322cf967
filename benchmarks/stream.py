"""Rows that do not fit into memory beside rows that do: memory, speed, and going on.

    taskset -c 1 python benchmarks/stream.py                # writes 4.8 GB to a temporary folder
    python benchmarks/stream.py --rows 2000000 --kind csv   # smaller, another kind of file

20 million rows of 29 inputs and a target in float64, in 20 Parquet files, train a network in
float32. Each contender is a process of its own. Speed is rows a second of the processor's own time,
readers included, of the second epoch: a busy neighbour makes little difference to it. Time by the
clock is printed beside it. The rows in memory are the first files' only, so many as are asked for.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

INPUTS, FILES, ROW_GROUP = 29, 20, 100_000
NETWORKS = {"29-32-1": (32,), "29-64-64-1": (64, 64)}
BATCH, EPOCHS = 512, 2
GOALS = {"memory": 1.5, "speed": 0.7}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--in-memory", type=int, default=4_000_000)
    parser.add_argument("--kind", choices=["parquet", "csv", "npy"], default="parquet")
    parser.add_argument("--networks", nargs="*", default=list(NETWORKS))
    parser.add_argument("--dtype", choices=["float64", "float32"], default="float64")
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--folder", help="keep the files here, and use those that are there")
    parser.add_argument("--worker", nargs="*", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.worker:
        print(json.dumps(WORK[asked.worker[0]](*asked.worker[1:])))
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(asked.folder or scratch)
        folder.mkdir(exist_ok=True)
        if not any(folder.iterdir()):
            write(folder, asked.rows, asked.kind, asked.dtype)
        size = sum(path.stat().st_size for path in folder.iterdir())
        rows = asked.rows
        print(f"{rows:,} rows of {INPUTS} inputs and a target, {size / 1e9:.1f} GB of {asked.kind}")
        few = min(asked.in_memory, rows)
        for name in asked.networks:
            compare(folder, name, asked.kind, few, asked.repeats)
        resumes(folder, asked.kind, Path(scratch))


def compare(folder: Path, name: str, kind: str, few: int, repeats: int) -> None:
    """Print how fast a network trains on the stream, beside rows in memory, and its memory."""
    found = {"memory": [], "stream": []}
    for _ in range(repeats):
        for how, several in found.items():
            several.append(worker(how, str(folder), name, kind, str(few)))
    best = {
        how: {what: max(one[what] for one in several) for what in ("processor", "clock")}
        for how, several in found.items()
    }
    ratios = {what: best["stream"][what] / best["memory"][what] for what in ("processor", "clock")}
    peak = max(one["peak"] for one in found["stream"]) / 1e9
    before = max(one["before"] for one in found["stream"]) / 1e9
    print(
        f"{name}: stream / memory {ratios['processor']:.2f} by the processor's time (goal: "
        f"{GOALS['speed']}), {ratios['clock']:.2f} by the clock; "
        f"{best['memory']['processor']:,.0f} rows a second in memory; "
        f"peak {peak:.2f} GB (goal: {GOALS['memory']}), of which {before:.2f} before the stream"
    )


def worker(*arguments: str) -> dict[str, float]:
    """Return what a process of its own answers."""
    done = subprocess.run(
        [sys.executable, __file__, "--worker", *arguments], capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def write(folder: Path, rows: int, kind: str, dtype: str) -> None:
    """Write the files; the target is a smooth function of the inputs, and noise."""
    import pyarrow
    import pyarrow.csv
    import pyarrow.parquet

    names = [f"x{number}" for number in range(INPUTS)] + ["y"]
    weights = np.random.default_rng(0).standard_normal((INPUTS, 3))
    for number in range(FILES):
        rng = np.random.default_rng(number + 1)
        x = rng.standard_normal((rows // FILES, INPUTS)).astype(dtype)
        y = np.tanh(x @ weights / 3).sum(axis=1) + rng.standard_normal(len(x))
        y = y.astype(dtype)
        path = folder / f"part-{number:02}.{kind}"
        if kind == "npy":
            np.save(path, np.column_stack([x, y]))
            continue
        table = pyarrow.table(dict(zip(names, [*x.T, y], strict=True)))
        if kind == "csv":
            pyarrow.csv.write_csv(table, path)
        else:
            pyarrow.parquet.write_table(
                table, path, row_group_size=ROW_GROUP, use_dictionary=False, compression="none"
            )


def stream_of(folder: str, kind: str, files: int = FILES) -> object:
    import clearprop as cp

    paths = sorted(Path(folder).iterdir())[:files]
    return cp.Stream(paths, str(INPUTS) if kind == "npy" else "y")


def trained(rows: tuple[object, ...], name: str, **how: object) -> tuple[object, dict[str, float]]:
    """Return the result and the speed of the last epoch, in rows a second."""
    import clearprop as cp

    widths = (INPUTS, *NETWORKS[name], 1)
    layers: list[object] = []
    for inputs, outputs in pairwise(widths):
        layers += [cp.Dense(inputs, outputs), cp.ReLU()]
    network = cp.Chain(*layers[:-1])
    start = network.init(np.random.default_rng(0), np.float32)
    times = []

    def told(report: object) -> None:
        times.append((time.process_time(), time.perf_counter()))

    settings = {"epochs": EPOCHS, "batch_size": BATCH, "seed": 0, "on_epoch": told, **how}
    result = cp.train(network, cp.SquaredError(), start, *rows, **settings)
    if len(times) < 2:
        return result, {}
    count = len(rows[0])
    last, before = times[-1], times[-2]
    return result, {
        "processor": count / (last[0] - before[0]), "clock": count / (last[1] - before[1]),
        "loss": result.history.loss[-1],
    }  # fmt: skip


def from_memory(folder: str, name: str, kind: str, few: str) -> dict[str, float]:
    stream = stream_of(folder, kind)
    x = np.empty((int(few), INPUTS), np.float32)
    t = np.empty(int(few), np.float32)
    done, piece = 0, 0
    while done < len(x):
        some, targets, _ = stream.read(piece, np.float32)
        some, targets = some[: len(x) - done], targets[: len(x) - done]
        x[done : done + len(some)], t[done : done + len(some)] = some, targets
        done, piece = done + len(some), piece + 1
    return trained((x, t), name)[1]


def from_stream(folder: str, name: str, kind: str, few: str) -> dict[str, float]:
    import clearprop as cp

    # Kernels and packages are loaded, on a few rows, so that they can be told from the stream.
    x = np.zeros((1000, INPUTS), np.float32)
    trained((x, x[:, 0]), name)
    stream = stream_of(folder, kind)
    before = peak()
    _, found = trained((stream,), name)
    assert isinstance(stream, cp.Stream)
    return {**found, "peak": peak(), "before": before}


def peak() -> int:
    """Return the most memory of this process; `ru_maxrss` has that of the parent in it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) * 1024


def resumes(folder: Path, kind: str, scratch: Path) -> None:
    """Print whether a training that ended in the middle of an epoch goes on to the same bits."""
    path = str(scratch / "run.checkpoint")
    whole = worker("whole", str(folder), kind)
    cut = worker("cut", str(folder), kind, path)
    if cut["steps"] == whole["steps"]:
        print("the training was over before it could be cut off: give it more rows")
        return
    on = worker("on", str(folder), kind, path)
    same = on["bits"] == whole["bits"]
    print(
        f"cut off after {cut['steps']:,} of {whole['steps']:,} steps, in the first epoch; went on "
        f"to {'the same bits' if same else 'OTHER BITS'}"
    )


def resumed(how: str, folder: str, kind: str, path: str = "") -> dict[str, object]:
    """Train one epoch of a few files: whole, ended by Ctrl-C within it, or going on."""
    import hashlib
    import signal

    import clearprop as cp
    from clearprop.training import checkpoint as checkpoints

    kept = {"checkpoint": cp.Checkpoint(path, seconds=0.5), "resume": True} if path else {}
    stream = stream_of(folder, kind, 3)
    if how == "cut":
        save = checkpoints.CheckpointKeeper._save

        def then_stop(keeper: object, run: object) -> None:
            save(keeper, run)
            os.kill(os.getpid(), signal.SIGINT)

        checkpoints.CheckpointKeeper._save = then_stop
        try:
            trained((stream,), "29-64-64-1", epochs=1, **kept)
        except KeyboardInterrupt:
            return {"steps": checkpoints.read_checkpoint(path)[1].position.steps}
        raise AssertionError("it was not cut off within the epoch: give it more rows")
    result, _ = trained((stream,), "29-64-64-1", epochs=1, **kept)
    arrays = [result.params[name][part] for name in result.params for part in result.params[name]]
    digest = hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()
    return {"bits": digest + str(result.history.loss), "steps": -(-len(stream) // BATCH)}


WORK = {"memory": from_memory, "stream": from_stream}
WORK |= {how: lambda *rest, how=how: resumed(how, *rest) for how in ("whole", "cut", "on")}


if __name__ == "__main__":
    main()
