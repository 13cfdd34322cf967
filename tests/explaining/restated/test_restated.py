"""What learners really write: each slip is named, each right step in a common convention accepted.

A second restating of the slips in tests/explaining/learners.py, in code written without looking at
the first.
"""

import re

import pytest

import clearprop as cp
from tests.explaining.restated import losses, right_work, updates
from tests.explaining.restated.by_hand import Hand
from tests.explaining.restated.gradients import online
from tests.explaining.restated.registry import RIGHT, SLIPS, right

__all__ = ["losses", "right_work", "updates"]
"""Modules that fill the tables."""

# What `check_work` must say of a training function.


def checked(function, **how):
    """Return what `check_work` says of a training function, or the error."""
    hand = Hand()
    how = {"optimizer": cp.SGD(hand.rate), **how}
    try:
        return cp.check_work(
            function(hand), hand.network(), cp.SquaredError(), hand.params(), hand.x, hand.t, **how
        )
    except (TypeError, ValueError, KeyError) as error:
        return error


@right("new weights as W1, b1, W2, b2")
def short_names():
    def function(hand):
        short = {"dense1.W.new": "W1", "dense1.b.new": "b1", "dense2.W.new": "W2",
                 "dense2.b.new": "b2"}  # fmt: skip
        return lambda params, x, t: {short[path]: new for path, new in hand.new().items()}

    return checked(function)


FUNCTIONS = {
    "nothing updated": (lambda hand: lambda params, x, t: None, r"nothing updated"),
    "N updates of one row in one call": (
        lambda hand: lambda params, x, t: online(hand), r"N updates of one row"),
    "no learning rate": (
        lambda hand: lambda params, x, t: {
            f"dense{k}.{name}.new": theta - g
            for k, name, theta, g in (
                (1, "W", hand.W1, hand.dW1), (1, "b", hand.b1, hand.db1),
                (2, "W", hand.W2, hand.dW2), (2, "b", hand.b2, hand.db2))},
        r"learning rate|without η|η missing"),
}  # fmt: skip


def said(case):
    """Return the report of a slip, and whether it is what should be said."""
    made, first, words = SLIPS[case]
    report = made().report()
    text = str(report)
    named = re.search(words, text) is not None
    if first is None:
        return text, named and isinstance(report, Exception)
    if isinstance(report, Exception):
        return text, False
    if first == "nothing":
        return text, named and bool(report)
    whole = "more went wrong after it" not in text
    return text, named and whole and report.first_wrong is not None and (
        report.first_wrong.path == first
    )  # fmt: skip


@pytest.mark.parametrize("case", SLIPS)
def test_a_slip_is_named(case):
    text, holds = said(case)
    assert holds, text


@pytest.mark.parametrize("case", RIGHT)
def test_right_work_is_accepted(case):
    report = RIGHT[case]()
    accepted = isinstance(report, cp.CheckReport) and bool(report)
    assert accepted, str(report)


@pytest.mark.parametrize("case", FUNCTIONS)
def test_a_training_function_is_told_what_it_did(case):
    function, words = FUNCTIONS[case]
    text = str(checked(function))
    assert re.search(words, text) is not None, text
