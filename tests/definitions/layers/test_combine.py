"""Chain and Residual: names, the chain rule by hand, and errors that name the place."""

import copy
import pickle

import numpy as np
import pytest

import clearprop as cp
from clearprop.definitions.layers.combine import MOST_LEVELS
from clearprop.definitions.layers.sizes import WidthError
from clearprop.definitions.noise import Noise
from clearprop.readings import numpy as xp
from tests.trees import random_like, same_bits


def test_children_are_named_by_kind_and_order():
    net = cp.Chain(cp.Dense(2, 3), cp.LeakyReLU(), cp.Dense(3, 3), cp.Residual(cp.Dense(3, 3)))
    assert list(net.children) == ["dense1", "leakyrelu1", "dense2", "residual1"]
    assert list(net.children["residual1"].children) == ["dense1"]


def test_only_layers_with_parameters_have_a_branch():
    net = cp.Chain(cp.Dense(2, 3), cp.Tanh(), cp.Dropout(0.1), cp.Residual(cp.Dense(3, 3)))
    params = net.init(np.random.default_rng(0))
    assert list(params) == ["dense1", "residual1"]
    assert list(params["residual1"]) == ["dense1"]


def test_chain_is_one_layer_after_another():
    net = cp.Chain(cp.Dense(2, 3), cp.Tanh(), cp.Dense(3, 1))
    params = random_like(net.init(np.random.default_rng(0)), np.random.default_rng(1))
    first, second = params["dense1"], params["dense2"]
    x, dy = np.random.default_rng(2).standard_normal((4, 2)), np.ones((4, 1))
    y, saved = net.forward(xp, params, x)
    a = np.tanh(x @ first["W"] + first["b"])
    np.testing.assert_allclose(y, a @ second["W"] + second["b"], rtol=1e-14)

    dx, gradients = net.pullback(xp, params, saved, dy)
    delta = (dy @ second["W"].T) * (1 - a * a)
    np.testing.assert_allclose(gradients["dense1"]["W"], x.T @ delta, rtol=1e-13)
    np.testing.assert_allclose(dx, delta @ first["W"].T, rtol=1e-13)


def test_chain_in_a_chain_is_the_same_function():
    layers = [cp.Dense(2, 3), cp.Tanh(), cp.Dense(3, 3), cp.ELU()]
    flat, nested = cp.Chain(*layers), cp.Chain(cp.Chain(*layers[:2]), cp.Chain(*layers[2:]))
    params = flat.init(np.random.default_rng(0))
    inside = {"chain1": {"dense1": params["dense1"]}, "chain2": {"dense1": params["dense2"]}}
    x = np.random.default_rng(1).standard_normal((5, 2))
    y, saved = flat.forward(xp, params, x)
    nested_y, nested_saved = nested.forward(xp, inside, x)
    assert same_bits(y, nested_y)
    dx, _ = flat.pullback(xp, params, saved, np.ones_like(y))
    assert same_bits(dx, nested.pullback(xp, inside, nested_saved, np.ones_like(y))[0])


def test_residual_adds_its_input():
    layer = cp.Residual(cp.Dense(2, 2))
    params = {"dense1": {"W": np.array([[1.0, 2.0], [3.0, 4.0]]), "b": np.zeros(2)}}
    y, saved = layer.forward(xp, params, np.array([[1.0, 10.0]]))
    np.testing.assert_array_equal(y, [[32.0, 52.0]])
    dx, gradients = layer.pullback(xp, params, saved, np.array([[1.0, 0.0]]))
    np.testing.assert_array_equal(dx, [[2.0, 3.0]])
    np.testing.assert_array_equal(gradients["dense1"]["W"], [[1.0, 0.0], [10.0, 0.0]])


def test_state_of_what_is_inside_comes_out_and_goes_in():
    net = cp.Chain(cp.Dense(2, 2), cp.Residual(cp.Chain(cp.BatchNorm(2), cp.Tanh())))
    state = net.initial_state()
    assert list(state["residual1"]["chain1"]) == ["batchnorm1"]
    params = net.init(np.random.default_rng(0))
    _, saved = net.forward(xp, params, np.random.default_rng(1).standard_normal((6, 2)))
    moved = net.remember(state, saved)
    assert not same_bits(moved, state)
    assert same_bits(net.recall(moved), moved)


def test_networks_without_state_or_draws_have_none():
    net = cp.Chain(cp.Dense(2, 2), cp.Residual(cp.Tanh()))
    assert net.initial_state() is None
    assert net.recall(None) is None
    assert net.remember(None, {"dense1": None, "residual1": {"tanh1": None}}) is None
    assert net.draw(Noise(0), 3, 2, float) is None


def test_widths_that_do_not_fit_name_the_place():
    with pytest.raises(WidthError, match=r"^dense2: Dense takes 4 values a row, gets 3$"):
        cp.Chain(cp.Dense(2, 3), cp.Tanh(), cp.Dense(4, 1))
    inner = cp.Residual(cp.Chain(cp.Tanh(), cp.LayerNorm(5)))
    with pytest.raises(WidthError, match=r"^residual1\.chain1\.layernorm1: LayerNorm takes 5"):
        cp.Chain(cp.Dense(2, 3), inner)
    with pytest.raises(
        WidthError, match=r"^residual1: Residual: the inner layer must give as many values"
    ):
        cp.Chain(cp.Dense(2, 3), cp.Residual(cp.Dense(3, 2)))


def test_what_is_no_layer_is_refused():
    with pytest.raises(TypeError, match="Chain: item 2 is not a layer but 'relu'"):
        cp.Chain(cp.Dense(2, 3), "relu")
    with pytest.raises(TypeError, match=r"Residual: takes one layer .* got \[\]"):
        cp.Residual([])


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_networks_are_values(duplicate):
    """Equal when built equal; copies, pickled and not, are equal and do the same."""

    def build():
        return cp.Chain(cp.Dense(2, 3), cp.Residual(cp.Chain(cp.SELU(), cp.Dropout(0.1))))

    net = build()
    assert net == build()
    assert hash(net) == hash(build())
    assert duplicate(net) == net
    assert list(duplicate(net).children) == list(net.children)
    assert net != cp.Chain(cp.Dense(2, 3))


def test_networks_print_as_they_are_written():
    net = cp.Chain(cp.ReLU(), cp.Residual(cp.Dropout(0.25)), cp.LeakyReLU())
    written = "Chain(ReLU(), Residual(inner=Dropout(rate=0.25)), LeakyReLU(alpha=0.01))"
    assert repr(net) == written


def test_layers_cannot_be_changed():
    with pytest.raises(AttributeError):
        cp.Dense(2, 3).inputs = 4


@pytest.mark.parametrize("around", [cp.Chain, cp.Residual])
def test_a_nest_is_as_deep_as_all_can_go_and_no_deeper(around):
    net = cp.Dense(2, 2)
    for _ in range(MOST_LEVELS):
        net = around(net)
    x = np.array([[0.5, -1.0], [2.0, 0.25]])
    params = net.init(np.random.default_rng(0))
    for engine in ("numpy", "compiled"):
        result = cp.train(net, cp.SquaredError(), params, x, x, epochs=1, engine=engine)
        assert result.predict(x).shape == (2, 2)
    step = cp.explain(net, cp.SquaredError(), params, x, x)
    assert str(step)
    assert len(repr(net)) > MOST_LEVELS
    with pytest.raises(ValueError, match=r"nested more than 100 levels deep: put .* one Chain"):
        around(net)
