"""Figures held against scikit-learn's; classes matched however they are written."""

import numpy as np
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    mean_absolute_error,
    precision_recall_fscore_support,
    r2_score,
    root_mean_squared_error,
)

from clearprop.data import DataError
from clearprop.data.labels import class_names, match
from clearprop.estimators.scores import ClassFigures, NumberFigures


def test_classes_are_measured_as_scikit_learn_measures_them():
    rng = np.random.default_rng(1)
    true, predicted = rng.integers(5, size=(2, 300))
    found = ClassFigures.of(true, predicted, list("abcde"), 2)
    np.testing.assert_array_equal(found.matrix, confusion_matrix(true, predicted))
    precision, recall, _, support = precision_recall_fscore_support(true, predicted)
    np.testing.assert_allclose(found.precision, precision)
    np.testing.assert_allclose(found.recall, recall)
    np.testing.assert_array_equal(found.support, support)
    assert found.accuracy == accuracy_score(true, predicted)
    assert found.constant()["baseline_accuracy"] == (true == 2).mean()


def test_quantities_are_measured_as_scikit_learn_measures_them():
    rng = np.random.default_rng(1)
    true, predicted = rng.normal(size=(2, 50))
    found = NumberFigures.of(true, predicted, 0.3)
    for figures, values in (
        (found, predicted),
        (found.baseline, DummyRegressor(strategy="constant", constant=0.3).fit(true, true)
         .predict(true)),
    ):  # fmt: skip
        assert figures.r2 == pytest.approx(r2_score(true, values))
        assert figures.rmse == pytest.approx(root_mean_squared_error(true, values))
        assert figures.mae == pytest.approx(mean_absolute_error(true, values))


def test_one_row_has_no_r2():
    found = NumberFigures.of(np.array([3.0]), np.array([2.0]), 0.0)
    assert np.isnan(found.r2)
    assert found.document()["r2"] is None
    assert "r2" not in found.summary()


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        (np.array([1.0, 0.0]), np.array([0, 1])),
        (np.array(["1", "0"]), np.array([0, 1])),
        (np.array(["True", "False"]), np.array([False, True])),
        (np.array(["01", "00"]), np.array([0.0, 1.0])),
    ],
)
def test_the_same_class_is_written_in_many_ways(values, classes):
    assert match(values, classes, "it").codes.tolist() == [1, 0]
    assert match(values, classes, "it").notes == []


def test_names_that_would_fall_together_stay_apart():
    classes = np.array(["01", "1"])
    assert class_names(classes) == ["01", "1"]
    assert match(np.array(["1", "01"]), classes, "it").codes.tolist() == [1, 0]


def test_a_full_stop_is_taken_off_where_nothing_else_matches_and_that_is_said():
    found = match(np.array(["<=50K.", ">50K."]), np.array(["<=50K", ">50K"]), "test")
    assert found.codes.tolist() == [0, 1]
    assert found.notes == ["Read the target '<=50K.', '>50K.' of test without the full stop."]
    partly = match(np.array(["a", "b."]), np.array(["a", "b"]), "test")
    assert partly.names == ["a", "b", "b."]
    with pytest.raises(DataError, match=r"the target is 'c\.', where the model has 'a', 'b'"):
        match(np.array(["c."]), np.array(["a", "b"]), "test")
