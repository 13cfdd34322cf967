"""Angles and lengths beside the true gradient, and how they are printed."""

import math

import mpmath
import numpy as np
import pytest

import clearprop as cp
from clearprop.credit import Even, Exact, FeedbackAlignment, Proportional, TransposedWeights
from clearprop.credit.comparison import angle


def case(depth=2, seed=0):
    rng = np.random.default_rng(seed)
    layers = [layer for _ in range(depth - 1) for layer in (cp.Dense(4, 4), cp.Sigmoid())]
    net = cp.Chain(*layers, cp.Dense(4, 2), cp.Sigmoid())
    return net, cp.SquaredError(), net.init(rng), rng.standard_normal((6, 4)), rng.random((6, 2))


def test_exact_lies_on_the_true_gradient():
    found = cp.credit.compare(*case(4))
    for layer in (*found.layers, "all"):
        assert found.of(Exact(), layer).angle == 0
        assert found.of(Exact(), layer).size == 1


def test_numbers_are_those_of_the_vectors():
    arguments = case(3)
    rule = Even()
    found = cp.credit.compare(*arguments, [rule])
    true, ours = cp.backprop(*arguments)[1], cp.credit.gradients(*arguments, rule)[1]
    a, b = (
        [float(v) for name in ("W", "b") for v in tree["dense1"][name].ravel()]
        for tree in (ours, true)
    )
    with mpmath.workdps(50):
        length = [mpmath.sqrt(mpmath.fsum(mpmath.mpf(v) ** 2 for v in u)) for u in (a, b)]
        cosine = mpmath.fsum(mpmath.mpf(u) * v for u, v in zip(a, b, strict=True)) / (
            length[0] * length[1]
        )
        exact = float(mpmath.degrees(mpmath.acos(cosine)))
    assert found.of(rule, "dense1").angle == pytest.approx(exact, rel=1e-12)
    assert found.of(rule, "dense1").size == pytest.approx(float(length[0] / length[1]), rel=1e-12)


@pytest.mark.parametrize("degrees", [0.0, 1e-10, 45.0, 90.0, 180.0])
def test_angle_keeps_its_digits(degrees):
    turned = np.array([math.cos(math.radians(degrees)), math.sin(math.radians(degrees))])
    assert angle(np.array([3.0, 0.0]), 7 * turned) == pytest.approx(degrees, rel=1e-6, abs=1e-15)


def test_the_last_layer_is_never_wrong():
    found = cp.credit.compare(*case())
    assert all(one.angle == 0 for one in found.measured if one.layer == "dense2")


def test_a_gradient_of_zero_has_no_angle():
    net, loss, params, x, _ = case()
    o, _ = net.forward(cp.readings.numpy, params, x)
    printed = str(cp.credit.compare(net, loss, params, x, o, [Even()]))
    assert "–" in printed and "nan" not in printed


def test_weights_that_cancel_are_a_note_and_no_number():
    net, loss, params, x, t = case()
    params["dense2"]["W"][:, 1] = [0.5, -0.5, 0.25, -0.25]
    found = cp.credit.compare(net, loss, params, x, t, [Exact(), Proportional()])
    assert math.isnan(found.of(Proportional()).angle)
    assert "proportional: dense2: the weights into output 1 sum to 0" in found.notes[0]
    assert found.notes[0] in " ".join(str(found).split())


def test_shares_beyond_the_whole_are_a_note():
    net, loss, params, x, t = case()
    params["dense2"]["W"][:, 0] = [0.5, -0.5, 0.25, -0.24]
    found = cp.credit.compare(net, loss, params, x, t, [Proportional()])
    assert "50 times the error of output 0" in found.notes[0]


@pytest.mark.parametrize("depth", [1, 2, 5, 9])
def test_it_fits_eighty_columns(depth):
    rules = [
        TransposedWeights(raw_error=False, after_update=True),
        cp.credit.DirectFeedbackAlignment(),
        Even(),
    ]
    text = str(cp.credit.compare(*case(depth), rules, rate=0.1))
    assert max(map(len, text.splitlines())) <= 80
    assert "transposed, delta, updated first" in text
    assert ("(5 layers in between are not shown)" in text) == (depth == 9)


def test_an_unknown_layer_or_rule_is_told():
    found = cp.credit.compare(*case(), [Even()])
    with pytest.raises(KeyError, match="was not measured"):
        found.of(Even(), "dense9")
    with pytest.raises(KeyError, match="was not measured"):
        found.of(FeedbackAlignment())
