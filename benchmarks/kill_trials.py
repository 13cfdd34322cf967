"""Kill processes that train, resume, save, predict and show a live page; look at what they leave.

    python -m benchmarks.kill_trials --kill 500 --term 60 --int 60 --compile 12

A process kills itself at a call of a function whose number is drawn, so that no clock is read and
any moment of a run is met: within an import, a step, a write, a rename. Most processes are forked
from one that has imported everything; one in ten is started anew (`--fresh`).

After each: is every file whole, old or new; is a good model still there; does --resume end in the
bits of the uninterrupted training; is the record of a live page whole, and does it go on, with at
most the interval lost; is a temporary file left after the next save; does a process of the killed
one's session live on?
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import clearprop as cp
import numpy as np
import pandas as pd
from benchmarks.killed_work import orphans, run
from clearprop.engines.compiled.kernel_files import read_checked
from clearprop.files.container import read_model
from clearprop.live.record import Tail, epochs_in, parsed

ROWS = 160

KINDS = {
    "train one": ("train one", "resume one"),
    "train several": ("train several", "resume several"),
    "resume one": ("resume one", "resume one"),
    "resume several": ("resume several", "resume several"),
    "live one": ("live one", "go on live one"),
    "live several": ("live several", "go on live several"),
    "live disk": ("live disk", "live disk"),
    "save": ("save", None),
    "predict": ("predict", None),
}
"""What is killed, and what goes on with it."""

ORDER = [
    "train one", "live one", "resume one", "save", "live disk", "train one", "predict",
    "live one", "resume one", "train several", "live disk", "save", "live one", "resume one",
    "live several", "predict", "live disk", "resume several", "save",
]  # fmt: skip
"""Several networks take many calls: fewer of them."""


def weights(path: Path) -> list[np.ndarray]:
    """Return the weights of all networks of a model."""
    model = cp.load(path)
    estimator = getattr(model, "estimator", model)
    if hasattr(estimator, "coefs_"):
        return [*estimator.coefs_, *estimator.intercepts_]
    return [a for m in estimator.members_ for layer in m.params.values() for a in layer.values()]


def same(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    """Return whether the bits are the same."""
    return len(one) == len(other) and all(map(np.array_equal, one, other))


def warm() -> None:
    """Load here what each forked process would load anew: the kernels, and what imports late."""
    for dtype in (np.float32, np.float64):
        x, network = np.zeros((8, 2), dtype), cp.Dense(2, 1)
        params = network.init(np.random.default_rng(0), dtype)
        cp.train(network, cp.SquaredError(), params, x, x[:, :1], epochs=1).predict(x)
    assert threading.active_count() == 1, "a process with threads cannot be forked"


class Trials:
    """A folder of references, and what was found wrong."""

    def __init__(self, base: Path) -> None:
        self.base, self.found = base, Counter[str]()
        rng = np.random.default_rng(0)
        age, job = rng.integers(18, 80, ROWS), rng.choice(["baker", "clerk"], ROWS)
        member = np.where(age + 20 * (job == "clerk") > 55, "yes", "no")
        self.start = base / "start"
        self.start.mkdir()
        warm()
        table = pd.DataFrame({"age": age, "job": job, "member": member})
        table.to_csv(self.start / "people.csv", index=False)
        self.calls: dict[str, int] = {}
        self.references: dict[str, list[np.ndarray]] = {}
        trained = self.measured("train one") / "model.clearprop"
        shutil.copy(trained, self.start / "other.clearprop")
        # A good model of other weights, which stands where the training is to write.
        good = cp.load(trained)
        for coefs in good.estimator.coefs_:
            coefs *= 0.5
        good.save(self.start / "good.clearprop")
        shutil.copy(self.start / "good.clearprop", self.start / "model.clearprop")
        self.good_weights = weights(self.start / "good.clearprop")
        self.told = (self.measured("predict") / "told.csv").read_bytes()
        (self.start / "told.csv").write_text("old\n")
        for work in ("save", "train one", "train several", "live one", "live several", "live disk"):
            self.references[work] = weights(self.measured(work) / "model.clearprop")

    def measured(self, work: str) -> Path:
        """Do some work whole, count its calls, and return the folder."""
        folder = self.fresh_folder("measured")
        assert run(work, folder, 0) == 0, work
        self.calls[work] = int((folder / "calls").read_text())
        return folder

    def fresh_folder(self, name: str) -> Path:
        """Return a copy of the folder in which all begin."""
        folder = self.base / name
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.start, folder)
        return folder

    def trial(self, kind: str, number: int, rng: np.random.Generator, fresh: bool) -> None:
        """Kill one process, look, and let another finish."""
        work, again = KINDS[kind]
        folder = self.fresh_folder("trial")
        begins = work.replace("resume", "train")
        calls = self.calls[begins]
        if begins != work:  # something is there to go on with
            run(begins, folder, int(rng.integers(calls // 2, calls)), signal.SIGKILL)
            shutil.copy(self.start / "good.clearprop", folder / "model.clearprop")
        status = run(work, folder, int(rng.integers(1, calls)), number, fresh)
        self.found["died"] += status == -number
        self.found["ended well"] += status == 0
        self.found["ended by itself at a signal"] += status == 128 + number
        if status not in (0, -number, 128 + number):
            self.found[f"WRONG status {status} of {work}"] += 1
        self.look(begins, folder, number, status)
        if again is None:
            cp.load(folder / "good.clearprop").save(folder / "model.clearprop")
        else:
            for _ in range(int(rng.integers(0, 3))):  # killed again and again
                run(again, folder, int(rng.integers(1, calls)), signal.SIGKILL)
                self.look_at_records(folder)
            if run(again, folder) != 0:
                self.found[f"WRONG: {again} cannot go on"] += 1
                return
            reference = self.references[begins]
            if same(weights(folder / "model.clearprop"), reference):
                self.found["resumed to the same bits"] += 1
            else:
                self.found[f"WRONG: other bits of {kind}"] += 1
            if (folder / ".model.training").exists():
                self.found["WRONG: a folder is left"] += 1
            if "live" in kind:
                self.look_at_page(folder)
        if left := list(folder.rglob(".clearprop-*.tmp")):
            self.found[f"WRONG: stale {[path.name for path in left]}"] += 1

    def look(self, begins: str, folder: Path, number: int, status: int) -> None:
        """Count every file that is not whole, and every good model that is gone."""
        for file in folder.rglob("*.checkpoint"):
            try:
                read_model(file)
            except ValueError:
                self.found["WRONG: unreadable checkpoint"] += 1
        self.look_at_records(folder)
        model = folder / "model.clearprop"
        try:
            now = weights(model)
        except ValueError:
            self.found["WRONG: unreadable model"] += 1
            return
        told = (folder / "told.csv").read_bytes()
        self.found["WRONG: half of the predictions"] += told not in (b"old\n", self.told)
        if begins == "predict":
            return
        old, new = same(now, self.good_weights), same(now, self.references[begins])
        if old or new:
            return
        asked = number != signal.SIGKILL and status == 128 + number and begins != "save"
        # A training that was asked to end may keep what it has reached, of whole epochs.
        self.found["WRONG: a good model was replaced"] += not (asked and _epochs(model) >= 1)

    def look_at_records(self, folder: Path) -> None:
        """Count lines of a live page's records that are not whole, and pages that are not."""
        for file in folder.glob("live/live-*.jsonl"):
            *whole, torn = file.read_bytes().split(b"\n")
            self.found["WRONG: a line of a record"] += sum(parsed(one) is None for one in whole)
            self.found["records with a torn end"] += bool(torn)
        for page in folder.glob("live/*.html"):
            self.found["WRONG: half a page"] += not page.read_text().rstrip().endswith("</html>")

    def look_at_page(self, folder: Path) -> None:
        """Count records that do not go on as they should, once a training has ended."""
        page = folder / "live/live.html"
        self.found["WRONG: an address is left"] += (folder / "live/.live.address").exists()
        records = sorted(folder.glob("live/live-*.jsonl"))
        self.found["WRONG: no record"] += not records
        told = page.read_text()
        for file in records:
            tail = Tail(file)
            tail.update()
            lines = tail.lines[tail.begins :]
            epochs = sorted(epochs_in(lines))
            whole = epochs == list(range(1, len(epochs) + 1)) and lines[-1]["kind"] == "end"
            self.found["WRONG: a record does not go on"] += not whole
            self.found["WRONG: the page lacks the end"] += tail.texts[-1] not in told
            for place, line in enumerate(lines):
                if line["kind"] == "resume":
                    lost = max(epochs_in(lines[:place]), default=0) - line["epochs"]
                    self.found["records that went on"] += 1
                    self.found[f"which had lost {max(lost, 0)} epochs"] += 1
                    self.found["WRONG: more than the interval lost"] += lost > 1


