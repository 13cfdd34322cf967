"""Random solutions by a textbook's formulas: right ones pass, slips are not called another's."""

from collections import Counter

import numpy as np
import pytest

from tests.explaining import textbook


@pytest.mark.parametrize("part", range(4))
def test_right_solutions_are_called_right(part):
    for number in range(25):
        rng = np.random.default_rng([5, part, number])
        book, work = textbook.right_solution(rng)
        report = book.step().check(work)
        assert report, f"{book}\n{report}"


@pytest.mark.slow
def test_slips_are_named_or_told_and_never_misnamed():
    said: Counter[str] = Counter()
    for number, slip in enumerate(textbook.SLIPS):
        drawn = textbook.slip_solution(np.random.default_rng([6, number]), slip)
        if drawn is None:
            continue
        book, work, _ = drawn
        report = book.step().check(work)
        assert not report, f"{slip}: {book}"
        said[textbook.outcome(report, slip)] += 1
        assert textbook.outcome(report, slip) != "misnamed", f"{slip}: {report}"
    assert said["named"] > 0.7 * said.total()
