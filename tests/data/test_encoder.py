"""A table becomes an array of finite numbers, the same for each row whatever is around it."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearprop.data import DataError, TableEncoder

CELLS = {
    # Rounded: a column that spreads less than 1e-160 is refused, which has its own test.
    "number": st.none() | st.floats(-1e9, 1e9).map(lambda x: round(x, 6)) | st.integers(-5, 5),
    "word": st.none() | st.sampled_from(["a", "b", "1", "01", "True"]),
    "mixed": st.none() | st.sampled_from(["a", 1, 1.0, True, 2.5]),
    "truth": st.booleans(),
}


@st.composite
def tables(draw):
    kinds = draw(st.lists(st.sampled_from(list(CELLS)), min_size=1, max_size=5))
    rows = draw(st.integers(2, 12))
    columns = {
        f"{kind}{i}": draw(st.lists(CELLS[kind], min_size=rows, max_size=rows))
        for i, kind in enumerate(kinds)
    }
    # One column that is always of use.
    frame = pd.DataFrame({"sure": np.arange(rows, dtype=float)} | columns)
    return frame.astype({name: object for name in columns if name.startswith("mixed")})


@settings(deadline=None, max_examples=60)
@given(tables(), st.data())
def test_a_rows_inputs_depend_on_neither_other_rows_nor_the_order_of_columns(frame, data):
    encoder = TableEncoder.fit(frame)
    inputs = encoder.encode(frame)
    assert inputs.shape == (len(frame), encoder.width)
    assert np.isfinite(inputs).all()
    for row in range(len(frame)):
        alone = frame.iloc[[row]].infer_objects()
        np.testing.assert_array_equal(encoder.encode(alone), inputs[[row]])
    order = data.draw(st.permutations(list(frame.columns)))
    shuffled = frame[order].assign(another="text")
    np.testing.assert_array_equal(encoder.encode(shuffled), inputs)
    rows = data.draw(st.permutations(range(len(frame))))
    np.testing.assert_array_equal(encoder.encode(frame.iloc[rows]), inputs[rows])
    np.testing.assert_array_equal(encoder.encode(frame, np.float32), inputs.astype(np.float32))


def people():
    return pd.DataFrame(
        {
            "age": [20.0, 40.0, np.nan, 60.0],
            "job": ["clerk", None, "smith", "clerk"],
            "member": [True, False, True, True],
            "town": ["Bern"] * 4,
            "note": [np.nan] * 4,
            "born": pd.to_datetime(["2000-01-01"] * 4),
            "children": [0, 1, 2, 1],
        }
    )


def test_each_column_has_its_place():
    encoder = TableEncoder.fit(people())
    assert encoder.input_names == (
        "age",
        "job=clerk",
        "job=smith",
        "job=(missing)",
        "member=False",
        "member=True",
        "children",
    )
    assert encoder.width == 7
    assert encoder.rows == 4
    root = np.sqrt(1.5)
    np.testing.assert_allclose(
        encoder.encode(people()),
        [
            [-root, 1, 0, 0, 0, 1, -np.sqrt(2)],
            [0, 0, 0, 1, 1, 0, 0],
            [0, 0, 1, 0, 0, 1, np.sqrt(2)],
            [root, 1, 0, 0, 0, 1, 0],
        ],
        rtol=1e-15,
    )


def test_what_is_done_is_told():
    frame = people().assign(name=[f"name {row}" for row in range(4)])
    frame = pd.concat([frame] * 30, ignore_index=True)
    frame["name"] = [f"name {row}" for row in range(120)]
    assert TableEncoder.fit(frame).describe() == [
        "standardised 2 numeric columns: age, children",
        "filled 30 missing numbers with the column's median: age (30)",
        "one-hot encoded 2 columns into 5 inputs: job (3), member (2)",
        "made missing a category of its own: job (30)",
        "left out 1 column (the same value in every row): town",
        "left out 1 column (no values): note",
        "left out 1 column (dates that are all the same, or missing): born",
        "left out 1 column (identifiers or free text): name (120 different)",
    ]


def test_only_what_is_done_is_told():
    assert TableEncoder.fit(pd.DataFrame({"a": [1, 2]})).describe() == [
        "standardised 1 numeric column: a"
    ]


def test_columns_left_out_need_not_be_there():
    encoder = TableEncoder.fit(people())
    used = people()[["children", "member", "job", "age"]]
    np.testing.assert_array_equal(encoder.encode(used), encoder.encode(people()))


def test_notes_come_in_the_order_of_the_columns():
    encoder = TableEncoder.fit(people())
    new = people().assign(job="pilot", age=np.nan)
    inputs, notes = encoder.encode_with_notes(new)
    np.testing.assert_array_equal(inputs, encoder.encode(new))
    assert notes == [
        "column 'age': 4 missing values filled with the training median 40",
        (
            "column 'job': 4 rows with a category that training had not ('pilot'); "
            "all its inputs are 0 there"
        ),
    ]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["u1", "i4", "f4", "f8", "?"])
def test_an_array_is_encoded_as_the_same_table(order, dtype):
    array = np.array([[0, 1, 1], [1, 1, 0], [1, 1, 1]]).astype(dtype, order=order)
    array.flags.writeable = False
    encoder = TableEncoder.fit(array)
    assert encoder.input_names == ("x1", "x3")
    frame = pd.DataFrame(array.astype("f8"), columns=["x1", "x2", "x3"])
    assert encoder == TableEncoder.fit(frame)
    np.testing.assert_array_equal(encoder.encode(array), encoder.encode(frame))


def test_an_array_of_texts_is_a_table():
    array = np.array([["a", "1"], ["b", "2"]])
    encoder = TableEncoder.fit(array, ["u", "v"])
    assert encoder.input_names == ("u=a", "u=b", "v=1", "v=2")
    assert encoder.encode(array).tolist() == [[1, 0, 1, 0], [0, 1, 0, 1]]
    mixed = np.array([["a", 1], ["b", 2]], dtype=object)
    assert TableEncoder.fit(mixed).input_names == ("x1=a", "x1=b", "x2")


def test_a_table_without_rows_can_be_encoded():
    encoder = TableEncoder.fit(people())
    inputs, notes = encoder.encode_with_notes(people()[:0])
    assert inputs.shape == (0, 7)
    assert notes == []


def test_the_table_is_not_changed():
    frame = people()
    encoder = TableEncoder.fit(frame)
    encoder.encode(frame)
    pd.testing.assert_frame_equal(frame, people())


def test_the_encoder_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        TableEncoder.fit(people()).rows = 5


A = pd.DataFrame({"a": [1, 2]})
BAD_TRAINING = {
    "no rows": (A[:0], DataError, "the table has no rows."),
    "nothing to learn": (
        pd.DataFrame({"a": [1, 1], "b": ["u", "u"]}),
        DataError,
        "no column is left to learn from: left out 2 columns (the same value in every row): a, b.",
    ),
    "infinite": (
        pd.DataFrame({"a": [1, np.inf]}),
        DataError,
        (
            "column 'a', row 2: inf is not a finite number: correct it, or leave "
            "the cell empty where it is unknown."
        ),
    ),
    "lists": (
        pd.DataFrame({"a": [[1], [2]]}),
        DataError,
        (
            "column 'a', row 1: [1] is neither a number nor a text but list. Make numbers or "
            "texts of them, or leave the column out (--ignore COLUMN, or ignore=[COLUMN] in "
            "Python)."
        ),
    ),
    "one name twice": (
        pd.DataFrame([[1, 2]], columns=["a", "a"]),
        DataError,
        "two columns of the table have one name among a.",
    ),
    "one dimension": (
        np.zeros(3),
        DataError,
        "a table has rows and columns; the array has shape (3,).",
    ),
    "a column of a table": (
        A["a"],
        TypeError,
        "a pandas table or a NumPy array is expected, not Series",
    ),
}


@pytest.mark.parametrize("case", BAD_TRAINING)
def test_a_table_that_cannot_be_learnt_is_refused(case):
    table, error, message = BAD_TRAINING[case]
    with pytest.raises(error) as caught:
        TableEncoder.fit(table)
    assert str(caught.value) == message


BAD_TABLES = {
    "lacking column": (
        people().rename(columns={"age": "Agee"}),
        (
            "the table has no column 'age', which the training table had. Did you mean 'Agee'? "
            "Its columns are Agee, job, member, town, note, born, children."
        ),
    ),
    "text for a number": (
        people().assign(age=["20", "forty", "3", None]),
        "column 'age', row 2: 'forty' is not a number.",
    ),
    "infinite": (
        people().assign(children=[1, 2, 3, -np.inf]),
        (
            "column 'children', row 4: -inf is not a finite number: correct it, or leave "
            "the cell empty where it is unknown."
        ),
    ),
    "array of another width": (np.zeros((2, 3)), "the array has 3 columns, where training had 7."),
    "array of one dimension": (
        np.zeros(7),
        "a table has rows and columns; the array has shape (7,).",
    ),
}


@pytest.mark.parametrize("case", BAD_TABLES)
def test_a_table_that_does_not_fit_is_refused(case):
    table, message = BAD_TABLES[case]
    with pytest.raises(DataError) as caught:
        TableEncoder.fit(people()).encode(table)
    assert str(caught.value) == message


def test_names_must_fit_the_array():
    with pytest.raises(DataError) as caught:
        TableEncoder.fit(np.eye(3), ["a"])
    assert str(caught.value) == "1 name for 3 columns."


def test_many_columns_are_encoded_in_seconds():
    pixels = np.random.default_rng(0).integers(0, 256, size=(20_000, 784), dtype=np.uint8)
    # It takes half a second; a loop over cells would take minutes.
    inputs = TableEncoder.fit(pixels).encode(pixels, np.float32)
    assert inputs.flags.c_contiguous
    np.testing.assert_allclose(inputs.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(inputs.std(axis=0), 1, atol=1e-4)
