"""Signals that end the training of several networks: what they reached is kept."""

import json
import os
import re
import signal

import numpy as np
import pytest

import clearprop as cp
from tests.cli.conftest import people
from tests.cli.test_process import Terminal
from tests.cli.test_signals_and_streams import CODES, SAID, program

# The signal comes after an epoch of any network, before the first of them, or before training.
PROGRAM = """
import os, signal, sys
from clearprop.cli import progress
from clearprop.tables import base, one_member

number, at, where = signal.Signals[sys.argv.pop(1)], int(sys.argv.pop(1)), sys.argv.pop(1)
once = [number]
def press():
    if once:
        os.kill(os.getpid(), once.pop())

if where == "after":
    epoch_done = progress.ProgressLine.epoch_done
    def counted(self):
        epoch_done(self)
        if self.done == at:
            press()
    progress.ProgressLine.epoch_done = counted
elif where == "first":
    train = one_member.train
    def pressed(*arguments, on_epoch, **options):
        press()
        assert on_epoch.watcher.stop.wait(60)
        return train(*arguments, on_epoch=on_epoch, **options)
    one_member.train = pressed
elif where == "coding":
    base.fit_inputs = lambda *arguments: press()
from clearprop.cli import main
main()
"""


@pytest.fixture
def many(folder):
    """A CSV file of enough people for some seconds of training."""
    people(4000).to_csv(folder / "people.csv", index=False)
    return "people.csv"


def pressed(name, at, where, *arguments):
    return program("-c", PROGRAM, name, at, where, "train", "people.csv", *arguments)


@pytest.mark.parametrize("name", CODES)
@pytest.mark.one_in(3)
def test_a_signal_keeps_and_saves_the_networks_so_far(name, many):
    done = pressed(name, 5, "after", "--preset", "strong")
    assert done.returncode == CODES[name], done.stderr
    last = done.stderr.splitlines()[-1]
    told = rf"clearprop: {SAID[name]} after (\d+) epochs; what they reached is saved in people\."
    assert 5 <= int(re.match(told, last)[1]) < 40
    assert "saved people.clearprop (" in done.stdout
    model = cp.load("people.clearprop")
    assert model.estimator.ended_ == "interrupted"
    frame = people(50, seed=3)
    assert np.mean(model.predict(frame) == frame["member"]) > 0.6


def test_with_json_it_is_an_object_and_the_result_says_so(many):
    done = pressed("SIGTERM", 3, "after", "--json")
    assert done.returncode == 143
    assert json.loads(done.stderr)["exit_code"] == 143
    assert json.loads(done.stdout)["interrupted"] is True


@pytest.mark.parametrize("where", ["first", "coding"])
@pytest.mark.parametrize("name", CODES)
@pytest.mark.one_in(6)
def test_before_the_end_of_the_first_epoch_nothing_is_saved(name, where, many, folder):
    done = pressed(name, 1, where)
    assert done.returncode == CODES[name], done.stderr
    said = f"{SAID[name]} before the end of the first epoch; nothing was saved."
    assert done.stderr.splitlines()[-1] == f"clearprop: {said}"
    assert sorted(path.name for path in folder.iterdir()) == ["people.csv"]


@pytest.mark.slow
@pytest.mark.parametrize("name", CODES)
@pytest.mark.one_in(3)
def test_a_real_signal_in_a_terminal(name, many, folder):
    """Progress is shown, and a signal from outside leaves a model that predicts."""
    people(60_000).to_csv(folder / "people.csv", index=False)
    shown = Terminal("train", "people.csv", "--preset", "strong", columns=100)
    try:
        shown.read_until(r"epoch [1-9]\d*/\d+")
        shown.process.send_signal(signal.Signals[name])
        assert shown.read_until(None) == CODES[name]
    finally:
        shown.process.kill()
        shown.process.wait()
        os.close(shown.master)
    assert re.search(rf"clearprop: {SAID[name]} after \d+ epochs?; what they", shown.text)
    assert cp.load("people.clearprop").predict(people(5)).shape == (5,)


@pytest.mark.slow
def test_a_killed_training_leaves_no_file(many, folder):
    shown = Terminal("train", "people.csv", "--preset", "strong", columns=100)
    try:
        shown.read_until(r"epoch [1-9]\d*/\d+")
        shown.process.kill()
        shown.process.wait()
    finally:
        os.close(shown.master)
    assert sorted(path.name for path in folder.iterdir()) == ["people.csv"]
