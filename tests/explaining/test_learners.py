"""Slips that learners really made: each is named, or stated exactly; right work passes."""

import pytest

from tests.explaining.learners import CASES
from tests.explaining.right_work import RIGHT


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
