"""Equal numbers: every slip that gives them is named, and what a gradient of 0 hides is said."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clearprop as cp
from tests.explaining.learners import Net

RULES = {
    "plain": (cp.SGD(0.3), {}),
    "momentum": (cp.SGD(0.3, 0.9), {"velocity": 0.1}),
    "Nesterov": (cp.SGD(0.3, 0.9, nesterov=True), {"velocity": 0.1}),
    "RMSProp": (cp.RMSProp(0.01), {"square": 0.4}),
    "Adam": (cp.Adam(0.01), {"m": 0.1, "v": 0.4, "t": 3}),
    "AdamW": (cp.AdamW(0.01, 0.1), {"m": 0.1, "v": 0.4, "t": 3}),
}


def stepped(rule, net, l2=0.0):
    """Return a step by a rule in the middle of training, and the rule."""
    optimizer, state = RULES[rule]
    size = sum(np.size(one) for one in (net.W1, net.b1, net.W2, net.b2))
    held = {k: v if k == "t" else np.full(size, v) for k, v in state.items()}
    return net.step(optimizer=optimizer, l2=l2, **({"state": held} if held else {}))


def moved(rule, step, parameter, gradient, l2=0.0):
    """Return a new parameter by the rule's own formula, from any gradient."""
    optimizer, state = RULES[rule]
    inner = getattr(optimizer, "optimizer", optimizer)
    old = step[parameter]
    g = gradient + (l2 * old if parameter.endswith("W") else 0.0)
    parts = {k: v if k == "t" else np.full(np.shape(old), v) for k, v in state.items()}
    new, _ = inner.update(np, g, parts, old, optimizer.learning_rate)
    decays = rule == "AdamW" and parameter.endswith("W")
    return new - optimizer.learning_rate * 0.1 * old if decays else new


@pytest.mark.parametrize("rule", RULES)
@settings(max_examples=3)
@given(seed=st.integers(0, 1000), l2=st.sampled_from([0.0, 0.05]))
@pytest.mark.one_in(3)
def test_the_gradient_in_an_update_is_told(rule, seed, l2):
    net = Net((3, 4, 2), cp.Tanh, seed=seed)
    step = stepped(rule, net, l2)
    gradient = step["dense1.dW"]
    # A sum that no slip gives.
    yours = moved(rule, step, "dense1.W", gradient + 0.125 * step["dense1.W"], l2)
    report = step.check({"dense1.W.new": yours})
    assert not report
    assert not report.causes
    said = "of the gradient dense1.dW in your update: yours is ours + 0.125 × dense1.W"
    # Where the update is linear in the gradient, the same is told of the new weights themselves.
    linear = rule in ("plain", "momentum", "Nesterov")
    assert said in str(report) or (linear and "dense1.W.new: yours is ours −" in str(report))


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule != "plain"])
def test_an_update_without_gradient_is_no_slip_of_many(rule):
    net = Net((3, 4, 2), cp.Tanh)
    step = stepped(rule, net)
    names = ("dense2.b", "dense2.W", "dense1.b", "dense1.W")
    yours = {f"{one}.new": moved(rule, step, one, 0 * step[one]) for one in names[2:]}
    report = step.check(yours)
    assert not report
    assert "gradients of dense1 left at 0" in report.causes
    saying_it = ("updated", "left at 0", "left at 0 in dense1")
    assert all(cause.endswith(saying_it) for cause in report.causes), str(report)


def test_the_error_without_its_sign_where_all_are_below_is_named_beside_the_sign():
    net = Net((3, 4, 1), cp.Tanh, loss=cp.BinaryCrossEntropy())
    net.t[:] = 1.0
    step = net.step()
    yours = {name: -np.asarray(step[name]) for name in ("dense2.dW", "dense2.db", "dense1.dW")}
    report = step.check(yours)
    assert {"wrong sign", "|p − t| in place of p − t"} <= set(report.causes)
    assert "the same numbers also come from: " in str(report)
    assert "|p − t| in place of p − t" in str(report)


def test_more_slips_than_are_shown_are_counted():
    report = cp.CheckReport((_wrong(),), tuple("abcdefg"), ("why",))
    assert "also come from: b; c; d; 3 more" in str(report)
    report = cp.CheckReport((_wrong(),), tuple("abcde"), ("why",))
    assert "also come from: b; c; d; e" in str(report)


