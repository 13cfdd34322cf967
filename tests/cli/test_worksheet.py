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
        json.loads(Path("key.ipynb").read_text(encoding="utf-8"))["cells"][3:]
        == (sheet.to_notebook(key=True)["cells"][3:])
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
        (("--seed", "x"), "--seed: 'x' is no seed: give a number, 17, or a range, 1-30"),
        (("--seed", "30-1"), "--seed: 30-1 is no range of 1 to 1,000 seeds"),
        (("--seed", "1-1001"), "--seed: 1-1001 is no range of 1 to 1,000 seeds"),
        (("--seed", "1-3"), "--seed: 3 sheets need files: add --out sheet.md"),
        (("--seed", 1, "--row", 2), "--seed: --seed draws the row: leave --row out"),
    ],
)
def test_what_makes_no_sheet_is_said(run, model, new, arguments, said):
    done = run("worksheet", model, "new.csv", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert not list(Path().glob("*.md"))


def test_a_seed_draws_a_row_always_the_same(run, model, new):
    pages = {seed: run("worksheet", model, "new.csv", "--seed", seed).out for seed in (1, 2, 3, 4)}
    assert pages[1] == run("worksheet", model, "new.csv", "--seed", 1).out
    assert len(set(pages.values())) > 1


def test_each_pupil_has_a_sheet_and_its_key(run, model, new):
    options = "--seed", "7-10", "--out", "sheet.ipynb", "--key", "key.md"
    done = run("worksheet", model, "new.csv", *options)
    assert done.code == 0, done.err
    assert len(done.out.splitlines()) == 8
    names = sorted(path.name for path in Path().glob("*-*.*"))
    assert names == sorted(f"{one}-{seed}.{end}" for seed in range(7, 11)
                           for one, end in (("sheet", "ipynb"), ("key", "md")))  # fmt: skip
    for seed in range(7, 11):
        alone = run("worksheet", model, "new.csv", "--seed", seed, "--out", "a.ipynb")
        assert alone.code == 0
        assert Path("a.ipynb").read_text() == Path(f"sheet-{seed}.ipynb").read_text()
        code = [c["source"] for c in json.loads(Path("a.ipynb").read_text())["cells"]]
        title = code[0].splitlines()[2]
        assert title.strip("`") in Path(f"key-{seed}.md").read_text()


def test_a_numbered_sheet_is_not_written_over_what_is_read(run, model, new, folder):
    new.to_csv(folder / "rows-2.md", index=False)
    before = (folder / "rows-2.md").read_bytes()
    done = run("worksheet", model, "rows-2.md", "--seed", "1-2", "--out", "rows.md")
    assert done.code == 2
    assert "rows-2.md is the file that this command reads as SOURCE" in done.err
    assert (folder / "rows-2.md").read_bytes() == before
    assert not (folder / "rows-1.md").exists()


def test_the_notebook_of_a_saved_model_runs_alone(run, model, new):
    done = run("worksheet", model, "new.csv", "--row", 2, "--key", "key.ipynb")
    assert done.code == 0, done.err
    cells = json.loads(Path("key.ipynb").read_text(encoding="utf-8"))["cells"]
    code = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
    names = {}
    exec("\n".join(code[:-1]), names)
    assert names["sheet"].mark(names["answers"]).total == len(names["sheet"].blanks)
    y = new["member"].iloc[[1]].to_numpy()
    step = cp.load(model).explain(new.iloc[[1]], y)
    assert (names["step"]["dW1"] == step["dW1"]).all()
