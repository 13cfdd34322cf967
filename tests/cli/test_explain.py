"""`clearprop explain`: one step of a saved model on rows of a table."""

import json
import re
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import clearprop as cp
from clearprop.data import load
from tests.cli.conftest import people

SCHEMA = Path(__file__).parents[2] / "docs" / "step.schema.json"


@pytest.fixture
def new(folder):
    """A table of new people, with what is to be predicted."""
    frame = people(9, seed=3)
    frame.to_csv(folder / "new.csv", index=False)
    return frame


def test_the_step_is_that_of_the_model_and_the_row(run, model, new):
    done = run("explain", model, "new.csv", "--row", 3)
    assert done.code == 0, done.err
    step = cp.load(model).explain(new.iloc[[2]], new["member"].iloc[[2]].to_numpy(), ["row 3"])
    first, *rest = done.out.splitlines()
    assert first == f"{model}   {step.title}"
    assert rest == str(step).splitlines()[1:]
    assert f"row 3   {new['member'][2]}" in done.out


def test_the_json_is_the_step(run, model, new):
    told = run("explain", model, "new.csv", "--row", 2, "--row", 5, "--json").json
    step = cp.load(model).explain(
        new.iloc[[1, 4]], new["member"].iloc[[1, 4]].to_numpy(), ["row 2", "row 5"]
    )
    mine = json.loads(json.dumps(step.to_dict()))
    for whole in (told, mine):
        del whole["title"]
    assert told == mine
    assert [row["label"] for row in told["rows"]] == ["row 2", "row 5"]
    assert told["inputs"]["names"] == list(cp.load(model).encoder.input_names)


def test_a_number_can_be_asked_where_it_came_from(run, model, new):
    done = run("explain", model, "new.csv", "--why", "dense1.dW[0,1]", "--why", "N")
    step = cp.load(model).explain(new.iloc[[0]], new["member"].iloc[[0]].to_numpy())
    assert done.out == f"{step.why('dense1.dW[0,1]')}\n\n{step.why('N')}\n"
    latex = run("explain", model, "new.csv", "--why", "dense1.dW[0,1]", "--latex")
    assert latex.out == step.why("dense1.dW[0,1]").to_latex() + "\n"
    assert run("explain", model, "new.csv", "--latex").out == step.to_latex() + "\n"


def test_the_page_is_the_step_s(run, model, new, folder):
    done = run("explain", model, "new.csv", "--row", 3, "--html", "step.html")
    step = cp.load(model).explain(new.iloc[[2]], new["member"].iloc[[2]].to_numpy(), ["row 3"])
    assert done.out.startswith("saved step.html (")
    assert done.out.endswith(f"{model}   {step.title}\n")
    page = (folder / "step.html").read_text(encoding="utf-8")
    assert f"<title>{model}" in page
    assert len(page) == pytest.approx(len(step.to_html()), abs=200)
    missing = run("explain", model, "new.csv", "--html", "nowhere/step.html")
    assert (missing.code, missing.out) == (2, "")
    assert "there is no folder nowhere" in missing.err


def test_a_quantity_is_explained_in_its_own_unit(run, folder):
    frame = people(60)
    frame["wage"] = np.round(1000 + 40 * frame["age"].fillna(40), 2)
    frame.to_csv(folder / "wages.csv", index=False)
    trained = run("train", "wages.csv", "--epochs", 3, "--hidden", 4, "--out", "wages.clearprop")
    assert trained.code == 0
    done = run("explain", "wages.clearprop", "wages.csv", "--row", 1)
    assert f"{frame['wage'][0]:.6g}" in done.out.splitlines()[5]


def test_rows_that_are_pictures_come_with_their_pixels(run, folder):
    assert run("train", "digits", "--epochs", 2, "--hidden", 4, "-q").code == 0
    step = run("explain", "digits.clearprop", "digits", "--row", 9, "--json").json
    picture = step["rows"][0]["picture"]
    assert picture == {"shape": [8, 8], "values": load("digits").X[8].tolist()}
    jsonschema.validate(step, json.loads(SCHEMA.read_text()))
    pixels = np.round(16 * np.random.default_rng(0).random((20, 4, 3)))
    np.savez("tiny.npz", X=pixels, y=np.arange(20) % 2)
    assert run("train", "tiny.npz", "--epochs", 2, "--hidden", 4, "-q").code == 0
    step = run("explain", "tiny.clearprop", "tiny.npz", "--row", 3, "--json").json
    assert step["inputs"]["image"] == step["rows"][0]["picture"]["shape"] == [4, 3]
    assert step["rows"][0]["picture"]["values"] == pixels[2].ravel().tolist()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--row", 10), "--row: new.csv has rows 1 to 9, no row 10"),
        (("--row", 0), "--row: new.csv has rows 1 to 9, no row 0"),
        (("--why", "dens1.W[0,0]"), "no quantity 'dens1.W'; did you mean dense1.W"),
        (("--why", "dense1.W"), "ask for one of them: dense1.W[0,0]"),
        (("--why", "dense1.W[0,99]"), "it has no cell [0,99], counting from 0"),
        (("--why", "nope"), "no quantity 'nope'; it has x, t, N, dense1.W, dense1.b"),
        (("--why", "[["), "is no path; one looks like dense1.dW[3,2]"),
    ],
)
def test_what_cannot_be_explained_is_said(run, model, new, arguments, said):
    done = run("explain", model, "new.csv", *arguments)
    assert done.code == 2
    assert said in done.err
    assert done.out == ""


def test_rows_without_a_target_have_no_step(run, model, new, folder):
    new.drop(columns="member").to_csv(folder / "new.csv", index=False)
    done = run("explain", model, "new.csv")
    assert (done.code, done.out) == (3, "")
    assert "new.csv has no member. A training step needs the target." in done.err
    new.loc[4, "member"] = None
    new.to_csv(folder / "new.csv", index=False)
    assert run("explain", model, "new.csv", "--row", 5).code == 3
    new.loc[4, "member"] = "perhaps"
    new.to_csv(folder / "new.csv", index=False)
    done = run("explain", model, "new.csv", "--row", 5)
    assert done.code == 3


def test_a_terminal_gets_bold_heads_within_its_width(run, model, new, monkeypatch):
    plain = run("explain", model, "new.csv").out
    assert "\x1b[" not in plain
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "70")
    lines = run("explain", model, "new.csv").out.splitlines()
    bold = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in lines if "\x1b[1m" in line]
    assert bold[1:] == ["forward", "loss", "backward", "update"]
    assert bold[0] in plain
    widths = [len(re.sub(r"\x1b\[[\d;]*m", "", line)) for line in lines[1:]]
    assert max(widths) <= 70 < max(map(len, plain.splitlines()))