def _wrong():
    net = Net((2, 3, 1))
    return net.step().check({"dense1.db": np.ones(3)}).findings[0]


def test_one_number_is_no_multiple_worth_telling():
    net = Net((2, 3, 1))
    step = net.step()
    assert "exactly" not in str(step.check({"dense2.db": 2.7712 * step["dense2.db"]}))
    assert "exactly 5 ×" in str(step.check({"dense2.db": 5 * step["dense2.db"]}))


def test_a_bias_before_a_normalization_hides_nothing_else():
    layers = (cp.Dense(3, 4), cp.BatchNorm(4), cp.Tanh(), cp.Dense(4, 2))
    network, rng = cp.Chain(*layers), np.random.default_rng(2)
    params = network.init(rng)
    x, t = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
    step = cp.explain(network, cp.SquaredError(), params, x, t)
    z2 = np.exp(step["tanh1.y"]) @ params["dense2"]["W"] + params["dense2"]["b"]
    work = {"dense2.y": z2, "E": 0.5 * ((z2 - t) ** 2).sum() / 5, "dense1.db": step["dense1.db"]}
    assert "exp tanh1.y in place of tanh1.y in dense2.y" in step.check(work).causes


@pytest.mark.parametrize("rows", [3, 6])
def test_a_slip_of_the_loss_is_named_in_the_scale_the_loss_has(rows):
    net = Net((3, 4, 3), cp.Tanh, loss=cp.CrossEntropy(), rows=rows)
    step = net.step()
    names = ("dense2.dW", "dense2.db", "dense1.dW", "dense1.db")
    work = {"E": rows * step["E"] / np.log(2), **{one: rows * step[one] for one in names}}
    report = step.check(work)
    assert report.causes == ("logarithm to the base 2",)
    assert f"your E is {rows} × ours: the sum over the rows" in str(report)


def test_digits_that_a_naive_logarithm_loses_are_no_error():
    net = Net((3, 4, 1), cp.Tanh, loss=cp.BinaryCrossEntropy())
    net.b2[:], net.t[:] = 14.0, 0.0
    step = net.step()
    p = 1 / (1 + np.exp(-step["dense2.y"]))
    naive = float(-np.log(1 - p).mean())
    assert naive != step["E"]
    assert step.check({"E": naive})
    assert not step.check({"E": naive * (1 + 1e-6)})


def test_a_bare_state_is_that_inside_the_weight_decay():
    net = Net((3, 4, 2), cp.Tanh)
    step = stepped("AdamW", net)
    assert np.allclose(step["dense1.W.new"], moved("AdamW", step, "dense1.W", step["dense1.dW"]))


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("Adam", "'m', 'v', 't'; 'v', 't' missing"),
        ("AdamW", "'m', 'v', 't'; 'v', 't' missing"),
        ("momentum", "'velocity'; 'velocity' missing"),
    ],
)
def test_an_incomplete_state_is_refused_with_what_is_missing(rule, words):
    net = Net((3, 4, 2), cp.Tanh)
    with pytest.raises(ValueError, match=f"state must be a dict with {words}"):
        net.step(optimizer=RULES[rule][0], state={"m": np.zeros(26)})


def test_a_forgotten_shortcut_is_named_where_the_inner_layers_are_dead_too():
    inner = cp.Chain(cp.Dense(4, 4), cp.ReLU())
    network = cp.Chain(cp.Dense(3, 4), cp.Tanh(), cp.Residual(inner), cp.Dense(4, 2))
    rng = np.random.default_rng(0)
    params = network.init(rng)
    x, t = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
    step = cp.explain(network, cp.SquaredError(), params, x, t, optimizer=cp.SGD(0.1))
    name = "the shortcut's error missing in residual1"
    slope = 1 - step["tanh1.y"] ** 2
    back = (step["residual1.dx"] - step["residual1.dy"]) * slope
    alive = step.check({"dense1.W.new": params["dense1"]["W"] - 0.1 * x.T @ back})
    assert name in alive.causes
    params["residual1"]["chain1"]["dense1"]["b"][:] = -99.0
    step = cp.explain(network, cp.SquaredError(), params, x, t, optimizer=cp.SGD(0.1))
    dead = step.check({"dense1.W.new": params["dense1"]["W"]})
    assert {name, "dense1 not updated"} <= set(dead.causes)
