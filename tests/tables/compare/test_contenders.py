"""Every contender learns from a raw table; who takes part, and what is said of the others."""

import numpy as np
import pytest

from clearprop.files.errors import DataError
from clearprop.tables.compare.contenders import CONTENDERS, choose
from clearprop.tables.compare.factories import Given
from clearprop.tables.compare.measuring import Job, measure
from clearprop.tables.compare.mixture import GaussianMixtureClassifier
from clearprop.tables.compare.recipe import TableColumns
from clearprop.tables.compare.splits import default_splits, split
from tests.tables.compare.contestants import mixed

TABLE, MEMBER = mixed()
TARGETS = {
    "classification": np.unique(MEMBER, return_inverse=True)[1],
    "regression": 1e4 + 1e3 * TABLE["age"].fillna(40).to_numpy(),
}
RUNS = [
    pytest.param(contender, task, id=f"{contender.name} {task}")
    for contender in CONTENDERS
    for task in contender.tasks
    if contender.installed
]


def job_of(task, folds=3):
    y = TARGETS[task]
    classes = 2 if task == "classification" else 0
    parts = split(y, task, folds, 1, 0)
    return Job(TABLE, y, task, classes, TableColumns.of(TABLE), parts, 0)


@pytest.mark.parametrize(("contender", "task"), RUNS)
@pytest.mark.one_in(9)
def test_every_contender_learns_from_a_raw_table(contender, task):
    found = [one.scores for one in measure(contender, job_of(task))]
    assert len(found) == 3
    name, worst = {"classification": ("error", 0.45), "regression": ("rmse", 11_000)}[task]
    mean = np.mean([scores[name] for scores in found])
    if contender.name == "dummy":
        assert mean > {"classification": 0.3, "regression": 9_000}[task]
    else:
        assert mean < worst


def test_the_same_seed_gives_the_same_scores():
    (forest,) = [one for one in CONTENDERS if one.name == "tree"]
    runs = [[one.scores for one in measure(forest, job_of("classification"))] for _ in range(2)]
    assert runs[0] == runs[1]


def test_names_are_told_apart_within_a_task():
    for task in ("classification", "regression"):
        names = [one.name for one in CONTENDERS if task in one.tasks]
        assert len(names) == len(set(names))
    assert [one.name for one in CONTENDERS if one.ours]


def test_those_that_are_not_installed_are_named():
    chosen = choose("classification", 100, None)
    absent = [one.title for one in CONTENDERS if not one.installed]
    assert all(one.installed for one in chosen.contenders)
    note = "not installed, and so not compared: "
    assert [each for each in chosen.notes if each.startswith(note)] == (
        [note + ", ".join(absent)] if absent else []
    )


def test_the_slow_take_part_in_large_tables_only_if_asked():
    chosen = choose("regression", 10_001, None)
    assert "svm" not in [one.name for one in chosen.contenders]
    assert "left out SVM, RBF kernel: slow for more than 10,000 rows" in chosen.notes[0]
    assert [one.name for one in choose("regression", 10_001, ["svm"]).contenders] == ["svm"]


@pytest.mark.parametrize(
    ("models", "told"),
    [
        (["forrest"], r"there is no model 'forrest'. Did you mean 'forest'\?"),
        (["lda"], "lda is for classification, and this is a regression"),
        ([], "no models are named. The models are dummy, bayes"),
    ],
)
def test_a_name_that_cannot_be_used_is_said(models, told):
    with pytest.raises(DataError, match=told):
        choose("regression", 100, models)


def test_a_package_that_is_asked_for_and_absent_is_named(monkeypatch):
    monkeypatch.setattr("clearprop.tables.compare.contenders.find_spec", lambda name: None)
    with pytest.raises(DataError, match="xgboost needs xgboost: pip install xgboost"):
        choose("classification", 100, ["xgboost"])


def test_a_name_for_an_estimator_of_ones_own_must_be_free():
    with pytest.raises(DataError, match="forest is the name of a model"):
        choose("classification", 100, None, {"forest": object()})


def test_names_are_a_list():
    with pytest.raises(TypeError, match=r'models is a list of names, \["forest"\]'):
        choose("classification", 100, "forest")


def test_an_estimator_of_ones_own_is_not_touched():
    mine = GaussianMixtureClassifier()
    assert Given(mine)("classification", TableColumns.of(TABLE), 0) is not mine


def test_mixtures_describe_classes_that_no_line_divides():
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(m, 0.3, (60, 2)) for m in ((-3, 0), (0, 0), (3, 0))])
    y = np.repeat(["outer", "inner", "outer"], 60)
    model = GaussianMixtureClassifier(random_state=0).fit(X, y)
    assert (model.predict(X) == y).all()
    assert model.predict_proba(X).sum(axis=1) == pytest.approx(np.ones(180))
    assert [mixture.n_components for mixture in model.mixtures_] == [1, 2]


def test_a_class_of_one_row_has_a_mixture_too():
    X = np.array([[0.0], [0.1], [0.2], [9.0]])
    model = GaussianMixtureClassifier(random_state=0).fit(X, [0, 0, 0, 1])
    assert model.predict([[9.0], [0.1]]).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("rows", "expected"), [(150, (5, 4)), (2_001, (5, 2)), (10_001, (5, 1)), (10**6, (3, 1))]
)
def test_many_rows_need_fewer_splits(rows, expected):
    assert default_splits(rows) == expected


def test_splits_are_seeded_and_hold_every_class():
    y = TARGETS["classification"]
    one, two, other = (split(y, "classification", 5, 2, seed) for seed in (0, 0, 1))
    assert len(one) == 10
    assert one.test_to_train == 0.25
    for (_, first), (_, second) in zip(one.pairs, two.pairs, strict=True):
        assert (first == second).all()
        assert set(y[first]) == {0, 1}
    assert any((a[1] != b[1]).any() for a, b in zip(one.pairs, other.pairs, strict=True))


def test_too_few_rows_are_said():
    with pytest.raises(DataError, match="5 folds need 5 rows of a class, and there are 2 at most"):
        split(np.array([0, 0, 1]), "classification", 5, 1, 0)
