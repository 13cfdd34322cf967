"""The gradient checker: a wrong gradient is found and named, a right one is left in peace."""

import math
import re
from dataclasses import dataclass

import numpy as np
import pytest

import clearprop as cp
from clearprop.checking import check_loss_once
from clearprop.readings import complex_step
from clearprop.readings import numpy as xp
from tests.trees import random_like


def problem(activation=None, width=3):
    rng = np.random.default_rng(0)
    net = cp.Chain(cp.Dense(2, width), activation or cp.Tanh(), cp.Dense(width, 2))
    params = random_like(net.init(rng), rng)
    return net, params, rng.standard_normal((4, 2)), rng.standard_normal((4, 2))


def check(net, params, x, t, **options):
    return cp.check_gradients(net, cp.SquaredError(), params, x, t, **options)


def test_right_gradients_are_right_to_rounding():
    report = check(*problem())
    assert report
    assert report.method == "complex step"
    # 2·3 + 3 + 3·2 + 2 parameters, 4·2 inputs, 8 directions.
    assert len(report.comparisons) == 17 + 8 + 8
    assert report.worst.relative < 1e-13
    assert report.wrong == report.kinks == ()
    assert str(report).startswith("gradients are right: 33 compared with complex step")


@pytest.mark.parametrize("options", [{"l2": 0.3}, {"l2": cp.L2(0.3, per_row=True)},
                                     {"sample_weight": [1.0, 5.0, 0.0, 2.0]}])  # fmt: skip
def test_penalty_and_weights_are_part_of_what_is_checked(options):
    assert check(*problem(), **options)
    value, _ = cp.backprop(problem()[0], cp.SquaredError(), *problem()[1:], **options)
    assert value != cp.backprop(problem()[0], cp.SquaredError(), *problem()[1:])[0]


@dataclass(frozen=True)
class SlopeAtZ(cp.Tanh):
    """The most asked-about mistake: the slope's formula is for a, and is given z."""

    def slope(self, xp, z, a):
        return 1.0 - z * z


@dataclass(frozen=True)
class NotTransposed(cp.Dense):
    """W where Wᵀ belongs."""

    def pullback(self, xp, params, saved, dy):
        return dy @ params["W"], self.parameter_gradients(xp, params, saved, dy)


@dataclass(frozen=True)
class OneEntryWrong(cp.Dense):
    """A gradient with one entry doubled."""

    def parameter_gradients(self, xp, params, saved, dy):
        gradients = super().parameter_gradients(xp, params, saved, dy)
        W = gradients["W"].copy()
        W[1, 0] *= 2
        return {**gradients, "W": W}


def test_wrong_slope_is_found_behind_the_layer_only():
    report = check(*problem(SlopeAtZ()))
    assert not report
    wrong = {re.sub(r"\[.*", "", found.where) for found in report.wrong}
    assert {"dense1.W", "dense1.b", "x"} <= wrong
    assert not {"dense2.W", "dense2.b"} & wrong


def test_weights_not_transposed_are_found_behind_the_layer_only():
    rng = np.random.default_rng(0)
    net = cp.Chain(cp.Dense(3, 3), cp.Tanh(), NotTransposed(3, 3))
    params = random_like(net.init(rng), rng)
    report = check(net, params, rng.standard_normal((4, 3)), rng.standard_normal((4, 3)))
    assert not report
    assert report.worst.where.startswith(("dense1", "x", "random direction"))
    assert not any(found.where.startswith("nottransposed1") for found in report.wrong)


def test_single_wrong_entry_is_named_with_both_values():
    rng = np.random.default_rng(0)
    net = cp.Chain(OneEntryWrong(2, 2))
    params, x, t = random_like(net.init(rng), rng), rng.standard_normal((4, 2)), np.zeros((4, 2))
    report = check(net, params, x, t, directions=0)
    (found,) = report.wrong
    assert found.where == "oneentrywrong1.W[1,0]"
    assert found.backprop == pytest.approx(2 * found.other)
    printed = str(report)
    assert "1 gradients are WRONG: 14 compared with complex step, tolerance 1e-09" in printed
    assert "worst: oneentrywrong1.W[1,0]" in printed
    assert f"{found.backprop: .17g}" in printed
    assert f"{found.other: .17g}" in printed


