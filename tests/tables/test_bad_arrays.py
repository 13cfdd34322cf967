"""Tables of Parquet and NPZ as people meet them: read rightly, or refused in one sentence."""

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from clearprop.files.errors import DataError
from clearprop.tables.prepare import prepare
from clearprop.tables.settings import TrainSettings

pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

ROWS = 60
A = [(7 * i % 23) / 2 for i in range(ROWS)]
B = [11 * i % 19 for i in range(ROWS)]
Y = ["q" if i % 3 else "p" for i in range(ROWS)]
MISSING_ROWS = "Leave these rows out, or name another target."
DATES = (
    "the target {!r} holds dates, neither numbers nor classes. Name another target, or make "
    "numbers of the dates."
)


def some(values, every=9):
    """Return values with a missing one in every so many rows, first in the fourth."""
    return [None if i % every == 3 else value for i, value in enumerate(values)]


def days(step):
    return [datetime.datetime(2024, 1, 1) + i * step for i in range(ROWS)]


OTHERWISE = (
    "Make numbers or texts of them, or leave the column out (--ignore COLUMN, or ignore=[COLUMN] "
    "in Python)."
)
DAY = datetime.timedelta(days=1)
HOUR = datetime.timedelta(hours=1)
INTEGERS = pyarrow.array([3 + i % 4 for i in range(ROWS)])
DECIMALS = pyarrow.array([Decimal(b) / 100 for b in B], pyarrow.decimal128(4, 2))
UNSIGNED = pyarrow.array([2**63 + 3 * i for i in range(ROWS)], pyarrow.uint64())
WORDS = pyarrow.array(Y).dictionary_encode()
UNUSED = pyarrow.DictionaryArray.from_arrays([i % 2 for i in range(ROWS)], ["u", "v", "never"])

# The last column, whose name says what it is; the task, and the values as they are learned.
LEARNED = {
    "integer categories": ("k", INTEGERS, "classification", 3),
    "categories, one of them unused": ("c", UNUSED, "classification", "u"),
    "decimals": (
        "d", DECIMALS, "regression", 0.0,
    ),
    "a dictionary": ("s", WORDS, "classification", "p"),
    "empty texts": ("s", pyarrow.array(["x", ""] * 30), "classification", "x"),
    "half precision": ("h", pyarrow.array(np.array(A, np.float16)), "regression", 0.0),
    "whole numbers": ("y", pyarrow.array([i % 3 for i in range(ROWS)]), "classification", 0),
    "long texts": ("s", pyarrow.array(Y, pyarrow.large_string()), "classification", "p"),
    "words for missing": ("s", pyarrow.array(["NA", "x"] * 30), "classification", "NA"),
    "texts and digits": ("m", pyarrow.array(["a", "1"] * 30), "classification", "a"),
    "durations": ("d", pyarrow.array([i * HOUR for i in range(ROWS)]), "regression", 0.0),
    "unsigned numbers": (
        "u", UNSIGNED, "regression", 2**63,
    ),
}  # fmt: skip

REFUSED = {
    "nothing but missing values": (
        "w", pyarrow.array([None] * ROWS, pyarrow.float64()),
        f"the target 'w' is missing in 60 rows (rows 1, 2, 3, 4, 5 and 55 more). {MISSING_ROWS}",
    ),
    "truth with gaps": (
        "f", pyarrow.array(some([i % 2 == 0 for i in range(ROWS)])),
        f"the target 'f' is missing in 7 rows (rows 4, 13, 22, 31, 40 and 2 more). {MISSING_ROWS}",
    ),
    "whole numbers with gaps": (
        "y", pyarrow.array(some([i % 2 for i in range(ROWS)], every=20)),
        f"the target 'y' is missing in 3 rows (rows 4, 24, 44). {MISSING_ROWS}",
    ),
    "bytes": (
        "y", pyarrow.array([text.encode() for text in Y]),
        f"column 'y': neither numbers nor texts but bytes values. {OTHERWISE}",
    ),
    "moments": ("y", pyarrow.array(days(DAY)), DATES.format("y")),
    "times of day": (
        "t", pyarrow.array([datetime.time(i % 24) for i in range(ROWS)]), DATES.format("t"),
    ),
}  # fmt: skip

