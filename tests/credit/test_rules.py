"""Each rule against the same rule on paper, on small networks of three layers."""

import numpy as np
import pytest

import clearprop as cp
from clearprop.credit import (
    CancellingWeightsError,
    DirectFeedbackAlignment,
    ErrorAtLayer,
    Even,
    Exact,
    FeedbackAlignment,
    Proportional,
    TransposedWeights,
)
from tests.credit import by_hand
from tests.trees import frozen, same_bits

FOUR = np.array([[0.6], [0.4], [0.1], [0.2]])
KINDS = {"sigmoid": cp.Sigmoid(), "tanh": cp.Tanh(), "identity": cp.Identity()}


def three_layers(kind, rows=3, seed=0):
    """Return a network, its parameters, rows and targets."""
    rng = np.random.default_rng(seed)
    net = cp.Chain(
        cp.Dense(3, 4, bias=False), KINDS[kind], cp.Dense(4, 5, bias=False), KINDS[kind],
        cp.Dense(5, 2, bias=False), KINDS[kind],
    )  # fmt: skip
    params = {
        name: {"W": rng.uniform(0.1, 0.7, (layer.inputs, layer.outputs)) * rng.choice([1, 1, -1])}
        for name, layer in net.children.items()
        if isinstance(layer, cp.Dense)
    }
    return net, params, rng.standard_normal((rows, 3)), rng.uniform(0.1, 0.9, (rows, 2))


def matrices(seed=1):
    """Return fixed feedback for the two upper layers, as the rules take it and as paper does."""
    rng = np.random.default_rng(seed)
    step_by_step = rng.standard_normal((4, 5)), rng.standard_normal((5, 2))
    direct = rng.standard_normal((4, 2)), rng.standard_normal((5, 2))
    named = [dict(zip(("dense2", "dense3"), pair, strict=True)) for pair in (step_by_step, direct)]
    return named, ([None, *step_by_step], [None, *direct])


