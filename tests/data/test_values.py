"""The values of one column, whatever type it is stored in."""

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from clearprop.data.values import categories_of, kind_of, numbers_of
from clearprop.files.errors import DataError

DAY = datetime.date(2020, 1, 1)
ADVICE = "correct it, or leave the cell empty where it is unknown."
OTHERWISE = (
    "Make numbers or texts of them, or leave the column out (--ignore COLUMN, or ignore=[COLUMN] "
    "in Python)."
)


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (np.array([1, 2]), "number"),
        (pd.Series([1, 2]), "number"),
        (pd.Series([1, None], dtype="Int8"), "number"),
        (pd.Series([1.5, None], dtype="float32"), "number"),
        (pd.Series([1, 2.5, None], dtype=object), "number"),
        (pd.Series([Decimal("1.5"), None]), "number"),
        (pd.Series([None, None]), "number"),
        (pd.Series(["a", None]), "category"),
        (pd.Series(["a", None], dtype=object), "category"),
        (pd.Series(["a", None], dtype="string"), "category"),
        (pd.Series(["a", 1], dtype=object), "category"),
        (pd.Series([True, False]), "category"),
        (pd.Series([True, None], dtype=object), "category"),
        (pd.Series([True, None], dtype="boolean"), "category"),
        (pd.Series([1, 2], dtype="category"), "category"),
        (pd.Series(pd.to_datetime(["2020-01-01"])), "date"),
        (pd.Series(pd.to_datetime(["2020-01-01"], utc=True)), "date"),
        (pd.Series(pd.to_timedelta(["1h"])), "number"),
        (pd.Series(pd.period_range("2020", periods=1, freq="M")), "date"),
        (pd.Series([DAY, None]), "date"),
    ],
)
def test_the_kind_follows_from_the_type(column, kind):
    assert kind_of(column, "x") == kind


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (pd.Series([b"a"]), "column 'x': neither numbers nor texts but bytes values."),
        (pd.Series([1j]), "column 'x': neither numbers nor texts but complex128 values."),
    ],
)
def test_what_is_neither_is_refused(column, message):
    with pytest.raises(DataError) as caught:
        kind_of(column, "x")
    assert str(caught.value) == f"{message} {OTHERWISE}"


@pytest.mark.parametrize(
    "column",
    [
        np.array([1, np.nan, 2.5]),
        pd.Series([1, None, 2.5]),
        pd.Series([1, None, 2.5], dtype=object),
        pd.Series([1, None, 2.5], dtype="Float64"),
        pd.Series(["1", None, " 2.5 "]),
        pd.Series([Decimal(1), None, Decimal("2.5")]),
        pd.Series([1, None, 2.5], dtype="category"),
        pd.Series([True, None, 2.5], dtype=object, index=[7, 7, 7]),
        pd.Series(pd.to_timedelta([1, None, 2.5], unit="s")),
    ],
)
def test_numbers_are_floats_with_gaps(column):
    found = numbers_of(column, "x")
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, [1, np.nan, 2.5])


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (
            np.array([1, np.inf]),
            "column 'x', row 2: inf is not a finite number: " + ADVICE,
        ),
        (
            pd.Series([-np.inf, 1]),
            "column 'x', row 1: -inf is not a finite number: " + ADVICE,
        ),
        (pd.Series(["1", None, "abc", "d"]), "column 'x', row 3: 'abc' is not a number."),
        (pd.Series(["1", ""]), "column 'x', row 2: '' is not a number."),
        (pd.Series([1, [2]], dtype=object), "column 'x', row 2: '[2]' is not a number."),
        (pd.Series([DAY]), "column 'x': dates, where training had numbers."),
    ],
)
def test_what_is_no_number_is_named_with_its_row(column, message):
    with pytest.raises(DataError) as caught:
        numbers_of(column, "x")
    assert str(caught.value) == message


def test_numbers_of_an_array_are_a_copy():
    column = np.array([1.0, 2.0])
    numbers_of(column, "x")[0] = 9
    assert column.tolist() == [1, 2]


@pytest.mark.parametrize(
    "column",
    [
        np.array([2, 1, 2]),
        pd.Series([2, 1, 2], dtype="category"),
        pd.Series([2.0, 1.0, 2.0]),
        pd.Series([2, 1, 2], dtype="Int64"),
        pd.Series(["2", "1", "2.0"]),
        pd.Series(["02", 1, 2.0], dtype=object, index=[7, 7, 7]),
    ],
)
def test_a_category_has_one_text_however_it_is_stored(column):
    found = categories_of(column, "x")
    assert found.texts == ["1", "2"]
    assert found.codes.tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(["b", None, "a"]),
        pd.Series(["b", np.nan, "a"], dtype=object),
        pd.Series(["b", None, "a"], dtype="category"),
        pd.Series(["b", pd.NA, "a"], dtype="string"),
    ],
)
def test_a_missing_category_has_the_code_minus_one(column):
    found = categories_of(column, "x")
    assert found.texts == ["a", "b"]
    assert found.codes.tolist() == [1, -1, 0]


def test_truth_is_not_the_number_one():
    found = categories_of(pd.Series([1, True, 1.5, False], dtype=object), "x")
    assert found.texts == ["1", "1.5", "False", "True"]
    assert found.codes.tolist() == [0, 3, 1, 2]


@pytest.mark.parametrize("value", [DAY, [1, 2], b"a", Decimal(1)])
def test_what_is_no_category_is_named_with_its_row(value):
    with pytest.raises(DataError) as caught:
        categories_of(pd.Series(["a", None, value], dtype=object), "x")
    assert str(caught.value) == (
        f"column 'x', row 3: {value!r} is neither a number nor a text but {type(value).__name__}. "
        f"{OTHERWISE}"
    )


def test_many_categories_take_no_longer_than_few():
    column = pd.Series([f"t{row}" for row in range(200_000)])
    # It takes half a second; comparing each with each would take minutes.
    assert len(categories_of(column, "x").texts) == 200_000


def test_a_date_is_no_category():
    with pytest.raises(DataError, match="column 'x', row 2: Timestamp"):
        categories_of(pd.Series(pd.to_datetime([None, "2020-01-01"])), "x")
