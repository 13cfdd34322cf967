"""When training ends: patience, validation rows, callbacks, Ctrl-C, numbers that are not finite."""

import numpy as np
import pytest
from scipy.special import log_softmax
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss, roc_auc_score

from clearprop import MLPClassifier, MLPRegressor
from clearprop.estimators.stopping import kept_epoch
from tests.estimators.data import classes, numbers

enough_epochs = pytest.mark.filterwarnings("ignore:Stochastic Optimizer")


@pytest.mark.parametrize("patience", [2, 5, 10, 50])
def test_training_ends_with_the_first_epoch_beyond_patience(patience):
    X, y = classes(2)
    clf = MLPClassifier(
        solver="sgd", tol=0.01, max_iter=3000, n_iter_no_change=patience, random_state=0
    ).fit(X, y)
    best, epochs_since = np.inf, 0
    for loss in clf.loss_curve_:
        epochs_since = 0 if loss <= best - 0.01 else epochs_since + 1
        best = min(best, loss)
    assert epochs_since == patience + 1
    assert clf.n_iter_ < 3000
    assert clf.best_loss_ == best


@enough_epochs
def test_infinite_patience_never_stops():
    X, y = classes(2)
    clf = MLPClassifier((3,), solver="sgd", tol=1e9, max_iter=50, n_iter_no_change=np.inf)
    assert clf.fit(X, y).n_iter_ == 50


def test_early_stopping_returns_the_weights_of_the_best_epoch():
    X, y = classes(3)
    X_val, y_val = X[100:], y[100:]
    clf = MLPClassifier(
        (30,), early_stopping=True, learning_rate_init=0.05, random_state=1, n_iter_no_change=15
    ).fit(X[:100], y[:100], validation_data=(X_val, y_val))
    assert clf.score(X_val, y_val) == clf.best_validation_score_ == max(clf.validation_scores_)
    assert clf.validation_scores_[-1] < clf.best_validation_score_


class ClippedLoss:
    """scikit-learn's log loss after each epoch: it cuts float32 probabilities at 1.2e-7."""

    def __init__(self, X, y):
        self.X, self.y, self.curve = X, y, []

    def setup(self, estimator, context):
        pass

    teardown = on_fit_task_begin = setup

    def on_fit_task_end(self, estimator, context):
        if context.task_name == "epoch":
            p = estimator.predict_proba(self.X)
            self.curve.append(log_loss(self.y, p, labels=estimator.classes_))


@enough_epochs
@pytest.mark.parametrize("seed", [2, 5, 8])
def test_the_epoch_of_the_lowest_validation_loss_is_kept_where_clipping_prefers_another(seed):
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(60, 4)).astype(np.float32), rng.integers(0, 3, 60)
    clipped = ClippedLoss(X[40:], y[40:])
    clf = MLPClassifier(
        (16,), learning_rate_init=1.0, alpha=0, max_iter=25, n_iter_no_change=50, random_state=0,
        early_stopping="validation_loss",
    )  # fmt: skip
    clf.set_callbacks(clipped).fit(X[:40], y[:40], validation_data=(X[40:], y[40:]))
    curve = clf.validation_loss_curve_
    assert np.argmin(clipped.curve) != np.argmin(curve)
    assert kept_epoch(clf) == np.argmin(curve) + 1
    assert (clf.best_loss_, clf.best_validation_score_) == (min(curve), None)
    outputs = clf._outputs(X[40:]).astype(float)
    true = -log_softmax(outputs, axis=1)[np.arange(20), y[40:]].mean()
    assert min(curve) == pytest.approx(true, rel=1e-6)


@pytest.mark.parametrize("patience", [2, 6])
def test_training_ends_when_the_validation_loss_has_stopped_falling(patience, capsys):
    X, y = numbers()
    reg = MLPRegressor(
        hidden_layer_sizes=(40,), learning_rate_init=0.02, early_stopping="validation_loss",
        random_state=0, n_iter_no_change=patience, verbose=True,
    ).fit(X[:60], y[:60], validation_data=(X[60:], y[60:]))  # fmt: skip
    best, epochs_since = np.inf, 0
    for loss in reg.validation_loss_curve_:
        epochs_since = 0 if loss <= best - reg.tol else epochs_since + 1
        best = min(best, loss)
    assert epochs_since == patience + 1
    assert reg.n_iter_ < 200
    error = y[60:] - reg.predict(X[60:])
    assert np.mean(error**2) / 2 == pytest.approx(best)
    assert "Validation loss did not improve more than tol=0.000100" in capsys.readouterr().out


@enough_epochs
def test_without_early_stopping_or_with_lbfgs_no_epoch_is_kept():
    X, y = classes(2)
    settings = {"hidden_layer_sizes": (3,), "max_iter": 3, "random_state": 0}
    held_out = X[100:], y[100:]
    clf = MLPClassifier(**settings).fit(X[:100], y[:100], validation_data=held_out)
    assert kept_epoch(clf) is None
    clf = MLPClassifier(solver="lbfgs", early_stopping=True, **settings | {"max_iter": 500})
    with pytest.warns(UserWarning, match="ignores early_stopping"):
        clf.fit(X[:100], y[:100], validation_data=held_out)
    assert kept_epoch(clf) is None
    assert len(clf.validation_scores_) == clf.n_iter_


