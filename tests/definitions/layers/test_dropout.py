"""Dropout: its masks, what they keep on average, and where nothing is dropped."""

import numpy as np
import pytest

import clearprop as cp
from clearprop.definitions.noise import Noise
from clearprop.readings import numpy as xp


def test_values_are_dropped_or_scaled_up():
    layer = cp.Dropout(0.2)
    mask = layer.draw(Noise(1), 500, 40, np.float64)
    assert set(np.unique(mask)) == {0.0, 1.25}
    # 20,000 draws: the part dropped has standard deviation 0.0028.
    assert np.mean(mask == 0) == pytest.approx(0.2, abs=0.012)
    x = np.random.default_rng(0).standard_normal((500, 40))
    y, _ = layer.forward(xp, {}, x, mask)
    np.testing.assert_array_equal(y, np.where(mask == 0, 0.0, 1.25 * x))


def test_pullback_goes_through_the_same_values():
    layer = cp.Dropout(0.5)
    mask = np.array([[0.0, 2.0]])
    _, saved = layer.forward(xp, {}, np.array([[3.0, 4.0]]), mask)
    dx, gradients = layer.pullback(xp, {}, saved, np.array([[5.0, 6.0]]))
    np.testing.assert_array_equal(dx, [[0.0, 12.0]])
    assert gradients == {}


def test_prediction_drops_nothing():
    layer = cp.Dropout(0.9)
    x = np.arange(6.0).reshape(2, 3)
    assert layer.recall(layer.initial_state()) is None
    np.testing.assert_array_equal(layer.forward(xp, {}, x)[0], x)


def test_rate_zero_draws_nothing():
    assert cp.Dropout(0.0).draw(Noise(1), 3, 3, np.float64) is None


def test_each_layer_of_a_network_draws_its_own_mask():
    net = cp.Chain(cp.Dropout(0.5), cp.Dense(8, 8), cp.Dropout(0.5), cp.Residual(cp.Dropout(0.5)))
    drawn = net.draw(Noise(3), 20, 8, np.float64)
    masks = [drawn["dropout1"], drawn["dropout2"], drawn["residual1"]["dropout1"]]
    assert all(mask.shape == (20, 8) for mask in masks)
    for one, other in [(0, 1), (0, 2), (1, 2)]:
        # Independent masks agree on half of the 160 values, standard deviation 6.3.
        assert 55 < np.sum(masks[one] == masks[other]) < 105


@pytest.mark.parametrize("rate", [-0.1, 1.0, 2, float("nan")])
def test_impossible_rate_is_refused(rate):
    with pytest.raises(ValueError, match=r"Dropout: rate must be at least 0.0 and below 1.0, got"):
        cp.Dropout(rate)
