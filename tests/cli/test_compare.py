"""`clearprop compare` in the terminal: tables, JSON, pages, and errors for people."""

import json
from pathlib import Path

import pytest

import clearprop as cp
from clearprop.tables.compare import compare as module_compare
from clearprop.tables.compare.contenders import NAMES
from tests.cli.conftest import people

FEW = ("--models", "dummy,tree", "--folds", 3, "--repeats", 1)


@pytest.fixture(autouse=True)
def here(monkeypatch):
    """Run the models in this process."""
    monkeypatch.setattr("clearprop.tables.compare.comparing.can_start_processes", lambda: False)


def test_a_table_is_compared_on(run, table):
    done = run("compare", table, "--target", "member", *FEW)
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0] == "people.csv → member: 120 rows, 3 columns, 2 classes; 3 folds, seed 0"
    assert any(line.startswith("decision tree") for line in lines)
    assert "Decision tree is best: error " in done.out
    assert "left out 1 column (the same value in every row): town" in done.out
    assert done.err == ""


def test_as_json_it_is_the_document_of_the_same_comparison(run, table):
    done = run("compare", table, "--json", *FEW)
    html = done.json.pop("html")
    assert html is None
    found = cp.Comparison.from_dict(done.json)
    frame = people()
    same = cp.compare(
        frame.drop(columns="member"), frame["member"], models=["dummy", "tree"], folds=3, repeats=1
    )
    assert {row.name: row.values for row in found.table} == {
        row.name: row.values for row in same.table
    }


def test_a_column_is_left_out_as_in_python(run, table):
    done = run("compare", table, "--ignore", "age", "--json", *FEW)
    found = cp.Comparison.from_dict({k: v for k, v in done.json.items() if k != "html"})
    frame = people()
    same = cp.compare(
        frame.drop(columns="member"), frame["member"], models=["dummy", "tree"], folds=3, repeats=1,
        ignore=["age"],
    )  # fmt: skip
    assert [row.values for row in found.table] == [row.values for row in same.table]
    assert found.notes == same.notes
    assert "Left out as told: age." in found.notes
    shown = run("compare", table, "--ignore", "age", *FEW)
    assert shown.out.count("Left out as told: age.") == 1


def test_quiet_it_says_the_verdict_alone(run, table):
    done = run("compare", table, "--quiet", *FEW)
    assert done.out.count("\n") == 1
    assert done.out.startswith("Decision tree is best: error ")


def test_a_page_is_written(run, table, folder):
    done = run("compare", table, "--html", "c.html", *FEW)
    assert "saved c.html (" in done.out
    assert "people.csv: models compared" in (folder / "c.html").read_text(encoding="utf-8")


def test_quantities(run, table):
    done = run("compare", table, "--target", "age", "--task", "regression", *FEW, "--json")
    assert done.code == 3  # ages are missing
    people().dropna().to_csv("whole.csv", index=False)
    done = run(
        "compare", "whole.csv", "--target", "age", "--models", "dummy,ridge", "--folds", 3, "--json"
    )
    assert done.json["task"] == "regression"
    assert [row["name"] for row in done.json["table"]] == ["ridge", "dummy"]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("iris", "--models", "forrest"), 3, "there is no model 'forrest'. Did you mean 'forest'?"),
        (("iris", "--models", "ridge"), 3, "ridge is for regression, and this is a classification"),
        (("iris", "--models", ","), 3, "no models are named"),
        (("iris", "--folds", "1"), 2, "Invalid value for --folds: must be at least 2"),
        (("iris", "--repeats", "0"), 2, "Invalid value for --repeats: must be at least 1"),
        (("iris", "--time-limit", "0"), 2, "--time-limit: must be above 0 seconds"),
        (("iris", "--html", "c.txt"), 2, "give it a name that ends in .html"),
        (("iris", "--html", "no/c.html"), 2, "there is no folder no"),
        (("iris", "--target", "x"), 3, "the target of iris is species"),
        (("nothing.csv",), 3, "there is no file 'nothing.csv'"),
        (("iris", "--task", "regression", "--folds", "200"), 3, "200 folds need 200 rows"),
    ],
)
def test_errors_are_for_people(run, arguments, code, told):
    done = run("compare", *arguments)
    assert done.code == code
    assert told in done.err
    assert done.err.startswith("clearprop: ")
    assert done.err.count("\n") == 1
    assert done.out == ""


def test_a_cell_that_cannot_be_used_is_named_with_its_line(run):
    rows = "".join(f"{n},{n % 2}\n" for n in range(30))
    Path("t.csv").write_text(f"a,y\n{rows}inf,1\n", encoding="utf-8")
    done = run("compare", "t.csv", *FEW)
    assert done.code == 3
    assert "t.csv, line 32" in done.err


def test_a_failing_model_is_named_and_the_others_are_shown(run, table, monkeypatch):
    from clearprop.tables.compare import factories

    monkeypatch.setattr(factories, "LogisticRegression", None)
    done = run("compare", table, "--models", "dummy,logistic", "--folds", 3, "--repeats", 1)
    assert done.code == 0
    assert "logistic regression: failed: split 1: TypeError: 'NoneType'" in done.out


def test_interrupted_it_shows_what_is_done_and_exits_with_130(run, table, monkeypatch):
    from clearprop.tables.compare import factories

    def interrupt(*arguments, **named):
        raise KeyboardInterrupt

    monkeypatch.setattr(factories, "_line", interrupt)
    done = run(
        "compare", table, "--models", "dummy,logistic,tree", "--folds", 3, "--html", "c.html"
    )
    assert done.code == 130
    assert "logistic regression: interrupted: after 0 of 12 splits" in done.out
    assert done.err == "clearprop: interrupted; what was done by then is shown.\n"
    assert "ended early" in Path("c.html").read_text(encoding="utf-8")


def test_interrupted_before_anything_is_done_nothing_is_shown(run, monkeypatch):
    def interrupt(*arguments, **named):
        raise KeyboardInterrupt

    monkeypatch.setattr("clearprop.tables.compare.factories.DummyClassifier", interrupt)
    done = run("compare", "iris", "--models", "dummy", "--html", "c.html", "--json")
    assert (done.code, done.out) == (130, "")
    assert json.loads(done.err)["error"] == (
        "interrupted before any model was scored on all splits."
    )


def test_the_help_names_every_model(run):
    told = "".join(run("compare", "--help").out.split())
    assert ",".join(NAMES) in told


def test_the_function_is_the_one_of_the_package():
    assert cp.compare is module_compare


@pytest.mark.parametrize(
    ("path", "target"),
    [("titanic/titanic.csv", "survived"), ("wine-quality/winequality-white.csv", "11")],
)
def test_real_tables(run, real_data, path, target):
    done = run(
        "compare", real_data / path, "--target", target, *FEW, "--task", "classification", "--json"
    )
    assert done.code == 0, done.err
    assert done.json["best"] == "tree"
    assert all(row["status"] == "done" for row in done.json["table"])
