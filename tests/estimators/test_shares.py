"""How exactly rows tell a share: intervals, and the digits that rows carry."""

import numpy as np
import pytest

from clearprop.estimators.scores import ClassFigures, NumberFigures
from clearprop.estimators.shares import (
    FEW_ROWS,
    accuracy_told,
    decimals_of,
    interval_of,
    interval_told,
    share_told,
)


@pytest.mark.parametrize(("right", "rows"), [(0, 7), (30, 30), (73, 75), (3901, 4000)])
def test_the_interval_solves_wilson_s_equation(right, rows):
    """Its ends are where the observed share is 1.96 standard errors of the end away."""
    share = right / rows
    for end in interval_of(right, rows):
        assert abs(share - end) == pytest.approx(
            1.959964 * np.sqrt(end * (1 - end) / rows), abs=1e-6
        )


def test_so_many_intervals_hold_the_true_share():
    rng = np.random.default_rng(0)
    found = [interval_of(int(right), 40) for right in rng.binomial(40, 0.9, size=1_000)]
    assert 0.93 < np.mean([low <= 0.9 <= high for low, high in found]) < 0.985


@pytest.mark.parametrize("rows", [3, 99, 100, 101, 999, 5_000])
def test_the_decimals_tell_two_counts_apart_and_no_fewer_would(rows):
    decimals = decimals_of(rows)
    texts = {f"{right / rows:.{decimals}f}" for right in range(rows + 1)}
    assert len(texts) == rows + 1
    if decimals > 2:
        fewer = {f"{right / rows:.{decimals - 1}f}" for right in range(rows + 1)}
        assert len(fewer) < rows + 1


def test_few_rows_are_counted_and_many_are_a_share():
    assert accuracy_told(1.0, 30) == "30 of 30 right"
    assert accuracy_told(98 / 99, FEW_ROWS - 1) == "98 of 99 right"
    assert accuracy_told(0.99, FEW_ROWS) == "accuracy 0.99"
    assert interval_told(1.0, 30) == "95 %: 0.89 to 1"
    assert share_told(float("nan"), 30) == "–"


def test_a_share_that_is_not_all_is_never_told_as_all():
    assert interval_told(35 / 36, 36) == "95 %: 0.86 to >0.99"
    assert interval_told(1 / 36, 36) == "95 %: <0.01 to 0.14"
    assert share_told(9_999_999 / 10**7, 10**7) == ">0.9999"


def test_figures_say_how_exact_they_are():
    true = np.arange(30) % 3
    document = ClassFigures.of(true, true, ["a", "b", "c"], 0).document()
    assert document["accuracy_interval"] == list(interval_of(30, 30))
    assert (document["decimals"], document["class_decimals"]) == (2, 2)
    values = np.arange(359.0)
    assert NumberFigures.of(values, values, 1.0).document()["decimals"] == 3
