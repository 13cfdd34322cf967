"""Slips that were written before the catalogue was read: none is called right or unexplained."""

import pytest

from tests.explaining.unseen_first import EXACT, FIRST, MISSED, TOLD


@pytest.mark.parametrize("case", FIRST, ids=lambda case: case.name)
@pytest.mark.one_in(9)
def test_a_slip_is_named_or_told_exactly(case):
    report = case.report()
    assert not report
    if case.name in TOLD:
        assert not report.causes
        assert TOLD[case.name] in str(report)
    else:
        assert report.causes, str(report)


def test_the_first_sight_is_of_these_cases():
    names = {case.name for case in FIRST}
    assert (len(names), len(MISSED), len(EXACT)) == (57, 21, 6)
    assert names >= MISSED | EXACT
    assert not MISSED & EXACT
