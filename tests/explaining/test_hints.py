"""Hints where a step is right and learning fails: each where it is true, and only there."""

import mpmath
import numpy as np
import pytest

import clearprop as cp
from clearprop.explaining.work.hints import _along_gradient, hints_of
from clearprop.explaining.work.situation import situation_of
from tests.registry import LAYERS, LOSSES, nothing

XOR = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
T = np.array([[0.0], [1], [1], [0]])


def hints(net, params, x=XOR, t=T, loss=None, rate=0.1, **how):
    how.setdefault("optimizer", cp.SGD(rate))
    step = cp.explain(net, loss or cp.SquaredError(), params, x, t, **how)
    report = step.check({"dW1": step["dW1"]})
    assert report
    assert report.hints == hints_of(situation_of(step))
    return report.hints


def network(hidden, units=4, output=None):
    layers = [cp.Dense(2, units), hidden, cp.Dense(units, 1)]
    return cp.Chain(*layers, *([] if output is None else [output]))


def drawn(net, seed=0):
    return net.init(np.random.default_rng(seed))


@pytest.mark.parametrize("hidden", [cp.Sigmoid(), cp.Tanh(), cp.ReLU()])
def test_usual_work_has_no_hint(hidden):
    for seed in range(10):
        net = network(hidden)
        assert hints(net, drawn(net, seed)) == ()


def test_equal_units_are_those_that_stay_equal():
    net = network(cp.Sigmoid())
    params = drawn(net)
    params["dense1"] = {"W": np.full((2, 4), 0.3), "b": np.zeros(4)}
    (said,) = hints(net, params)
    assert "start with the same weights and differ only in what they send on" in said
    params["dense2"]["W"][:] = 0.5
    (said,) = hints(net, params)
    assert "all units of dense1 start with the same weights and get the same gradients" in said
    params["dense1"]["b"] = np.arange(4.0)
    assert hints(net, params) == ()


def test_units_that_are_said_to_be_equal_are_so_after_many_steps():
    net = network(cp.Tanh())
    params = {
        "dense1": {"W": np.full((2, 4), 0.3), "b": np.full(4, 0.1)},
        "dense2": {"W": np.full((4, 1), 0.5), "b": np.zeros(1)},
    }
    assert len(hints(net, params)) == 1
    new = cp.train(net, cp.SquaredError(), params, XOR, T, optimizer=cp.SGD(0.5), epochs=50).params
    np.testing.assert_allclose(np.ptp(new["dense1"]["W"], axis=1), 0, atol=1e-12)


@pytest.mark.parametrize(
    ("output", "target", "words"),
    [
        (cp.Sigmoid(), 2.0, "target 2 is out of reach: a Sigmoid gives values between 0 and 1"),
        (cp.Tanh(), -1.5, "target -1.5 is out of reach: a Tanh"),
        (cp.ReLU(), -1.0, "target -1 is out of reach: a ReLU"),
    ],
)
def test_a_target_out_of_reach(output, target, words):
    net = network(cp.Tanh(), output=output)
    params = drawn(net)
    params["dense2"]["b"][:] = 0.5
    assert any(words in one for one in hints(net, params, t=np.full((4, 1), target)))
    assert not any("reach" in one for one in hints(net, params, t=np.full((4, 1), 0.7)))


def test_dead_units():
    net = network(cp.ReLU())
    params = drawn(net)
    params["dense1"]["b"][:] = [-9, -9, 1, 1]
    assert not any("0 for all rows" in one for one in hints(net, params))
    params["dense1"]["b"][:] = [-9, -9, -9, 1]
    assert any("3 of 4 units of relu1 are 0 for all rows" in one for one in hints(net, params))
    params["dense1"]["b"][:] = -9
    assert any("every unit of relu1 is 0 for all rows" in one for one in hints(net, params))


@pytest.mark.parametrize("hidden", [cp.Sigmoid(), cp.Tanh()])
def test_saturated_units(hidden):
    net = network(hidden)
    params = drawn(net)
    params["dense1"]["b"][:] = 30.0
    name = type(hidden).__name__.lower()
    assert any(f"most values of {name}1 are saturated" in one for one in hints(net, params))


def test_unscaled_inputs():
    net = cp.Chain(cp.Dense(2, 1))
    x = np.array([[0.1, 1950.0], [0.2, 2020.0]])
    said = hints(net, drawn(net), x=x, t=np.array([[0.0], [1.0]]), rate=1e-9)
    assert said == ("column 1 of the inputs reaches 2020; scale inputs to about −1 … 1",)


