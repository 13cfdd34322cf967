"""Kill processes that train, resume, save and predict, and look at what they leave.

    python benchmarks/kill_trials.py --kill 500 --term 60 --int 60

A process kills itself at a call of a function whose number is drawn, so that no clock is read and
any moment of a run is met: within an import, a step, a write, a rename. Most processes are forked
from one that has imported everything; one in ten is started anew (`--fresh`).

After each: is every file whole, old or new; is a good model still there; does --resume end in the
bits of the uninterrupted training; is a temporary file left after the next save; does a process of
the killed one's session live on?
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import clearprop as cp
import numpy as np
import pandas as pd
from clearprop.cli import app
from clearprop.files.container import read_model

ME = Path(__file__).resolve()
ROWS = 160
ONE = ["--hidden", "8", "--epochs", "12", "--batch-size", "64"]
TRAIN = ["train", "people.csv", "--quiet", "--no-check-gradients", "--out", "model.clearprop"]
KEEP = ["--checkpoint-every", "1 epoch"]


def command(*arguments: str) -> None:
    """Run the command line, and end the process as it does."""
    sys.argv = ["clearprop", *arguments]
    app.run()


def train_one() -> None:
    """Train one network, saved after each epoch, over a good model."""
    command(*TRAIN, *ONE, *KEEP)


def train_several() -> None:
    """Train several networks."""
    command(*TRAIN, "--preset", "fast", "--time-limit", "1000", *KEEP)


def resume_one() -> None:
    """Go on with one network."""
    command(*TRAIN, *ONE, *KEEP, "--resume")


def resume_several() -> None:
    """Go on with several networks."""
    command(*TRAIN, "--preset", "fast", "--time-limit", "1000", *KEEP, "--resume")


def save() -> None:
    """Save two models by turns over one file."""
    models = [cp.load("good.clearprop"), cp.load("other.clearprop")]
    for turn in range(6):
        models[turn % 2].save("model.clearprop")


def predict() -> None:
    """Predict over a file of predictions."""
    command("predict", "good.clearprop", "people.csv", "--out", "told.csv")


KINDS = {
    "train one": (train_one, resume_one),
    "train several": (train_several, resume_several),
    "resume one": (resume_one, resume_one),
    "resume several": (resume_several, resume_several),
    "save": (save, None),
    "predict": (predict, None),
}  # fmt: skip


ORDER = [
    "train one", "resume one", "save", "train one", "predict", "resume one", "train several",
    "train one", "save", "resume one", "train one", "predict", "resume several", "save",
]  # fmt: skip
"""Several networks take many calls: fewer of them."""


class Counted:
    """Counts calls of functions, and sends this process a signal at one of them."""

    def __init__(self, last: int, number: int) -> None:
        self.calls, self.last, self.number = 0, last, number

    def __call__(self, frame: object, event: str, argument: object) -> None:
        if event not in ("call", "c_call"):
            return
        self.calls += 1
        if self.calls == self.last:
            os.kill(os.getpid(), self.number)


def child(work: str, last: int, number: int) -> int:
    """Do the work in this process, which is to be killed; return its exit code.

    With `last` -1 nothing is counted; with 0 all calls are, and their number is written.
    """
    os.setsid()
    with open(os.devnull, "w") as nothing:  # noqa: PTH123
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 2)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    counted = Counted(last, number)
    if last >= 0:
        threading.setprofile(counted)
        sys.setprofile(counted)
    code = 0
    try:
        globals()[work]()
    except SystemExit as end:
        code = int(end.code or 0)
    except KeyboardInterrupt:
        code = 130
    finally:
        sys.setprofile(None)
        if last == 0:
            Path("calls").write_text(str(counted.calls))
    return code


def run(work: str, folder: Path, last: int = -1, number: int = 0, fresh: bool = False) -> int:
    """Return the exit status of a process of its own that does the work in a folder."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.chdir(folder)
            if fresh:
                program = [sys.executable, str(ME), "--child", work, str(last), str(number)]
                os.execv(sys.executable, program)
            status = child(work, last, number)
        finally:
            os._exit(status)
    _, status = os.waitpid(pid, 0)
    for other in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = other.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == pid and fields[0] != "Z":
            raise AssertionError(f"orphan {other}")
    return os.waitstatus_to_exitcode(status)


