"""One estimator is fitted by one thread at a time: a second fit is an error, not a mixture."""

import copy
import pickle
import threading

import numpy as np
import pytest
from sklearn.base import clone

from clearprop import MLPClassifier, MLPRegressor
from tests.estimators.data import classes

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = classes(3)
SHORT = {"hidden_layer_sizes": (3,), "max_iter": 3, "random_state": 0}


class AtFirstEpoch:
    """A callback that does something when the first epoch ends, in another thread or in this."""

    def __init__(self, act, in_thread=True):
        self.act, self.in_thread = act, in_thread
        self.error, self.done = None, False

    def __reduce__(self):
        return (AtFirstEpoch, (None,))

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context):
        if context.task_name == "epoch" and not self.done:
            self.done = True
            if not self.in_thread:
                self.run(estimator)
                return
            thread = threading.Thread(target=self.run, args=(estimator,))
            thread.start()
            thread.join()

    def run(self, estimator):
        try:
            self.act(estimator)
        except RuntimeError as error:
            self.error = error


@pytest.mark.parametrize("in_thread", [True, False], ids=["another thread", "a callback"])
@pytest.mark.parametrize(
    "act",
    [
        lambda model: model.fit(X, Y),
        lambda model: model.partial_fit(X, Y),
    ],
    ids=["fit", "partial_fit"],
)
@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_a_second_fit_at_the_same_time_is_an_error_and_changes_nothing(kind, act, in_thread):
    callback = AtFirstEpoch(act, in_thread)
    model = kind(**SHORT).set_callbacks(callback).fit(X, Y)
    assert "is being fitted already" in str(callback.error)
    assert "clone" in str(callback.error)
    alone = kind(**SHORT).fit(X, Y)
    assert len(model.loss_curve_) == model.n_iter_ == 3
    assert model.loss_curve_ == alone.loss_curve_
    for one, other in zip(model.coefs_, alone.coefs_, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "copied", [clone, copy.copy, copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))]
)
def test_a_copy_made_during_a_fit_can_be_fitted(copied):
    made = []

    def act(model):
        made.append(copied(model))
        made[0].__dict__.pop("_skl_callbacks", None)
        made[0].fit(X, Y)

    callback = AtFirstEpoch(act)
    MLPClassifier(**SHORT).set_callbacks(callback).fit(X, Y)
    assert callback.error is None
    assert made[0].n_iter_ == 3


def test_after_a_fit_that_failed_the_next_one_runs():
    model = MLPClassifier(class_weight={0: -1, 1: 1, 2: 1}, **SHORT)
    with pytest.raises(ValueError, match="class_weight"):
        model.fit(X, Y)
    model.set_params(class_weight=None).fit(X, Y).fit(X, Y)


def test_of_eight_threads_each_fits_alone_or_says_so():
    model, errors = MLPClassifier(**SHORT), []
    barrier = threading.Barrier(8)

    def run():
        barrier.wait()
        try:
            model.fit(X, Y)
        except RuntimeError as error:
            errors.append(str(error))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(errors) < 8
    assert all("is being fitted already" in error for error in errors)
    assert len(model.loss_curve_) == model.n_iter_ == 3
