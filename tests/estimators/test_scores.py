"""Figures held against scikit-learn's; classes matched however they are written."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
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


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 6).flatmap(
        lambda classes: st.tuples(
            st.just(classes),
            st.lists(st.tuples(*[st.integers(0, classes - 1)] * 2), min_size=1, max_size=40),
        )
    )
)
def test_figures_of_classes_are_ratios_of_counts(drawn):
    """Some classes have no rows, some are never predicted: NaN there, and no warning."""
    classes, pairs = drawn
    true, predicted = np.array(pairs).T
    found = ClassFigures.of(true, predicted, [f"c{i}" for i in range(classes)], None)
    counts = [[pairs.count((t, p)) for p in range(classes)] for t in range(classes)]
    assert found.matrix.tolist() == counts
    assert found.rows == len(pairs)
    assert found.accuracy == sum(t == p for t, p in pairs) / len(pairs)
    for k in range(classes):
        right, rows, told = counts[k][k], sum(counts[k]), sum(row[k] for row in counts)
        expected = (right / told if told else np.nan, right / rows if rows else np.nan,
                    2 * right / (rows + told) if rows + told else np.nan)  # fmt: skip
        assert found.support[k] == rows
        np.testing.assert_equal((found.precision[k], found.recall[k], found.f1[k]), expected)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[st.floats(-1e6, 1e6)] * 2), min_size=1, max_size=40))
def test_figures_of_quantities_are_their_formulas(pairs):
    true, predicted = np.array(pairs).T
    found = NumberFigures.of(true, predicted, 0.0)
    errors, spread = predicted - true, true - true.mean()
    assert found.rows == len(pairs)
    assert found.rmse == pytest.approx(np.sqrt(np.mean(errors**2)), rel=1e-12)
    assert found.mae == pytest.approx(np.mean(np.abs(errors)), rel=1e-12)
    assert found.baseline.mae == pytest.approx(np.mean(np.abs(true)), rel=1e-12)
    if len(set(true.tolist())) == 1:
        assert np.isnan(found.r2)
    elif (spread**2).sum() > 1e-9:
        left = (errors**2).sum() / (spread**2).sum()
        assert 1 - found.r2 == pytest.approx(left, rel=1e-9, abs=1e-12)


def test_equal_targets_that_rounding_would_give_a_variance_have_no_r2():
    true = np.full(3, 0.1)
    assert true.mean() != 0.1
    assert np.isnan(NumberFigures.of(true, true + 1, 0.1).r2)


def test_predictions_that_are_not_finite_are_measured_as_such():
    found = NumberFigures.of(np.array([1.0, 2.0]), np.array([np.inf, 2.0]), 1.5)
    assert found.document()["rmse"] == np.inf
    assert found.document()["r2"] is None
    assert found.baseline.mae == 0.5


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
