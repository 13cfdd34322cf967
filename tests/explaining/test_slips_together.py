"""Slips of the update are made two at a time, and beside each convention: none fails."""

from itertools import product

import numpy as np
import pytest

import clearprop as cp
from clearprop.explaining.work.conventions import conventions_of
from clearprop.explaining.work.situation import Outcome, situation_of
from clearprop.explaining.work.slips import slips_of
from clearprop.explaining.work.submitted import Submitted
from tests.explaining.learners import Net

SIZE = 26
RULES = {
    "plain": (cp.SGD(0.1), None),
    "momentum": (cp.SGD(0.1, 0.9), {"velocity": np.full(SIZE, 0.1)}),
    "Nesterov": (cp.SGD(0.1, 0.9, nesterov=True), {"velocity": np.full(SIZE, 0.1)}),
    "RMSProp": (cp.RMSProp(0.01), {"square": np.full(SIZE, 0.4)}),
    "Adam": (cp.Adam(0.01), {"m": np.full(SIZE, 0.1), "v": np.full(SIZE, 0.4), "t": 3}),
    "AdamW": (cp.AdamW(0.01, 0.1), {"m": np.full(SIZE, 0.1), "v": np.full(SIZE, 0.4), "t": 3}),
    "momentum with decay": (cp.WeightDecay(cp.SGD(0.1, 0.9), 0.1), None),
}


def situation(rule, **how):
    optimizer, state = RULES[rule]
    net = Net((3, 4, 2), cp.Tanh)
    return situation_of(net.step(optimizer=optimizer, state=state, **how))


def of_updates(made):
    """Return the slips that change the update and nothing before it, or the penalty."""
    return [s for s in slips_of(made) if s.phase == "update" or "L2" in s.name]


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("how", [{"l2": 0.05}, {"clip_norm": 0.1}], ids=str)
def test_two_slips_of_the_update_together(rule, how):
    made = situation(rule, **how)
    slips = [s for s in of_updates(made) if " in " not in s.name and " for " not in s.name]
    for one, other in product(slips, slips):
        if one is not other:
            outcome = Outcome(other.make(one.make(made)), ["dense2.W.new"])
            assert outcome["dense2.W.new"].shape == (4, 2), (one.name, other.name)


@pytest.mark.parametrize("rule", RULES)
def test_a_slip_of_the_update_beside_each_convention(rule):
    made = situation(rule, l2=0.05)
    given = Submitted("dense2.W.new", np.ones((4, 2)), np.zeros((4, 2)), 2e-16)
    conventions = list(conventions_of(made, [given]))
    assert conventions or rule == "plain"
    for convention, slip in product(conventions, of_updates(made)):
        outcome = Outcome(convention.make(slip.make(made)), ["dense2.W.new"])
        assert outcome["dense2.W.new"].shape == (4, 2), (convention.name, slip.name)
