"""Ctrl-C: what was reached is kept, what was there before is not lost, a search ends as a whole."""

import warnings

import numpy as np
import pytest
from sklearn.ensemble import BaggingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from clearprop import MLPClassifier, MLPRegressor
from clearprop.engines.numpy import NumpyEngine

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((60, 3)), RNG.integers(0, 2, 60)


class Interrupting(NumpyEngine):
    """Presses Ctrl-C in one epoch, counted over all fits from 1."""

    def __init__(self, at):
        self.at, self.epochs_made = at, 0

    def epochs(self, request):
        self.epochs_made += 1
        if self.epochs_made == self.at:
            raise KeyboardInterrupt
        return super().epochs(request)


@pytest.fixture
def ctrl_c(monkeypatch):
    """Let Ctrl-C come in an epoch; return the engine, which counts them."""

    def at(epoch):
        engine = Interrupting(epoch)
        monkeypatch.setattr("clearprop.estimators.fitting.get_engine", lambda *_: engine)
        return engine

    return at


def mlp(**options):
    return MLPClassifier((4,), random_state=0, max_iter=5, tol=0.0, **options)


class Callback:
    """A callback of scikit-learn that notes what it is told."""

    def __init__(self):
        self.told = []

    def setup(self, estimator, context):
        self.told.append("setup")

    def teardown(self, estimator, context):
        self.told.append("teardown")

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context):
        self.told.append(context.task_name)


@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_before_the_first_epoch_has_ended_a_new_estimator_is_left_unfitted(ctrl_c, kind):
    ctrl_c(1)
    estimator = kind(hidden_layer_sizes=(4,), random_state=0)
    before = dict(estimator.__dict__)
    with pytest.raises(KeyboardInterrupt, match="before the end of the first epoch"):
        estimator.fit(X, Y)
    assert estimator.__dict__ == before
    with pytest.raises(NotFittedError):
        estimator.predict(X)


@pytest.mark.parametrize("warm_start", [False, True])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_before_the_first_epoch_has_ended_a_fitted_estimator_stays_as_it_was(ctrl_c, warm_start):
    estimator = mlp(warm_start=warm_start).fit(X, Y)
    predicted, curve = estimator.predict_proba(X), list(estimator.loss_curve_)
    ctrl_c(1)
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(X[:, :2] if not warm_start else X, Y + 5 if not warm_start else Y)
    np.testing.assert_array_equal(estimator.predict_proba(X), predicted)
    assert estimator.loss_curve_ == curve
    assert estimator.n_iter_ == 5


def test_partial_fit_in_a_loop_ends_the_loop(ctrl_c):
    estimator = mlp()
    ctrl_c(3)
    with pytest.raises(KeyboardInterrupt):
        for _ in range(10):
            estimator.partial_fit(X, Y, classes=[0, 1])
    assert len(estimator.loss_curve_) == 2
    assert estimator.predict(X).shape == (60,)


def test_callbacks_are_taken_down(ctrl_c):
    callback = Callback()
    ctrl_c(1)
    with pytest.raises(KeyboardInterrupt):
        mlp().set_callbacks(callback).fit(X, Y)
    assert callback.told == ["setup", "teardown"]


def test_after_an_epoch_the_estimator_is_fitted_and_fit_returns(ctrl_c):
    callback = Callback()
    ctrl_c(3)
    with pytest.warns(UserWarning, match=r"Training interrupted by user\..*after 2 epochs"):
        estimator = mlp().set_callbacks(callback).fit(X, Y)
    assert estimator.n_iter_ == 2
    assert estimator.predict(X).shape == (60,)
    assert callback.told == ["setup", "epoch", "epoch", "fit", "teardown"]


def test_a_pipeline_is_fitted_and_returns(ctrl_c):
    ctrl_c(3)
    with pytest.warns(UserWarning, match="Training interrupted by user"):
        pipeline = make_pipeline(StandardScaler(), mlp()).fit(X, Y)
    assert pipeline.predict(X).shape == (60,)


MANY = {
    "search": lambda: GridSearchCV(mlp(), {"alpha": [0.0, 0.1, 1.0]}, cv=3).fit(X, Y),
    "search of a pipeline": lambda: GridSearchCV(
        make_pipeline(StandardScaler(), mlp()), {"mlpclassifier__alpha": [0.0, 0.1]}, cv=3
    ).fit(X, Y),
    "cross-validation": lambda: cross_val_score(mlp(), X, Y, cv=3),
    "ensemble": lambda: BaggingClassifier(mlp(), 4, random_state=0).fit(X, Y),
}


@pytest.mark.parametrize("many", MANY)
@pytest.mark.parametrize("epoch", [1, 3, 8])
def test_a_search_ends_as_a_whole(ctrl_c, many, epoch):
    """It went on with its next fit, and each needed a Ctrl-C of its own."""
    engine = ctrl_c(epoch)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(KeyboardInterrupt):
            MANY[many]()
    assert engine.epochs_made == epoch
