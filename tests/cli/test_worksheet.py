"""`clearprop worksheet`: a sheet and its key from a saved model and a row."""

import json
from pathlib import Path

import pytest

import clearprop as cp
from tests.cli.conftest import people


@pytest.fixture
def new(folder):
    """A table of new people, with what is to be predicted."""
    frame = people(9, seed=3)
    frame.to_csv(folder / "new.csv", index=False)
    return frame


def test_the_sheet_and_the_key_are_those_of_the_step(run, model, new):
    done = run("worksheet", model, "new.csv", "--row", 3, "--out", "sheet.md", "--key", "key.ipynb")
    assert done.code == 0, done.err
    step = cp.load(model).explain(new.iloc[[2]], new["member"].iloc[[2]].to_numpy(), ["row 3"])
    sheet = cp.worksheet(step)
    page = Path("sheet.md").read_text(encoding="utf-8")
    assert page.partition("**1.**")[2] == sheet.to_markdown().partition("**1.**")[2]
    assert f"`{model}   {step.title}`" in page
    assert (
        json.loads(Path("key.ipynb").read_text(encoding="utf-8"))["cells"][2:]
        == (sheet.to_notebook(key=True)["cells"][2:])
    )
    assert done.out.startswith(f"saved sheet.md: {len(sheet.blanks)} items, ")


def test_without_a_file_the_sheet_is_printed(run, model, new):
    done = run("worksheet", model, "new.csv", "--blank", "dense1.dW[0,1]", "--blank", "E")
    assert done.code == 0, done.err
    assert "**1.** gradient of dense1.W, `dense1.dW[0,1]`" in done.out
    assert "**2.** loss, `E`" in done.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--out", "sheet.pdf"), "--out: sheet.pdf: a worksheet is saved as .md, .tex, .ipynb"),
        (("--key", "nowhere/key.md"), "--key: there is no folder nowhere"),
        (("--blank", "dense1.dw"), "--blank: the step has no quantity 'dense1.dw'"),
        (("--blank", "x[0,0]"), "--blank: x[0,0] is given"),
        (("--row", 99), "--row: new.csv has rows 1 to 9"),
        (("--out", "a.md", "--key", "a.md"), "--key: a.md is also what --out writes"),
    ],
)
def test_what_makes_no_sheet_is_said(run, model, new, arguments, said):
    done = run("worksheet", model, "new.csv", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert not list(Path().glob("*.md"))
