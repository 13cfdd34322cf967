"""The chapter's numbers, and what its items say of them, by other means than theirs."""

import re

import jax
import mpmath
import numpy as np
import pytest

from clearprop.chapter import mountain, rules
from clearprop.chapter.nudge import slopes
from clearprop.credit import (
    DirectFeedbackAlignment,
    Even,
    Exact,
    FeedbackAlignment,
    Proportional,
    TransposedWeights,
)
from tests import jax_reading  # noqa: F401 - puts JAX into float64
from tests.credit.test_course import Literal

WHO = np.array([[0.6, 0.4, 0.1, 0.2], [0.1, 0.3, 0.2, 0.1]])
HIDDEN = np.array([0.8, 0.7, 0.6, 0.5])
TARGET = np.array([1.0, 0.5])


def loss_in_jax(W):
    """Return E of item 5 for weights (4, 2)."""
    return 0.5 * ((TARGET - jax.nn.sigmoid(HIDDEN @ W)) ** 2).sum()


def test_nudging_finds_slopes():
    found = slopes(lambda p: float(np.exp(p[0]) * p[1] ** 2), np.array([0.5, -2.0]))
    exact = [4 * mpmath.exp(0.5), -4 * mpmath.exp(0.5)]
    np.testing.assert_allclose(found, np.array(exact, float), rtol=1e-9)


def test_1_walks_end_where_the_ground_is_flat(item):
    """The roots of h'(x) = x³ - x²/2 - 3x/2 are -1, 0 and 1.5; the oracle walks by it."""
    found = item("1").numbers
    assert [mountain.where_to(one) for one in (found.right, found.left)] == ["the sea", "the basin"]
    assert found.right.positions[-1, 0] == pytest.approx(1.5, abs=1e-6)
    assert found.left.positions[-1, 0] == pytest.approx(-1, abs=1e-6)
    assert found.right.heights[-1] == pytest.approx(0, abs=1e-12)
    assert found.left.heights[-1] == pytest.approx(125 / 192, rel=1e-12)
    for one in (found.right, found.left):
        assert (np.diff(one.heights) < 0).all()
        x = one.positions[:, 0]
        steps = x[:-1] - 0.2 * (x[:-1] ** 3 - x[:-1] ** 2 / 2 - 3 * x[:-1] / 2)
        np.testing.assert_allclose(x[1:], steps, rtol=1e-13)
        felt = [slopes(height, start)[0] for start in one.positions[:-1]]
        np.testing.assert_allclose(one.felt[:, 0], felt, atol=1e-9)


def height(x):
    return float(x[0] ** 4 / 4 - x[0] ** 3 / 6 - 3 * x[0] ** 2 / 4 + 63 / 64)


def test_1_where_a_walk_ends_is_decided_by_the_side_of_the_summit(item):
    drops = item("1").numbers.drops
    np.testing.assert_array_equal(drops.reached_lowest, drops.starts[:, 0] > 0)
    assert set(drops.kinds) == {"minimum"}
    assert f"{(drops.starts > 0).sum()} found the" in " ".join(str(item("1")).split())


def test_1_strides(item):
    found = dict(item("1").numbers.strides)
    told = [mountain.where_to(found[rate]) for rate in mountain.RATES]
    assert told == [
        "still walking",
        "the sea",
        "the sea",
        "jumping back and forth",
        "off the island",
    ]
    assert found[0.05].steps > found[0.2].steps
    last = [np.diff(found[rate].positions[-3:, 0]) for rate in (0.003, 0.6)]
    assert (last[0] > 0).all() and np.abs(last[0]).max() < 1e-2
    assert last[1].prod() < 0 and np.abs(last[1]).min() > 0.1


def test_1_picture_shows_ground_and_steps(item):
    lines = mountain.picture((item("1").numbers.right,), columns=40)
    ground = [line[5:].ljust(40) for line in lines[:-1]]
    columns = ["".join(column).strip() for column in zip(*ground, strict=True)]
    assert all(columns)
    visited = {round((x + 1.6) / 3.7 * 39) for x in item("1").numbers.right.positions[:, 0]}
    assert {i for i, column in enumerate(columns) if "●" in column} == visited


def test_2_errors(item):
    found = item("2").numbers
    np.testing.assert_allclose(found.errors, [0.08, 0.16, -0.5, 0.5], rtol=1e-14)
    np.testing.assert_allclose(found.losses, [0.0032, 0.0128, 0.125, 0.125], rtol=1e-14)
    np.testing.assert_allclose(found.slopes, [-0.08, -0.16, 0.5, -0.5], rtol=1e-14)
    np.testing.assert_allclose(found.measured, found.slopes, atol=1e-10)


