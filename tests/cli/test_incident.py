"""`clearprop explain CHECKPOINT --incident`, and what `clearprop train` says of an ill training."""

import json

import numpy as np
import pytest

import clearprop as cp
from clearprop.cli.show import Page


@pytest.fixture
def failed(folder):
    """A training that ran away, saved to a checkpoint, and its result."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 3))
    net = cp.Chain(cp.Dense(3, 4), cp.Tanh(), cp.Dense(4, 1))
    return cp.train(
        net, cp.SquaredError(), net.init(rng), x, x.sum(axis=1), optimizer=cp.SGD(5.0),
        seed=0, epochs=50, checkpoint=folder / "run.checkpoint",
    )  # fmt: skip


def test_the_step_in_which_it_began_is_shown(run, failed):
    done = run("explain", "run.checkpoint", "--incident")
    assert done.code == 0, done.err
    step = failed.incident.explain()
    first, title, *rest = done.out.splitlines()
    assert first == f"run.checkpoint: {failed.incident}"
    assert title == f"run.checkpoint   {step.title}"
    assert rest == str(step).splitlines()[1:]
    assert Page().width is None


def test_it_is_asked_about_saved_and_printed_as_any_step(run, failed, folder):
    step = failed.incident.explain()
    why = run("explain", "run.checkpoint", "--incident", "--why", "dense1.dW[0,1]")
    assert str(step.why("dense1.dW[0,1]")) in why.out
    page = run("explain", "run.checkpoint", "--incident", "--html", "step.html")
    assert page.code == 0 and (folder / "step.html").stat().st_size > 10_000
    told = run("explain", "run.checkpoint", "--incident", "--json").json
    mine = json.loads(json.dumps(step.to_dict()))
    for whole in (told, mine):
        del whole["title"]
    assert told == mine


def test_a_folder_of_checkpoints_has_the_one_that_went_wrong(run, failed, folder):
    (folder / "runs").mkdir()
    (folder / "run.checkpoint").rename(folder / "runs" / "network-3.checkpoint")
    done = run("explain", "runs", "--incident")
    assert done.code == 0 and done.out.startswith("network-3.checkpoint: ")
    assert run("explain", "runs", "--incident", "--member", 3).out == done.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run.checkpoint"], "name the rows"),
        (["run.checkpoint", "rows.csv", "--incident"], "leave SOURCE out"),
        (["run.checkpoint", "--incident", "--row", 2], "its own rows"),
        (["run.checkpoint", "--incident", "--member", 2], "for a folder"),
        (["empty", "--incident"], "there is no checkpoint in empty"),
        (["absent.checkpoint", "--incident"], "absent.checkpoint"),
        (["well.checkpoint", "--incident"], "nothing went wrong"),
        (["rows.csv", "--incident"], "cannot be gone on from"),
    ],
)
def test_what_cannot_be_opened_is_said(run, failed, folder, arguments, said):
    (folder / "empty").mkdir()
    (folder / "rows.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    net = cp.Chain(cp.Dense(1, 1))
    x = np.ones((4, 1))
    cp.train(
        net, cp.SquaredError(), net.init(np.random.default_rng(0)), x, x, epochs=2, seed=0,
        checkpoint=folder / "well.checkpoint",
    )  # fmt: skip
    done = run("explain", *arguments)
    assert done.code != 0
    assert said in " ".join(done.err.replace("│", " ").split())


def test_an_ill_training_is_told_in_a_sentence(run, table):
    ill = ["--hidden", "32", "--learning-rate", "30", "--solver", "sgd", "--epochs", "10"]
    done = run("train", table, *ill, "--no-check-gradients", "--json")
    assert done.code == 0, done.err
    told = [one["sentence"] for one in done.json["diagnosis"] if one["kind"] == "health"]
    assert told and all("norm:" in sentence for sentence in told)
    well = run("train", table, "--hidden", "8", "--epochs", "10", "--json", "--out", "w.clearprop")
    assert not [one for one in well.json["diagnosis"] if one["kind"] == "health"]
