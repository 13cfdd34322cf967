"""`clearprop train folder/`: the files of a folder are trained on as one table."""

import shutil

import numpy as np
import pandas as pd
import pytest

import clearprop as cp
from clearprop.tables.members_model import MembersModel
from clearprop.tables.streamed import sample
from tests.cli.conftest import people

pytest.importorskip("pyarrow")
FAST = ("--preset", "fast", "--target", "member")


def write(frame, path):
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path, index=False)


def rows_of(folder, kind="csv", files=3, rows=400):
    folder.mkdir(exist_ok=True)
    frames = np.array_split(np.arange(rows), files)
    for number, some in enumerate(frames):
        write(people(rows).iloc[some], folder / f"part-{number}.{kind}")
    return "rows"


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_folder_is_a_table(run, folder, kind):
    source = rows_of(folder / "rows", kind)
    done = run("train", source, *FAST)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == "rows → member: 400 rows, 3 columns, 2 classes"
    assert "  3 files of the folder rows, read while networks train" in lines
    model = cp.load("rows.clearprop")
    assert type(model) is MembersModel and model.source == "rows"
    assert {code.name: code.kind for code in model.estimator.inputs_.columns} == {
        "age": "number", "job": "category", "town": "left out",
    }  # fmt: skip
    new = people(300, seed=5)
    write(new, folder / f"new.{kind}")
    found = run("predict", "rows.clearprop", f"new.{kind}", "--json").json
    assert found["figures"]["accuracy"] == (model.predict(new) == new["member"]).mean() > 0.9
    explained = run("explain", "rows.clearprop", f"new.{kind}", "--row", "3")
    assert explained.code == 0 and "dense1" in explained.out


def test_rows_to_test_on_are_held_out_and_the_rest_is_trained_on(run, folder, monkeypatch):
    """Block by block, too: the sample is smaller than the table."""
    monkeypatch.setattr(sample, "SAMPLE_ROWS", 256)
    monkeypatch.setattr(sample, "FEWEST_ROWS", 256)
    source = rows_of(folder / "rows", rows=1000)
    found = run("train", source, *FAST, "--json").json
    parts = found["rows"]
    assert parts["train"] + parts["test"] == 1000 and 150 < parts["test"] < 250
    assert found["figures"]["accuracy"] > 0.9 and found["gradients"]["right"]
    assert cp.load("rows.clearprop").estimator.n_rows_ == parts["train"]
    again = run("train", source, *FAST, "--json").json
    assert again["figures"] == found["figures"]
    whole = run("train", source, *FAST, "--test-fraction", "0", "--json").json
    assert whole["rows"] == {"train": 1000, "validation": 0, "test": 0}
    assert whole["measured_on"] == "train"


def test_numbers_the_last_column_and_a_test_file(run, folder):
    rng = np.random.default_rng(0)
    for number in range(3):
        x = rng.standard_normal((200, 3))
        x[:, 2] = 10 * x[:, 0] + x[:, 1] ** 2
        (folder / "rows").mkdir(exist_ok=True)
        np.save(folder / "rows" / f"{number}.npy", x)
    done = run("train", "rows", "--preset", "fast", "--report", "r.html", "--out", "m.clearprop")
    assert (done.code, done.err) == (0, "")
    assert "rows → 2: 600 rows, 2 columns, a number" in done.out and "90 % interval" in done.out
    assert (folder / "r.html").stat().st_size > 10_000
    source = rows_of(folder / "rows2", rows=300)
    people(100, seed=3).to_csv(folder / "test.csv", index=False)
    found = run("train", "rows2", *FAST, "--test", "test.csv", "--json").json
    assert source and found["rows"] == {"train": 300, "validation": 0, "test": 100}


def test_tables_of_other_countries(run, folder):
    """Separator and decimal mark are recognised, as in one file."""
    (folder / "rows").mkdir()
    for number, some in enumerate(np.array_split(np.arange(300), 3)):
        frame = people(300).iloc[some].assign(height=np.linspace(1.5, 2.0, len(some)))
        frame.to_csv(folder / "rows" / f"{number}.csv", sep=";", decimal=",", index=False)
    found = run("train", "rows", *FAST, "--ignore", "town", "--json").json
    model = cp.load("rows.clearprop")
    codes = {code.name: code for code in model.estimator.inputs_.columns}
    assert list(codes) == ["age", "job", "height"] and codes["height"].kind == "number"
    assert codes["height"].median == pytest.approx(1.75, abs=0.02)
    assert "Left out as told: town." in found["notes"]


def test_weights_of_classes(run, folder, monkeypatch):
    """Rare classes are predicted more often, block by block, too; numbers have none."""
    monkeypatch.setattr(sample, "SAMPLE_ROWS", 256)
    monkeypatch.setattr(sample, "FEWEST_ROWS", 256)
    (folder / "rows").mkdir()
    rng = np.random.default_rng(0)
    for number in range(3):
        frame = pd.DataFrame({"a": rng.standard_normal(400)})
        frame["kind"] = np.where(frame["a"] + 2 * rng.standard_normal(400) > 2.5, "rare", "usual")
        frame.to_csv(folder / "rows" / f"{number}.csv", index=False)
    asked = ("train", "rows", "--preset", "fast", "--json")
    plain = run(*asked, "--out", "plain.clearprop").json
    weighed = run(*asked, "--class-weight", "balanced", "--out", "weighed.clearprop").json
    assert plain["rows"] == weighed["rows"]
    new = pd.DataFrame({"a": rng.standard_normal(500)})
    rare = [(cp.load(f"{name}.clearprop").predict(new) == "rare").mean()
            for name in ("plain", "weighed")]  # fmt: skip
    assert rare[0] < 0.1 and 0.3 < rare[1] < 0.7
    said = refused(run, "rows", "--target", "a", "--class-weight", "balanced")
    assert "--class-weight is for classes, and the target holds numbers" in said


