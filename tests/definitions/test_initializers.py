"""Initializers: the distributions their sources state, from either kind of random source."""

import numpy as np
import pytest
from scipy import stats

import clearprop as cp
from clearprop.definitions.initializers import Filled, Ones, VarianceScaling

FANS = (30, 90)
SHAPE = (300, 200)

UNIFORM = {
    "GlorotUniform": (cp.GlorotUniform(), np.sqrt(6 / 120)),
    "GlorotUniform, a third": (cp.GlorotUniform(1 / 3), np.sqrt(2 / 120)),
    "HeUniform": (cp.HeUniform(), np.sqrt(6 / 30)),
    "LeCunUniform": (cp.LeCunUniform(), np.sqrt(3 / 30)),
    "by outputs": (VarianceScaling(1.0, "out"), np.sqrt(3 / 90)),
}
NORMAL = {
    "GlorotNormal": (cp.GlorotNormal(), np.sqrt(2 / 120)),
    "HeNormal": (cp.HeNormal(), np.sqrt(2 / 30)),
    "LeCunNormal": (cp.LeCunNormal(), np.sqrt(1 / 30)),
}
DRAWING = {
    **{name: pair[0] for name, pair in (UNIFORM | NORMAL).items()},
    "Orthogonal": cp.Orthogonal(),
    "TruncatedNormal": cp.TruncatedNormal(),
}


@pytest.mark.parametrize("name", UNIFORM)
def test_uniform_ones_are_uniform_up_to_their_bound(name):
    initializer, bound = UNIFORM[name]
    W = initializer(np.random.default_rng(0), SHAPE, fans=FANS)
    assert np.abs(W).max() <= bound
    assert np.abs(W).max() == pytest.approx(bound, rel=1e-3)
    assert stats.kstest(W.ravel(), "uniform", (-bound, 2 * bound)).pvalue > 1e-3


@pytest.mark.parametrize("name", NORMAL)
def test_normal_ones_have_their_standard_deviation(name):
    initializer, sd = NORMAL[name]
    W = initializer(np.random.default_rng(0), SHAPE, fans=FANS)
    # 60,000 draws: the standard deviation is known to 0.3 %, so five of them are 1.5 %.
    assert W.std() == pytest.approx(sd, rel=0.015)
    assert stats.kstest(W.ravel(), "norm", (0.0, sd)).pvalue > 1e-3


def test_fans_are_those_of_the_matrix_unless_given():
    for initializer in DRAWING.values():
        ours = initializer(np.random.default_rng(1), (6, 4))
        given = initializer(np.random.default_rng(1), (6, 4), fans=(6, 4))
        np.testing.assert_array_equal(ours, given)
    with pytest.raises(ValueError, match=r"two dimensions, got shape \(5,\); pass fans"):
        cp.GlorotUniform()(np.random.default_rng(0), (5,))


@pytest.mark.parametrize("shape", [(5, 5), (7, 3), (3, 7), (1, 4), (4, 1)])
@pytest.mark.parametrize("gain", [1.0, 2.5])
def test_orthogonal_has_orthonormal_rows_or_columns(shape, gain):
    W = cp.Orthogonal(gain)(np.random.default_rng(0), shape)
    assert W.shape == shape
    short = W.T @ W if shape[0] >= shape[1] else W @ W.T
    np.testing.assert_allclose(short, gain**2 * np.eye(min(shape)), atol=1e-14 * gain**2)


def test_orthogonal_prefers_no_direction():
    """Each entry of a 3 x 3 rotation is uniform in [-1, 1] (Archimedes), and so in both signs."""
    rng = np.random.default_rng(0)
    drawn = np.array([cp.Orthogonal()(rng, (3, 3)) for _ in range(600)])
    for row, column in np.ndindex(3, 3):
        assert stats.kstest(drawn[:, row, column], "uniform", (-1, 2)).pvalue > 1e-3


def test_orthogonal_bias_is_refused():
    with pytest.raises(ValueError, match=r"Orthogonal makes matrices, not shape \(3,\); give a b"):
        cp.Dense(2, 3, bias_init=cp.Orthogonal()).init(np.random.default_rng(0))


@pytest.mark.parametrize("sd", [0.05, 0.2, 1.0])
def test_truncated_normal_is_cut_at_one_over_the_root_of_its_inputs(sd):
    bound = 1 / np.sqrt(30)
    W = cp.TruncatedNormal(sd)(np.random.default_rng(0), SHAPE, fans=FANS)
    assert np.abs(W).max() <= bound
    published = stats.truncnorm(-bound / sd, bound / sd, scale=sd)
    assert stats.kstest(W.ravel(), published.cdf).pvalue > 1e-3
    assert W.std() == pytest.approx(published.std(), rel=0.015)


def test_constants_draw_nothing():
    np.testing.assert_array_equal(cp.Zeros()(None, (2, 3)), np.zeros((2, 3)))
    np.testing.assert_array_equal(Ones()(None, (4,)), np.ones(4))
    np.testing.assert_array_equal(Filled(0.1)(None, (2,), np.float32), np.float32([0.1, 0.1]))


@pytest.mark.parametrize("source", [np.random.default_rng, np.random.RandomState])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", DRAWING)
def test_same_seed_same_numbers_of_the_dtype_asked_for(name, dtype, source):
    initializer = DRAWING[name]
    W, again, other = (initializer(source(seed), (6, 4), dtype) for seed in (3, 3, 4))
    assert W.dtype == dtype
    assert W.shape == (6, 4)
    np.testing.assert_array_equal(W, again)
    assert (other != W).any()
    wide = initializer(source(3), (6, 4), np.float64)
    np.testing.assert_array_equal(W, wide.astype(dtype))


def test_initializers_are_values_that_print_as_written():
    assert cp.GlorotUniform() == VarianceScaling(1.0, "average", "uniform")
    assert repr(cp.Orthogonal(2.0)) == "Orthogonal(gain=2.0)"
    assert cp.Dense(2, 3, weight_init=cp.HeNormal()) == cp.Dense(2, 3, weight_init=cp.HeNormal())
