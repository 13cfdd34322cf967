"""Losses: values and gradients to the last digits, far out and close to perfect."""

import mpmath as mp
import numpy as np
import pytest

import clearprop as cp
from clearprop.readings import numpy as xp
from tests import exact

RAW = [-1e4, -700.0, -40.0, -1.5, -1e-8, 0.0, 1e-8, 1.5, 40.0, 700.0, 1e4]


def columns(o, t):
    """Return one row for every pair of the two lists."""
    grid = np.array([(a, b) for a in o for b in t])
    return grid[:, :1], grid[:, 1:]


def pinball(level):
    q = mp.mpf(level)
    return lambda o, t: max(q * (t - o), (q - 1) * (t - o))


def huber(threshold):
    d = mp.mpf(threshold)

    def value(o, t):
        size = abs(t - o)
        return size * size / 2 if size <= d else d * size - d * d / 2

    return value


def bce(o, t):
    return t * exact.softplus(-o) + (1 - t) * exact.softplus(o)


POINTWISE = {
    cp.SquaredError(): (lambda o, t: (t - o) ** 2 / 2, lambda o, t: o - t),
    cp.AbsoluteError(): (lambda o, t: abs(t - o), lambda o, t: -mp.sign(t - o)),
    cp.Huber(): (huber(1), lambda o, t: -max(min(t - o, 1), -1)),
    cp.Huber(0.25): (huber(0.25), lambda o, t: -max(min(t - o, mp.mpf(0.25)), -mp.mpf(0.25))),
    cp.Quantile(): (pinball(0.5), lambda o, t: -mp.sign(t - o) / 2),
    cp.Quantile(0.95): (
        pinball(0.95),
        lambda o, t: mp.mpf(0.5) - mp.mpf(0.95) - mp.sign(t - o) / 2,
    ),
    cp.Quantile(0.01): (
        pinball(0.01),
        lambda o, t: mp.mpf(0.5) - mp.mpf(0.01) - mp.sign(t - o) / 2,
    ),
}


@pytest.mark.parametrize("loss", POINTWISE, ids=repr)
def test_regression_losses_are_exact_to_the_last_digits(loss):
    value, gradient = POINTWISE[loss]
    o, t = columns(RAW, [-2.0, 0.0, 0.1, 3.0, 1e4])
    rows = zip(o[:, 0], t[:, 0], loss.value(xp, o, t), loss.gradient(xp, o, t), strict=True)
    for one, target, ours, ours_gradient in rows:
        pair = mp.mpf(float(one)), mp.mpf(float(target))
        assert exact.in_spacings(ours, value(*pair)) <= 4, pair
        assert exact.in_spacings(ours_gradient[0], gradient(*pair), 1.0) <= 2, pair


def test_binary_cross_entropy_is_exact_to_the_last_digits():
    """The value everywhere, a loss of 1e-4343 that is zero in floats included."""
    loss = cp.BinaryCrossEntropy()
    o, t = columns(RAW, [0.0, 0.25, 1.0])
    values, gradients = loss.value(xp, o, t), loss.gradient(xp, o, t)
    for row, (one, target) in enumerate(zip(o[:, 0], t[:, 0], strict=True)):
        pair = mp.mpf(float(one)), mp.mpf(float(target))
        assert exact.in_spacings(values[row], bce(*pair)) <= 4, pair
        # σ(o) - t is a difference of numbers up to 1: exact beside these.
        assert exact.in_spacings(gradients[row, 0], exact.sigmoid(pair[0]) - pair[1], 1.0) <= 2
    assert np.isfinite(values).all()


@pytest.mark.parametrize(("o", "tiny"), [(40.0, 4.248354255291589e-18), (700.0, 9.86e-305)])
def test_tiny_cross_entropies_are_not_lost(o, tiny):
    """Where p rounds to 1, ln p is still not 0."""
    binary = cp.BinaryCrossEntropy().value(xp, np.array([[o], [-o]]), np.array([[1.0], [0.0]]))
    several = cp.CrossEntropy().value(xp, np.array([[o, 0.0]]), np.array([[1.0, 0.0]]))
    np.testing.assert_allclose([*binary, *several], tiny, rtol=1e-3)
    assert exact.in_spacings(several[0], mp.log1p(mp.exp(-mp.mpf(o)))) <= 4


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize(
    "o",
    [
        (0.0, 0.0, 0.0),
        (1e4, 0.0, -1e4),
        (-1e4, -1e4, -1e4 + 1),
        (40.0, 0.0, 0.0),
        (-40.0, 40.0, 40.0),
        (1e-8, 0.0, -1e-8),
        (1e4, 1e4, 1e4),
        (700.0, -700.0, 1.0),
    ],
)
def test_cross_entropy_is_exact_to_the_last_digits(o, smoothing):
    loss = cp.CrossEntropy(smoothing)
    raw = [mp.mpf(one) for one in o]
    s = mp.mpf(smoothing)
    for t in [*np.eye(3).tolist(), [0.5, 0.25, 0.25]]:
        smoothed = [(1 - s) * one + s / 3 for one in t]
        row, target = np.array([o]), np.array([t])
        exactly = -mp.fsum(a * b for a, b in zip(smoothed, exact.log_softmax(raw), strict=True))
        assert exact.in_spacings(loss.value(xp, row, target)[0], exactly) <= 6
        p = exact.softmax(raw)
        for k, ours in enumerate(loss.gradient(xp, row, target)[0]):
            assert exact.in_spacings(ours, p[k] - smoothed[k], 1.0) <= 3


