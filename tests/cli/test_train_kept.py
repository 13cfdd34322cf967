"""`clearprop train --checkpoint FOLDER --resume`."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import clearprop as cp
from tests.killing import kill_after, start

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
        (("--resume",), "needs --checkpoint FOLDER"),
        (("--checkpoint", "notes"), "notes is a file: name a folder"),
        (("--checkpoint", "kept", "--solver", "lbfgs"), "cannot hold lbfgs"),
    ],
)
def test_what_cannot_be_is_said(run, table, options, message):
    Path("notes").write_text("mine")
    refused = run("train", table, *options)
    assert refused.code == 2
    assert message in refused.err
    assert not os.path.exists("kept")


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize(("how", "most"), [((), 3), (ONE, 1)], ids=["several", "one"])
def test_killed_again_and_again(run, folder, how, most):
    """One network is saved at its end alone: it is killed before its model is written."""
    people(3000).to_csv("people.csv", index=False)
    train = [sys.executable, "-m", "clearprop", "train", "people.csv", *map(str, how)]
    subprocess.run([*train, "--out", "plain"], capture_output=True, check=True)
    command = [*train, "--out", "killed", "--checkpoint", "kept", "--resume"]
    rng, kills = np.random.default_rng(0), 0
    for _ in range(60):
        process = start(command)
        _, said, killed = kill_after(
            process,
            lambda: folder.glob("kept/*.checkpoint"),
            writes=int(rng.integers(1, most + 1)),
            looks=int(rng.integers(0, 10)),
            number=signal.SIGKILL,
        )
        kills += killed
        if not killed:
            assert process.returncode == 0, said
            break
    assert kills, "no process was there to be killed"
    equal("killed", "plain")
    assert not list(folder.glob("**/.clearprop-*.tmp"))
