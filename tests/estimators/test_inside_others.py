"""Inside what scikit-learn and Python put around estimators, fitted as a user would."""

import asyncio
import pickle
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import joblib
import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_iris
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    StackingClassifier,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.feature_selection import SequentialFeatureSelector
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    FixedThresholdClassifier,
    TunedThresholdClassifierCV,
    cross_val_predict,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, MultiOutputRegressor

from clearprop import MLPClassifier, MLPRegressor, TableClassifier, TableRegressor
from tests.doors.needs import needed

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_iris(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)
TWO = (Y == 2).astype(int)
LABELS = np.stack([Y == 1, Y == 2], axis=1).astype(int)


def mlp():
    return MLPClassifier((8,), learning_rate_init=0.02, max_iter=40, random_state=0)


def table():
    return TableClassifier("fast", max_epochs=3, random_state=0)


def regressor():
    return MLPRegressor(
        hidden_layer_sizes=(8,), learning_rate_init=0.02, max_iter=120, random_state=0
    )


def of_numbers():
    return TableRegressor("fast", max_epochs=3, random_state=0)


AROUND = {
    "CalibratedClassifierCV": lambda one: CalibratedClassifierCV(one, cv=2),
    "VotingClassifier": lambda one: VotingClassifier(
        [("ours", one), ("theirs", LogisticRegression())], voting="soft"
    ),
    "StackingClassifier": lambda one: StackingClassifier([("ours", one)], cv=2),
    "BaggingClassifier": lambda one: BaggingClassifier(one, n_estimators=2, random_state=0),
    "AdaBoostClassifier": lambda one: AdaBoostClassifier(one, n_estimators=2, random_state=0),
    "OneVsRestClassifier": OneVsRestClassifier,
}


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("ours", [mlp, table])
def test_a_classifier_inside(around, ours):
    assert AROUND[around](ours()).fit(X, Y).score(X, Y) > 0.85


@pytest.mark.parametrize("ours", [mlp, table])
def test_a_threshold_is_tuned_or_fixed(ours):
    tuned = TunedThresholdClassifierCV(ours(), cv=2, random_state=0).fit(X, TWO)
    assert tuned.score(X, TWO) > 0.8
    none = FixedThresholdClassifier(ours(), threshold=0.999, response_method="predict_proba")
    assert none.fit(X, TWO).predict(X).sum() < TWO.sum()


@pytest.mark.parametrize("ours", [mlp, table])
def test_several_labels_one_estimator_each(ours):
    for around in (MultiOutputClassifier(ours()), ClassifierChain(ours(), random_state=0)):
        assert (around.fit(X, LABELS).predict(X) == LABELS).mean() > 0.85


AROUND_NUMBERS = {
    "TransformedTargetRegressor": lambda one: TransformedTargetRegressor(
        one, func=np.log1p, inverse_func=np.expm1
    ),
    "VotingRegressor": lambda one: VotingRegressor([("ours", one)]),
}


@pytest.mark.parametrize("around", AROUND_NUMBERS)
@pytest.mark.parametrize("ours", [regressor, of_numbers])
def test_a_regressor_inside(around, ours):
    assert AROUND_NUMBERS[around](ours()).fit(X, Y).score(X, Y) > 0.7


def test_several_quantities_one_estimator_each():
    targets = np.stack([Y, -2.0 * Y], axis=1)
    assert MultiOutputRegressor(regressor()).fit(X, targets).score(X, targets) > 0.8


def test_columns_are_selected_and_weighed():
    selector = SequentialFeatureSelector(mlp(), n_features_to_select=1, cv=2).fit(X, Y)
    assert selector.get_support()[2:].sum() == 1  # a petal tells more than a sepal
    found = permutation_importance(mlp().fit(X, Y), X, Y, n_repeats=2, random_state=0)
    assert found.importances_mean[2:].min() > found.importances_mean[:2].max()


def test_predictions_of_folds():
    assert (cross_val_predict(mlp(), X, Y, cv=3) == Y).mean() > 0.85


def fitted(seed):
    return mlp().set_params(random_state=seed).fit(X, Y).predict_proba(X)


def test_threads_and_asyncio_fit_as_one_alone_does():
    alone = [fitted(seed) for seed in range(3)]
    with ThreadPoolExecutor(3) as pool:
        np.testing.assert_array_equal(list(pool.map(fitted, range(3))), alone)

    async def together():
        return await asyncio.gather(*(asyncio.to_thread(fitted, seed) for seed in range(3)))

    # In a thread of its own: a browser of other tests may run a loop in this one.
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(lambda: asyncio.run(together())).result()
    np.testing.assert_array_equal(found, alone)


@pytest.mark.slow
def test_another_process_fits_the_same_bits():
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        np.testing.assert_array_equal(pool.submit(fitted, 1).result(), fitted(1))


def test_rows_that_joblib_maps_into_memory(tmp_path):
    joblib.dump(X, tmp_path / "x.joblib")
    mapped = joblib.load(tmp_path / "x.joblib", mmap_mode="r")
    for ours in (mlp, table):
        wanted = ours().fit(X, Y).predict_proba(X)
        np.testing.assert_array_equal(ours().fit(mapped, Y).predict_proba(mapped), wanted)


def test_cloudpickle_takes_what_pickle_cannot():
    """What is written in a notebook has no module that another process could import it from."""
    cloudpickle = needed("cloudpickle")
    model = MLPClassifier((4,), max_iter=2, random_state=0).set_callbacks(notebook_callback())
    model.fit(X, Y)
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(notebook_callback())
    again = cloudpickle.loads(cloudpickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))


def notebook_callback():
    class Silent:
        def setup(self, estimator, context): ...

        def teardown(self, estimator, context): ...

        def on_fit_task_begin(self, estimator, context): ...

        def on_fit_task_end(self, estimator, context): ...

    return Silent()
