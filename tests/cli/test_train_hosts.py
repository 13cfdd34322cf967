"""`clearprop train --hosts`: several processes, of which the first prints and saves."""

import io
import os
import subprocess
import sys

import numpy as np
import pytest

import clearprop as cp
from clearprop.cli.engines import engine_of
from clearprop.cli.errors import UNEXPECTED
from clearprop.cli.supervised import LOST, _Passing, _told
from tests.engines.jax.joined import environment, free_port

NONE = {"devices": None, "shards": None, "hosts": None, "process": None, "lost_after": None}


@pytest.mark.parametrize(
    "options, engine",
    [
        ({"engine": "numpy"}, "numpy"),
        ({"engine": "jax"}, "jax"),
        ({"engine": "jax", "shards": 4}, cp.Jax(devices="all", shards=4)),
        ({"engine": "jax", "devices": "2"}, cp.Jax(devices=2)),
        (
            {"engine": "jax", "hosts": "here:80", "process": "1/2"},
            cp.Jax(hosts="here:80", process="1/2"),
        ),
        ({"engine": "jax", "hosts": "auto", "lost_after": 9}, cp.Jax(hosts="auto", lost_after=9)),
    ],
)
def test_options_become_an_engine(options, engine):
    assert engine_of(**{**NONE, **options}) == engine


@pytest.mark.parametrize(
    "options, said",
    [
        (("--hosts", "here:80"), "--hosts: is for the JAX engine"),
        (("--engine", "jax", "--hosts", "here:80"), "process must be 'k/n'"),
        (("--engine", "jax", "--process", "0/2"), "needs hosts='address:port'"),
        (("--engine", "jax", "--devices", "some"), "is no number, nor all"),
        (("--engine", "jax", "--devices", "3"), "3 devices do not divide 8 shards"),
        (("--engine", "jax", "--preset", "fast"), "is for several networks, and --engine for one"),
    ],
)
def test_options_that_do_not_fit_are_refused(run, options, said):
    done = run("train", "iris", *options)
    assert done.code == 2
    assert said in done.err


PAGES = b"""clearprop: kept
[Gloo] Rank 0 is connected to 1 peer ranks.
0 is connected to 1 peer ranks. Expected number of connected peer ranks is : 1
W1128 09:15:56.297667   22203 preemption.cc:90] a word of XLA
kept, too
E1128 09:15:56.297855   22301 agent.cc:289] Polled an error from coordination service.
pages of it
{"error": "kept in JSON"}
F1128 09:15:56.297667 22203 client.h:80] the JAX distributed service detected fatal errors. RPC
    @     0x7f868cb72104  a stack
"""


def passed(pages):
    """Return what goes on of the lines of a stream, and what passed them on."""
    raw = io.BytesIO()
    passing = _Passing(io.BytesIO(pages), io.TextIOWrapper(raw))
    passing.thread.join()
    return raw.getvalue(), passing


def test_what_xla_prints_is_held_back():
    kept, _ = passed(PAGES)
    assert kept == b'clearprop: kept\nkept, too\n{"error": "kept in JSON"}\n'


@pytest.mark.parametrize(
    "pages, code, said",
    [
        (PAGES.replace(b"clearprop: kept\n", b"").replace(b'{"error', b"x"), UNEXPECTED, LOST),
        (PAGES, UNEXPECTED, ""),  # said already by the process itself
        (
            PAGES[PAGES.index(b"F1128") :].replace(b"RPC", b"CoordinationService/RegisterTask"),
            UNEXPECTED,
            "not all processes of --hosts have come",
        ),
        (b"", 134, "was ended by SIGABRT"),
    ],
)
def test_how_a_process_was_ended_is_said_once(pages, code, said, capsys):
    _, passing = passed(pages)
    assert _told(-6, passing) == code
    err = capsys.readouterr().err
    assert said in err
    assert len(err.splitlines()) == bool(said)


SENDS = """
import os
if "CLEARPROP_WATCHED" in os.environ and "0/2" not in os.sys.orig_argv:
    from clearprop.training import together

    tell = together._FirstDecides.__call__
    def told(own, report):
        if report.epoch == 4:
            os.kill(os.getpid(), NUMBER)
        return tell(own, report)
    together._FirstDecides.__call__ = told
"""


OF_WINE = ("wine", "--epochs", "12", "--no-early-stopping")


