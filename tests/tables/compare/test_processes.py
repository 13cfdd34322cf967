"""Contenders in processes of their own: what becomes of each process, and how it is told."""

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from sklearn.datasets import load_iris

import clearprop as cp
from clearprop.tables.compare import runners
from clearprop.tables.compare.contenders import Contender, choose
from clearprop.tables.compare.factories import Given
from clearprop.tables.compare.measuring import ContenderError, Job, memory_now
from clearprop.tables.compare.recipe import TableColumns
from clearprop.tables.compare.runners import InProcesses, StoppedError
from clearprop.tables.compare.splits import split
from tests.tables.compare.contestants import (
    FAST,
    Crashing,
    Failing,
    Large,
    Leaving,
    Prior,
    Sleeping,
    mixed,
)

pytestmark = pytest.mark.slow

IRIS = load_iris(return_X_y=True)
PATIENCE = 120  # seconds


def job(folds=3):
    X, y = IRIS
    parts = split(y, "classification", folds, 1, 0)
    return Job(X, y, "classification", 3, TableColumns.of(X), parts, 0)


def own(estimator):
    return Contender("own", "own", Given(estimator))


def on(split):
    return None


def is_there(process):
    """Return whether a process is there and no zombie."""
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # the latter if it goes while it is read
        return False


def wait_for(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def number_in(path):
    wait_for(lambda: path.exists() and path.read_text())
    return int(path.read_text())


def test_the_scores_are_those_of_this_process():
    there = cp.compare(*IRIS, models=FAST, folds=3, repeats=1)
    here = cp.compare(*IRIS, models=FAST, folds=3, repeats=1, processes=False)
    assert {each.name: each.values for each in there.table} == {
        each.name: each.values for each in here.table
    }
    assert all(each.memory is not None for each in there.table)
    assert all(each.memory is None for each in here.table)


def test_a_raw_table_and_estimators_of_ones_own_and_what_fails():
    frame, member = mixed()
    also = {"fine": Prior(), "unlucky": Failing(), "crashes": Crashing(), "leaves": Leaving()}
    found = cp.compare(frame, member, models=["dummy", "tree"], also=also, folds=3, repeats=1)
    assert [each.name for each in found.done] == ["tree", "dummy", "fine"]
    assert {each.name: each.reason for each in found.table if not each.done} == {
        "unlucky": "split 1: RuntimeError: no luck today",
        "crashes": "its process was ended by SIGSEGV",
        "leaves": "its process ended with exit code 7",
    }


@pytest.mark.parametrize("forks", [True, False])
def test_with_forks_and_without(forks):
    with InProcesses(job(), forks) as runner:
        first = runner.run(own(Prior()), on, None)
        with pytest.raises(ContenderError, match="no luck today"):
            runner.run(own(Failing()), on, None)
        with pytest.raises(ContenderError, match="exit code 7"):
            runner.run(own(Leaving()), on, None)
        assert len(runner.run(own(Prior()), on, None).splits) == len(first.splits) == 3


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="measured by /proc")
def test_the_memory_is_what_the_process_grew_by():
    with InProcesses(job()) as runner:
        small = runner.run(own(Prior()), on, None).memory
        large = runner.run(own(Large()), on, None).memory
        again = runner.run(own(Prior()), on, None).memory
    assert 190e6 < large - small < 260e6
    assert again < small + 20e6


def test_memory_of_this_process_is_known():
    now, most = memory_now()
    assert 10e6 < now <= most


def test_a_class_of_a_script_is_refused_with_what_to_do(monkeypatch):
    class Local(Prior):
        pass

    with InProcesses(job()) as runner:
        with pytest.raises(ContenderError, match=r"cannot be sent .* processes=False runs it here"):
            runner.run(own(Local()), on, None)
        monkeypatch.setattr(Prior, "__module__", "__main__")
        monkeypatch.setattr(sys.modules["__main__"], "Prior", Prior, raising=False)
        with pytest.raises(ContenderError, match=r"cannot load it .* must be in a module"):
            runner.run(own(Prior()), on, None)
        monkeypatch.undo()
        assert len(runner.run(own(Prior()), on, None).splits) == 3


def test_the_time_limit_ends_a_fit_in_its_middle(tmp_path):
    """The limit is reached: no clock has to be waited for."""
    path = tmp_path / "number"
    with InProcesses(job()) as runner:
        runner.run(own(Prior()), on, None)
        with pytest.raises(StoppedError, match="the time limit was reached while it ran"):
            runner.run(own(Sleeping(path)), on, time.monotonic() + 2)
        if path.exists() and path.read_text():
            wait_for(lambda: not is_there(number_in(path)))
        assert len(runner.run(own(Prior()), on, None).splits) == 3


def test_ctrl_c_shows_what_is_done_and_leaves_no_process(tmp_path):
    path = tmp_path / "number"
    number = []

    def interrupt():
        number.append(number_in(path))
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    found = cp.compare(
        *IRIS, models=["dummy"], also={"sleeps": Sleeping(path), "later": Prior()}, folds=3
    )
    thread.join()
    assert found.interrupted
    assert found.best.name == "dummy"
    assert [found[name].status for name in ("sleeps", "later")] == ["interrupted"] * 2
    wait_for(lambda: not is_there(number[0]))


PROGRAM = """
import sys
import clearprop as cp
from sklearn.datasets import load_iris
from tests.tables.compare.contestants import Sleeping
cp.compare(*load_iris(return_X_y=True), models=["dummy"], also={"sleeps": Sleeping(sys.argv[1])})
"""


def test_killed_it_leaves_no_process(tmp_path):
    path = tmp_path / "number"
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(path)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    try:
        number = number_in(path)
    finally:
        program.kill()
        program.wait()
    wait_for(lambda: not is_there(number))


@pytest.mark.parametrize("ended", [False, True])
def test_a_python_that_does_not_start_is_a_reason_in_every_row(monkeypatch, ended):
    start = runners._start

    def started(*arguments):
        process = start(*arguments)
        if ended:  # before anything is written to it
            process.wait()
        return process

    monkeypatch.setattr(runners, "_PROGRAM", "import sys; sys.exit('no such thing')")
    monkeypatch.setattr(runners, "_start", started)
    found = cp.compare(*IRIS, models=["dummy", "bayes"], folds=3, repeats=1)
    assert [each.status for each in found.table] == ["failed", "failed"]
    assert "its process did not start" in found.table[0].reason
    assert "no such thing" in found.table[0].reason


def test_the_fork_begins_with_nothing_computed_by_another():
    """Two runs of one contender in one worker give the same numbers."""
    (tree,) = choose("classification", 150, ["tree"]).contenders
    with InProcesses(job()) as runner:
        runs = [runner.run(tree, on, None) for _ in range(2)]
    scores = [[one.scores for one in run.splits] for run in runs]
    assert scores[0] == scores[1]
    assert np.isfinite([one["log_loss"] for one in scores[0]]).all()
