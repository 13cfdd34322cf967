"""What else scikit-learn's users rely on: callbacks, routing, names, pickles, sparse rows."""

import io
import pickle
from contextlib import redirect_stdout

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import sklearn
from sklearn.base import clone
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.metrics import accuracy_score
from sklearn.model_selection import cross_validate

from clearprop import MLPClassifier, MLPRegressor
from clearprop.estimators.scaling import BadScalingWarning
from tests.estimators.data import classes, numbers

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_scikit_learns_callbacks_work_unchanged(solver):
    X, y = classes(3)
    X = pd.DataFrame(X, columns=[f"f{i}" for i in range(8)])
    monitor = ScoringMonitor(scoring="accuracy")
    clf = MLPClassifier((5,), max_iter=3, random_state=0, solver=solver)
    clf.set_callbacks(ProgressBar(), monitor)
    with redirect_stdout(io.StringIO()):
        clf.fit(X, y)
    scores = [row["accuracy"] for row in monitor.get_logs().data if row["task_name"] == "epoch"]
    assert len(scores) == 3
    assert scores[-1] == pytest.approx(accuracy_score(y, clf.predict(X)))


def test_a_callback_can_end_the_fit():
    class AfterTwo:
        def __init__(self):
            self.epochs = 0

        def setup(self, estimator, context): ...

        def teardown(self, estimator, context): ...

        def on_fit_task_begin(self, estimator, context): ...

        def on_fit_task_end(self, estimator, context):
            self.epochs += context.task_name == "epoch"
            return self.epochs == 2

    X, y = numbers()
    reg = MLPRegressor(hidden_layer_sizes=(3,), max_iter=50).set_callbacks(AfterTwo())
    assert reg.fit(X, y).n_iter_ == 2


def test_weights_and_validation_rows_are_routed():
    X, y = classes(2)
    weights = np.linspace(0.5, 1.5, len(y))
    with sklearn.config_context(enable_metadata_routing=True):
        clf = MLPClassifier((3,), max_iter=2, random_state=0)
        clf.set_fit_request(sample_weight=True, validation_data=False)
        scores = cross_validate(
            clf.set_score_request(sample_weight=False), X, y, cv=2,
            params={"sample_weight": weights}, return_estimator=True,
        )  # fmt: skip
    half = scores["estimator"][0]
    assert half.loss_curve_ != MLPClassifier((3,), max_iter=2, random_state=0).fit(X, y).loss_curve_


def test_pickles_and_clones_go_on_where_they_were():
    X, y = classes(3)
    clf = MLPClassifier((5,), max_iter=3, random_state=0).fit(X, y)
    copy = pickle.loads(pickle.dumps(clf))
    np.testing.assert_array_equal(clf.predict_proba(X), copy.predict_proba(X))
    clf.partial_fit(X, y)
    copy.partial_fit(X, y)
    np.testing.assert_array_equal(clf.coefs_[0], copy.coefs_[0])
    assert not hasattr(clone(clf), "coefs_")


def test_feature_names_are_kept_and_held_against():
    X, y = numbers()
    frame = pd.DataFrame(X, columns=list("abcdefgh"))
    reg = MLPRegressor(hidden_layer_sizes=(3,), max_iter=2).fit(frame, y)
    assert list(reg.feature_names_in_) == list("abcdefgh")
    with pytest.raises(ValueError, match="feature names should match"):
        reg.predict(frame[list("hgfedcba")])


@pytest.mark.parametrize("form", [scipy.sparse.csr_matrix, scipy.sparse.csc_array])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_sparse_rows_train_as_dense_rows_do(form, solver):
    X, y = classes(2)
    X = np.where(np.abs(X) > 1, X, 0)
    settings = {"hidden_layer_sizes": (5,), "max_iter": 8, "random_state": 0, "solver": solver}
    dense = MLPClassifier(**settings).fit(X, y)
    sparse = MLPClassifier(**settings).fit(form(X), y)
    np.testing.assert_allclose(dense.coefs_[0], sparse.coefs_[0], rtol=1e-7, atol=1e-10)
    np.testing.assert_allclose(dense.predict_proba(X), sparse.predict_proba(form(X)), rtol=1e-7)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_inputs_dtype_is_the_networks(dtype):
    X, y = numbers(2)
    reg = MLPRegressor(hidden_layer_sizes=(4,), max_iter=3).fit(X.astype(dtype), y)
    assert {w.dtype for w in reg.coefs_ + reg.intercepts_} == {np.dtype(dtype)}
    assert reg.predict(X.astype(dtype)).dtype == dtype


@pytest.mark.parametrize("layout", [np.asfortranarray, lambda X: np.repeat(X, 2, 0)[::2]])
def test_the_layout_of_the_rows_changes_nothing(layout):
    X, y = numbers()
    one = MLPRegressor(hidden_layer_sizes=(4,), max_iter=3, random_state=0).fit(X, y)
    other = MLPRegressor(hidden_layer_sizes=(4,), max_iter=3, random_state=0).fit(layout(X), y)
    np.testing.assert_allclose(one.coefs_[0], other.coefs_[0], rtol=1e-12)


def test_rows_are_not_written_to():
    X, y = numbers()
    X.flags.writeable = y.flags.writeable = False
    MLPRegressor(hidden_layer_sizes=(4,), max_iter=3, early_stopping=True).fit(X, y)


def test_bad_scaling_is_said_once_and_names_the_worst_column():
    data = load_breast_cancer(as_frame=True)
    with pytest.warns(BadScalingWarning, match="'worst area' has mean 880.6") as said:
        MLPClassifier((3,), max_iter=2).fit(data.data, data.target)
    assert len([w for w in said if w.category is BadScalingWarning]) == 1
    X, y = load_diabetes(return_X_y=True)
    with pytest.warns(BadScalingWarning, match=r"y has mean 152.1.*TransformedTargetRegressor"):
        MLPRegressor(hidden_layer_sizes=(3,), max_iter=2).fit(X, y)
    with pytest.warns(BadScalingWarning, match="y has mean .*e-06"):
        MLPRegressor(hidden_layer_sizes=(3,), max_iter=2).fit(X, y * 1e-7 - 1e-5)


def test_standardised_data_is_silent():
    X, y = numbers()
    MLPRegressor(hidden_layer_sizes=(3,), max_iter=2).fit(X, y)