(STEPWISE, DIRECT), (STEPWISE_PAPER, DIRECT_PAPER) = matrices()
RULES = {
    "exact": (Exact(), by_hand.exact),
    "even": (Even(), by_hand.even),
    "proportional": (Proportional(), by_hand.proportional),
    "transposed": (TransposedWeights(), by_hand.transposed),
    "transposed, delta": (TransposedWeights(raw_error=False), by_hand.exact),
    "even, delta": (Even(raw_error=False), lambda n, w, e, d, o: by_hand.even(n, w, d, d, o)),
    "feedback": (FeedbackAlignment(matrices=STEPWISE), by_hand.fixed(STEPWISE_PAPER)),
    "direct": (DirectFeedbackAlignment(matrices=DIRECT), by_hand.fixed_direct(DIRECT_PAPER)),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", RULES)
def test_rule_is_the_one_on_paper(name, kind):
    rule, back = RULES[name]
    net, params, x, t = three_layers(kind)
    _, ours = cp.credit.gradients(net, cp.SquaredError(), frozen(params), x, t, rule)
    paper = by_hand.changes([params[f"dense{i}"]["W"].T for i in (1, 2, 3)], kind, x, t, back)
    for layer, change in zip(("dense1", "dense2", "dense3"), paper, strict=True):
        # On paper the error is t - o and is summed over rows; a gradient is minus its mean.
        np.testing.assert_allclose(ours[layer]["W"], -change.T / len(x), rtol=1e-12, atol=1e-14)


def test_even_spreads_008_into_four_times_002():
    np.testing.assert_allclose(0.08 * Even().shares(FOUR).ravel(), [0.02] * 4, rtol=1e-15)


def test_proportional_spreads_008_by_the_weights():
    shares = 0.08 * Proportional().shares(FOUR).ravel()
    assert shares[0] == pytest.approx(0.036923076923076923, rel=1e-14)
    np.testing.assert_allclose(shares, [0.048 / 1.3, 0.032 / 1.3, 0.008 / 1.3, 0.016 / 1.3])
    assert shares.sum() == pytest.approx(0.08, rel=1e-15)


def test_no_error_is_lost_or_added_by_shares():
    W = np.random.default_rng(0).standard_normal((6, 3))
    for rule in (Even(), Proportional()):
        np.testing.assert_allclose(rule.shares(W).sum(axis=0), 1.0, rtol=1e-12)


def test_each_output_has_its_own_denominator():
    W = np.array([[0.6, 0.1], [0.4, 0.1], [0.1, 0.2], [0.2, 0.1]])
    np.testing.assert_allclose(Proportional().shares(W), W / np.array([[1.3, 0.5]]), rtol=1e-14)


@pytest.mark.parametrize("weights", [[0.6, -0.6], [0.1, 0.2, -0.3], [0.0, 0.0]])
def test_weights_that_cancel_have_no_shares(weights):
    """0.1 + 0.2 - 0.3 is 5.6e-17 in floats: shares of 2e15 would be noise."""
    W = np.array([[1.0, weight] for weight in weights])
    with pytest.raises(CancellingWeightsError, match="dense7: the weights into output 1 sum to 0"):
        Proportional().shares(W, "dense7")
    assert Proportional().note(W) == "the weights into an output sum to 0"


def test_shares_beyond_the_whole_are_told():
    assert Proportional().note(FOUR) == ""
    said = Proportional().note(np.array([[0.6], [-0.5]]))
    assert said == "one weight is charged 6 times the error of output 0, whose weights sum to 0.1"


def test_shares_change_sign_with_the_sum():
    before, after = (Proportional().shares(np.array([[0.5], [w]])) for w in (-0.499, -0.501))
    assert before[0, 0] > 400 and after[0, 0] < -400


def test_the_first_layer_is_not_asked_for_shares():
    net = cp.Chain(cp.Dense(2, 1), cp.Tanh(), cp.Dense(1, 1))
    params = net.init(np.random.default_rng(0))
    params["dense1"]["W"] = np.array([[1.0], [-1.0]])
    cp.credit.gradients(net, cp.SquaredError(), params, [[1.0, 2.0]], [[1.0]], Proportional())


@pytest.mark.parametrize("rule", [FeedbackAlignment(5), DirectFeedbackAlignment(5)])
def test_random_feedback_is_the_same_every_time_and_another_for_another_seed(rule):
    net, params, x, t = three_layers("tanh")
    arguments = net, cp.SquaredError(), params, x, t
    one, same = (cp.credit.gradients(*arguments, rule)[1] for _ in range(2))
    other = cp.credit.gradients(*arguments, type(rule)(6))[1]
    assert same_bits(one, same)
    assert not np.allclose(one["dense1"]["W"], other["dense1"]["W"])
    assert not np.allclose(one["dense2"]["W"], other["dense2"]["W"])


@pytest.mark.parametrize("rule", [FeedbackAlignment(5), DirectFeedbackAlignment(5)])
def test_random_feedback_knows_neither_the_weights_nor_the_rows(rule):
    """An error of one in each output in turn shows the matrix itself."""
    sent = []
    for seed in (0, 1):
        rng = np.random.default_rng(seed)
        W, x = rng.standard_normal((4, 3)), rng.standard_normal((3, 4))
        delta = np.eye(3)
        here = ErrorAtLayer(
            "dense2", 1, cp.Dense(4, 3), {"W": W}, x, rng.random((3, 3)), delta, delta, {}
        )
        sent.append(rule.send_back(here))
    assert sent[0].shape == (3, 4)
    np.testing.assert_array_equal(sent[0], sent[1])


def test_feedback_through_the_weights_themselves_is_exact():
    net, params, x, t = three_layers("sigmoid")
    rule = FeedbackAlignment(matrices={name: params[name]["W"] for name in params})
    _, ours = cp.credit.gradients(net, cp.SquaredError(), params, x, t, rule)
    _, true = cp.backprop(net, cp.SquaredError(), params, x, t)
    assert same_bits(ours, true)


def test_direct_feedback_through_the_weights_is_exact_with_one_hidden_layer():
    net = cp.Chain(cp.Dense(3, 4), cp.Tanh(), cp.Dense(4, 2))
    rng = np.random.default_rng(0)
    params, x, t = net.init(rng), rng.standard_normal((5, 3)), rng.standard_normal((5, 2))
    rule = DirectFeedbackAlignment(matrices={"dense2": params["dense2"]["W"]})
    _, ours = cp.credit.gradients(net, cp.SquaredError(), params, x, t, rule)
    assert same_bits(ours, cp.backprop(net, cp.SquaredError(), params, x, t)[1])


def test_given_matrices_must_be_there_and_fit():
    net, params, x, t = three_layers("tanh")
    arguments = net, cp.SquaredError(), params, x, t
    with pytest.raises(ValueError, match="matrices has none for dense3"):
        cp.credit.gradients(*arguments, FeedbackAlignment(matrices={}))
    wrong = {"dense3": np.ones((2, 5))}
    with pytest.raises(ValueError, match=r"of dense3 must have shape \(5, 2\), got \(2, 5\)"):
        cp.credit.gradients(*arguments, FeedbackAlignment(matrices=wrong))


def test_updated_weights_are_those_after_the_step():
    net, params, x, t = three_layers("tanh")
    rate = 0.3
    rule = TransposedWeights(raw_error=False, after_update=True)
    arguments = net, cp.SquaredError(), params, x, t
    _, ours = cp.credit.gradients(*arguments, rule, rate=rate)
    # The last layer is updated first, from the true gradient; layer 2 then sees the new weights.
    _, true = cp.backprop(*arguments)
    moved = {**params, "dense3": {"W": params["dense3"]["W"] - rate * true["dense3"]["W"]}}
    feedback = {name: moved[name]["W"] for name in moved}
    _, middle = cp.credit.gradients(*arguments, FeedbackAlignment(matrices=feedback))
    np.testing.assert_allclose(ours["dense2"]["W"], middle["dense2"]["W"], rtol=1e-13)
    feedback["dense2"] = params["dense2"]["W"] - rate * ours["dense2"]["W"]
    _, first = cp.credit.gradients(*arguments, FeedbackAlignment(matrices=feedback))
    np.testing.assert_allclose(ours["dense1"]["W"], first["dense1"]["W"], rtol=1e-13)


def test_updated_weights_need_a_rate():
    net, params, x, t = three_layers("tanh")
    rule = TransposedWeights(after_update=True)
    with pytest.raises(ValueError, match="give rate="):
        cp.credit.gradients(net, cp.SquaredError(), params, x, t, rule)
