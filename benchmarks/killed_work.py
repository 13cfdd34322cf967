"""What the processes of `kill_trials.py` do, and how one of them is made to kill itself."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import clearprop as cp
import numpy as np
import pandas as pd
from clearprop.cli import app
from tests.killing import ROOT, SignalAt

ONE = ["--hidden", "8", "--epochs", "12", "--batch-size", "64"]
SEVERAL = ["--preset", "fast", "--time-limit", "1000"]
TRAIN = ["train", "people.csv", "--quiet", "--no-check-gradients", "--out", "model.clearprop"]
KEEP = ["--checkpoint-every", "1 epoch"]
LIVE = ["--live", "live"]
EPOCHS = 12


def command(*arguments: str) -> None:
    """Run the command line, and end the process as it does."""
    sys.argv = ["clearprop", *arguments]
    app.run()


def save() -> None:
    """Save two models by turns over one file."""
    models = [cp.load("good.clearprop"), cp.load("other.clearprop")]
    for turn in range(6):
        models[turn % 2].save("model.clearprop")


def predict() -> None:
    """Predict over a file of predictions."""
    command("predict", "good.clearprop", "people.csv", "--out", "told.csv")


def live_disk() -> None:
    """Fit an estimator with a page on disk, and save it; the same goes on."""
    table = pd.read_csv("people.csv")
    x = np.c_[table["age"] / 80, table["job"] == "clerk"]
    page = cp.LivePage("live", display=False)
    fitted = cp.MLPClassifier(
        hidden_layer_sizes=(8,), max_iter=EPOCHS, batch_size=64, random_state=0, resume=True,
        checkpoint=cp.Checkpoint("fit.checkpoint", every=1),
    ).set_callbacks(page)  # fmt: skip
    fitted.fit(x, table["member"])
    if fitted.n_iter_ < EPOCHS:
        sys.exit(128 + signal.SIGINT)
    fitted.save("model.clearprop")


WORK = {
    "train one": lambda: command(*TRAIN, *ONE, *KEEP),
    "train several": lambda: command(*TRAIN, *SEVERAL, *KEEP),
    "resume one": lambda: command(*TRAIN, *ONE, *KEEP, "--resume"),
    "resume several": lambda: command(*TRAIN, *SEVERAL, *KEEP, "--resume"),
    "live one": lambda: command(*TRAIN, *ONE, *KEEP, *LIVE),
    "live several": lambda: command(*TRAIN, *SEVERAL, *KEEP, *LIVE),
    "go on live one": lambda: command(*TRAIN, *ONE, *KEEP, *LIVE, "--resume"),
    "go on live several": lambda: command(*TRAIN, *SEVERAL, *KEEP, *LIVE, "--resume"),
    "live disk": live_disk,
    "save": save,
    "predict": predict,
}
"""By name, what a process does. `live one` and `live several` are served, `live disk` is not."""


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
    counted = SignalAt(last, number)
    if last >= 0:
        threading.setprofile(counted)
        sys.setprofile(counted)
    code = 0
    try:
        WORK[work]()
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
                os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
                module = [sys.executable, "-m", "benchmarks.killed_work"]
                os.execv(sys.executable, [*module, work, str(last), str(number)])
            status = child(work, last, number)
        finally:
            os._exit(status)
    _, status = os.waitpid(pid, 0)
    assert not orphans(pid), f"{work} left processes: {orphans(pid)}"
    return os.waitstatus_to_exitcode(status)


def orphans(session: int, patience: float = 5.0) -> list[str]:
    """Return the processes of a session that are still there after some seconds."""
    end = time.monotonic() + patience
    while (left := _of_session(session)) and time.monotonic() < end:
        time.sleep(0.05)
    return left


def _of_session(session: int) -> list[str]:
    found = []
    for other in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = other.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(str(other.parent))
    return found


if __name__ == "__main__":
    name, calls, signal_number = sys.argv[1:]
    sys.exit(child(name, int(calls), int(signal_number)))
