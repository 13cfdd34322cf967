"""A comparison from a table to a sentence, all in this process."""

import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes, load_iris

import clearprop as cp
from clearprop.files.errors import DataError
from clearprop.tables.compare.document import FORMAT
from clearprop.tables.compare.row import ContenderResult
from clearprop.tables.compare.running import run_all
from clearprop.tables.compare.statistics import Difference, MeanOverSplits
from clearprop.tables.compare.text import table, text_of
from tests.tables.compare.contestants import (
    FAST,
    Failing,
    Interrupting,
    Nonsense,
    Prior,
    mixed,
)

IRIS = load_iris(return_X_y=True)


def compared(X=IRIS[0], y=IRIS[1], models=("dummy", "bayes"), **more):
    more = {"folds": 3, "repeats": 1, "processes": False, **more}
    return cp.compare(X, y, models=list(models), **more)


@pytest.fixture(scope="module")
def found():
    return compared(models=FAST, repeats=2, source="iris", target="species")


def row(name, mean=0.02, error=0.003, behind=None, p=0.5, ours=False, **more):
    """Return a made-up row."""
    score = MeanOverSplits(mean, error, mean - 2 * error, mean + 2 * error)
    difference = None if behind is None else Difference(behind, 0.001, -0.1, 0.1, p, p)
    scores = dict.fromkeys(("error", "log_loss", "auc", "balanced_accuracy"), score)
    values = dict.fromkeys(scores, (mean, mean))
    return ContenderResult(
        name, name, ours, "done", None, scores, values, 0.5, 0.01, 12_000_000, difference, **more
    )


def test_contenders_are_ordered_by_their_error(found):
    errors = [each.scores["error"].mean for each in found.done]
    assert errors == sorted(errors)
    assert found.best is found.table[0]
    assert found.best.difference is None
    assert {each.name for each in found.table} == set(FAST)
    assert found["dummy"].scores["error"].mean == pytest.approx(2 / 3, abs=0.02)
    assert found["dummy"].difference.real
    assert all(len(each.values["error"]) == 6 for each in found.table)


def test_the_means_are_those_of_the_splits(found):
    for each in found.done:
        for name, values in each.values.items():
            assert each.scores[name].mean == pytest.approx(np.mean(values))


def test_it_survives_json(found):
    text = json.dumps(found.to_dict(), allow_nan=False)
    assert cp.Comparison.from_dict(json.loads(text)) == found
    one_split = replace(
        found,
        table=(row("dummy", error=math.nan), ContenderResult("svm", "SVM", False, "failed", "no")),
    )
    again = cp.Comparison.from_dict(json.loads(json.dumps(one_split.to_dict(), allow_nan=False)))
    assert again.to_dict() == one_split.to_dict()
    assert math.isnan(again.best.scores["error"].error)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"format": "clearprop.report"}, f"its format is not {FORMAT}"),
        ({"version": 2}, "is of version 2, and this clearprop reads 1"),
        ({"task": "clustering"}, "task must be one of classification, regression"),
        ({"rows": "many"}, "rows"),
    ],
)
def test_other_data_is_refused(found, change, told):
    with pytest.raises(DataError, match=told):
        cp.Comparison.from_dict({**found.to_dict(), **change})


def test_as_a_pandas_table(found):
    frame = found.to_frame()
    assert frame.index.tolist() == [each.name for each in found.table]
    assert frame.loc["dummy", "error"] == pytest.approx(2 / 3, abs=0.02)
    assert frame["fit_seconds"].gt(0).all()
    assert frame.loc[found.best.name, "behind"] != frame.loc[found.best.name, "behind"]


def test_a_contender_that_fails_says_why():
    also = {"unlucky": Failing(), "nonsense": Nonsense(), "fine": Prior()}
    found = compared(also=also)
    assert [each.name for each in found.done] == ["bayes", "dummy", "fine"]
    assert found["unlucky"].status == "failed"
    assert found["unlucky"].reason == "split 1: RuntimeError: no luck today"
    assert found["nonsense"].reason == (
        "split 1: ValueError: not all predictions are finite numbers"
    )
    assert "  unlucky: failed: split 1: RuntimeError: no luck today" in str(found).splitlines()


def test_interrupted_it_shows_what_is_done():
    also = {"stopped": Interrupting(), "later": Prior()}
    found = compared(also=also)
    assert found.interrupted
    assert [each.name for each in found.done] == ["bayes", "dummy"]
    assert found["stopped"].reason == "after 0 of 3 splits"
    assert found["later"].reason == "before it began"


def test_interrupted_before_anything_is_done_it_raises():
    with pytest.raises(KeyboardInterrupt, match="before any model was scored"):
        cp.compare(*IRIS, models=["dummy"], also={}, processes=False, progress=_interrupt)


def _interrupt(reached):
    raise KeyboardInterrupt