@enough_epochs
def test_validation_data_is_measured_without_early_stopping_too():
    X, y = classes(3)
    clf = MLPClassifier((5,), max_iter=4, random_state=0)
    clf.fit(X[:100], y[:100], validation_data=(X[100:], y[100:]))
    assert len(clf.validation_loss_curve_) == len(clf.validation_scores_) == 4
    assert clf.validation_loss_curve_[-1] == pytest.approx(
        log_loss(y[100:], clf.predict_proba(X[100:])), rel=1e-12
    )
    assert clf.best_validation_score_ is None


@enough_epochs
def test_early_stopping_watches_any_score():
    X, y = classes(2)
    clf = MLPClassifier((5,), max_iter=5, early_stopping=True, scoring="roc_auc", random_state=0)
    clf.fit(X[:100], y[:100], validation_data=(X[100:], y[100:]))
    expected = roc_auc_score(y[100:], clf.predict_proba(X[100:])[:, 1])
    assert clf.best_validation_score_ == pytest.approx(expected)


@enough_epochs
def test_a_scorer_of_ones_own_sees_the_weights_of_the_epoch():
    X, y = numbers()
    seen = []

    def first_weight(estimator, X, y):
        seen.append(estimator.coefs_[0][0, 0])
        return float(len(seen))

    reg = MLPRegressor(
        hidden_layer_sizes=(3,), max_iter=4, early_stopping=True, scoring=first_weight
    )
    reg.fit(X, y)
    assert len(set(seen)) == 4
    assert reg.coefs_[0][0, 0] == seen[-1]


@enough_epochs
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("abc", "validation_data must be"),
        ((1, 2, 3, 4), "got tuple of 4"),
        ((np.zeros((3, 8)), np.zeros(2)), "inconsistent numbers of samples"),
        ((np.zeros((3, 7)), np.zeros(3)), "7 features"),
        ((np.full((3, 8), np.nan), np.zeros(3)), "NaN"),
    ],
)
def test_wrong_validation_data_is_named(given, message):
    X, y = numbers()
    with pytest.raises(ValueError, match=message):
        MLPRegressor(hidden_layer_sizes=(3,), max_iter=2).fit(X, y, validation_data=given)


def test_unseen_label_in_validation_data_is_named():
    X, y = classes(2)
    with pytest.raises(ValueError, match=r"`y` has classes not in `self.classes_`"):
        MLPClassifier((3,), max_iter=2).fit(X, y, validation_data=(X[:3], [0, 1, 7]))


@enough_epochs
def test_verbose_says_what_scikit_learn_says(capsys):
    X, y = classes(2)
    MLPClassifier((3,), max_iter=2, verbose=True, early_stopping=True).fit(X, y)
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("Iteration 1, loss = ")
    assert said[1].startswith("Validation score: 0.")
    MLPClassifier((3,), tol=10.0, verbose=True).fit(X, y)
    assert capsys.readouterr().out.endswith(
        "Training loss did not improve more than tol=10.000000 for 10 consecutive epochs. "
        "Stopping.\n"
    )


def test_ctrl_c_leaves_a_fitted_estimator_that_says_how_far_it_came():
    X, y = numbers()
    epochs = []

    def interrupted(estimator, X, y):
        epochs.append(1)
        if len(epochs) == 3:
            raise KeyboardInterrupt
        return 0.5

    reg = MLPRegressor(
        hidden_layer_sizes=(3,), early_stopping=True, scoring=interrupted, random_state=0
    )
    with pytest.warns(UserWarning, match=r"Training interrupted by user\..*after 2 epochs"):
        reg.fit(X, y)
    assert reg.predict(X).shape == y.shape
    assert reg.n_iter_ == 2


def test_divergence_stops_before_the_update_and_keeps_finite_weights():
    X, y = numbers()
    reg = MLPRegressor(
        hidden_layer_sizes=(20,),
        activation="identity",
        solver="sgd",
        learning_rate_init=100.0,
        random_state=0,
    )
    with pytest.warns(ConvergenceWarning, match=r"not finite at step \d+ \(epoch \d+\): "):
        reg.fit(X, y)
    assert all(np.isfinite(w).all() for w in reg.coefs_ + reg.intercepts_)


def test_data_too_large_for_a_first_step_is_an_error():
    X, y = numbers()
    X = X * 1e300
    with (
        pytest.warns(UserWarning, match="badly scaled"),
        pytest.raises(
            ValueError, match=r"non-finite parameter weights.*loss is not finite at step 1"
        ),
    ):
        MLPRegressor(hidden_layer_sizes=(3,)).fit(X, y)
