"""The program that makes the coefficients of `vectormath` makes those that stand in the file."""

import mpmath as mp
import pytest

from benchmarks import vectormath_coefficients as made


@pytest.fixture(autouse=True)
def many_digits():
    with mp.workdps(made.DIGITS):
        yield


def test_every_coefficient_of_a_polynomial_is_made_again_as_the_same_float():
    assert made.differing() == []


def test_another_interval_makes_other_floats(monkeypatch):
    monkeypatch.setattr(made, "WIDER", "1")
    assert made.differing() == ["_reduced_32", "_reduced_64", "_log1p_32", "_log1p_64"]


def test_the_quotient_in_the_file_is_the_best_one_but_for_the_rounding_of_its_coefficients():
    best, level = made.best_quotient()
    stored = made.quotient_in_file()
    assert 2**-54.3 < level < 2**-54.2
    points = [made.to_t(q) for q in made._chebyshev(mp.mpf(-1), made.to_q(37.5), 500)]
    between = max(abs(best.error(t) - stored.error(t)) for t in points)
    assert between < 2.0**-55  # coefficients have 2^-53 to round to
    pairs = zip(
        best.numerator + best.denominator, stored.numerator + stored.denominator, strict=True
    )
    assert max(abs(mine / theirs - 1) for mine, theirs in pairs) < 1e-5
