"""Anything wrong gets one clear error, and nothing is half-fitted."""

import numpy as np
import pytest
import scipy.sparse

import clearprop as cp
from clearprop import MLPClassifier, MLPRegressor
from tests.estimators.data import classes, numbers

X, Y = numbers()
XC, YC = classes(3)


def _with(row, column, value):
    changed = X.copy()
    changed[row, column] = value
    return changed


BAD_FITS = {
    "NaN in X": (MLPRegressor(), _with(3, 2, np.nan), Y, "Input X contains NaN"),
    "infinity in X": (MLPRegressor(), _with(3, 2, np.inf), Y, "Input X contains infinity"),
    "NaN in y": (MLPRegressor(), X, np.where(Y > 1, np.nan, Y), "Input y contains NaN"),
    "text in X": (MLPRegressor(), np.full(X.shape, "a"), Y, "could not convert string to float"),
    "one row too few": (MLPRegressor(), X, Y[:-1], "inconsistent numbers of samples"),
    "a single column": (MLPRegressor(), X[:, 0], Y, "Expected 2D array, got 1D array"),
    "no rows": (MLPRegressor(), X[:0], Y[:0], r"Found array with 0 sample\(s\)"),
    "no columns": (MLPRegressor(), X[:, :0], Y, r"0 feature\(s\)"),
    "three dimensions": (MLPRegressor(), X[None], Y[:1], "dim 3"),
    "complex": (MLPRegressor(), X + 1j, Y, "Complex data not supported"),
    "numbers as classes": (MLPClassifier(), XC, Y, "Unknown label type"),
    "sparse with NaN": (
        MLPRegressor(), scipy.sparse.csr_matrix(_with(0, 0, np.nan)), Y, "contains NaN",
    ),
    "negative counts": (
        MLPRegressor(loss="poisson"), X, Y,
        "targets must not be negative for the Poisson loss; row 0, column 0 is",
    ),
    "no such activation": (MLPRegressor(activation="swash"), X, Y, "The 'activation' parameter"),
    "no such solver": (MLPRegressor(solver="newton"), X, Y, "The 'solver' parameter"),
    "no such engine": (MLPRegressor(engine="warp"), X, Y, "The 'engine' parameter"),
    "no such score": (
        MLPRegressor(early_stopping=True, scoring="goodness"), X, Y, "The 'scoring' parameter",
    ),
    "no units": (
        MLPRegressor(hidden_layer_sizes=(3, 0)), X, Y, "hidden_layer_sizes must be > 0, got",
    ),
    "dropout of everything": (
        MLPRegressor(dropout=1.0), X, Y, "The 'dropout' parameter",
    ),
    "dropout of everything in a layer": (
        MLPRegressor(hidden_layer_sizes=(3,), dropout=[1.0]), X, Y,
        "Dropout: rate must be at least 0.0 and below 1.0, got 1.0",
    ),
    "negative decay": (MLPRegressor(weight_decay=-1), X, Y, "The 'weight_decay' parameter"),
    "softmax for numbers": (
        MLPRegressor(loss=cp.CrossEntropy()), X, np.column_stack([Y, Y]),
        "must lie between 0 and 1 for cross-entropy; row 0",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_FITS)
def test_a_bad_fit_is_one_clear_error(case):
    estimator, bad_X, bad_y, message = BAD_FITS[case]
    with pytest.raises((ValueError, TypeError), match=message):
        estimator.fit(bad_X, bad_y)


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@pytest.mark.parametrize(
    ("bad_X", "message"),
    [
        (X[:, :5], "X has 5 features, but MLPRegressor is expecting 8"),
        (_with(0, 0, np.nan), "Input X contains NaN"),
        (X[0], "Expected 2D array, got 1D array"),
    ],
)
def test_a_bad_prediction_is_one_clear_error_and_loses_nothing(bad_X, message):
    reg = MLPRegressor(hidden_layer_sizes=(3,), max_iter=2).fit(X, Y)
    before = reg.predict(X)
    with pytest.raises(ValueError, match=message):
        reg.predict(bad_X)
    np.testing.assert_array_equal(reg.predict(X), before)


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_a_failed_fit_leaves_the_earlier_one():
    clf = MLPClassifier((3,), max_iter=2, warm_start=True, random_state=0).fit(XC, YC)
    before = clf.predict_proba(XC)
    with pytest.raises(ValueError, match="same classes"):
        clf.fit(XC, np.where(YC == 2, 0, YC))
    np.testing.assert_array_equal(clf.predict_proba(XC), before)


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_one_class_is_learned_without_a_word():
    clf = MLPClassifier((3,), max_iter=2).fit(XC, np.zeros(len(YC), int))
    assert set(clf.predict(XC)) == {0}


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_a_batch_larger_than_the_rows_is_said():
    with pytest.warns(UserWarning, match="larger than sample size. It is going to be clipped"):
        MLPRegressor(hidden_layer_sizes=(3,), max_iter=1, batch_size=1000).fit(X, Y)