def test_columns_are_left_out_by_name_for_all_models():
    X = pd.DataFrame(IRIS[0], columns=list("abcd"))
    told = compared(X, models=FAST, ignore=["b", "d"])
    same = compared(X[["a", "c"]], models=FAST)
    assert {each.name: each.values for each in told.table} == {
        each.name: each.values for each in same.table
    }
    assert told.columns == 2
    assert told.notes == ("Left out as told: b, d.", *same.notes)
    of_array = compared(IRIS[0], models=FAST, ignore=["x2", "x4"])
    assert [each.values for each in of_array.table] == [each.values for each in same.table]
    named = compared(IRIS[0], names=list("abcd"), ignore=["a"])
    assert named["bayes"].values == compared(X[list("bcd")])["bayes"].values


@pytest.mark.parametrize(
    ("X", "more", "error", "message"),
    [
        (IRIS[0], {"ignore": ["x5"]}, DataError, "ignore names 'x5', and the table has no such"),
        (IRIS[0], {"ignore": "x1"}, TypeError, "ignore is a list of names, .*not one text"),
        (IRIS[0][:, :1], {"ignore": ["x1"]}, DataError, "ignore names every column"),
        (IRIS[0], {"ignore": ["a"], "names": ["a"]}, DataError, "1 name for 4 columns"),
    ],
)
def test_what_cannot_be_left_out_is_told(X, more, error, message):
    with pytest.raises(error, match=message):
        compared(X, **more)


