"""The course's class: an independent one, written from its description, gives the same numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest, truncnorm

import clearprop as cp
from clearprop.credit import course_network, course_step
from tests.oracles import complex_gradient
from tests.trees import examples


class Literal:
    """One call of `train` as the course's class does it: columns, in place, in its order."""

    def __init__(self, wih, who, rate, sends="e", order="updated first"):
        self.wih, self.who, self.rate = wih.copy(), who.copy(), rate
        self.sends, self.order = sends, order

    def train(self, x, t):
        column = np.array(x, ndmin=2).T
        target = np.array(t, ndmin=2).T
        h = 1 / (1 + np.exp(-np.dot(self.wih, column)))
        o = 1 / (1 + np.exp(-np.dot(self.who, h)))
        e = target - o
        delta = e * o * (1.0 - o)
        before = self.who.copy()
        self.who = self.who + self.rate * np.dot(delta, h.T)
        through = self.who if self.order == "updated first" else before
        e_hidden = np.dot(through.T, e if self.sends == "e" else delta)
        self.wih = self.wih + self.rate * np.dot(e_hidden * h * (1.0 - h), column.T)


@st.composite
def steps(draw):
    inputs, hidden, outputs = (draw(st.integers(1, 6)) for _ in range(3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    wih, who = rng.uniform(-1, 1, (hidden, inputs)), rng.uniform(-1, 1, (outputs, hidden))
    rows, rate = draw(st.integers(1, 10)), draw(st.sampled_from([0.01, 0.1, 0.6]))
    return wih, who, rng.uniform(-2, 2, (rows, inputs)), rng.uniform(0, 1, (rows, outputs)), rate


@pytest.mark.parametrize("raw_error", [True, False])
@pytest.mark.parametrize("after_update", [True, False])
@examples(60)
@given(steps())
def test_step_is_the_class_s(raw_error, after_update, case):
    wih, who, x, t, rate = case
    literal = Literal(
        wih, who, rate, "e" if raw_error else "delta", "updated first" if after_update else "before"
    )
    for row, target in zip(x, t, strict=True):
        ours = course_step(
            literal.wih, literal.who, row, target, rate,
            raw_error=raw_error, after_update=after_update,
        )  # fmt: skip
        literal.train(row, target)
        np.testing.assert_allclose(ours[0], literal.wih, rtol=0, atol=1e-15)
        np.testing.assert_allclose(ours[1], literal.who, rtol=0, atol=1e-15)


@examples(40)
@given(steps())
def test_without_its_slips_the_step_follows_the_gradient_that_complex_steps_find(case):
    wih, who, x, t, rate = case

    def half_squared(weights):
        h = 1 / (1 + np.exp(-weights[0] @ x[0]))
        return 0.5 * ((t[0] - 1 / (1 + np.exp(-weights[1] @ h))) ** 2).sum()

    down = complex_gradient(half_squared, (wih, who))
    ours = course_step(wih, who, x[0], t[0], rate, raw_error=False, after_update=False)
    for after, before, gradient in zip(ours, (wih, who), down, strict=True):
        np.testing.assert_allclose(after, before - rate * gradient, rtol=0, atol=1e-14)


def test_each_slip_alone_leaves_the_gradient():
    rng = np.random.default_rng(3)
    wih, who = rng.uniform(-1, 1, (4, 3)), rng.uniform(-1, 1, (2, 4))
    row, target = rng.uniform(-1, 1, 3), (1.0, 0.0)
    options = [(raw, after) for raw in (False, True) for after in (False, True)]
    after = {
        (raw, updated): course_step(wih, who, row, target, 0.1, raw_error=raw, after_update=updated)
        for raw, updated in options
    }
    right = after[False, False]
    for option in options[1:]:
        np.testing.assert_array_equal(after[option][1], right[1])  # `who` is never touched by them
        assert np.abs(after[option][0] - right[0]).max() > 1e-6


def test_training_by_options_is_the_class_row_after_row():
    """Also that vectors may be tuples and lists, as the class takes them."""
    rng = np.random.default_rng(0)
    net = course_network(3, 4, 2)
    params = net.init(rng)
    x, t = rng.uniform(-1, 1, (20, 3)), rng.integers(0, 2, (20, 2)).astype(float)
    rule = cp.credit.TransposedWeights(raw_error=True, after_update=True)
    run = cp.credit.train(
        net, cp.SquaredError(), params, x, t, rule, rate=0.2, epochs=3, batch_size=1, shuffle=False
    )
    wih, who = params["dense1"]["W"].T, params["dense2"]["W"].T
    literal = Literal(wih, who, 0.2)
    for _ in range(3):
        for row, target in zip(x, t, strict=True):
            literal.train(tuple(row), list(target))
            wih, who = course_step(wih, who, tuple(row), list(target), 0.2)
    for ours in (run.params["dense1"]["W"].T, wih):
        np.testing.assert_allclose(ours, literal.wih, rtol=0, atol=1e-14)
    for ours in (run.params["dense2"]["W"].T, who):
        np.testing.assert_allclose(ours, literal.who, rtol=0, atol=1e-14)


def test_weights_start_from_the_cut_normal():
    params = course_network(9, 4000, 3).init(np.random.default_rng(0))
    for name, fed in (("dense1", 9), ("dense2", 4000)):
        weights, bound = params[name]["W"].ravel(), 1 / np.sqrt(fed)
        assert "b" not in params[name]
        assert np.abs(weights).max() <= bound
        assert kstest(weights, truncnorm(-bound, bound).cdf).pvalue > 0.01


def test_weights_are_not_changed_and_shapes_are_checked():
    wih, who = np.ones((3, 2)), np.ones((1, 3))
    course_step(wih, who, (1, 2), (0,), 0.5)
    assert (wih == 1).all() and (who == 1).all()
    with pytest.raises(ValueError, match="wih has 3 rows, one for each hidden node, but who has 2"):
        course_step(wih, np.ones((1, 2)), (1, 2), (0,), 0.5)
    with pytest.raises(ValueError, match="who must be a matrix"):
        course_step(wih, np.ones(3), (1, 2), (0,), 0.5)
    with pytest.raises(ValueError, match="dense1: Dense takes 2 values a row, gets 3"):
        course_step(wih, who, (1, 2, 3), (0,), 0.5)
