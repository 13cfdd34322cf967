"""The loop: exact where it should be, on networks of every kind it takes."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clearprop as cp
from clearprop.backprop import mean_loss
from clearprop.credit import Even, Exact, FeedbackAlignment, Proportional, TransposedWeights
from clearprop.readings import complex_step
from tests.oracles import complex_gradient
from tests.random_networks import ACTIVATIONS
from tests.registry import LOSSES
from tests.trees import difference, examples, random_like, same_bits


@st.composite
def cases(draw):
    """Return a chain of Dense layers and activations, its parameters, rows, targets, a loss."""
    widths = draw(st.lists(st.integers(1, 5), min_size=2, max_size=5))
    layers = list(draw(st.lists(st.sampled_from(ACTIVATIONS), max_size=1)))
    for inputs, outputs in pairwise(widths):
        layers.append(cp.Dense(inputs, outputs, bias=draw(st.booleans())))
        layers += draw(st.lists(st.sampled_from(ACTIVATIONS), max_size=2))
    network = cp.Chain(*layers)
    example = draw(st.sampled_from([one for one in LOSSES if not one.kinks]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows = draw(st.integers(1, 5))
    params = random_like(network.init(rng), rng, 0.7)
    x = rng.standard_normal((rows, widths[0]))
    return network, example.loss, params, x, example.targets(rng, rows, widths[-1])


@examples(150)
@given(cases())
def test_exact_is_backprop_and_so_is_transposed_weights_with_delta(case):
    value, true = cp.backprop(*case)
    for rule in (Exact(), TransposedWeights(raw_error=False)):
        ours_value, ours = cp.credit.gradients(*case, rule)
        assert ours_value == value
        assert list(ours) == list(true)
        assert difference(ours, true, 1.0) <= 1e-14


@examples(60)
@given(cases())
def test_feedback_through_the_own_weights_is_backprop(case):
    _, _, params, _, _ = case
    rule = FeedbackAlignment(matrices={name: own["W"] for name, own in params.items()})
    assert difference(cp.credit.gradients(*case, rule)[1], cp.backprop(*case)[1], 1.0) <= 1e-14


@examples(60)
@given(cases())
def test_the_last_layer_is_always_exact_and_every_shape_fits(case):
    _, true = cp.backprop(*case)
    last = list(true)[-1]
    for rule in (
        TransposedWeights(),
        Even(),
        FeedbackAlignment(),
        cp.credit.DirectFeedbackAlignment(),
    ):
        _, ours = cp.credit.gradients(*case, rule)
        assert same_bits(ours[last], true[last])
        assert all(
            ours[layer][name].shape == true[layer][name].shape
            for layer in true
            for name in true[layer]
        )


@examples(100)
@given(cases())
def test_exact_is_the_derivative_that_complex_steps_find(case):
    network, loss, params, x, t = case
    targets = loss.targets(t, network.output_width(x.shape[1]))

    def value(params):
        output, _ = network.forward(complex_step, params, x)
        return mean_loss(complex_step, loss, output, targets)

    _, ours = cp.credit.gradients(*case, Exact())
    assert difference(ours, complex_gradient(value, params), 1.0) <= 1e-12


def test_a_linear_network_knows_no_difference_between_error_and_delta():
    rng = np.random.default_rng(0)
    net = cp.Chain(cp.Dense(3, 4), cp.Dense(4, 2))
    case = net, cp.SquaredError(), net.init(rng), rng.standard_normal((5, 3)), rng.random((5, 2))
    ours = cp.credit.gradients(*case, TransposedWeights(raw_error=True))[1]
    assert same_bits(ours, cp.backprop(*case)[1])


def test_float32_stays_float32():
    rng = np.random.default_rng(0)
    net = cp.Chain(cp.Dense(3, 4), cp.Sigmoid(), cp.Dense(4, 2), cp.Sigmoid())
    params = net.init(rng, np.float32)
    x, t = rng.standard_normal((5, 3)), rng.random((5, 2))
    for rule in cp.credit.compare(net, cp.SquaredError(), params, x, t).measured:
        _, found = cp.credit.gradients(net, cp.SquaredError(), params, x, t, rule.rule)
        assert {array.dtype for own in found.values() for array in own.values()} == {
            np.dtype(np.float32)
        }


@pytest.mark.parametrize(
    ("network", "complaint"),
    [
        (cp.Dense(2, 2), "work on a Chain, got Dense"),
        (cp.Chain(cp.Dense(2, 3), cp.LayerNorm(3)), "layernorm1: .* not LayerNorm"),
        (cp.Chain(cp.Chain(cp.Dense(2, 3))), "chain1: .* not Chain"),
        (cp.Chain(cp.Tanh()), "at least one Dense"),
    ],
)
def test_other_networks_are_refused_by_name(network, complaint):
    params = network.init(np.random.default_rng(0))
    with pytest.raises(TypeError, match=complaint):
        cp.credit.gradients(network, cp.SquaredError(), params, [[1.0, 2.0]], [[0.0]], Exact())


def test_wrong_parameters_and_rows_are_told():
    net = cp.Chain(cp.Dense(2, 3), cp.Tanh(), cp.Dense(3, 1))
    params = net.init(np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"x has 2 rows, but t has 1"):
        cp.credit.gradients(net, cp.SquaredError(), params, np.ones((2, 2)), [[1.0]], Exact())
    wrong = {**params, "dense2": {"W": np.ones((2, 1)), "b": np.ones(1)}}
    with pytest.raises(ValueError, match=r"dense2\.W must have shape \(3, 1\)"):
        cp.credit.gradients(net, cp.SquaredError(), wrong, np.ones((1, 2)), [[1.0]], Exact())


def test_cancelling_weights_name_their_layer():
    net = cp.Chain(cp.Dense(1, 2), cp.Tanh(), cp.Dense(2, 1))
    params = net.init(np.random.default_rng(0))
    params["dense2"]["W"] = np.array([[0.5], [-0.5]])
    with pytest.raises(cp.credit.CancellingWeightsError, match="dense2: the weights into output 0"):
        cp.credit.gradients(net, cp.SquaredError(), params, [[1.0]], [[1.0]], Proportional())
