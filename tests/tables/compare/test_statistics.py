"""The corrected t-test beside numbers by hand, and a published example."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import make_moons
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import RepeatedStratifiedKFold
from sklearn.svm import SVC

from clearprop.tables.compare.statistics import differences, holm, mean_over_splits, p_value

VALUES = st.lists(st.floats(-100, 100), min_size=2, max_size=30)


def test_the_standard_error_is_the_one_by_hand():
    """Var 5/3 of 1, 2, 3, 4; (1/4 + 1/4) 5/3 = 5/6; t(0.975, 3) = 3.182446."""
    found = mean_over_splits([1, 2, 3, 4], 0.25)
    assert found.mean == 2.5
    assert found.error == pytest.approx(math.sqrt(5 / 6), rel=1e-14)
    assert found.high - found.mean == pytest.approx(3.182446305284263 * found.error, rel=1e-9)
    assert found.mean - found.low == pytest.approx(found.high - found.mean, rel=1e-12)


def test_p_is_the_one_by_hand():
    """Student's t with 3 degrees of freedom has its distribution in closed form."""
    t = 2.5 / math.sqrt(5 / 6)
    u = t / math.sqrt(3)
    upper = 0.5 - (u / (1 + u * u) + math.atan(u)) / math.pi
    assert p_value([1, 2, 3, 4], 0.25) == pytest.approx(2 * upper, rel=1e-12)


def test_a_published_example():
    """Scikit-learn's "Statistical comparison of models": t 0.750 and p 0.227, one-sided."""
    X, y = make_moons(noise=0.352, random_state=1, n_samples=100)
    cv = RepeatedStratifiedKFold(n_splits=10, n_repeats=10, random_state=0)
    areas = {"rbf": [], "linear": []}
    for train, test in cv.split(X, y):
        for kernel, found in areas.items():
            model = SVC(kernel=kernel, random_state=0).fit(X[train], y[train])
            found.append(roc_auc_score(y[test], model.decision_function(X[test])))
    behind = np.subtract(areas["rbf"], areas["linear"])
    mean = mean_over_splits(behind, 10 / 90)
    assert f"{mean.mean / mean.error:.3f}" == "0.750"
    assert f"{p_value(behind, 10 / 90) / 2:.3f}" == "0.227"


@given(VALUES, st.floats(0, 2))
def test_the_correction_only_widens(values, ratio):
    plain, corrected = mean_over_splits(values, 0.0), mean_over_splits(values, ratio)
    assert corrected.error >= plain.error
    usual = np.std(values, ddof=1) / math.sqrt(len(values))
    assert plain.error == pytest.approx(usual, rel=1e-9, abs=1e-300)


@given(VALUES)
def test_p_does_not_depend_on_the_direction(values):
    p = p_value(values, 0.25)
    assert 0 <= p <= 1
    assert p == p_value([-value for value in values], 0.25)


@pytest.mark.parametrize(
    ("values", "p"), [([0, 0, 0], 1.0), ([0.1, 0.1, 0.1], 0.0), ([0.3], math.nan)]
)
def test_differences_without_any_spread(values, p):
    assert p_value(values, 0.25) == pytest.approx(p, nan_ok=True)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_lies_between_the_plain_p_and_bonferroni(ps):
    found = holm(ps)
    for p, corrected in zip(ps, found, strict=True):
        assert p <= corrected <= min(1.0, p * len(ps)) or corrected == pytest.approx(p)
    order = np.argsort(ps, kind="stable")
    assert (np.diff(np.array(found)[order]) >= 0).all()


def test_holm_by_hand_and_with_one_that_is_unknown():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.01, math.nan, 0.03]) == pytest.approx([0.02, math.nan, 0.03], nan_ok=True)


def test_only_a_difference_that_chance_rarely_gives_is_real():
    rng = np.random.default_rng(0)
    best = rng.normal(0.10, 0.01, 20)
    losses = [best + 0.2, best, best + rng.normal(0.001, 0.02, 20)]
    far, itself, near = differences(losses, 1, 0.25)
    assert itself is None
    assert (far.real, near.real) == (True, False)
    assert far.mean == pytest.approx(0.2)
    assert near.low < 0 < near.high
