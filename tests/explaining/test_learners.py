"""Slips that learners really made: each is named, or stated exactly; right work passes."""

import numpy as np
import pytest

import clearprop as cp
from tests.explaining.learners import CASES, Net
from tests.explaining.right_work import RIGHT, ByColumns
from tests.explaining.textbook import Textbook


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_a_learner_is_told(case):
    if case.kind == "error":
        with pytest.raises(ValueError) as raised:
            case.report()
        assert str(raised.value).startswith(case.first)
        assert case.said in str(raised.value)
        return
    report = case.report()
    assert not report
    assert report.first_wrong.path == case.first, str(report)
    if case.kind == "exact":
        assert case.said in str(report)
        assert not report.causes or not report.explained, str(report)
    else:
        assert report.causes, str(report)
        assert any(case.said in cause for cause in report.causes), str(report)
        assert report.explained, str(report)


@pytest.mark.parametrize("name", RIGHT)
def test_right_work_is_called_right(name):
    report = RIGHT[name]()
    assert report, str(report)
    assert not report.causes


def test_equal_units_are_hinted_at():
    net = Net((2, 3, 1))
    net.W1[:], net.b1[:] = 0.5, 0.0
    report = net.step().check(net.gradients())
    assert report
    assert "all units of dense1 start with the same weights" in str(report)


def test_a_target_out_of_reach_is_hinted_at():
    net = Net((2, 3, 1), last=cp.Sigmoid)
    net.t[1] = 2.0
    report = net.step().check(net.gradients())
    assert report
    assert "the target 2 is out of reach" in str(report)


def test_settings_beside_quantities_are_left_out_and_said():
    net = Net((2, 3, 1))
    report = net.step().check({**net.gradients(), "lr": 0.1, "sizes": [2, 3, 1]})
    assert report
    assert "not compared: lr, sizes" in str(report)


def test_digits_that_differ_are_shown():
    net = Net((2, 3, 1))
    found = net.gradients()
    report = net.step().check({"dW2": found["dW2"] + 1e-9})
    said = next(line for line in str(report).splitlines() if line.startswith("first wrong"))
    correct, yours = said.partition(" is ")[2].split(", yours is ")
    assert correct != yours


def test_a_small_slip_is_no_finite_difference():
    """A gradient beside the right one is not right to the error of differences with a tiny ε."""
    net = Net((2, 3, 1))
    found = net.gradients()
    assert not net.step().check({"dW2": found["dW2"] + 1e-6})


def test_one_matrix_exchanged_is_said():
    net = Net((3, 4, 1), loss=cp.BinaryCrossEntropy(), rows=5)
    found = net.gradients()
    report = net.step().check({"dW1": found["dW1"].T, "db1": found["db1"]})
    assert report
    assert "your matrices were read with rows and columns exchanged" in report.notes


def test_the_right_work_of_a_square_network_hides_no_transposed_gradient():
    """By columns all but one matrix are exchanged: that one is wrong."""
    columns = ByColumns((3, 3, 3), 3)
    work = columns.numbers(lambda name, array: array.T if name == "dW1" else array)
    report = columns.net.step().check(work)
    assert not report
    assert report.first_wrong.path == "dense1.dW"
    assert "dW transposed in dense1" in report.causes


def test_a_slip_before_a_residual_block_is_named():
    """The block beside a wrong layer keeps the quantities of the layers in it."""
    book = Textbook(
        [2, 3, 3, 1], ["tanh", "tanh"], "linear", 4, [False] * 2, [False, True], [False] * 2,
        slip="z in dW", layer=1, optimizer="momentum",
    )  # fmt: skip
    book.run()
    report = book.step().check(book.numbers())
    assert not report
    assert "dense1.y in place of" in str(report) or "z in place of a" in str(report)


def test_a_number_barely_beyond_rounding_has_no_cause():
    """The allowance for rounding in a slip's numbers is wider than that for right ones."""
    net = Net((2, 3, 1), rows=4)
    right = net.gradients()["dW2"].astype(np.float32)
    step = net.step()
    for units in range(60, 1000, 10):
        off = right.copy()
        off[0, 0] += np.float32(units * np.finfo(np.float32).eps * np.abs(right).max())
        report = step.check({"dW2": off})
        if not report:
            break
    assert not report
    assert not report.causes, str(report)
