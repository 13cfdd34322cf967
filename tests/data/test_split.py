"""One column becomes the target."""

import datetime

import numpy as np
import pandas as pd
import pytest

from clearprop.data.dataset import Table
from clearprop.data.split import find_column, split_target
from clearprop.files.errors import DataError

NAMES = ("rooms", "price", "area")


def table(frame, lines=None):
    return Table("my.csv", frame, tuple(frame.columns), ("a note",), lines)


@pytest.mark.parametrize(
    ("target", "position"),
    [(None, 2), ("price", 1), (0, 0), (-1, 2), (-3, 0), ("1", 1), ("-2", 1)],
)
def test_a_target_is_found_by_name_by_index_or_as_the_last(target, position):
    assert find_column(target, NAMES, "my.csv") == position


def test_a_name_that_is_a_number_comes_before_an_index():
    assert find_column("0", ("1", "0"), "my.csv") == 1


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (
            "prize",
            (
                "my.csv has no column 'prize'. Did you mean 'price'? "
                "Its columns are rooms, price, area."
            ),
        ),
        ("zzz", "my.csv has no column 'zzz'. Its columns are rooms, price, area."),
        (3, "my.csv has no column 3: it has 3 columns, numbered from 0 to 2."),
        ("-4", "my.csv has no column -4: it has 3 columns, numbered from 0 to 2."),
    ],
)
def test_an_unknown_target_names_the_columns(target, message):
    with pytest.raises(DataError) as caught:
        find_column(target, NAMES, "my.csv")
    assert str(caught.value) == message


def test_the_target_is_taken_out_of_the_inputs():
    frame = pd.DataFrame({"a": [1, 2], "b": ["u", "v"], "c": [0.5, 1.5]})
    dataset = split_target(table(frame), "b")
    assert dataset.feature_names == ("a", "c") == tuple(dataset.X.columns)
    assert dataset.y.tolist() == ["u", "v"]
    assert (dataset.target_name, dataset.task) == ("b", "classification")
    assert dataset.notes == ("a note",)
    assert split_target(table(frame), None).task == "regression"


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (pd.Series(["b", "a"]), "U"),
        (pd.Series(["01", "1"], dtype=object), "U"),
        (pd.Series(["b", "a"], dtype="category"), "U"),
        (pd.Series([1, 2], dtype="category"), "i"),
        (pd.Series([1, "a"], dtype=object), "U"),
        (pd.Series([True, False]), "b"),
        (pd.Series([True, False], dtype="boolean"), "b"),
        (pd.Series([1, 2], dtype="Int64"), "i"),
        (pd.Series([1, 2], dtype="uint8"), "u"),
        (pd.Series([1.5, 2.5], dtype="Float32"), "f"),
        (pd.Series([1.5, 2.5], dtype=object), "f"),
    ],
)
def test_a_target_is_an_array_of_its_own_values(column, kind):
    y = split_target(table(pd.DataFrame({"a": [1, 2], "b": column})), "b").y
    assert y.dtype.kind == kind
    assert [str(value) for value in y] == [str(value) for value in column]


BAD_TARGETS = {
    "missing": (
        ["a", None, "b", None],
        None,
        (
            "my.csv: the target 'y' is missing in 2 rows (rows 2, 4). "
            "Leave these rows out, or name another target."
        ),
    ),
    "missing, with lines": (
        [1.0, None, 2.0, 3.0],
        [2, 5, 6, 7],
        (
            "my.csv: the target 'y' is missing in 1 row (line 5). "
            "Leave these rows out, or name another target."
        ),
    ),
    "infinite": (
        [1.0, 2.0, float("inf"), 0.0],
        [2, 3, 4, 5],
        "my.csv: the target 'y' is infinite in line 4.",
    ),
    "dates": (
        [datetime.date(2020, 1, 1)] * 4,
        None,
        (
            "my.csv: the target 'y' holds dates, neither numbers nor classes. Name another target, "
            "or make numbers of the dates."
        ),
    ),
    "lists": (
        ["a", "b", [1, 2], "c"],
        None,
        (
            "my.csv, row 3, column 'y': [1, 2] is neither a number nor a text but list. Make "
            "numbers or texts of them, or leave the column out (--ignore COLUMN, or "
            "ignore=[COLUMN] in Python)."
        ),
    ),
}


@pytest.mark.parametrize("case", BAD_TARGETS)
def test_a_target_that_cannot_be_learnt_is_refused(case):
    values, lines, message = BAD_TARGETS[case]
    frame = pd.DataFrame({"x": range(4), "y": values})
    with pytest.raises(DataError) as caught:
        split_target(table(frame, None if lines is None else np.array(lines)), "y")
    assert str(caught.value) == message


def test_only_the_first_missing_rows_are_named():
    frame = pd.DataFrame({"x": range(9), "y": [None] * 8 + [1.0]})
    with pytest.raises(DataError, match=r"in 8 rows \(rows 1, 2, 3, 4, 5 and 3 more\)"):
        split_target(table(frame), "y")


def test_a_single_column_leaves_no_inputs():
    with pytest.raises(DataError) as caught:
        split_target(table(pd.DataFrame({"y": [1, 2]})), None)
    assert str(caught.value) == (
        "my.csv has 1 column (y); training needs a target and at least one input."
    )
