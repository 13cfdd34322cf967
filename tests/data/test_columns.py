"""What becomes of one column."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from clearprop.data.columns import CategoryColumn, LeftOutColumn, NumberColumn, fit_column
from clearprop.files.errors import DataError

sizes = st.floats(-1e6, 1e6).map(lambda number: round(number, 6))
gap = st.just(math.nan)


def encode(encoder, column, dtype=np.float64):
    inputs = np.zeros((len(column), len(encoder.input_names)), dtype)
    return inputs, encoder.write(inputs, column)


@settings(deadline=None, max_examples=60)
@given(st.lists(sizes | gap, min_size=2, max_size=30), st.lists(sizes | gap, max_size=5))
def test_numbers_agree_with_scikit_learn(training, new):
    values = np.array(training)
    present = values[~np.isnan(values)]
    encoder = fit_column(values, "x")
    if isinstance(encoder, LeftOutColumn):
        assert np.unique(present).size <= 1
        return
    # Where the spread is lost in rounding, the two may round otherwise.
    if present.std() < 1e-9 * np.abs(present).max():
        return
    oracle = make_pipeline(StandardScaler(), SimpleImputer(strategy="median"))
    oracle.fit(values[:, None])
    for column in (values, np.array(new)):
        if column.size:
            expected = oracle.transform(column[:, None])
            scale = 1 + np.abs(present).max() / present.std()
            np.testing.assert_allclose(encode(encoder, column)[0], expected, 1e-9, 1e-14 * scale)


words = st.sampled_from(["a", "b", "c", "dd", "é"])


@settings(deadline=None, max_examples=60)
@given(st.lists(words | st.none(), min_size=1, max_size=30), st.lists(words, max_size=6))
def test_categories_agree_with_scikit_learn(training, new):
    column = pd.Series(training, dtype=object)
    encoder = fit_column(column, "x")
    if isinstance(encoder, LeftOutColumn):
        assert len(set(training)) == 1
        return
    oracle = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    # fillna(None) would leave NaN, which scikit-learn sorts as another missing value.
    oracle.fit(np.array(training, dtype=object)[:, None])
    for values in (training, new):
        if values:
            expected = oracle.transform(np.array(values, dtype=object)[:, None])
            found, _ = encode(encoder, pd.Series(values, dtype=object))
            np.testing.assert_array_equal(found, expected)
    assert [name.removeprefix("x=") for name in encoder.input_names] == [
        "(missing)" if category is None else category for category in oracle.categories_[0]
    ]


def test_a_number_column_knows_its_training_values():
    column = fit_column(np.array([1.0, np.nan, 3.0, 8.0]), "x")
    assert column == NumberColumn("x", mean=4.0, sd=math.sqrt(26 / 3), median=3.0, missing=1)
    assert column.input_names == ("x",)


def test_a_missing_number_is_the_median_and_noted():
    column = fit_column(np.array([1.0, 2.0, 6.0]), "x")
    inputs, notes = encode(column, np.array([np.nan, 2.0, np.nan]))
    assert inputs[0] == inputs[1] == inputs[2]
    assert notes == ["column 'x': 2 missing values filled with the training median 2"]
    assert encode(column, np.array([7.0]))[1] == []


def test_a_category_column_knows_its_training_values():
    column = fit_column(pd.Series(["b", None, "a", "b"]), "x")
    assert column == CategoryColumn("x", categories=("a", "b"), missing=1)
    assert column.input_names == ("x=a", "x=b", "x=(missing)")
    inputs, notes = encode(column, pd.Series(["b", None, "c"]))
    assert inputs.tolist() == [[0, 1, 0], [0, 0, 1], [0, 0, 0]]
    assert notes == [
        "column 'x': 1 row with a category that training had not ('c'); all its inputs are 0 there"
    ]


def test_missing_is_nothing_where_training_had_none():
    column = fit_column(pd.Series(["b", "a"]), "x")
    inputs, notes = encode(column, pd.Series([None, "a", "c", None, "d", "c"]))
    assert inputs.tolist() == [[0, 0], [1, 0], [0, 0], [0, 0], [0, 0], [0, 0]]
    assert notes == [
        "column 'x': 2 missing values, where training had none; all its inputs are 0 there",
        (
            "column 'x': 3 rows with a category that training had not ('c', 'd'); "
            "all its inputs are 0 there"
        ),
    ]


def texts(different, rows):
    return pd.Series([f"t{row % different}" for row in range(rows)])


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (np.array([3.0, 3.0]), LeftOutColumn("x", "constant")),
        (np.array([3.0, np.nan]), LeftOutColumn("x", "constant")),
        (np.full(10, 0.1), LeftOutColumn("x", "constant")),
        (np.array([np.nan, np.nan]), LeftOutColumn("x", "empty")),
        (pd.Series(["a", "a"]), LeftOutColumn("x", "constant")),
        (pd.Series([None, None], dtype="str"), LeftOutColumn("x", "empty")),
        (pd.Series(pd.to_datetime(["2020-01-01", "2020-01-01"])), LeftOutColumn("x", "date")),
        (texts(51, 101), LeftOutColumn("x", "text", 51)),
        (texts(1001, 5000), LeftOutColumn("x", "text", 1001)),
        (pd.concat([texts(51, 101), pd.Series([None] * 99)]), LeftOutColumn("x", "text", 51)),
    ],
)
def test_a_column_that_teaches_nothing_is_left_out(column, expected):
    assert fit_column(column, "x") == expected


@pytest.mark.parametrize(
    ("column", "width"),
    [
        (texts(50, 50), 50),
        (texts(51, 102), 51),
        (texts(1000, 5000), 1000),
        (pd.Series(["a", None]), 2),
        (pd.Series([True, False]), 2),
    ],
)
def test_a_column_at_the_limits_is_kept(column, width):
    assert len(fit_column(column, "x").input_names) == width


@pytest.mark.parametrize(
    ("values", "row", "cell"),
    [([1e308, -1e308], 1, "1e+308"), ([0, 1.5e308, 1.5e308], 2, "1.5e+308")],
)
def test_a_number_too_large_to_be_scaled_is_named_with_its_row(values, row, cell):
    with pytest.raises(DataError) as caught:
        fit_column(np.array(values), "x")
    assert str(caught.value) == (
        f"column 'x', row {row}: {cell} is so large that the column cannot be scaled: its standard "
        f"deviation becomes inf. If it stands for a missing value, --missing={cell} says so."
    )


def test_numbers_too_near_each_other_are_named():
    with pytest.raises(DataError) as caught:
        fit_column(np.array([np.nan, 0, 1e-200]), "x")
    assert str(caught.value) == (
        "column 'x', row 3: 1e-200 is so near the other values that the column cannot be scaled: "
        "its standard deviation becomes 0."
    )


@pytest.mark.parametrize("column", [np.array([0.0, 1, 0]), pd.Series(["a", "b", "a"])])
def test_what_changes_in_other_rows_only_is_not_called_constant(column):
    rows = np.array([0, 2])
    assert fit_column(column, "x", rows) == LeftOutColumn("x", "rare")
    assert fit_column(column[rows], "x") == LeftOutColumn("x", "constant")


def test_every_row_is_checked_whichever_are_learned_from():
    with pytest.raises(DataError, match=r"^column 'x', row 2: inf is not"):
        fit_column(np.array([0.0, np.inf, 1.0]), "x", np.array([0, 2]))


@pytest.mark.parametrize(("dtype", "value"), [(np.float64, 1e300), (np.float32, 1e40)])
def test_a_number_too_far_from_training_is_refused(dtype, value):
    column = fit_column(np.array([0.0, 1e-10]), "x")
    with pytest.raises(
        DataError, match=r"^column 'x', row 2: 1e\+\d+ is too far from the training"
    ):
        encode(column, np.array([0.0, value]), dtype)
