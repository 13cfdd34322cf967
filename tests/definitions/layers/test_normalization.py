"""LayerNorm and BatchNorm: means and variances, running statistics, what is refused."""

import numpy as np
import pytest

import clearprop as cp
from clearprop.readings import numpy as xp


def unit_params(width):
    return {"gamma": np.ones(width), "beta": np.zeros(width)}


@pytest.mark.parametrize(("layer", "axis"), [(cp.LayerNorm(6), 1), (cp.BatchNorm(6), 0)])
def test_values_leave_with_mean_zero_and_variance_one(layer, axis):
    x = np.random.default_rng(0).normal(50.0, 7.0, (9, 6))
    y, _ = layer.forward(xp, unit_params(6), x)
    np.testing.assert_allclose(y.mean(axis=axis), 0.0, atol=1e-12)
    np.testing.assert_allclose(y.var(axis=axis), 1.0, rtol=1e-5)


@pytest.mark.parametrize(("layer", "axis"), [(cp.LayerNorm(3), 1), (cp.BatchNorm(3), 0)])
def test_published_formula(layer, axis):
    rng = np.random.default_rng(1)
    x, gamma, beta = rng.standard_normal((5, 3)), rng.standard_normal(3), rng.standard_normal(3)
    y, _ = layer.forward(xp, {"gamma": gamma, "beta": beta}, x)
    sd = np.sqrt(x.var(axis=axis, keepdims=True) + 1e-5)
    expected = gamma * (x - x.mean(axis=axis, keepdims=True)) / sd + beta
    np.testing.assert_allclose(y, expected, rtol=1e-13)


def test_layernorm_forgets_a_rows_shift_and_batchnorm_a_columns():
    x = np.random.default_rng(2).standard_normal((4, 3))
    rows, columns = np.array([[1.0], [20.0], [-3.0], [0.0]]), np.array([[1.0, -20.0, 3.0]])
    for layer, shift in ((cp.LayerNorm(3), rows), (cp.BatchNorm(3), columns)):
        plain, _ = layer.forward(xp, unit_params(3), x)
        shifted, _ = layer.forward(xp, unit_params(3), x + shift)
        np.testing.assert_allclose(shifted, plain, atol=1e-12)


def test_running_statistics_are_the_published_averages():
    layer = cp.BatchNorm(2, momentum=0.25)
    state = layer.initial_state()
    mean, variance = np.zeros(2), np.ones(2)
    rng = np.random.default_rng(3)
    for rows in (4, 7, 2):
        x = rng.normal(3.0, 2.0, (rows, 2))
        state = layer.remember(state, layer.forward(xp, unit_params(2), x)[1])
        mean = 0.75 * mean + 0.25 * x.mean(axis=0)
        variance = 0.75 * variance + 0.25 * x.var(axis=0, ddof=1)
        np.testing.assert_allclose(state["mean"], mean, rtol=1e-14)
        np.testing.assert_allclose(state["variance"], variance, rtol=1e-13)


def test_batch_of_one_row_leaves_the_running_statistics():
    layer = cp.BatchNorm(2)
    state = layer.initial_state()
    _, saved = layer.forward(xp, unit_params(2), np.array([[5.0, -5.0]]))
    assert layer.remember(state, saved) is state


def test_prediction_uses_running_statistics_for_each_row_alone():
    layer = cp.BatchNorm(2, epsilon=0.0)
    given = layer.recall({"mean": np.array([1.0, 2.0]), "variance": np.array([4.0, 9.0])})
    params = {"gamma": np.array([1.0, 10.0]), "beta": np.array([0.0, 1.0])}
    y, saved = layer.forward(xp, params, np.array([[3.0, 5.0], [1.0, 2.0]]), given)
    np.testing.assert_array_equal(y, [[1.0, 11.0], [0.0, 1.0]])
    dx, gradients = layer.pullback(xp, params, saved, np.array([[2.0, 3.0], [0.0, 1.0]]))
    np.testing.assert_allclose(dx, [[1.0, 10.0], [0.0, 10.0 / 3.0]], rtol=1e-15)
    np.testing.assert_array_equal(gradients["gamma"], [2.0, 3.0])
    np.testing.assert_array_equal(gradients["beta"], [2.0, 4.0])


def test_state_has_the_dtype_of_training():
    state = cp.BatchNorm(3).initial_state(np.float32)
    assert {array.dtype for array in state.values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize("kind", [cp.LayerNorm, cp.BatchNorm])
def test_impossible_width_is_refused(kind):
    with pytest.raises(ValueError, match=f"{kind.__name__}: width must be at least 1, got 0"):
        kind(0)
    with pytest.raises(ValueError, match=f"{kind.__name__} takes 3 values a row, gets 4"):
        kind(3).output_width(4)


@pytest.mark.parametrize("momentum", [-0.1, 1.1])
def test_impossible_momentum_is_refused(momentum):
    with pytest.raises(ValueError, match=r"BatchNorm: momentum must be at least 0.0 and below"):
        cp.BatchNorm(3, momentum=momentum)