def trains(folder, count, *arguments, startup="", source=OF_WINE):
    """Return how each of so many processes of one training ends: code, output, errors."""
    (folder / "startup").mkdir(exist_ok=True)
    (folder / "startup" / "sitecustomize.py").write_text(startup)
    paths = os.pathsep.join([str(folder / "startup"), os.environ.get("PYTHONPATH", "")])
    hosts = f"127.0.0.1:{free_port()}"
    started = [
        subprocess.Popen(
            [
                sys.executable, "-m", "clearprop", "train", *source, "--engine", "jax",
                "--hosts", hosts, "--process", f"{place}/{count}", "--lost-after", "20",
                *arguments,
            ],
            env={**environment(), "PYTHONPATH": paths},
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for place in range(count)
    ]  # fmt: skip
    ended = [process.communicate(timeout=500) for process in started]
    return [(one.returncode, *told) for one, told in zip(started, ended, strict=True)]


@pytest.mark.slow
def test_two_processes_are_one_training(tmp_path):
    pytest.importorskip("jax", reason="JAX is not installed: pip install clearprop[jax]")
    first, second = trains(tmp_path, 2, "--out", "two.clearprop", "--checkpoint", "kept")
    assert (first[0], first[2]) == (0, "")
    assert "on 2 x cpu in 2 processes, 8 shards a batch" in first[1]
    assert second == (0, "", "")
    ((code, _, err),) = trains(tmp_path, 1, "--out", "one.clearprop")
    assert code == 0, err
    two, one = (cp.load(tmp_path / f"{name}.clearprop").estimator for name in ("two", "one"))
    assert two.loss_curve_ == one.loss_curve_
    for mine, theirs in zip(two.coefs_, one.coefs_, strict=True):
        assert (mine == theirs).all()


@pytest.mark.slow
def test_a_killed_process_is_one_error_in_the_other_and_one_goes_on(tmp_path):
    pytest.importorskip("jax", reason="JAX is not installed: pip install clearprop[jax]")
    kept = ("--checkpoint", "kept", "--checkpoint-every", "1 epoch")
    first, second = trains(tmp_path, 2, *kept, startup=SENDS.replace("NUMBER", "9"))
    assert first[0] == UNEXPECTED
    assert first[2].startswith("clearprop: another process of this training has ended"), first
    assert len(first[2].splitlines()) == 1
    assert (second[0], second[1]) == (137, "")
    assert second[2] == "clearprop: the process that trains was ended by SIGKILL.\n"
    assert not (tmp_path / "wine.clearprop").exists()
    ((code, _, err),) = trains(tmp_path, 1, *kept, "--resume")
    assert code == 0, err
    ((code, _, err),) = trains(tmp_path, 1, "--out", "whole.clearprop")
    assert code == 0, err
    resumed, whole = (cp.load(tmp_path / f"{name}.clearprop") for name in ("wine", "whole"))
    assert resumed.estimator.loss_curve_ == whole.estimator.loss_curve_
    assert len(whole.estimator.loss_curve_) == 12


@pytest.mark.slow
def test_a_signal_to_one_process_ends_both_commands_alike(tmp_path):
    """As of a job whose time is up: the checkpoint stays, and the exit code is the signal's."""
    pytest.importorskip("jax", reason="JAX is not installed: pip install clearprop[jax]")
    kept = ("--checkpoint", "kept", "--checkpoint-every", "1 epoch")
    first, second = trains(tmp_path, 2, *kept, startup=SENDS.replace("NUMBER", "15"))
    assert (first[0], second) == (143, (143, "", ""))
    assert first[2].startswith("clearprop: terminated after "), first
    assert first[2].endswith("--resume goes on with the training.\n")
    assert (tmp_path / "kept").exists()
    ((code, _, err),) = trains(tmp_path, 1, *kept, "--resume")
    assert code == 0, err
    assert len(cp.load(tmp_path / "wine.clearprop").estimator.loss_curve_) == 12


@pytest.mark.slow
def test_two_processes_train_the_networks_of_a_folder(tmp_path):
    pytest.importorskip("jax", reason="JAX is not installed: pip install clearprop[jax]")
    pytest.importorskip("pyarrow", reason="pyarrow is not installed: pip install clearprop[stream]")
    (tmp_path / "rows").mkdir()
    rng = np.random.default_rng(0)
    for number in range(2):
        rows = rng.standard_normal((12, 3))
        rows[:, 2] = rows[:, 0] > rows[:, 1]
        np.save(tmp_path / "rows" / f"{number}.npy", rows)
    source = ("rows", "--target", "2", "--task", "classification", "--preset", "fast")
    first, second = trains(tmp_path, 2, source=source)
    assert (first[0], first[2]) == (0, "")
    assert "2 files of the folder rows" in first[1]
    assert second == (0, "", "")
    model = cp.load(tmp_path / "rows.clearprop").estimator
    assert model.engine == "auto"  # what trained it is no part of the model
    assert len(model.members_) > 1