def test_3_shares(item):
    found = item("3").numbers
    assert found.output == pytest.approx(0.92, rel=1e-15)
    assert found.error == pytest.approx(0.08, rel=1e-14)
    np.testing.assert_allclose(found.even, [0.02] * 4, rtol=1e-13)
    assert found.proportional[0] == pytest.approx(0.036923076923, rel=1e-11)
    assert found.proportional.sum() == pytest.approx(0.08, rel=1e-13)
    np.testing.assert_allclose(found.influence, [0.6, 0.4, 0.1, 0.2], rtol=1e-9)
    shares = [share for *_, share in found.pairs]
    np.testing.assert_allclose(shares, [0.6, 6, 60, -60, np.nan], rtol=1e-12)
    assert "sum to 0" in found.complaint


def test_4_matrices(item):
    found = item("4").numbers
    by_hand = [[6 / 13, 1 / 7], [4 / 13, 3 / 7], [1 / 13, 2 / 7], [2 / 13, 1 / 7]]
    np.testing.assert_allclose(found.proportional, by_hand, rtol=1e-14)
    np.testing.assert_array_equal(found.transposed, WHO.T)
    np.testing.assert_allclose(found.errors, [0.08, 0.04], rtol=1e-14)
    np.testing.assert_allclose(found.by_weights, [0.052, 0.044, 0.016, 0.02], rtol=1e-13)
    np.testing.assert_allclose(found.by_rows, found.by_weights, rtol=1e-15)
    np.testing.assert_allclose(found.by_shares, np.array(by_hand) @ [0.08, 0.04], rtol=1e-13)
    # That it is the derivative: nudging a hidden value moves E by minus this.
    moved = slopes(lambda h: float(0.5 * ((TARGET - WHO @ h) ** 2).sum()), HIDDEN)
    np.testing.assert_allclose(found.by_weights, -moved, rtol=1e-8)


def test_5_slopes(item):
    found = item("5").numbers
    autodiff = np.asarray(jax.grad(loss_in_jax)(WHO.T))
    np.testing.assert_allclose(found.formula, autodiff, rtol=1e-13)
    np.testing.assert_allclose(found.by_backprop, autodiff, rtol=1e-13)
    np.testing.assert_allclose(found.measured, autodiff, atol=1e-10)
    assert found.moved[1] == 0
    # s'(x) at points, against fifty digits and central differences.
    for z, value, slope, measured in found.sigmoid.T:
        exact = mpmath.diff(lambda x: 1 / (1 + mpmath.exp(-x)), z)
        assert slope == pytest.approx(float(exact), rel=1e-12)
        assert measured == pytest.approx(float(exact), abs=1e-10)
        assert value == pytest.approx(1 / (1 + np.exp(-z)), rel=1e-15)


def test_6_one_call_is_the_class_s(item):
    found = item("6").numbers
    from clearprop.credit import course_network

    params = course_network(2, 3, 2).init(np.random.default_rng(3))
    wih, who = params["dense1"]["W"].T, params["dense2"]["W"].T
    orders = [
        ("e", "updated first"),
        ("delta", "updated first"),
        ("e", "before"),
        ("delta", "before"),
    ]
    for change, (sends, order) in zip(found.changes, orders, strict=True):
        literal = Literal(wih, who, 0.5, sends, order)
        literal.train((0.7, 0.3), (1.0, 0.0))
        np.testing.assert_allclose(change, literal.wih - wih, rtol=0, atol=1e-15)
        np.testing.assert_allclose(found.new_who, literal.who, rtol=0, atol=1e-15)

    def half_squared(wih):
        o = jax.nn.sigmoid(who @ jax.nn.sigmoid(wih @ np.array([0.7, 0.3])))
        return 0.5 * ((np.array([1.0, 0.0]) - o) ** 2).sum()

    down = -0.5 * np.asarray(jax.grad(half_squared)(wih))
    np.testing.assert_allclose(found.downhill, down, rtol=0, atol=1e-15)
    np.testing.assert_allclose(found.changes[3], down, rtol=0, atol=1e-15)
    np.testing.assert_allclose(
        found.hidden_error, found.new_who.T @ (np.array([1, 0]) - output(wih, who)), atol=1e-15
    )
    o = output(wih, who)
    np.testing.assert_allclose(
        found.hidden_delta_error, who.T @ ((np.array([1, 0]) - o) * o * (1 - o)), atol=1e-15
    )
    assert (found.output, found.error) == pytest.approx((o[0], 1 - o[0]))
    assert found.delta == pytest.approx((1 - o[0]) * o[0] * (1 - o[0]))


def output(wih, who):
    h = 1 / (1 + np.exp(-wih @ np.array([0.7, 0.3])))
    return 1 / (1 + np.exp(-who @ h))


