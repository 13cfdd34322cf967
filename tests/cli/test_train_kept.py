"""`clearprop train --checkpoint FOLDER --resume`."""

import os
import re
import signal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clearprop as cp
from clearprop.cli import keeping
from clearprop.cli.keeping import Interval
from clearprop.files import container
from tests.killing import run_killed_at

from .conftest import people

ONE = ("--epochs", 60, "--hidden", 8, "--no-early-stopping")


def weights(path):
    """The weights of each network of a model."""
    estimator = cp.load(path).estimator
    if hasattr(estimator, "coefs_"):
        return [*estimator.coefs_, *estimator.intercepts_]
    return [a for m in estimator.members_ for layer in m.params.values() for a in layer.values()]


def equal(one, other):
    ours, theirs = weights(one), weights(other)
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.fixture
def table(folder):
    people().to_csv("people.csv", index=False)
    return "people.csv"


@pytest.mark.parametrize("how", [(), ONE], ids=["several networks", "one network"])
def test_it_goes_on_from_a_folder(run, table, how):
    assert run("train", table, "--out", "plain", *how).code == 0
    kept = ("--checkpoint", "kept", *how)
    assert run("train", table, "--out", "first", *kept).code == 0
    refused = run("train", table, "--out", "second", *kept)
    assert refused.code != 0
    assert "holds a training already" in refused.err
    assert not os.path.exists("second")
    assert run("train", table, "--out", "second", *kept, "--resume").code == 0
    for name in ("first", "second"):
        equal(name, "plain")


def test_another_training_is_refused(run, table):
    kept = ("--checkpoint", "kept", *ONE)
    assert run("train", table, *kept).code == 0
    refused = run("train", table, *kept, "--resume", "--learning-rate", 0.01)
    assert refused.code != 0
    assert "What differs: learning_rate_init: saved" in refused.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--out", "."), ". is there and is no model"),
        (("--checkpoint", "notes"), "notes is a file: name a folder"),
        (("--resume", "--checkpoint-every", "never"), "wants none"),
        (("--checkpoint", "kept", "--checkpoint-every", "never"), "wants none"),
        *(
            (("--checkpoint-every", wrong), 'is not of the form "10 epochs", "5 min"')
            for wrong in ("", "10", "0 epochs", "1.5 epochs", "-3 min", "0s", "often", "5 miles")
        ),
    ],
)
def test_what_cannot_be_is_said(run, table, options, message):
    Path("notes").write_text("mine")
    refused = run("train", table, *options)
    assert refused.code == 2
    assert message in refused.err
    assert not os.path.exists("kept")


@pytest.mark.parametrize(
    ("text", "epochs", "seconds"),
    [
        ("10 epochs", 10, 30), ("1epoch", 1, 30), ("5 min", None, 300), ("90s", None, 90),
        ("2 hours", None, 7200), ("0.5 Min", None, 30), ("3 seconds", None, 3),
    ],
)  # fmt: skip
def test_intervals(text, epochs, seconds):
    assert Interval.of(text) == Interval(epochs, float(seconds))


BESIDE = ".model.training"


class Died(BaseException):
    """Stands for whatever ends a process."""


def cut_off(run, monkeypatch, *arguments, after=3):
    """Run a command whose process dies right after so many saves."""
    write, saves = container.write_model, []

    def dying(*args, **kept):
        write(*args, **kept)
        saves.append(1)
        if len(saves) == after:
            raise Died

    with monkeypatch.context() as patch:
        patch.setattr(container, "write_model", dying)
        with pytest.raises(Died):
            run(*arguments)


OUT = ("--out", "model.clearprop")


@pytest.mark.parametrize("how", [(), ONE], ids=["several networks", "one network"])
def test_it_is_saved_beside_the_model_and_goes_when_that_is_there(run, table, monkeypatch, how):
    assert run("train", table, "--out", "plain", *how).code == 0
    train = ("train", table, *OUT, *how, "--checkpoint-every", "1 epoch")
    cut_off(run, monkeypatch, *train)
    assert list(Path(BESIDE).glob("*.checkpoint"))
    again = run(*train, "--resume")
    assert again.code == 0, again.err
    equal("model.clearprop", "plain")
    assert not os.path.exists(BESIDE)