def curvature_by_differences(step, given=None):
    """Return gᵀHg / gᵀg from losses alone, in many digits' worth of a second difference."""
    network, loss, layout = step.task.network, step.task.loss, step.task.layout
    g = np.concatenate([np.ravel(step[f"{p.rpartition('.')[0]}.d{p.rpartition('.')[2]}"])
                        for p in layout.paths])  # fmt: skip
    start, unit = np.asarray(step.position.params), g / np.linalg.norm(g)

    def height(along):
        tree = layout.unpack(start + float(along) * unit)
        return cp.backprop(network, loss, tree, step["x"], step["t"], given=given)[0]

    h = 1e-3
    at = [mpmath.mpf(height(k * h)) for k in (-2, -1, 0, 1, 2)]
    return float((-at[0] + 16 * at[1] - 30 * at[2] + 16 * at[3] - at[4]) / (12 * h * h))


@pytest.mark.parametrize("seed", range(6))
def test_the_curvature_is_that_of_the_loss(seed):
    net = network([cp.Sigmoid(), cp.Tanh(), cp.GELU()][seed % 3], output=cp.Tanh())
    step = cp.explain(net, cp.SquaredError(), drawn(net, seed), XOR, T, optimizer=cp.SGD(0.1))
    found = _along_gradient(situation_of(step))[1]
    assert found == pytest.approx(curvature_by_differences(step), rel=1e-5, abs=1e-7)


def test_a_rate_past_the_stable_one_of_a_parabola():
    """E = ½ mean (w x)² bends by mean x² = 2.5: rates below 0.8 are stable."""
    net = cp.Chain(cp.Dense(1, 1, bias=False))
    rows = {"x": np.array([[1.0], [2.0]]), "t": np.zeros((2, 1))}
    params = {"dense1": {"W": np.array([[3.0]])}}
    assert hints(net, params, **rows, rate=0.79) == ()
    (said,) = hints(net, params, **rows, rate=0.81)
    assert "learning rate 0.81 is too large here: the loss bends by 2.5 along" in said
    assert "only rates below 2/2.5 = 0.8 lower it; this step takes it from 11.25 to 11.82" in said
    # An optimizer that does not step along the gradient has another limit.
    assert hints(net, params, **rows, optimizer=cp.Adam(5.0)) == ()
    assert hints(net, params, **rows, optimizer=cp.SGD(0.81, momentum=0.5)) == ()
    assert hints(net, params, **rows, rate=0.81, clip_norm=1e-3) == ()


def test_the_penalty_bends_the_loss_too():
    net = cp.Chain(cp.Dense(1, 1, bias=False))
    rows = {"x": np.array([[1.0], [2.0]]), "t": np.zeros((2, 1))}
    params = {"dense1": {"W": np.array([[3.0]])}}
    assert "below 2/3.5 = 0.5714" in hints(net, params, **rows, rate=0.7, l2=1.0)[0]


def test_no_hint_where_a_long_step_still_lowers_the_loss():
    net = network(cp.Sigmoid(), output=cp.Sigmoid())
    for seed in range(20):
        step = cp.explain(net, cp.SquaredError(), drawn(net, seed), XOR, T, optimizer=cp.SGD(8.0))
        told = any("learning rate" in one for one in hints_of(situation_of(step)))
        assert not (told and step.loss_after <= step.loss_before)


@pytest.mark.parametrize("example", LAYERS, ids=lambda example: example.name)
def test_every_layer_can_be_bent(example):
    """The curvature of every layer's loss, its masks and statistics given, against differences."""
    rng = np.random.default_rng(0)
    layer = example.make(3)
    given = example.given(layer, rng, 4, 3, np.float64)
    net = cp.Chain(layer, cp.Dense(layer.output_width(3), 2))
    given = None if example.given is nothing else {next(iter(net.children)): given}
    x, t = rng.standard_normal((4, 3)), rng.standard_normal((4, 2))
    how = {"optimizer": cp.SGD(1e-3), "given": given}
    step = cp.explain(net, cp.SquaredError(), net.init(rng), x, t, **how)
    assert _along_gradient(situation_of(step))[1] == pytest.approx(
        curvature_by_differences(step, given), rel=1e-4, abs=1e-6
    )


@pytest.mark.parametrize("example", LOSSES, ids=lambda example: example.name)
def test_every_loss_can_be_bent(example):
    rng = np.random.default_rng(1)
    net = cp.Chain(cp.Dense(3, 2), cp.Tanh(), cp.Dense(2, 2))
    x, t = rng.standard_normal((4, 3)), example.targets(rng, 4, 2)
    step = cp.explain(net, example.loss, drawn(net), x, t, optimizer=cp.SGD(1e-3))
    assert _along_gradient(situation_of(step))[1] == pytest.approx(
        curvature_by_differences(step), rel=1e-4, abs=1e-6
    )
