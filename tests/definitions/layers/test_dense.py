"""The dense layer: its arithmetic by hand, its start, and what it refuses."""

import numpy as np
import pytest

import clearprop as cp
from clearprop.definitions.initializers import Filled
from clearprop.readings import numpy as xp


def test_forward_and_pullback_by_hand():
    layer = cp.Dense(2, 3)
    params = {"W": np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), "b": np.array([0.1, 0.2, 0.3])}
    x = np.array([[1.0, 10.0], [2.0, 20.0]])
    z, saved = layer.forward(xp, params, x)
    np.testing.assert_allclose(z, [[41.1, 52.2, 63.3], [82.1, 104.2, 126.3]], rtol=1e-15)

    dy = np.array([[1.0, 0.0, -1.0], [0.5, 2.0, 0.0]])
    dx, gradients = layer.pullback(xp, params, saved, dy)
    np.testing.assert_array_equal(dx, [[-2.0, -2.0], [4.5, 12.0]])
    np.testing.assert_array_equal(gradients["W"], [[2.0, 4.0, -1.0], [20.0, 40.0, -10.0]])
    np.testing.assert_array_equal(gradients["b"], [1.5, 2.0, -1.0])


def test_without_bias_there_is_no_bias_anywhere():
    layer = cp.Dense(2, 3, bias=False)
    params = layer.init(np.random.default_rng(0))
    x = np.ones((4, 2))
    z, saved = layer.forward(xp, params, x)
    _, gradients = layer.pullback(xp, params, saved, np.ones((4, 3)))
    assert list(params) == list(gradients) == ["W"]
    np.testing.assert_array_equal(z, x @ params["W"])


def test_penalties_act_on_weights_and_not_on_biases():
    assert cp.Dense(2, 3).penalised == ("W",)


def test_init_draws_weights_then_biases():
    uniform = cp.GlorotUniform()
    layer = cp.Dense(4, 3, weight_init=uniform, bias_init=uniform)
    params = layer.init(np.random.default_rng(7))
    rng = np.random.default_rng(7)
    bound = np.sqrt(6 / 7)
    np.testing.assert_allclose(params["W"], rng.uniform(-bound, bound, (4, 3)), rtol=1e-15)
    np.testing.assert_allclose(params["b"], rng.uniform(-bound, bound, 3), rtol=1e-15)


def test_biases_start_at_zero_unless_told():
    rng = np.random.default_rng(0)
    assert not cp.Dense(3, 2).init(rng)["b"].any()
    assert (cp.Dense(3, 2, bias_init=Filled(0.5)).init(rng)["b"] == 0.5).all()


@pytest.mark.parametrize(
    ("sizes", "error", "message"),
    [
        ((0, 3), ValueError, "Dense: inputs must be at least 1, got 0"),
        ((3, -1), ValueError, "Dense: outputs must be at least 1, got -1"),
        ((2.0, 3), TypeError, "Dense: inputs must be a whole number, got 2.0"),
        ((2, True), TypeError, "Dense: outputs must be a whole number, got True"),
        (("2", 3), TypeError, "Dense: inputs must be a whole number, got '2'"),
    ],
)
def test_impossible_sizes_are_refused(sizes, error, message):
    with pytest.raises(error, match=message):
        cp.Dense(*sizes)


def test_sizes_may_be_numpy_integers():
    assert cp.Dense(np.int64(2), np.int32(3)).output_width(2) == 3