def test_poisson_is_exact_beside_its_largest_term():
    """Four terms that cancel where the prediction is perfect: exact beside the largest."""
    loss = cp.Poisson()
    o, t = columns([-1e4, -40.0, -1.5, 0.0, 1e-8, 1.5, np.log(3.0), 40.0], [0.0, 1.0, 3.0, 1e6])
    values, gradients = loss.value(xp, o, t), loss.gradient(xp, o, t)
    for row, (one, target) in enumerate(zip(o[:, 0], t[:, 0], strict=True)):
        one, target = mp.mpf(float(one)), mp.mpf(float(target))
        terms = [mp.exp(one), -target * one, target * mp.log(target or 1), -target]
        largest = float(max(abs(term) for term in terms))
        assert exact.in_spacings(values[row], mp.fsum(terms), largest) <= 4
        assert exact.in_spacings(gradients[row, 0], mp.exp(one) - target, float(target)) <= 4


def test_poisson_beyond_the_largest_float_is_infinite():
    with np.errstate(over="ignore"):
        assert cp.Poisson().value(xp, np.array([[1e4]]), np.array([[2.0]]))[0] == np.inf


@pytest.mark.parametrize(
    "loss", [cp.BinaryCrossEntropy(), cp.CrossEntropy(), cp.CrossEntropy(0.1)], ids=repr
)
def test_float32_is_finite_far_out(loss):
    o = np.array([[1e4, -1e4], [-1e4, 1e4], [0.0, 1e4]], np.float32)
    t = np.array([[0.0, 1.0], [0.0, 1.0], [1.0, 0.0]], np.float32)
    for array in (loss.value(xp, o, t), loss.gradient(xp, o, t), loss.link(xp, o)):
        assert array.dtype == np.float32
        assert np.isfinite(array).all()


@pytest.mark.parametrize(
    ("loss", "at_kink"),
    [(cp.AbsoluteError(), 0.0), (cp.Quantile(0.9), 0.5 - 0.9), (cp.Quantile(), 0.0)],
    ids=repr,
)
def test_gradient_where_output_and_target_meet(loss, at_kink):
    meeting = np.array([[0.0, 1.5, -1e4]])
    np.testing.assert_array_equal(loss.gradient(xp, meeting, meeting), [[at_kink] * 3])
    np.testing.assert_array_equal(loss.value(xp, meeting, meeting), [0.0])


@pytest.mark.parametrize("threshold", [0.3, 1.0, 5.0])
@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_huber_is_smooth_at_its_threshold(threshold, side):
    loss, edge = cp.Huber(threshold), side * threshold
    o = np.array([[0.0], [0.0], [0.0]])
    t = np.array([[np.nextafter(edge, 0)], [edge], [np.nextafter(edge, 2 * edge)]])
    np.testing.assert_allclose(loss.value(xp, o, t), threshold**2 / 2, rtol=1e-15)
    np.testing.assert_allclose(loss.gradient(xp, o, t), -edge, rtol=1e-15)


def test_links_are_the_predictions():
    o = np.array([[-1e4, 0.0, 40.0]])
    np.testing.assert_array_equal(cp.SquaredError().link(xp, o), o)
    np.testing.assert_array_equal(cp.Poisson().link(xp, o), np.exp(o))
    np.testing.assert_allclose(cp.BinaryCrossEntropy().link(xp, o), [[0.0, 0.5, 1.0]], rtol=1e-15)
    softmax = cp.CrossEntropy().link(xp, o)
    np.testing.assert_allclose(softmax, [[0.0, 4.248354255291589e-18, 1.0]], rtol=1e-14)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: cp.Huber(0.0), "Huber: threshold must be above 0, got 0.0"),
        (lambda: cp.Huber(float("nan")), "Huber: threshold must be above 0, got nan"),
        (lambda: cp.Quantile(1.0), "Quantile: level must lie between 0 and 1, got 1.0"),
        (lambda: cp.Quantile(0), "Quantile: level must lie between 0 and 1, got 0"),
        (lambda: cp.CrossEntropy(1.0), r"label_smoothing must be in \[0, 1\), got 1.0"),
        (lambda: cp.CrossEntropy(-0.1), r"label_smoothing must be in \[0, 1\), got -0.1"),
    ],
)
def test_impossible_settings_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_every_loss_says_how_it_is_counted():
    for loss in (*POINTWISE, cp.Poisson(), cp.BinaryCrossEntropy(), cp.CrossEntropy()):
        assert loss.convention.startswith("E = mean over rows of Eₙ;  Eₙ = ")