def refused(run, *arguments):
    done = run("train", *arguments)
    assert done.code not in (0, 1) and not done.out.count("saved")
    return " ".join(done.err.split())


def test_folders_that_do_not_fit(run, folder):
    rows = folder / "rows"
    rows.mkdir()
    assert "rows holds no files" in refused(run, "rows", *FAST)
    rows_of(rows)
    shutil.copy(rows / "part-0.csv", folder / "kept.csv")
    people(40).rename(columns={"job": "work"}).to_csv(rows / "part-1.csv", index=False)
    said = refused(run, "rows", *FAST)
    assert "part-1.csv has no column 'job': all files must have the columns of part-0.csv" in said
    (rows / "part-1.csv").unlink()
    people(40).to_parquet(rows / "part-1.parquet")
    assert "files of one kind, and here are 'part-0.csv', 'part-1.parq" in refused(
        run, "rows", *FAST
    )
    (rows / "part-1.parquet").unlink()
    (rows / "part-2.csv").write_text((rows / "part-2.csv").read_text().replace("18", "old"))
    rows_of(rows)
    frame = people(40).astype(object)
    frame.loc[16, "age"] = "old"
    frame.to_csv(rows / "part-2.csv", index=False)
    said = refused(run, "rows", *FAST)
    assert "part-2.csv, row 17, column 'age': 'old' is not a number" in said
    frame.loc[16, ["age", "member"]] = 30, None
    frame.to_csv(rows / "part-2.csv", index=False)
    assert "part-2.csv, row 17, column 'member': the target is missing" in refused(
        run, "rows", *FAST
    )
    frame.assign(member="yes").to_csv(rows / "part-0.csv", index=False)
    for number in (1, 2):
        (rows / f"part-{number}.csv").unlink()
    assert "the target member is yes in every row" in refused(run, "rows", *FAST)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--hidden", "8"], "a folder trains several networks"),
        (["--live"], "--live follows a training on one file"),
        (["--no-header"], "--header is for one file"),
        (["--columns", "a,b"], "--columns is for one file"),
        (["--ignore", "jib"], "part-0.csv has no column 'jib' to leave out"),
        (["--ignore", "member"], "the column 'member' cannot be the target and be left out"),
        (["--separator", "tabulator"], "'tabulator' cannot separate columns"),
        (["--task", "regression"], "the target member is 'no', which is not a number"),
    ],
)  # fmt: skip
def test_options_that_do_not_fit(run, folder, options, said):
    source = rows_of(folder / "rows")
    assert said in refused(run, source, "--target", "member", *options)


def test_a_cell_among_the_rows_to_test_on_is_found_before_the_training(run, folder, monkeypatch):
    rows = folder / "rows"
    rows_of(rows, rows=60)
    frame = people(60).astype(object)
    frame.loc[:, "age"] = frame["age"].where(frame.index != 59, "old")
    monkeypatch.setattr("clearprop.cli.training._trained", None)
    for seed in range(3):
        for number in range(3):
            write(frame.iloc[20 * number : 20 * number + 20], rows / f"part-{number}.csv")
        said = refused(run, "rows", *FAST, "--seed", seed, "--test-fraction", "0.5")
        assert "part-2.csv, row 20, column 'age': 'old' is not a number" in said


def test_an_embedded_set_comes_before_a_folder_of_its_name(run, folder):
    (folder / "wine").mkdir()
    assert run("train", "wine", "--preset", "fast", "--quiet").code == 0
    assert "wine holds no files" in refused(run, "./wine")


def test_a_target_that_is_no_column(run, folder):
    source = rows_of(folder / "rows")
    assert "part-0.csv has no column 'membre'" in refused(run, source, "--target", "membre")
    people(40).assign(member=np.linspace(0, 1, 40)).to_csv(folder / "rows/part-0.csv", index=False)
    for number in (1, 2):
        (folder / f"rows/part-{number}.csv").unlink()
    said = refused(run, source, *FAST, "--task", "classification")
    assert "a number with a fraction and no class" in said


@pytest.mark.slow
def test_it_is_saved_while_it_trains(run, folder):
    source = rows_of(folder / "rows")
    whole = run("train", source, *FAST, "--json").json
    kept = ("--checkpoint", "kept", "--checkpoint-every", "1 epochs", "--resume")
    one = run("train", source, *FAST, *kept, "--out", "one.clearprop", "--json").json
    assert one["figures"] == whole["figures"]


def test_pandas_names_of_numbers(run, folder):
    """A target of whole numbers with gaps in one file is the same class in all files."""
    (folder / "rows").mkdir()
    rng = np.random.default_rng(0)
    for number in range(3):
        frame = pd.DataFrame({"a": rng.standard_normal(90), "b": rng.integers(0, 3, 90)})
        frame["b"] = frame["b"].astype(float if number == 1 else int)
        frame["kind"] = (frame["a"] > 0).astype(int if number else float)
        frame.to_parquet(folder / "rows" / f"{number}.parquet")
    found = run("train", "rows", "--preset", "fast", "--json").json
    assert found["task"] == "classification" and found["figures"]["accuracy"] > 0.9