def _epochs(model: Path) -> int:
    loaded = cp.load(model)
    estimator = getattr(loaded, "estimator", loaded)
    return getattr(estimator, "n_iter_", None) or sum(m.epochs for m in estimator.members_)


COMPILES = """
import numpy as np, clearprop as cp
net = cp.Dense(2, 1)
cp.train(net, cp.SquaredError(), net.init(np.random.default_rng(0)), np.zeros((4, 2)), np.zeros(4))
"""


def killed_while_compiling(times: int, rng: np.random.Generator) -> Counter[str]:
    """Kill processes that wait for their kernels' compiler: it must end with them.

    Here the moment is one of the clock, as the parent calls nothing while it waits.
    """
    found = Counter[str]()
    for _ in range(times):
        with tempfile.TemporaryDirectory() as name:
            environment = os.environ | {"NUMBA_CACHE_DIR": name}
            environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
            parent = subprocess.Popen(
                [sys.executable, "-c", COMPILES], env=environment, stderr=subprocess.DEVNULL,
                start_new_session=True,
            )  # fmt: skip
            try:
                parent.wait(rng.uniform(0.5, 15.0))
            except subprocess.TimeoutExpired:
                found["killed"] += 1
            parent.kill()
            parent.wait()
            found["WRONG: orphans"] += bool(orphans(parent.pid))
            files = [file for file in Path(name).rglob("*.kernel*") if file.is_file()]
            found["whole kernels left"] += len(files)
            found["WRONG: half a kernel"] += sum(read_checked(file) is None for file in files)
    return found


