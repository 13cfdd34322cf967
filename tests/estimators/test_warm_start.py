"""Going on from earlier weights: warm_start, partial_fit, initial weights, learning rates."""

import numpy as np
import pytest

from clearprop import MLPClassifier, MLPRegressor
from tests.estimators.data import classes, numbers

pytestmark = pytest.mark.filterwarnings("ignore:Stochastic Optimizer")


@pytest.mark.parametrize("learning_rate", ["constant", "invscaling"])
def test_the_learning_rate_counts_rows_across_warm_starts(learning_rate):
    X, y = [[3, 2], [1, 6], [5, 6], [-2, -4]], [1, 1, 1, 0]
    clf = MLPClassifier(
        (4,), solver="sgd", learning_rate=learning_rate, max_iter=1, power_t=0.25, warm_start=True
    )
    clf.fit(X, y).fit(X, y)
    expected = 0.001 if learning_rate == "constant" else 0.001 / (8 + 1) ** 0.25
    assert clf.learning_rate_ == pytest.approx(expected, rel=1e-15)


def test_the_adaptive_learning_rate_comes_down_to_a_millionth():
    X, y = [[3, 2], [1, 6]], [1, 0]
    clf = MLPClassifier(tol=0.5, max_iter=3000, solver="sgd", learning_rate="adaptive").fit(X, y)
    assert clf.n_iter_ < 3000
    assert clf.learning_rate_ <= 1e-6


def test_partial_fit_in_turn_is_fit_at_once():
    X, y = classes(3)
    once = MLPClassifier((5,), max_iter=6, shuffle=False, random_state=0).fit(X, y)
    turns = MLPClassifier((5,), shuffle=False, random_state=0)
    for _ in range(6):
        turns.partial_fit(X, y, classes=[0, 1, 2])
    assert once.loss_curve_ == turns.loss_curve_
    np.testing.assert_array_equal(once.coefs_[0], turns.coefs_[0])


def test_weights_that_are_set_are_where_training_goes_on():
    X, y = numbers()
    reg = MLPRegressor(
        hidden_layer_sizes=(3,), solver="sgd", momentum=0.0, max_iter=1, random_state=0
    )
    reg.partial_fit(X, y)
    reg.coefs_ = [np.zeros_like(w) for w in reg.coefs_]
    reg.intercepts_ = [np.zeros_like(b) for b in reg.intercepts_]
    assert (reg.predict(X) == 0).all()
    reg.partial_fit(X, y)
    # From zero only the last bias has a gradient: minus the mean error, times the rate.
    assert reg.coefs_[1].any() == 0
    assert reg.intercepts_[1][0] == pytest.approx(0.001 * y.mean(), abs=1e-12)


def test_every_parameter_moves_whatever_the_layout_of_the_weights():
    X, y = numbers()
    reg = MLPRegressor(hidden_layer_sizes=(3,), activation="tanh", random_state=0).partial_fit(X, y)
    reg.coefs_ = [np.asfortranarray(w) for w in reg.coefs_]
    before = [w.copy() for w in reg.coefs_ + reg.intercepts_]
    reg.partial_fit(X, y)
    for earlier, later in zip(before, reg.coefs_ + reg.intercepts_, strict=True):
        assert (earlier != later).all()


def test_a_warm_start_with_other_layers_is_an_error():
    X, y = numbers()
    reg = MLPRegressor(hidden_layer_sizes=(3,), max_iter=1, warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match=r"coefs_ have shapes \[\(8, 3\), \(3, 1\)\].*\(8, 4\)"):
        reg.set_params(hidden_layer_sizes=(4,)).fit(X, y)


def test_partial_fit_checks_classes_as_scikit_learn_does():
    X, y = classes(2)
    clf = MLPClassifier((3,))
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        clf.partial_fit(X, y)
    clf.partial_fit(X, y, classes=[0, 1])
    with pytest.raises(ValueError, match=r"not in `self.classes_`"):
        clf.partial_fit(X, y + 1)
    with pytest.raises(AttributeError) as raised:
        MLPClassifier(solver="lbfgs").partial_fit  # noqa: B018 - reading it is the test
    assert "lbfgs is not stochastic" in str(raised.value.__cause__)