class Clock:
    """A clock that a split of a contender moves on by its seconds."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now


class Slow:
    """A runner whose contenders take so many seconds a split, as their names say."""

    def __init__(self, job, clock):
        self.job, self.clock = job, clock

    def run(self, contender, judge, until):
        from clearprop.tables.compare.measuring import OneSplit
        from clearprop.tables.compare.runners import Ran, StoppedError

        splits = []
        for _ in range(len(self.job.splits)):
            self.clock.now += float(contender.name)
            splits.append(
                OneSplit({"error": 0.1, "log_loss": 1, "auc": 1, "balanced_accuracy": 1}, 1, 1)
            )
            why = judge(splits[-1])
            if why is not None and len(splits) < len(self.job.splits):
                raise StoppedError(why)
        return Ran(tuple(splits), None)


def test_one_that_would_go_past_the_time_limit_is_left_out_and_named(monkeypatch):
    from clearprop.tables.compare import running
    from clearprop.tables.compare.contenders import Contender
    from clearprop.tables.compare.measuring import Job
    from clearprop.tables.compare.splits import split

    clock = Clock()
    monkeypatch.setattr(running, "time", clock)
    job = Job(
        None, IRIS[1], "classification", 3, None, split(IRIS[1], "classification", 5, 2, 0), 0
    )
    contenders = [Contender(name, name, None) for name in ("1", "30", "2", "3", "1.5")]
    rows, interrupted = run_all(contenders, Slow(job, clock), 80.0, None)
    assert not interrupted
    assert [each.status for each in rows] == ["done", "left out", "done", "left out", "left out"]
    # 70 s are left after the first; at half the pace of its first split the second takes 165.
    assert (
        rows[1].reason == "10 splits would take about 165 s, and 70 s of the time limit were left"
    )
    assert rows[3].reason == "10 splits would take about 30 s, and 20 s of the time limit were left"
    assert rows[4].reason == "10 splits would take about 15 s, and 14 s of the time limit were left"


def test_after_the_time_limit_nothing_begins(monkeypatch):
    found = compared(models=FAST, time_limit=1e-9)
    assert {each.reason for each in found.table} == {"the time limit was reached before it began"}
    assert found.best is None
    assert found.verdict == "No model was scored on all splits."
    assert "always the same: left out" in str(found)
    assert found.to_html().startswith("<!doctype html>")


def test_a_raw_table_with_everything_in_it():
    frame, member = mixed()
    found = compared(frame, pd.Series(member), ["dummy", "tree", "logistic"], target="member")
    assert found.classes == ("no", "yes")
    assert found.notes == ("left out 1 column (the same value in every row): town",)
    assert found.best.scores["error"].mean < 0.3


def test_columns_of_an_array_can_have_names():
    X = np.column_stack([IRIS[0], np.ones(150)])
    names = ["a", "b", "c", "d", "always"]
    found = compared(X, models=["dummy"], names=names)
    assert found.notes == ("left out 1 column (the same value in every row): always",)


def test_quantities():
    found = compared(*load_diabetes(return_X_y=True), ["dummy", "ridge", "tree"])
    assert found.task == "regression"
    assert found.best.name == "ridge"
    assert [kind.name for kind in found.kinds] == ["rmse", "mae", "r2"]
    assert found["dummy"].scores["r2"].mean < 0.01
    assert found.verdict.startswith("Ridge regression is best: RMSE 54.")


def test_a_class_that_training_never_meets_is_noted():
    y = np.array(["a"] * 10 + ["b"] * 10 + ["c"])
    found = compared(np.random.default_rng(0).normal(size=(21, 2)), y, ["dummy", "bayes"])
    assert found.notes == ("fewer rows than folds, so that not every fold tests on them: c (1)",)
    assert len(found.done) == 2


@pytest.mark.parametrize(
    ("X", "y", "more", "told"),
    [
        ([1.0, 2.0], [0, 1], {}, r"X must have rows and columns, and has shape \(2,\)"),
        ([[1.0], [2.0]], [0, 1, 1], {}, "the table has 2 rows, and the target 3 values"),
        ([[1.0], [2.0]], ["a", None], {}, "row 2: the target y is missing"),
        ([[1.0], [2.0]], ["a", "a"], {}, "the target y is a in every row"),
        ([[1.0], [2.0]], [1.5, 1.5], {}, "the target y is 1.5 in every row"),
        (
            [[1.0], [2.0]],
            ["a", "b"],
            {"task": "regression"},
            "'a'.* in row 1, which is not a number",
        ),
        ([[1.0], [2.0]], [1.5, math.nan], {"task": "regression"}, "row 2: the target y is nan"),
        (*IRIS, {"folds": 1}, "folds must be at least 2, not 1"),
        (*IRIS, {"time_limit": 0}, "time_limit must be above 0 seconds"),
        (*IRIS, {"models": ["forrest"]}, "there is no model 'forrest'"),
    ],
)
def test_what_cannot_be_compared_is_said(X, y, more, told):
    with pytest.raises(DataError, match=told):
        cp.compare(X, y, processes=False, **more)


def made_up(*rows, **more):
    """Return a comparison of made-up rows."""
    return replace(
        cp.Comparison("t", "y", "classification", 9, 2, ("a", "b"), 5, 1, 0, 0.25, rows), **more
    )


ERROR = "error 2.00 % ± 0.30"
BY_CHANCE, REAL = "a difference that could be chance.", "a real difference (p = 0.00"


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (
            [row("forest", 0.021), row("clearprop", 0.025, behind=0.004, p=0.4, ours=True)],
            f"Forest is best: error 2.10 % ± 0.30; clearprop is 0.40 points behind, {BY_CHANCE}",
        ),
        (
            [row("forest", 0.021), row("clearprop", 0.055, behind=0.034, p=0.002, ours=True)],
            f"Forest is best: error 2.10 % ± 0.30; clearprop is 3.40 points behind, {REAL}2).",
        ),
        (
            [
                row("clearprop", ours=True),
                row("clearprop-fast", behind=0.001, ours=True),
                row("knn", 0.055, behind=0.035, p=0.003),
            ],
            f"clearprop is best: {ERROR}; the next, knn, is 3.50 points behind, {REAL}3).",
        ),
        (
            [row("dummy"), row("clearprop", behind=0.0, p=1.0, ours=True)],
            f"No model is better than always saying the same: {ERROR}; clearprop is as good.",
        ),
        (
            [row("knn"), ContenderResult("clearprop", "clearprop", True, "failed", "no")],
            f"Knn is best: {ERROR}; clearprop was not scored: it failed.",
        ),
        ([row("knn", error=math.nan)], "Knn is best: error 2.00 %."),
    ],
)
def test_the_verdict(rows, told):
    assert made_up(*rows).verdict == told


def test_the_table_of_a_terminal_is_no_wider_than_80_columns_and_says_what_it_lacks(found):
    lines = table(found, 80)
    assert max(map(len, lines)) <= 80
    assert lines[-1] == "(a wider window shows predict s, balanced % too)"
    whole = table(found)
    assert len(whole) == len(lines) - 1
    assert "predict s" in whole[0]


def test_the_text_names_everything(found):
    text = text_of(found)
    assert text.startswith("iris → species: 150 rows, 4 columns, 3 classes; 6 splits (3 folds, 2 ")
    assert found.verdict in text
    for each in found.table:
        assert each.title in text
    assert repr(found) == f"<Comparison of iris: {found.verdict}>"


def test_progress_is_told():
    heard = []
    compared(models=["dummy", "bayes"], progress=heard.append)
    assert [(one.contender, one.split) for one in heard] == [
        (1, 0), (1, 1), (1, 2), (1, 3), (2, 0), (2, 1), (2, 2), (2, 3),
    ]  # fmt: skip
    assert {(one.contenders, one.splits) for one in heard} == {(2, 3)}


def test_warnings_of_a_contender_are_kept():
    from sklearn.linear_model import LogisticRegression

    found = compared(also={"hasty": LogisticRegression(max_iter=1)})
    assert "failed to converge" in found["hasty"].notes[0]
    assert "hasty warned: lbfgs failed to converge" in str(found)


def test_columns_that_give_the_target_away_are_said_once():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 240)
    X = pd.DataFrame({"boat": np.where(y, "A", None), "x": rng.normal(size=240)})
    X["id"] = rng.permutation(240)
    found = compared(X, y, models=("dummy", "clearprop-fast"))
    counts, decides = found.notes
    assert counts.startswith("id counts the rows")
    assert decides.startswith("boat alone decides the target: in held-out rows it removes 100 %")
    assert all(row.notes == () for row in found.table)
    array = rng.normal(size=(240, 3))
    array[:, 1] = y
    assert compared(array, y, models=("dummy",)).notes[0].startswith("x2 alone decides")
