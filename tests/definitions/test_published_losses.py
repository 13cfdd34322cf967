"""Losses that others have published: scikit-learn's metrics, and the papers' formulas."""

import numpy as np
import pytest
from sklearn import metrics

import clearprop as cp
from clearprop.backprop import mean_loss
from clearprop.readings import numpy as xp

ROWS = 40
WEIGHTS = np.random.default_rng(1).uniform(0.1, 3.0, ROWS)


def mean(loss, o, t, weights=None):
    t = loss.targets(t, o.shape[1])
    return float(mean_loss(xp, loss, o, t, weights))


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(params=[None, WEIGHTS], ids=["equal weights", "row weights"])
def weights(request):
    return request.param


def test_squared_error_is_half_of_scikit_learns(weights, rng):
    o, t = rng.standard_normal((2, ROWS, 1))
    theirs = metrics.mean_squared_error(t, o, sample_weight=weights)
    assert mean(cp.SquaredError(), o, t, weights) == pytest.approx(theirs / 2, rel=1e-14)


def test_absolute_error_is_scikit_learns(weights, rng):
    o, t = rng.standard_normal((2, ROWS, 1))
    theirs = metrics.mean_absolute_error(t, o, sample_weight=weights)
    assert mean(cp.AbsoluteError(), o, t, weights) == pytest.approx(theirs, rel=1e-14)


@pytest.mark.parametrize("level", [0.05, 0.5, 0.9])
def test_quantile_is_scikit_learns_pinball_loss(level, weights, rng):
    o, t = rng.standard_normal((2, ROWS, 1))
    theirs = metrics.mean_pinball_loss(t, o, sample_weight=weights, alpha=level)
    assert mean(cp.Quantile(level), o, t, weights) == pytest.approx(theirs, rel=1e-14)


def test_explained_pinball_loss_follows(weights, rng):
    """D²: the part of the loss of the best constant that a model takes away."""
    o, t = rng.standard_normal((2, ROWS, 1))
    constant = np.full((ROWS, 1), np.quantile(t, 0.7))
    loss = cp.Quantile(0.7)
    ours = 1 - mean(loss, o, t) / mean(loss, constant, t)
    assert ours == pytest.approx(metrics.d2_pinball_score(t, o, alpha=0.7), rel=1e-12)


def test_poisson_is_half_the_deviance(weights, rng):
    o, t = rng.standard_normal((ROWS, 1)), rng.poisson(2.0, (ROWS, 1))
    loss = cp.Poisson()
    theirs = metrics.mean_poisson_deviance(t[:, 0], loss.link(xp, o)[:, 0], sample_weight=weights)
    assert mean(loss, o, t, weights) == pytest.approx(theirs / 2, rel=1e-13)


def test_explained_poisson_deviance_follows(rng):
    o, t = rng.standard_normal((ROWS, 1)), rng.poisson(2.0, (ROWS, 1))
    loss = cp.Poisson()
    constant = np.full((ROWS, 1), np.log(t.mean()))
    ours = 1 - mean(loss, o, t) / mean(loss, constant, t)
    theirs = metrics.d2_tweedie_score(t[:, 0], loss.link(xp, o)[:, 0], power=1)
    assert ours == pytest.approx(theirs, rel=1e-12)


def test_binary_cross_entropy_is_scikit_learns_log_loss(weights, rng):
    o, t = 3 * rng.standard_normal((ROWS, 1)), rng.integers(0, 2, (ROWS, 1))
    loss = cp.BinaryCrossEntropy()
    theirs = metrics.log_loss(t[:, 0], loss.link(xp, o)[:, 0], sample_weight=weights)
    assert mean(loss, o, t, weights) == pytest.approx(theirs, rel=1e-13)


def test_cross_entropy_is_scikit_learns_log_loss(weights, rng):
    o, t = 3 * rng.standard_normal((ROWS, 4)), rng.integers(0, 4, ROWS)
    loss = cp.CrossEntropy()
    p = loss.link(xp, o)
    theirs = metrics.log_loss(t, p / p.sum(axis=1, keepdims=True), sample_weight=weights)
    assert mean(loss, o, t, weights) == pytest.approx(theirs, rel=1e-13)


def test_two_classes_are_one_answer(rng):
    """Softmax of (0, o) is σ(o): both losses are then the same number."""
    o, t = 5 * rng.standard_normal((ROWS, 1)), rng.integers(0, 2, ROWS)
    several = mean(cp.CrossEntropy(), np.hstack([np.zeros_like(o), o]), t)
    assert mean(cp.BinaryCrossEntropy(), o, t) == pytest.approx(several, rel=1e-14)


def test_class_indices_are_rows_of_zeros_and_one(rng):
    o, t = rng.standard_normal((ROWS, 3)), rng.integers(0, 3, ROWS)
    loss = cp.CrossEntropy()
    assert mean(loss, o, t) == mean(loss, o, np.eye(3)[t]) == mean(loss, o, t[:, None])


def test_label_smoothing_mixes_in_the_uniform_distribution(rng):
    """H(q', p) = (1 - s) H(q, p) + s H(u, p): Szegedy et al. 2016, section 7."""
    o, t = rng.standard_normal((ROWS, 5)), rng.integers(0, 5, ROWS)
    plain, uniform = (
        mean(cp.CrossEntropy(), o, t),
        mean(cp.CrossEntropy(), o, np.full((ROWS, 5), 0.2)),
    )
    smoothed = mean(cp.CrossEntropy(0.3), o, t)
    assert smoothed == pytest.approx(0.7 * plain + 0.3 * uniform, rel=1e-14)


def test_half_way_quantile_is_half_the_absolute_error(rng):
    o, t = rng.standard_normal((2, ROWS, 3))
    assert mean(cp.Quantile(0.5), o, t) == pytest.approx(mean(cp.AbsoluteError(), o, t) / 2)


@pytest.mark.parametrize(
    ("loss", "best"),
    [
        (cp.SquaredError(), np.mean),
        (cp.AbsoluteError(), np.median),
        (cp.Quantile(0.8), lambda t: np.quantile(t, 0.8)),
        (cp.Poisson(), lambda t: np.log(np.mean(t))),
        (cp.BinaryCrossEntropy(), lambda t: np.log(np.mean(t) / (1 - np.mean(t)))),
    ],
    ids=["mean", "median", "quantile", "log of the mean", "log of the odds"],
)
def test_best_constant_is_the_one_the_loss_is_made_for(loss, best, rng):
    """No constant near it costs less: the mean, the median, the quantile, their links undone."""
    t = (rng.poisson(0.7, (101, 1)) > 0).astype(float)
    if not isinstance(loss, cp.BinaryCrossEntropy):
        t = rng.gamma(2.0, 2.0, (101, 1))
    at_best = mean(loss, np.full((101, 1), best(t)), t)
    for away in (-0.1, -1e-3, 1e-3, 0.1):
        assert mean(loss, np.full((101, 1), best(t) + away), t) >= at_best