def main() -> None:
    """Run the trials and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kill", type=int, default=500)
    parser.add_argument("--term", type=int, default=60)
    parser.add_argument("--int", type=int, default=60, dest="interrupt")
    parser.add_argument("--compile", type=int, default=12, help="kills while kernels compile")
    parser.add_argument("--fresh", type=int, default=10, help="one in so many is a new process")
    parser.add_argument("--only", default="", help="kinds whose name holds this")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    rng = np.random.default_rng(asked.seed)
    order = [kind for kind in ORDER if asked.only in kind]
    with tempfile.TemporaryDirectory() as name:
        trials = Trials(Path(name))
        say(f"calls of a run: {trials.calls}")
        for label, number, times in (
            ("SIGKILL", signal.SIGKILL, asked.kill),
            ("SIGTERM", signal.SIGTERM, asked.term),
            ("SIGINT", signal.SIGINT, asked.interrupt),
        ):
            trials.found, began = Counter(), time.monotonic()
            for place in range(times):
                kind = order[place % len(order)]
                trials.trial(kind, number, rng, place % asked.fresh == 0)
                if place % 20 == 19:
                    say(f"{label} {place + 1} {shown(trials.found)}")
            say(f"{label}: {times} trials in {time.monotonic() - began:.0f} s")
            say(f"    {shown(trials.found)}")
    say(f"while compiling: {shown(killed_while_compiling(asked.compile, rng))}")


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)


def shown(found: Counter[str]) -> dict[str, int]:
    """Return what was counted at least once."""
    return {what: times for what, times in found.items() if times}


if __name__ == "__main__":
    main()
