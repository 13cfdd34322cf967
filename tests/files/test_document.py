"""Strict JSON documents."""

import math

import pytest

from clearprop.files.document import (
    a_count,
    a_list,
    a_number,
    a_positive_number,
    a_text,
    checked,
)
from clearprop.files.errors import DataError


@pytest.mark.parametrize(
    ("check", "values"),
    [
        (a_text, ["", "a"]),
        (a_count, [0, 7, 2**53]),
        (a_number, [0.0, -1.5]),
        (a_positive_number, [5e-324, 1.5]),
        (a_list, [[], [1]]),
    ],
)
def test_right_values_pass_unchanged(check, values):
    assert [check(value, "x") for value in values] == values


@pytest.mark.parametrize(
    ("check", "values"),
    [
        (a_text, [1, None, ["a"]]),
        (a_count, [True, -1, 1.0, "1", None, 2**53 + 1]),
        (a_number, [1, True, "1.0", math.nan, math.inf, None]),
        (a_positive_number, [0.0, -1.5, math.nan, 1]),
        (a_list, [(1,), "ab", {}, None]),
    ],
)
def test_wrong_values_are_refused(check, values):
    for value in values:
        with pytest.raises(DataError, match=r"^x must be "):
            check(value, "x")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "it: expected an object, not list"),
        ({"a": 1}, "it: lacks 'b'"),
        ({"a": 1, "b": 2, "c": 3}, "it: unknown 'c'"),
        ({"a": 1, "b": "2"}, "it: b must be a whole number from 0, not '2'"),
    ],
)
def test_exactly_the_expected_fields_are_accepted(document, message):
    with pytest.raises(DataError) as caught:
        checked(document, "it", {"a": a_count, "b": a_count})
    assert str(caught.value) == message
    assert checked({"b": 2, "a": 1}, "it", {"a": a_count, "b": a_count}) == {"a": 1, "b": 2}


def test_a_long_wrong_value_is_cut():
    with pytest.raises(DataError) as caught:
        a_count("a" * 1000, "x")
    assert len(str(caught.value)) < 100
