"""A fit that is cut off goes on from its checkpoint to the bits of the uninterrupted one."""

from copy import deepcopy

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

import clearprop as cp

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 5))
LABELS = (X[:, 0] * X[:, 1] > 0).astype(int)


class CutOffError(Exception):
    """Stands for whatever ends a process."""


class Accuracy:
    """The accuracy; it dies at the so-and-so-manieth time."""

    def __init__(self, dies_at=0):
        self.left = dies_at

    def __repr__(self):
        return "Accuracy()"

    def __call__(self, estimator, X, y, sample_weight=None):
        self.left -= 1
        if self.left == 0:
            raise CutOffError
        return float((estimator.predict(X) == y).mean())


HOW = {
    "adam": {},
    "sgd, momentum, adaptive": {"solver": "sgd", "learning_rate": "adaptive"},
    "dropout and decay": {"dropout": 0.2, "weight_decay": 0.01},
    "validation loss": {"early_stopping": "validation_loss"},
    "NumPy": {"engine": "numpy"},
    "class weights": {"class_weight": "balanced"},
}


def estimator(path=None, **how):
    kept = {} if path is None else {"checkpoint": cp.Checkpoint(path, every=1), "resume": True}
    settings = {
        "hidden_layer_sizes": (6,), "max_iter": 12, "random_state": 3, "early_stopping": True,
        "n_iter_no_change": 50, "scoring": Accuracy(), **how,
    }  # fmt: skip
    return cp.MLPClassifier(**settings, **kept)


FITTED = (
    "loss_curve_", "validation_scores_", "validation_loss_curve_", "n_iter_", "t_", "loss_",
    "best_loss_", "best_validation_score_", "learning_rate_",
)  # fmt: skip


def same(one, other):
    for a, b in zip(one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True):
        np.testing.assert_array_equal(a, b)
    for name in FITTED:
        assert getattr(one, name) == getattr(other, name), name
    if not one.early_stopping:  # then training can go on, from the same state of the optimizer
        again = [deepcopy(each).partial_fit(X, LABELS) for each in (one, other)]
        np.testing.assert_array_equal(again[0].coefs_[0], again[1].coefs_[0])


@pytest.mark.parametrize("name", HOW)
def test_a_fit_goes_on_to_the_same_bits(tmp_path, name):
    path = tmp_path / "fit.checkpoint"
    whole = estimator(**HOW[name]).fit(X, LABELS)
    dying = estimator(path, **HOW[name])
    # A scorer that dies is the same setting as the one that does not.
    with pytest.raises(CutOffError):
        dying.set_params(scoring=Accuracy(8)).fit(X, LABELS)
    same(estimator(path, **HOW[name]).fit(X, LABELS), whole)


def test_an_unwatched_fit_too(tmp_path):
    path = tmp_path / "fit.checkpoint"
    how = {"early_stopping": False, "scoring": None}
    whole = estimator(**how).fit(X, LABELS)
    same(estimator(path, **how).fit(X, LABELS), whole)
    same(estimator(path, **how).fit(X, LABELS), whole)  # it has ended, and stays


def test_a_regressor(tmp_path):
    path = tmp_path / "fit.checkpoint"

    def regressor(**kept):
        return cp.MLPRegressor(
            hidden_layer_sizes=(6,), max_iter=9, random_state=0, **kept
        )  # fmt: skip

    whole = regressor().fit(X, X[:, 0])
    once = regressor(checkpoint=path, resume=True).fit(X, X[:, 0])
    np.testing.assert_array_equal(once.coefs_[0], whole.coefs_[0])
    again = regressor(checkpoint=str(path), resume=True).fit(X, X[:, 0])
    np.testing.assert_array_equal(again.coefs_[0], whole.coefs_[0])
    assert again.loss_curve_ == whole.loss_curve_


def test_another_fit_is_refused_and_the_difference_named(tmp_path):
    path = tmp_path / "fit.checkpoint"
    estimator(path).fit(X, LABELS)
    with pytest.raises(cp.ResumeError, match=r"hidden_layer_sizes: saved \(6,\), now \(7,\)"):
        estimator(path, hidden_layer_sizes=(7,)).fit(X, LABELS)
    with pytest.raises(cp.ResumeError, match="random_state"):
        estimator(path, random_state=4).fit(X, LABELS)
    with pytest.raises(cp.ResumeError, match="resume=True"):
        estimator(path).set_params(resume=False).fit(X, LABELS)


def test_a_function_that_scores_is_the_same_in_another_process(tmp_path):
    """Its address, which is in its `repr`, is another one there."""

    def scorer(factor):
        return lambda fitted, X, y: factor * float((fitted.predict(X) == y).mean())

    one, same_one, other = scorer(1.0), scorer(1.0), scorer(0.5)
    estimator(tmp_path / "f", scoring=one).fit(X, LABELS)
    estimator(tmp_path / "f", scoring=same_one).fit(X, LABELS)
    with pytest.raises(cp.ResumeError, match=r"What differs: code of \S*<lambda>: "):
        estimator(tmp_path / "f", scoring=other).fit(X, LABELS)


def test_lbfgs_that_is_done_stays_and_one_that_is_cut_off_goes_on(tmp_path):
    path, how = tmp_path / "f", {"solver": "lbfgs", "early_stopping": False, "scoring": None}
    whole = estimator(**how).fit(X, LABELS)
    for _ in range(2):
        kept = estimator(path, **how).fit(X, LABELS)
        np.testing.assert_array_equal(kept.coefs_[0], whole.coefs_[0])
        assert kept.loss_curve_ == whole.loss_curve_

    class Dies:
        def __init__(self):
            self.epochs = 0

        def setup(self, estimator, context): ...
        def teardown(self, estimator, context): ...
        def on_fit_task_begin(self, estimator, context): ...

        def on_fit_task_end(self, estimator, context):
            self.epochs += 1
            if self.epochs == 6:
                raise CutOffError

    path = tmp_path / "g"
    with pytest.raises(CutOffError):
        estimator(path, **how).set_callbacks(Dies()).fit(X, LABELS)
    with pytest.warns(UserWarning, match="L-BFGS goes on after 5 iterations"):
        again = estimator(path, **how).fit(X, LABELS)
    assert again.loss_curve_[:5] == whole.loss_curve_[:5]
    assert again.n_iter_ == len(again.loss_curve_) <= 12


def test_it_is_no_part_of_a_model(tmp_path):
    fitted = estimator(tmp_path / "fit.checkpoint").set_params(scoring=None).fit(X, LABELS)
    fitted.save(tmp_path / "model")
    loaded = cp.load(tmp_path / "model")
    assert loaded.checkpoint is None
    assert loaded.resume is False
    np.testing.assert_array_equal(loaded.coefs_[0], fitted.coefs_[0])
    assert clone(fitted).checkpoint == fitted.checkpoint


@pytest.mark.parametrize("wrong", [3, ["run"]])
def test_a_wrong_checkpoint_is_refused_by_name(wrong):
    with pytest.raises(ValueError, match="'checkpoint' parameter"):
        estimator(checkpoint=wrong).fit(X, LABELS)


def test_max_iter_warns_where_it_goes_on(tmp_path):
    path = tmp_path / "fit.checkpoint"
    estimator(path).fit(X, LABELS)
    with pytest.warns(ConvergenceWarning):
        estimator(path).fit(X, LABELS)