INPUTS = {
    "bytes": (
        pyarrow.array([text.encode() for text in Y]),
        f"bad.parquet: column 'v': neither numbers nor texts but bytes values. {OTHERWISE}",
    ),
    "lists": (
        pyarrow.array([[1.0, 2.0]] * ROWS),
        ("bad.parquet, row 1, column 'v': array([1., 2.]) is neither a number nor a text but "
        f"ndarray. {OTHERWISE}"),
    ),
    "structures": (
        pyarrow.array([{"x": 1}] * ROWS),
        "bad.parquet, row 1, column 'v': {'x': 1} is neither a number nor a text but dict. "
        + OTHERWISE,
    ),
    "an infinite number": (
        pyarrow.array([np.inf if i == 30 else a for i, a in enumerate(A)]),
        ("bad.parquet, row 31, column 'v': inf is not a finite number: correct it, or leave the "
        "cell empty where it is unknown."),
    ),
}  # fmt: skip


def prepared(path):
    return prepare(TrainSettings(str(path), test_fraction=0))


def with_last(tmp_path, name, column):
    path = tmp_path / "bad.parquet"
    parquet.write_table(pyarrow.table({"a": A, "b": B, name: column}), path)
    return path


@pytest.mark.parametrize("case", LEARNED)
def test_a_column_of_parquet_is_a_target(tmp_path, case):
    name, column, task, first = LEARNED[case]
    found = prepared(with_last(tmp_path, name, column))
    assert (found.task, len(found.train)) == (task, ROWS)
    assert found.train.y[0] == first
    different = {str(value) for value in column.to_pylist()}
    assert len(set(found.train.y.tolist())) == len(different)


@pytest.mark.parametrize("case", REFUSED)
def test_a_column_of_parquet_that_is_no_target_is_refused(tmp_path, case):
    name, column, message = REFUSED[case]
    with pytest.raises(DataError) as caught:
        prepared(with_last(tmp_path, name, column))
    assert str(caught.value) == f"bad.parquet: {message}"


@pytest.mark.parametrize("case", INPUTS)
def test_a_column_of_parquet_that_is_no_input_is_refused(tmp_path, case):
    column, message = INPUTS[case]
    path = tmp_path / "bad.parquet"
    parquet.write_table(pyarrow.table({"a": A, "v": column, "y": Y}), path)
    with pytest.raises(DataError) as caught:
        prepared(path)
    assert str(caught.value) == message


def test_moments_with_a_zone_and_days_are_inputs(tmp_path):
    from clearprop.tables.fit_inputs import kinds_of
    from clearprop.tables.prepare import columns_in

    zone = pyarrow.timestamp("us", tz="Europe/Berlin")
    columns = {
        "t": pyarrow.array(days(DAY), zone),
        "d": pyarrow.array([day.date() for day in days(DAY)]),
        "z": pyarrow.nulls(ROWS),
        "y": Y,
    }
    path = tmp_path / "t.parquet"
    parquet.write_table(pyarrow.table(columns), path)
    frame = prepared(path).train.inputs
    assert kinds_of(columns_in(frame), ROWS) == {"t": "date", "d": "date", "z": "left out"}


def test_names_of_several_levels_are_texts(tmp_path):
    frame = pd.DataFrame({("g", "a"): A, ("k", "y"): Y})
    frame.to_parquet(tmp_path / "multi.parquet")
    found = prepared(tmp_path / "multi.parquet")
    assert found.dataset.feature_names == ("('g', 'a')",)
    assert found.dataset.target_name == "('k', 'y')"


def test_an_index_is_left_out_and_a_table_without_rows_refused(tmp_path):
    frame = pd.DataFrame({"a": A, "b": B, "y": Y}).set_index("b")
    frame.to_parquet(tmp_path / "index.parquet")
    found = prepared(tmp_path / "index.parquet")
    assert found.notes == ["The table's index 'b' was taken to name rows and left out."]
    frame[:0].reset_index().to_parquet(tmp_path / "zero.parquet")
    with pytest.raises(DataError, match=r"zero\.parquet has 0 rows and 3 columns\."):
        prepared(tmp_path / "zero.parquet")


X = np.stack([A, B, np.array(A) * B], axis=1)
CLASSES = np.arange(ROWS) % 2
PICTURES = np.arange(ROWS * 16, dtype=np.uint8).reshape(ROWS, 4, 4)