def test_wrong_loss_gradient_is_found_everywhere():
    @dataclass(frozen=True)
    class HalfForgotten(cp.SquaredError):
        def gradient(self, xp, o, t):
            return 2.0 * (o - t)

    net, params, x, t = problem()
    report = cp.check_gradients(net, HalfForgotten(), params, x, t)
    assert len(report.wrong) == len(report.comparisons)
    assert report.worst.backprop == pytest.approx(2 * report.worst.other)


@pytest.mark.parametrize(
    "activation",
    [cp.ReLU(), cp.LeakyReLU(), cp.ELU(0.5), cp.SELU(), cp.Chain(cp.Dense(3, 3), cp.ReLU())],
    ids=["ReLU", "LeakyReLU", "ELU", "SELU", "in a chain"],
)
def test_kink_is_recognised_where_z_is_exactly_zero(activation):
    net, params, x, t = problem(activation)
    if isinstance(activation, cp.Chain):
        params["chain1"]["dense1"]["W"][:, 1] = params["chain1"]["dense1"]["b"][1] = 0.0
    else:
        params["dense1"]["W"][:, 1] = params["dense1"]["b"][1] = 0.0
    report = check(net, params, x, t)
    assert report, str(report)
    assert report.kinks
    assert "at a kink, where the slope is either side's" in str(report)


def test_kink_is_no_excuse_for_a_slope_outside_both_sides():
    @dataclass(frozen=True)
    class Steep(cp.ReLU):
        def slope(self, xp, z, a):
            return 3.0 * super().slope(xp, z, a) + 2.0 * (z == 0)

    net, params, x, t = problem(Steep())
    params["dense1"]["W"][:, 1] = params["dense1"]["b"][1] = 0.0
    assert not check(net, params, x, t)


def test_kink_is_no_excuse_for_any_number():
    @dataclass(frozen=True)
    class Wild(cp.ReLU):
        def slope(self, xp, z, a):
            return super().slope(xp, z, a) + 1e6 * (z == 0)

    net, params, x, t = problem(Wild())
    params["dense1"]["W"][:, 1] = params["dense1"]["b"][1] = 0.0
    assert not check(net, params, x, t)


@pytest.mark.parametrize("seed", range(10))
def test_row_of_zeros_puts_every_rectifier_at_its_kink(seed):
    """Exclusive or, biases from zero: along one direction many kinks meet, none of it is wrong."""
    net = cp.Chain(cp.Dense(2, 8), cp.ReLU(), cp.Dense(8, 1))
    params = net.init(np.random.default_rng(seed))
    x, t = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0]
    report = cp.check_gradients(net, cp.BinaryCrossEntropy(), params, x, t)
    assert report, str(report)
    assert {"x[0,0]", "x[0,1]"} <= {kink.where for kink in report.kinks}
    assert "dense2.W[0,0]" not in {kink.where for kink in report.kinks}


@pytest.mark.parametrize("loss", [cp.AbsoluteError(), cp.Quantile(0.8)], ids=repr)
def test_kink_of_a_loss_is_recognised(loss):
    net = cp.Chain(cp.Dense(2, 1))
    params = {"dense1": {"W": np.array([[1.0], [2.0]]), "b": np.zeros(1)}}
    report = cp.check_gradients(net, loss, params, [[1.0, 1.0], [0.5, 2.0]], [3.0, 4.0])
    assert report, str(report)
    assert report.kinks


class RealOnly(cp.Activation):
    """A user's layer that computes with Python's own real numbers."""

    wrong_by = 0.0

    def value(self, xp, z):
        return np.array([[math.sin(one) for one in row] for row in z])

    def slope(self, xp, z, a):
        return np.cos(z) + self.wrong_by


def test_code_that_knows_no_complex_numbers_is_checked_by_differences():
    report = check(*problem(RealOnly()))
    assert report, str(report)
    assert report.method == "central differences"
    assert report.worst.relative < 1e-6


def test_differences_find_a_wrong_gradient_too():
    class Wrong(RealOnly):
        wrong_by = 1e-3

    report = check(*problem(Wrong()))
    assert not report
    assert report.method == "central differences"


