"""Which columns are called badly scaled, and with which cure."""

import tracemalloc
import warnings

import numpy as np
import pytest

from clearprop.estimators import scaling
from clearprop.estimators.scaling import BadScalingWarning, warn_if_badly_scaled

SPREAD = np.array([-1.0, 1.0])[:, None]
"""Two rows of mean 0 and standard deviation 1."""
FINE = SPREAD + np.zeros(3)
TARGET_CURE = "TransformedTargetRegressor"


def said(X, y=None, names=None):
    """Return the warning's text, or None where there is none."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_if_badly_scaled(X, y, names)
    assert {warning.category for warning in caught} <= {BadScalingWarning}
    return str(caught[0].message) if caught else None


@pytest.mark.parametrize("mean", [101.0, -101.0])
def test_a_mean_too_far_on_either_side_is_named(mean):
    X = FINE + np.array([0.0, mean, 0.0])
    assert said(X).startswith(f"badly scaled: X column 1 has mean {mean:.4g} and standard dev")
    assert said(FINE + np.array([0.0, mean * 0.98, 0.0])) is None


@pytest.mark.parametrize(("factor", "warned"), [(30.5, True), (29.5, False), (0.5, False)])
def test_a_spread_too_large_is_named_and_a_small_one_beside_others_is_not(factor, warned):
    text = said(FINE * np.array([1.0, 1.0, factor]), names=np.array(["a", "b", "c"]))
    assert (text is not None) is warned
    if warned:
        assert "X column 'c' has mean 0 and standard deviation 30.5" in text


def test_the_cure_for_a_target_is_told_where_the_target_is_ill():
    far = FINE + 1000.0
    of_inputs, of_target, of_both = said(far), said(FINE, far[:, 0]), said(far, far[:, 0])
    assert TARGET_CURE not in of_inputs
    assert TARGET_CURE not in said(far, FINE[:, 0])
    assert "y has mean 1000" in of_target
    assert TARGET_CURE in of_target
    assert of_both.startswith("badly scaled: X column 0 has mean 1000 and standard deviation 1; y ")
    assert TARGET_CURE in of_both


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_moments_of_blocks_are_those_of_all_rows(monkeypatch, dtype):
    monkeypatch.setattr(scaling, "BLOCK_NUMBERS", 100)
    X = (np.random.default_rng(0).normal(size=(1001, 7)) * 3 + 1000).astype(dtype)
    means, sds = scaling._moments(X)
    np.testing.assert_allclose(means, X.mean(axis=0, dtype=float), rtol=1e-14)
    np.testing.assert_allclose(sds, X.std(axis=0, dtype=float), rtol=1e-10)


def test_moments_of_many_rows_take_little_memory():
    X = np.ones((400_000, 10), np.float32)
    tracemalloc.start()
    try:
        scaling._moments(X)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 0.5 * X.nbytes
