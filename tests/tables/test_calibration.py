"""Temperature: against SciPy's minimiser of the log loss."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from sklearn.metrics import log_loss

from clearprop.tables.calibration import (
    HIGHEST,
    LOWEST,
    PRIOR_ROWS,
    RefinedLogLoss,
    best_temperature,
    logits_of,
    softmax,
)


def some(classes, sure, seed=0, rows=400):
    rng = np.random.default_rng(seed)
    true = rng.normal(size=(rows, classes))
    y = np.array([rng.choice(classes, p=row) for row in np.exp(log_softmax(true, axis=1))])
    return true * sure, y


@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("sure", [0.4, 1.0, 3.0])
def test_the_best_temperature_is_that_of_a_minimiser(classes, sure):
    logits, y = some(classes, sure)

    def loss(beta):
        return -log_softmax(beta * logits, axis=1)[np.arange(len(y)), y].mean()

    expected = minimize_scalar(loss, bounds=(0.05, 5), method="bounded", options={"xatol": 1e-8})
    found, beta = best_temperature(logits, y, 1.0, 15)
    assert beta == pytest.approx(expected.x, rel=3e-3)
    assert found == pytest.approx(expected.fun, abs=1e-5)


@pytest.mark.parametrize("rows", [12, 60, 4000])
@pytest.mark.parametrize("sure", [0.3, 1.0, 4.0])
def test_a_prior_counts_as_rows(rows, sure):
    logits, y = some(3, sure, rows=rows)

    def loss(u):
        own = log_softmax(np.exp(u) * logits, axis=1)[np.arange(rows), y]
        return (PRIOR_ROWS * u**2 / 2 - own.sum()) / rows

    bounds = np.log(LOWEST), np.log(HIGHEST)
    expected = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-8})
    found, beta = best_temperature(logits, y, 1.0, 30, prior=PRIOR_ROWS)
    assert beta == pytest.approx(np.exp(expected.x), rel=3e-3)
    assert found == pytest.approx(expected.fun, abs=1e-5)


def test_few_rows_that_are_all_right_do_not_make_probabilities_sure():
    logits, y = np.tile([0.0, 4.0], (20, 1)), np.ones(20, int)
    assert best_temperature(logits, y, 1.0, 30)[1] > 0.9 * HIGHEST
    assert best_temperature(logits, y, 1.0, 30, prior=PRIOR_ROWS)[1] < 1.2


def test_logits_give_the_probabilities_back():
    p = np.array([[0.2, 0.5, 0.3], [0.9, 0.05, 0.05]])
    np.testing.assert_allclose(softmax(logits_of(p)), p, rtol=1e-5)
    q = np.array([[0.2], [0.999]])
    np.testing.assert_allclose(softmax(logits_of(q))[:, 1:], q, rtol=1e-5)


def test_the_refined_loss_does_not_change_with_the_temperature():
    logits, y = some(3, 1.0)
    t = np.eye(3)[y]
    calm, sure = softmax(logits), softmax(2.5 * logits)
    refined = RefinedLogLoss()
    found = [refined(t, p) for p in (calm, calm, sure, sure, sure)]
    assert found[-1] == pytest.approx(found[1], abs=1e-4)
    assert log_loss(y, sure) > log_loss(y, calm) + 0.1
    assert found[1] <= log_loss(y, calm) + 1e-6


def test_a_row_of_weight_two_counts_as_two_rows():
    logits, y = some(3, 2.0)
    weights = np.arange(len(y)) % 3
    rows = np.repeat(np.arange(len(y)), weights)
    found = best_temperature(logits, y, 1.0, 15, weights)
    assert found == pytest.approx(best_temperature(logits[rows], y[rows], 1.0, 15), rel=1e-9)
