"""The rows an estimator measures itself on: their weights count, and the best weights win."""

import numpy as np
import pytest
from scipy.special import log_softmax
from sklearn.metrics import accuracy_score

from clearprop import EpochRecorder, MLPClassifier, MLPRegressor
from tests.estimators.data import classes, numbers

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SETTINGS = {"hidden_layer_sizes": (5,), "max_iter": 3, "random_state": 0}


def test_weights_of_validation_rows_count_in_score_and_loss():
    X, y = classes()
    held, rest = slice(100, None), slice(None, 100)
    weights = np.linspace(0.1, 3.0, 50)
    clf = MLPClassifier(**SETTINGS)
    clf.fit(X[rest], y[rest], validation_data=(X[held], y[held], weights))
    losses = -log_softmax(clf._outputs(X[held]), axis=1)[np.arange(50), y[held]]
    weighted, plain = np.average(losses, weights=weights), losses.mean()
    assert abs(weighted - plain) > 1e-3
    assert clf.validation_loss_curve_[-1] == pytest.approx(weighted, rel=1e-12)
    right = clf.predict(X[held]) == y[held]
    assert clf.validation_scores_[-1] == pytest.approx(np.average(right, weights=weights))


def test_rows_split_off_for_validation_keep_their_weights():
    X, y = classes(2)
    scored = []

    def score(estimator, X, y, sample_weight):
        scored.append((y, sample_weight))
        return accuracy_score(y, estimator.predict(X), sample_weight=sample_weight)

    weights = np.where(y == 1, 2.0, 0.5)
    clf = MLPClassifier(early_stopping=True, scoring=score, **SETTINGS)
    clf.fit(X, y, sample_weight=weights)
    assert len(scored) == 3
    for labels, given in scored:
        assert set(labels) == {0, 1}
        np.testing.assert_array_equal(given, np.where(labels == 1, 2.0, 0.5))


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_a_warm_start_that_never_improves_keeps_the_weights_it_began_with(solver):
    X, y = numbers()
    held = X[100:], y[100:]
    reg = MLPRegressor(
        hidden_layer_sizes=(5,), solver=solver, early_stopping=True, warm_start=True, max_iter=40,
        learning_rate_init=0.01, random_state=0,
    )  # fmt: skip
    reg.fit(X[:100], y[:100], validation_data=held)
    before, best = [coef.copy() for coef in reg.coefs_], reg.best_validation_score_
    # Trained on targets turned round, every epoch is worse on the validation rows.
    reg.set_params(max_iter=3).fit(X[:100], -y[:100], validation_data=held)
    assert max(reg.validation_scores_[-3:]) < best == reg.best_validation_score_
    for mine, theirs in zip(reg.coefs_, before, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_a_warm_start_with_other_classes_names_both_in_their_order():
    X, y = classes(2)
    clf = MLPClassifier(warm_start=True, **SETTINGS).fit(X, y)
    message = r"Previously got \[0 1\], `y` has \[1 2\]"
    with pytest.raises(ValueError, match=message):
        clf.fit(X, y + 1)


def test_a_sample_of_rows_is_measured_with_its_own_weights():
    """Weights are 0 but for the rows of the sample: any others would leave no weight at all."""
    X, y = classes(rows=91)
    sample = np.array([0, 45, 90])
    weights = np.zeros(91)
    weights[sample] = [1.0, 5.0, 2.0]
    few, alone = EpochRecorder(rows=3), EpochRecorder(rows=1000)
    clf = MLPClassifier(**SETTINGS | {"max_iter": 1})
    clf.set_callbacks(few).fit(X, y, sample_weight=weights)
    clf.set_callbacks(alone).fit(X, y, sample_weight=weights)
    assert (few.measured, alone.measured) == (3, 91)
    for layer, norms in few.gradient_norms.items():
        assert norms == pytest.approx(alone.gradient_norms[layer], rel=1e-12)