@pytest.mark.parametrize("wrong_by", [0.0, 1e-3])
def test_code_that_drops_imaginary_parts_is_checked_by_differences(wrong_by):
    class Dropping(RealOnly):
        def value(self, xp, z):
            return np.sin(np.real(z)) + 0.0 * z

    Dropping.wrong_by = wrong_by
    report = check(*problem(Dropping()))
    assert bool(report) is (wrong_by == 0.0)


def test_of_a_large_network_a_sample_and_directions_are_checked():
    net, params, x, t = problem(width=400)
    report = check(net, params, x, t, entries=50, directions=4)
    assert report
    assert len(report.comparisons) == 54
    assert len({comparison.where for comparison in report.comparisons}) == 54
    again = check(net, params, x, t, entries=50, directions=4)
    assert again == report
    other = check(net, params, x, t, entries=50, directions=4, seed=1)
    assert {c.where for c in other.comparisons} != {c.where for c in report.comparisons}


def test_one_wrong_entry_of_a_large_network_shows_in_the_directions():
    rng = np.random.default_rng(0)
    net = cp.Chain(OneEntryWrong(30, 40), cp.Tanh(), cp.Dense(40, 1))
    params = random_like(net.init(rng), rng)
    x, t = rng.standard_normal((4, 30)), np.zeros(4)
    report = check(net, params, x, t, entries=5, directions=8, seed=3)
    assert {found.where.split(" ")[0] for found in report.wrong} == {"random"}


def test_tolerance_decides():
    net, params, x, t = problem(SlopeAtZ())
    assert not check(net, params, x, t, tolerance=1e-6)
    assert check(net, params, x, t, tolerance=1e6)


def test_float32_parameters_are_checked_in_float64():
    net, _, x, t = problem()
    report = check(net, net.init(np.random.default_rng(0), np.float32), x, t)
    assert report.worst.relative < 1e-13


class UsersLoss(cp.Loss):
    """Fourth powers, right or wrong by a factor."""

    factor = 4.0

    def value(self, xp, o, t):
        return xp.sum((o - t) ** 4, axis=1)

    def gradient(self, xp, o, t):
        return self.factor * (o - t) ** 3


def train_with(loss, **options):
    net, params, x, t = problem()
    return cp.train(net, loss, params, x, t, epochs=1, seed=0, engine="numpy", **options)


def test_users_wrong_loss_is_refused_before_the_first_step():
    class WrongLoss(UsersLoss):
        factor = 3.0

    seen = []
    with pytest.raises(ValueError, match=r"WrongLoss.gradient is not the derivative of") as error:
        train_with(WrongLoss(), on_epoch=seen.append)
    assert not seen
    words = r"at row \d, output \d it returns (\S+), but complex step of the value gives (\S+)$"
    returned, given = re.search(words, str(error.value)).groups()
    assert float(returned) == pytest.approx(float(given) * 3 / 4, rel=1e-4)
    assert float(given) != 0


def test_users_right_loss_is_checked_once():
    calls = []

    @dataclass(frozen=True)
    class Counting(UsersLoss):
        def value(self, xp, o, t):
            calls.append(xp is complex_step)
            return super().value(xp, o, t)

    train_with(Counting())
    assert any(calls)
    calls.clear()
    train_with(Counting())
    assert calls
    assert not any(calls)


def test_users_loss_of_the_wrong_shape_is_refused():
    class Summed(UsersLoss):
        def value(self, xp, o, t):
            return xp.sum((o - t) ** 4)

    with pytest.raises(ValueError, match=r"Summed: for outputs of shape \(4, 2\), value must have"):
        train_with(Summed())


def test_users_loss_without_complex_numbers_is_checked_by_differences():
    class Real(UsersLoss):
        def value(self, xp, o, t):
            return np.array([sum(math.pow(e, 4) for e in row) for row in o - t])

    class RealWrong(Real):
        factor = 4.01

    train_with(Real())
    with pytest.raises(ValueError, match="central differences of the value gives"):
        train_with(RealWrong())


def test_packages_own_losses_are_not_checked_at_run_time(monkeypatch):
    monkeypatch.setattr(cp.SquaredError, "gradient", lambda *_: pytest.fail("was called"))
    check_loss_once(cp.SquaredError(), 1, np.zeros((1, 1)))
    assert xp is not complex_step