def test_a_short_training_leaves_nothing_and_a_long_one_says_where(run, table, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(container, "write_model", fails_for_checkpoints(container.write_model))
        short = run("train", table, *OUT, *ONE)
    assert (short.code, os.path.exists(BESIDE), "is saved in" in short.err) == (0, False, False)
    monkeypatch.setattr(keeping, "UNASKED_SECONDS", 1e-9)
    long = run("train", table, *OUT, *ONE)
    assert long.code == 0
    assert long.err.count(f"is saved in {BESIDE} while it runs") == 1
    assert not os.path.exists(BESIDE)
    assert run("train", table, *OUT, *ONE, "--quiet").err == ""


def fails_for_checkpoints(write):
    def writing(path, document, *args, **kept):
        assert document.get("kind") != "training"
        write(path, document, *args, **kept)

    return writing


def test_without_resume_it_begins_anew_and_says_so(run, table, monkeypatch):
    train = ("train", table, *OUT, *ONE, "--checkpoint-every", "1 epoch")
    cut_off(run, monkeypatch, *train)
    before = {path: path.read_bytes() for path in Path(BESIDE).iterdir()}
    short = run("train", table, "--out", "model.clearprop", "--epochs", 2, "--hidden", 3)
    assert short.code == 0
    assert f"{BESIDE} holds a training that was cut off: --resume goes on" in short.err
    assert {path: path.read_bytes() for path in Path(BESIDE).iterdir()} == before
    other = ("train", table, *OUT, "--epochs", 9, "--hidden", 3, *train[-2:])
    cut_off(run, monkeypatch, *other, after=1)
    refused = run(*train, "--resume")
    assert refused.code == 3
    assert "What differs: " in refused.err
    assert run(*other, "--resume").code == 0
    assert not os.path.exists(BESIDE)


def other_data(patch):
    frame = pd.read_csv("people.csv")
    frame.loc[::3, "age"] += 7  # not all: they are scaled
    frame.to_csv("people.csv", index=False)


def other_target(patch):
    frame = pd.read_csv("people.csv")
    frame.loc[::3, "member"] = frame["member"].map({"yes": "no", "no": "yes"})[::3]
    frame.to_csv("people.csv", index=False)


def without_numba(patch):
    def gone(*_):
        raise ImportError("no module named numba")

    patch.setattr("clearprop.engines.compiled.engine.CompiledEngine.__init__", gone)


def other_threads(patch):
    patch.setattr("clearprop.training.identity.allowed_threads", lambda: 77)


def other_version(patch):
    patch.setattr("clearprop.training.identity.__version__", "0.0.7")


OTHERS = {
    "data": (other_data, {"x"}),
    "target": (other_target, {"t"}),
    "engine": (without_numba, {"engine"}),
    "threads": (other_threads, {"threads"}),
    "version": (other_version, {"clearprop"}),
}


@pytest.mark.parametrize("how", [(), ONE], ids=["several networks", "one network"])
@pytest.mark.parametrize("name", OTHERS)
def test_what_would_give_other_bits_is_refused(run, table, monkeypatch, how, name):
    change, named = OTHERS[name]
    assert run("train", table, *OUT, "--epochs", 2, "--hidden", 3).code == 0
    good = Path(OUT[1]).read_bytes()
    train = ("train", table, *OUT, *how, "--checkpoint-every", "1 epoch")
    cut_off(run, monkeypatch, *train)
    before = {path: path.read_bytes() for path in Path(BESIDE).iterdir()}
    with monkeypatch.context() as patch:
        change(patch)
        refused = run(*train, "--resume")
    assert refused.code == 3, refused.err
    told = " ".join(refused.err.split())
    differs = re.search(r"What differs: (.*)\. Give the same", told)
    assert differs, told
    assert named <= {one.partition(":")[0] for one in differs[1].split("; ")}
    assert Path(OUT[1]).read_bytes() == good
    assert {path: path.read_bytes() for path in Path(BESIDE).iterdir()} == before


def test_another_dtype_is_refused(run, table, monkeypatch):
    """The command trains in float32, but for L-BFGS."""
    train = ("train", table, *OUT, *ONE, "--checkpoint-every", "1 epoch")
    cut_off(run, monkeypatch, *train)
    refused = run(*train, "--resume", "--solver", "lbfgs")
    assert refused.code == 3
    assert "dtype: saved 'float32', now 'float64'" in " ".join(refused.err.split())
    assert not Path(OUT[1]).exists()


def test_resume_without_a_training_begins(run, table):
    done = run("train", table, *OUT, *ONE, "--resume")
    assert done.code == 0
    assert f"there is no training to go on with in {BESIDE}: this one begins" in done.err


def test_lbfgs_too(run, table, monkeypatch):
    how = ("--solver", "lbfgs", "--hidden", 4, "--checkpoint-every", "1 epoch")
    cut_off(run, monkeypatch, "train", table, *OUT, *how)
    again = run("train", table, *OUT, *how, "--resume")
    assert again.code == 0
    assert "L-BFGS goes on after 3 iterations" in again.err


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("how", [(), ONE], ids=["several", "one"])
def test_killed_again_and_again(run, folder, how):
    people(3000).to_csv("people.csv", index=False)
    program = "from clearprop.cli import main; main()"
    train = ("train", "people.csv", *how)
    plain = run_killed_at(0, signal.SIGKILL, program, *train, "--out", "plain")
    assert plain.returncode == 0, plain.stderr
    kept = ("--out", "killed", "--checkpoint", "kept", "--resume")
    rng, kills = np.random.default_rng(0), 0
    for _ in range(60):
        call = int(rng.integers(1, 20 if how == () else 6))
        ended = run_killed_at(call, signal.SIGKILL, program, *train, *kept)
        if ended.returncode == 0:
            break
        kills += 1
    assert ended.returncode == 0, ended.stderr
    assert kills, "no process was there to be killed"
    equal("killed", "plain")
    assert not list(folder.glob("**/.clearprop-*.tmp"))