ARRAYS = {
    "arrays without names": ({"arr_0": X, "arr_1": CLASSES}, []),
    "labels that differ in the last digit": ({"X": X, "y": 2**60 + CLASSES}, []),
    "truth": ({"X": X > 5, "y": CLASSES == 0}, []),
    "targets in a column": ({"X": X, "y": CLASSES[:, None] * 1.0}, []),
    "half precision": ({"X": X.astype(np.float16), "y": CLASSES}, []),
    "pictures of Keras": (
        {
            "x_train": PICTURES, "y_train": CLASSES.astype(np.uint8),
            "x_test": PICTURES[:5], "y_test": CLASSES[:5],
        },
        ["Read x_train and y_train; the file's x_test, y_test were left aside."],
    ),
    "missing numbers": ({"X": np.where(X == 0, np.nan, X), "y": CLASSES}, []),
    "a third array": (
        {"X": X, "y": CLASSES, "groups": CLASSES},
        ["Read X and y; the file's groups were left aside."],
    ),
    "words": ({"X": X, "y": np.array(Y)}, []),
}  # fmt: skip

BAD_ARRAYS = {
    "two arrays of two dimensions": (
        {"arr_0": X, "arr_1": CLASSES[:, None]},
        (
            "bad.npz: cannot tell which of its arrays (arr_0 (60, 3), arr_1 (60, 1)) are inputs "
            "and targets; call them X and y."
        ),
    ),
    "names of one's own": (
        {"train_images": PICTURES, "train_labels": CLASSES[:, None], "test_images": PICTURES[:5]},
        (
            "bad.npz: cannot tell which of its arrays (train_images (60, 4, 4), train_labels "
            "(60, 1), test_images (5, 4, 4)) are inputs and targets; call them X and y."
        ),
    ),
    "bytes": (
        {"X": X, "y": np.array(Y, "S1")},
        "bad.npz: 'y': a target holds numbers, booleans or texts, not |S1.",
    ),
    "an infinite number": (
        {"X": np.where(np.arange(ROWS)[:, None] == 30, np.inf, X), "y": CLASSES},
        (
            "bad.npz, row 31, column 'x1': inf is not a finite number: correct it, or leave the "
            "cell empty where it is unknown."
        ),
    ),
    "rows of two numbers": (
        {"X": X[:50], "y": CLASSES},
        "bad.npz: 'X' has 50 rows and 'y' has 60.",
    ),
    "columns for rows": ({"X": X.T, "y": CLASSES}, "bad.npz: 'X' has 3 rows and 'y' has 60."),
    "no columns": (
        {"X": X[:, :0], "y": CLASSES},
        (
            "bad.npz: the inputs 'X' are of type float64 and shape (60, 0); rows and columns of "
            "numbers or texts are expected."
        ),
    ),
    "one dimension": (
        {"X": X[:, 0], "y": CLASSES},
        (
            "bad.npz: the inputs 'X' are of type float64 and shape (60,); rows and columns of "
            "numbers or texts are expected."
        ),
    ),
    "objects": (
        {"X": X, "y": np.array(Y, object)},
        (
            "bad.npz: an array cannot be read (Object arrays cannot be loaded when "
            "allow_pickle=False). Arrays of Python objects are pickled and never opened; save "
            "numbers or fixed-width texts."
        ),
    ),
    "targets of three columns": (
        {"X": X, "y": np.eye(3)[CLASSES]},
        (
            "bad.npz: the targets 'y' have the shape (60, 3); one number or text for each row is "
            "expected."
        ),
    ),
    "a missing target": (
        {"X": X, "y": np.where(np.arange(ROWS) == 3, np.nan, CLASSES)},
        "bad.npz: 'y': row 4: the target nan is not finite.",
    ),
}


@pytest.mark.parametrize("case", ARRAYS)
def test_arrays_are_read(tmp_path, case):
    arrays, notes = ARRAYS[case]
    np.savez(tmp_path / "good.npz", **arrays)
    found = prepared(tmp_path / "good.npz")
    assert found.dataset.notes == tuple(notes)
    assert found.task == "classification"
    assert len(set(found.train.y.tolist())) == 2


@pytest.mark.parametrize("case", BAD_ARRAYS)
def test_arrays_are_refused_in_one_sentence(tmp_path, case):
    arrays, message = BAD_ARRAYS[case]
    np.savez(tmp_path / "bad.npz", **arrays)
    with pytest.raises(DataError) as caught:
        prepared(tmp_path / "bad.npz")
    assert str(caught.value) == message
