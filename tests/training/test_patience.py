"""Patience at its limits: exactly the tolerance is enough, and scores that are no numbers count."""

import math

import pytest

import clearprop as cp
from clearprop.training.stopping import EarlyStoppingState

QUARTER = 0.25
"""A tolerance without rounding: sums and differences of quarters are exact."""


@pytest.mark.parametrize("maximize", [False, True])
@pytest.mark.parametrize(("by", "waited"), [(QUARTER, 0), (QUARTER / 2, 1), (0.0, 1)])
def test_an_improvement_by_exactly_the_tolerance_is_one(maximize, by, waited):
    rule = cp.EarlyStopping(tolerance=QUARTER, maximize=maximize)
    start = EarlyStoppingState().after(1.0, rule)
    after = start.after(1.0 + by if maximize else 1.0 - by, rule)
    assert after.waited == waited
    assert after.improved_on(start) is (by > 0)


def test_epochs_without_a_number_from_the_start_use_patience_up():
    rule, state, waits = cp.EarlyStopping(), EarlyStoppingState(), []
    for value in (math.nan, math.nan, math.nan, 3.0, math.nan):
        state = state.after(value, rule)
        waits.append(state.waited)
    assert waits == [1, 2, 3, 0, 1]
    assert state.best == 3.0