def test_6_check_names_both_slips_of_the_class(item):
    report = item("6").numbers.check
    assert [finding.path for finding in report.findings if finding.right] == ["dense2.W.new"]
    assert report.first_wrong.path == "dense1.W.new"
    assert report.causes == ("raw error sent back + weights updated before the error went back",)


def test_6_says_what_happened(item):
    """Slips leave their mark, mended it is the gradient, everything learns."""
    found = item("6").numbers
    assert found.angles[3] < 1e-6 and found.lengths[3] == pytest.approx(1, rel=1e-12)
    assert all(angle > 0.1 for angle in found.angles[:3])
    assert found.lengths[0] > 4
    assert all(run.losses[-1] < 0.25 * run.losses[0] for run in found.runs)
    assert all(accuracy > 0.92 for accuracy in found.accuracies)
    as_class, mended, longer = (found.runs[i].losses for i in (0, 3, 4))
    assert as_class[2] < 0.5 * mended[2] and longer[2] < as_class[2]


@pytest.mark.slow
def test_7_says_what_happened(item):
    found = item("7").numbers
    of_fruit, of_digits = found.trained
    for results in found.trained:
        assert results.stopped == ()
        assert set(results.losses) == set(rules.RULES)
    exact = of_digits.losses[Exact()]
    raw = of_digits.losses[TransposedWeights()]
    assert raw[0] < exact[0] / 2 and raw[-1] > 10 * exact[-1]
    at_best = [
        of_digits.right[rule][of_digits.best(rule)] for rule in (Exact(), TransposedWeights())
    ]
    assert abs(at_best[0] - at_best[1]) < 0.02
    for blind in (Even(), Proportional()):
        assert of_digits.right[blind][of_digits.best(blind)] < 0.2
    for random in (FeedbackAlignment(), DirectFeedbackAlignment()):
        assert of_digits.right[random][of_digits.best(random)] > 0.85
    assert of_fruit.right[Even()][of_fruit.best(Even())] < 0.8
    assert found.comparison.of(Exact()).angle == 0
    assert found.comparison.of(TransposedWeights(), "dense1").size > 4**2


def test_errata_1_w_42(item):
    found = item("errata").numbers
    np.testing.assert_allclose(found.influence, WHO[1], rtol=1e-9)
    assert found.column_sums[0] == pytest.approx(1, rel=1e-15)
    assert found.column_sums[1] == pytest.approx((0.1 + 0.3 + 0.2 + 0.3) / 0.7, rel=1e-14)


def test_errata_2_denominators(item):
    found = item("errata").numbers
    np.testing.assert_allclose(found.sums, [1.3, 0.7], rtol=1e-15)
    assert found.one_denominator == pytest.approx(0.7 / 1.3, rel=1e-14)
    own, weights = (WHO.T / [1.3, 0.7]) @ [0.08, 0.04], WHO.T @ [0.08, 0.04]
    cosine = own @ weights / np.sqrt((own @ own) * (weights @ weights))
    assert found.angle_own == pytest.approx(np.degrees(np.arccos(cosine)), rel=1e-9)
    assert found.angle_own > 4 and found.angle_one < 1e-6


def test_errata_3_and_4_sign_and_last_factor(item):
    found = item("errata").numbers
    autodiff = np.asarray(jax.grad(loss_in_jax)(WHO.T))
    np.testing.assert_allclose(found.formula, autodiff[:, 0], rtol=1e-13)
    np.testing.assert_allclose(found.measured, autodiff[:, 0], atol=1e-10)
    np.testing.assert_allclose(found.chapter_sign, -autodiff[:, 0], rtol=1e-13)
    o = 1 / (1 + np.exp(-0.92))
    np.testing.assert_allclose(found.chapter_factor, [-(1 - o) * o * (1 - o) * o] * 4, rtol=1e-13)
    losses = [float(loss_in_jax(WHO.T + sign * autodiff)) for sign in (0, -1, 1)]
    np.testing.assert_allclose(found.losses, losses, rtol=1e-13)
    assert losses[1] < losses[0] < losses[2]


def test_errata_5_the_class_is_not_gradient_descent(item):
    found = item("errata").numbers
    for angles in (found.fruit_angles, found.digit_angles):
        assert all(one.each.min() > 0 for one in angles[:3])
        assert angles[3].each.max() < 1e-6 and angles[3].together < 1e-6
        assert all(one.each.max() < 90 for one in angles)
    in_the_class, slope_back, old_weights, _ = found.digit_angles
    assert in_the_class.together > 20 and old_weights.together > 20 and slope_back.together < 1
    np.testing.assert_allclose(found.shares_near_zero, [(0.01, 60), (-0.01, -60)], rtol=1e-9)


def test_no_number_has_a_hyphen_for_a_minus(any_item):
    assert re.findall(r"(?<![\w.])-\d[\d.]*", str(any_item)) == []
