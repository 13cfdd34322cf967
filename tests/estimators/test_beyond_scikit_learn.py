"""What scikit-learn's MLP has not: activations, losses, dropout, decay, a look inside."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import QuantileRegressor
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import clearprop as cp
from clearprop import MLPClassifier, MLPRegressor
from clearprop.estimators.options import ACTIVATIONS, REGRESSION_LOSSES
from tests.estimators.data import classes, numbers

pytestmark = pytest.mark.filterwarnings("ignore:Stochastic Optimizer")


@pytest.mark.parametrize("activation", [*ACTIVATIONS, cp.ELU(0.5), ["tanh", cp.LeakyReLU(0.2)]])
def test_every_activation_trains(activation):
    X, y = classes(2)
    clf = MLPClassifier(
        (8, 6), activation=activation, max_iter=80, learning_rate_init=0.01, random_state=0
    )
    clf.fit(X, y)
    assert clf.loss_curve_[-1] < 0.8 * clf.loss_curve_[0]
    assert clone(clf).get_params()["activation"] == activation


def test_each_hidden_layer_has_its_own_activation():
    X, y = numbers()
    reg = MLPRegressor(hidden_layer_sizes=(4, 3), activation=["tanh", "relu"], max_iter=2)
    first, second = reg.fit(X, y).hidden_activations(X)
    np.testing.assert_allclose(first, np.tanh(X @ reg.coefs_[0] + reg.intercepts_[0]))
    np.testing.assert_allclose(
        second, np.maximum(first @ reg.coefs_[1] + reg.intercepts_[1], 0), atol=1e-15
    )
    np.testing.assert_allclose(
        reg.predict(X), (second @ reg.coefs_[2] + reg.intercepts_[2]).ravel(), rtol=1e-12
    )


@pytest.mark.parametrize("loss", REGRESSION_LOSSES)
def test_every_regression_loss_trains(loss):
    X, y = numbers()
    target = np.exp(0.5 * y) if loss == "poisson" else y
    reg = MLPRegressor(loss=loss, hidden_layer_sizes=(8,), max_iter=80, random_state=0)
    reg.fit(X, target)
    assert reg.loss_curve_[-1] < 0.7 * reg.loss_curve_[0]


@pytest.mark.parametrize("level", [0.1, 0.5, 0.9])
def test_the_quantile_loss_finds_the_quantile(level):
    X, y = numbers(rows=300)
    theirs = QuantileRegressor(quantile=level, alpha=0).fit(X, y)
    ours = MLPRegressor(
        loss=cp.Quantile(level), hidden_layer_sizes=(), solver="sgd", learning_rate="invscaling",
        learning_rate_init=0.5, power_t=0.3, max_iter=1500, alpha=0, tol=0, random_state=0,
        n_iter_no_change=np.inf,
    ).fit(X, y)  # fmt: skip
    assert np.mean(y < ours.predict(X)) == pytest.approx(level, abs=0.03)
    assert np.abs(ours.predict(X) - theirs.predict(X)).mean() < 0.1


def test_label_smoothing_keeps_probabilities_from_the_ends():
    X, y = classes(3)
    settings = {"hidden_layer_sizes": (20,), "max_iter": 300, "random_state": 0}
    sharp = MLPClassifier(**settings).fit(X, y)
    smooth = MLPClassifier(loss=cp.CrossEntropy(label_smoothing=0.3), **settings).fit(X, y)
    assert smooth.out_activation_ == "softmax"
    assert smooth.predict_proba(X).max() < sharp.predict_proba(X).max()
    assert clone(smooth).loss == cp.CrossEntropy(label_smoothing=0.3)


def test_dropout_is_reproducible_acts_in_training_and_not_in_prediction():
    X, y = classes(3)
    settings = {"hidden_layer_sizes": (20,), "max_iter": 10, "random_state": 0}
    plain = MLPClassifier(**settings).fit(X, y)
    dropped = MLPClassifier(dropout=0.5, **settings).fit(X, y)
    again = MLPClassifier(dropout=[0.5], **settings).fit(X, y)
    assert dropped.loss_curve_ == again.loss_curve_ != plain.loss_curve_
    np.testing.assert_array_equal(dropped.predict_proba(X), dropped.predict_proba(X))
    with pytest.raises(ValueError, match="dropout makes impossible"):
        MLPClassifier(dropout=0.5, solver="lbfgs").fit(X, y)


@pytest.mark.parametrize("option", ["dropout", "activation"])
def test_one_for_each_hidden_layer_or_an_error(option):
    X, y = numbers()
    value = [0.1, 0.1] if option == "dropout" else ["relu", "relu"]
    with pytest.raises(ValueError, match=f"{option} must be one value or one for each of the 3"):
        MLPRegressor(hidden_layer_sizes=(3, 3, 3), **{option: value}).fit(X, y)


def test_an_unknown_activation_in_a_list_is_named():
    X, y = numbers()
    with pytest.raises(ValueError, match=r"activation must be among .*got 'swash'"):
        MLPRegressor(hidden_layer_sizes=(3,), activation=["swash"]).fit(X, y)


def test_weight_decay_shrinks_weights_and_leaves_biases():
    X, y = numbers()
    settings = {"solver": "sgd", "momentum": 0, "alpha": 0, "learning_rate_init": 0.1}
    one = MLPRegressor(hidden_layer_sizes=(3,), random_state=0, **settings)
    other = MLPRegressor(hidden_layer_sizes=(3,), random_state=0, weight_decay=0.5, **settings)
    start = MLPRegressor(hidden_layer_sizes=(3,), random_state=0, learning_rate_init=1e-300)
    for estimator in (one, other, start):
        estimator.partial_fit(X, y)
    for plain, decayed, initial in zip(one.coefs_, other.coefs_, start.coefs_, strict=True):
        np.testing.assert_allclose(plain - decayed, 0.1 * 0.5 * initial, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(one.intercepts_[0], other.intercepts_[0])


def test_clip_norm_bounds_the_step():
    X, y = numbers()
    settings = {"solver": "sgd", "momentum": 0, "learning_rate_init": 1.0, "alpha": 0}
    reg = MLPRegressor(hidden_layer_sizes=(3,), random_state=0, clip_norm=1e-3, **settings)
    start = MLPRegressor(hidden_layer_sizes=(3,), random_state=0, learning_rate_init=1e-300)
    reg.partial_fit(X, y)
    start.partial_fit(X, y)
    pairs = zip(reg.coefs_ + reg.intercepts_, start.coefs_ + start.intercepts_, strict=True)
    length = np.sqrt(sum(((a - b) ** 2).sum() for a, b in pairs))
    assert length == pytest.approx(1e-3)


def test_in_a_pipeline_and_a_grid():
    X, y = classes(3)
    pipe = make_pipeline(StandardScaler(), MLPClassifier((8,), max_iter=30, random_state=0))
    grid = GridSearchCV(pipe, {"mlpclassifier__dropout": [0.0, 0.3]}, cv=2).fit(X, y)
    assert set(grid.cv_results_["mean_test_score"]) != {np.nan}
    assert hasattr(grid.best_estimator_[-1], "coefs_")


def test_a_loss_of_ones_own_is_checked_before_the_first_step():
    class Wrong(cp.Loss):
        formula = "E_n = sum_j (o_j - t_j)^4"

        def value(self, xp, o, t):
            return xp.sum((o - t) ** 4, axis=1)

        def gradient(self, xp, o, t):
            return 3.0 * (o - t) ** 3

    X, y = numbers()
    with pytest.raises(ValueError, match=r"Wrong.gradient is not the derivative of Wrong.value"):
        MLPRegressor(loss=Wrong()).fit(X, y)
