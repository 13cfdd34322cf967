"""How numbers are written: held against decimal arithmetic, and read back."""

import math
from decimal import ROUND_HALF_EVEN, Context, Decimal

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clearprop.writing.numbers import (
    NONE,
    WHOLE,
    constant,
    equals,
    exact,
    figure,
    fixed,
    is_rounded,
    read,
)
from clearprop.writing.numbers import shown as written

CORNERS = (
    0.0, -0.0, 5e-324, -5e-324, 2.2250738585072014e-308, 1e-300, -1e300, 1.7976931348623157e308,
    0.1, 9999.5, 999.95, 999.96, -1000.5, 0.00099995, 1e15, 1e15 - 1, 123456789.5, 2.5, -12345.0,
)  # fmt: skip
finite = st.one_of(st.sampled_from(CORNERS), st.floats(allow_nan=False, allow_infinity=False))
single = st.floats(width=32, allow_nan=False, allow_infinity=False).map(np.float32)
whole = st.integers(-(10**14), 10**14)


def rounded(value, digits):
    """Return the number nearest to a float's own value among those of so many digits."""
    return Decimal(float(value)).normalize(Context(prec=digits, rounding=ROUND_HALF_EVEN))


def significant(text):
    """Return how many digits stand in a number from its first that is not 0."""
    return len(text.lstrip("−").partition("e")[0].replace(".", "").replace(",", "").lstrip("0"))


@given(finite | single, st.integers(1, 15))
@example(np.float32(0.1), 4)
def test_a_number_is_the_nearest_of_its_digits(value, digits):
    text = written(value, digits)
    if float(value).is_integer() and abs(float(value)) < WHOLE:
        assert text == str(int(value)).replace("-", "−")
    else:
        assert Decimal(text.replace("−", "-")) == rounded(value, digits)
        assert significant(text) <= digits
    assert not set(text) & set("-, ")
    assert is_rounded(value, digits) == (read(text) != float(value))


@given(finite | single)
def test_a_figure_has_four_digits_and_all_before_the_point(value):
    text = figure(value)
    plain = Decimal(text.replace("−", "-").replace(",", ""))
    if abs(float(value)) >= WHOLE:
        assert text == written(value)
    elif abs(rounded(value, 4)) >= 1000:
        assert plain == Decimal(float(value)).quantize(Decimal(1), ROUND_HALF_EVEN)
        assert text == f"{int(plain):,}".replace("-", "−")
    else:
        assert plain == rounded(value, 4)
        assert significant(text) == (4 if value else 0)
    assert "-" not in text


@given(st.floats(-1e12, 1e12), st.integers(0, 6))
@example(-1e-9, 4)
@example(-0.5, 0)
def test_decimals_are_as_many_as_wanted(value, decimals):
    text = fixed(value, decimals)
    plain = Decimal(text.replace("−", "-").replace(",", ""))
    wanted = Decimal(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)
    assert plain == wanted
    assert -plain.as_tuple().exponent == decimals
    assert ("−" in text) == (wanted < 0)


@given(finite)
def test_exact_digits_give_the_same_number_back(value):
    assert math.copysign(1, read(exact(value))) == math.copysign(1, value)
    assert read(exact(value)) == value


@given(single)
def test_a_float32_has_the_digits_of_a_float32(value):
    assert np.float32(read(exact(value))) == value
    assert significant(exact(value)) <= max(9, len(str(int(abs(value)))))


@given(whole)
def test_integers_are_whole(value):
    assert written(value) == written(float(value)) == str(value).replace("-", "−")
    assert not is_rounded(value)


@pytest.mark.parametrize(
    ("value", "plainly", "measured", "column"),
    [
        (math.nan, "NaN", NONE, NONE),
        (math.inf, "∞", "∞", "∞"),
        (-math.inf, "−∞", "−∞", "−∞"),
        (0.0, "0", "0.000", "0.0000"),
        (-0.0, "0", "0.000", "0.0000"),
        (1.0, "1", "1.000", "1.0000"),
        (0.98056, "0.9806", "0.9806", "0.9806"),
        (999.96, "1000", "1,000", "999.9600"),
        (9999.7, "1e+04", "10,000", "9,999.7000"),
        (1e6, "1000000", "1,000,000", "1,000,000.0000"),
        (-2.5e-7, "−2.5e−07", "−2.500e−07", "0.0000"),
        (np.float32(0.1), "0.1", "0.1000", "0.1000"),
        (np.int64(-7), "−7", "−7.000", "−7.0000"),
    ],
)
def test_written_by_hand(value, plainly, measured, column):
    assert (written(value), figure(value), fixed(value)) == (plainly, measured, column)


def test_the_sign_before_a_number_tells_whether_it_is_all_of_it():
    assert [equals(value) for value in (0.5, 1 / 3, 2.0**0.5, math.inf)] == [
        "= 0.5", "≈ 0.3333", "≈ 1.414", "= ∞",
    ]  # fmt: skip
    assert constant(1 - 0.9) == "0.1"
    assert math.isnan(read("NaN")) and read("−∞") == -math.inf