def weights(path: Path) -> list[np.ndarray]:
    """Return the weights of all networks of a model."""
    estimator = cp.load(path).estimator
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
        os.chdir(self.start)
        self.calls: dict[str, int] = {}
        self.references: dict[str, list[np.ndarray]] = {}
        for name, work in (("several", "train_several"), ("one", "train_one")):
            assert run(work, self.start, 0) == 0, work
            self.calls[work] = int((self.start / "calls").read_text())
            self.references[name] = weights(self.start / "model.clearprop")
        os.chdir(base)
        # A good model of other weights, which stands where the training is to write.
        (self.start / "model.clearprop").rename(self.start / "other.clearprop")
        os.chdir(self.start)
        good = cp.load("other.clearprop")
        for coefs in good.estimator.coefs_:
            coefs *= 0.5
        good.save("good.clearprop")
        self.good = Path("good.clearprop").read_bytes()
        self.good_weights = weights(Path("good.clearprop"))
        shutil.copy("good.clearprop", "model.clearprop")
        run("predict", self.start, 0)
        self.calls["predict"] = int(Path("calls").read_text())
        self.told = Path("told.csv").read_bytes()
        Path("told.csv").write_text("old\n")
        run("save", self.start, 0)
        self.calls["save"] = int(Path("calls").read_text())
        shutil.copy("good.clearprop", "model.clearprop")
        os.chdir(base)

    def trial(self, kind: str, number: int, rng: np.random.Generator, fresh: bool) -> None:
        """Kill one process, look, and let another finish."""
        work, again = KINDS[kind]
        folder = self.base / "trial"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.start, folder)
        calls = self.calls[work.__name__.replace("resume", "train")]
        if kind.startswith("resume"):  # something is there to go on with
            train = work.__name__.replace("resume", "train")
            run(train, folder, int(rng.integers(calls // 2, calls)), signal.SIGKILL)
            shutil.copy(self.start / "good.clearprop", folder / "model.clearprop")
        status = run(work.__name__, folder, int(rng.integers(1, calls)), number, fresh)
        self.found["died"] += status == -number
        self.found["ended well"] += status == 0
        self.found["ended by itself at a signal"] += status == 128 + number
        if status not in (0, -number, 128 + number):
            self.found[f"WRONG status {status}"] += 1
        self.look(kind, folder, number, status)
        if again is not None:
            for _ in range(int(rng.integers(0, 3))):  # killed again and again
                run(again.__name__, folder, int(rng.integers(1, calls)), signal.SIGKILL)
            if run(again.__name__, folder) != 0:
                self.found["WRONG: cannot resume"] += 1
                return
            name = "one" if "one" in kind else "several"
            if same(weights(folder / "model.clearprop"), self.references[name]):
                self.found["resumed to the same bits"] += 1
            else:
                self.found["WRONG: other bits"] += 1
            if (folder / ".model.training").exists():
                self.found["WRONG: a folder is left"] += 1
        else:
            cp.load(folder / "good.clearprop").save(folder / "model.clearprop")
        if left := list(folder.rglob(".clearprop-*.tmp")):
            self.found[f"WRONG: stale {left}"] += 1

    def look(self, kind: str, folder: Path, number: int, status: int) -> None:
        """Count every file that is not whole, and every good model that is gone."""
        for file in folder.rglob("*.checkpoint"):
            try:
                read_model(file)
            except ValueError:
                self.found["WRONG: unreadable checkpoint"] += 1
        model = folder / "model.clearprop"
        try:
            now = weights(model)
        except ValueError:
            self.found["WRONG: unreadable model"] += 1
            return
        if kind == "predict":
            told = (folder / "told.csv").read_bytes()
            self.found["WRONG: half of the predictions"] += told not in (b"old\n", self.told)
        elif kind == "save":
            other = weights(folder / "other.clearprop")
            self.found["WRONG: neither model"] += not (
                same(now, self.good_weights) or same(now, other)
            )
        else:
            name = "one" if "one" in kind else "several"
            old, new = same(now, self.good_weights), same(now, self.references[name])
            asked = number != signal.SIGKILL and status == 128 + number
            if asked and not old:  # it may keep what it has reached, of whole epochs
                estimator = cp.load(model).estimator
                epochs = getattr(estimator, "n_iter_", None) or sum(
                    m.epochs for m in estimator.members_
                )
                self.found["WRONG: a good model was replaced"] += epochs < 1
            elif not (old or new):
                self.found["WRONG: a good model was replaced"] += 1


def main() -> None:
    """Run the trials and print what was found."""
    if sys.argv[1:2] == ["--child"]:
        work, last, number = sys.argv[2:]
        sys.exit(child(work, int(last), int(number)))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kill", type=int, default=500)
    parser.add_argument("--term", type=int, default=60)
    parser.add_argument("--int", type=int, default=60, dest="interrupt")
    parser.add_argument("--fresh", type=int, default=10, help="one in so many is a new process")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    rng = np.random.default_rng(asked.seed)
    with tempfile.TemporaryDirectory() as name:
        trials = Trials(Path(name))
        print("calls of a run:", trials.calls, flush=True)
        for label, number, times in (
            ("SIGKILL", signal.SIGKILL, asked.kill),
            ("SIGTERM", signal.SIGTERM, asked.term),
            ("SIGINT", signal.SIGINT, asked.interrupt),
        ):
            trials.found = Counter()
            for place in range(times):
                kind = ORDER[place % len(ORDER)]
                trials.trial(kind, number, rng, place % asked.fresh == 0)
                if place % 20 == 19:
                    print(label, place + 1, dict(trials.found), flush=True)
            found = {what: times for what, times in trials.found.items() if times}
            print(f"{label}: {times} trials: {found}", flush=True)


if __name__ == "__main__":
    main()
