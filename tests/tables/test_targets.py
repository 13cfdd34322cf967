"""Targets of any type are read rightly, or refused with the row and what to do."""

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

import clearprop as cp
from clearprop.tables.targets import labels_of, quantities_of

ROWS = 24
X = np.random.default_rng(0).normal(size=(ROWS, 2))
UP = X[:, 0] > 0
WORDS = np.where(UP, "up", "down")
QUICK = {"preset": "fast", "members": 1, "max_epochs": 2, "random_state": 0}


def with_gap(values, gap, row=5):
    return [gap if k == row else value for k, value in enumerate(values)]


LABELS = {
    "booleans": (UP, [False, True]),
    "nullable booleans": (pd.array(UP, dtype="boolean"), [False, True]),
    "nullable integers": (pd.array(UP.astype(int), dtype="Int64"), [0, 1]),
    "words of pandas": (pd.array(WORDS, dtype="string"), ["down", "up"]),
    "categories, one unused": (
        pd.Categorical(WORDS, categories=["up", "never", "down"]), ["down", "up"],
    ),
    "categories of integers": (pd.Categorical(UP.astype(int)), [0, 1]),
    "None as a word": (np.where(UP, "None", "some"), ["None", "some"]),
    "a class with one row": (with_gap(WORDS, "rare"), ["down", "rare", "up"]),
    "objects": (pd.Series(WORDS, dtype=object), ["down", "up"]),
    "a list": (list(WORDS), ["down", "up"]),
}  # fmt: skip


@pytest.mark.parametrize("case", LABELS)
def test_labels_keep_their_type_and_come_back(case, tmp_path):
    y, classes = LABELS[case]
    model = cp.TableClassifier(**QUICK).fit(X, y)
    assert model.classes_.tolist() == classes
    assert type(model.classes_.tolist()[0]) is type(classes[0])
    model.save(tmp_path / "m.clearprop")
    loaded = cp.load(tmp_path / "m.clearprop")
    assert loaded.classes_.tolist() == classes
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))


LEAVE_OUT = "Leave these rows out"
NO_LABELS = {
    "None": (with_gap(WORDS, None), f"missing in 1 row (row 6). {LEAVE_OUT}"),
    "NaN among words": (
        pd.Series(with_gap(WORDS, np.nan), dtype=object), f"missing in 1 row (row 6). {LEAVE_OUT}",
    ),
    "NA": (pd.array(with_gap(UP, None), dtype="boolean"), f"in 1 row (row 6). {LEAVE_OUT}"),
    "several": (
        [None if k % 4 == 3 else w for k, w in enumerate(WORDS)],
        f"missing in 6 rows (rows 4, 8, 12, 16, 20 and 1 more). {LEAVE_OUT}",
    ),
    "words and numbers": (
        pd.Series(with_gap(WORDS, 1), dtype=object),
        f"y has texts and other labels: {WORDS[0]!r} in row 1, 1 in row 6. y.astype(str) makes",
    ),
    "dates": (
        pd.Series(pd.to_datetime(np.where(UP, "2024-01-01", "2024-01-02"))),
        "y holds dates, which are no classes: y.astype(str) makes texts of them",
    ),
    "months": (
        pd.Series(pd.period_range("2024-01", periods=2, freq="M")[UP.astype(int)]),
        "y holds dates, which are no classes",
    ),
    "intervals": (
        pd.cut(X[:, 0], 3), "in row 1, of type Interval, which is no class: y.astype(str) makes",
    ),
    "objects of another type": (
        pd.Series(with_gap(WORDS, {1}), dtype=object),
        "y is {1} in row 6, of type set, which is no class",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", NO_LABELS)
def test_what_is_no_label_is_refused_with_its_row(case):
    y, message = NO_LABELS[case]
    with pytest.raises(ValueError) as caught:
        cp.TableClassifier(**QUICK).fit(X, y)
    assert message in str(caught.value)


NUMBERS = X[:, 1]
QUANTITIES = {
    "decimals": pd.Series([Decimal(repr(float(n))) for n in NUMBERS], dtype=object),
    "nullable numbers": pd.array(NUMBERS, dtype="Float64"),
    "texts of numbers": [repr(float(n)) for n in NUMBERS],
    "a sparse column": pd.Series(pd.arrays.SparseArray(NUMBERS)),
    "a list": NUMBERS.tolist(),
}


@pytest.mark.parametrize("case", QUANTITIES)
def test_quantities_of_any_type_are_the_numbers(case):
    found = np.asarray(quantities_of(QUANTITIES[case]), float)
    np.testing.assert_allclose(found, NUMBERS, rtol=1e-15)
    cp.TableRegressor(**QUICK).fit(X, QUANTITIES[case])


NO_QUANTITIES = {
    "NaN": (np.array(with_gap(NUMBERS, np.nan)), "the target is missing in 1 row (row 6)"),
    "infinite": (np.array(with_gap(NUMBERS, np.inf)), "it is inf in row 6"),
    "NA": (pd.array(with_gap(NUMBERS, None), dtype="Float64"), "missing in 1 row (row 6)"),
    "a currency": (with_gap(map(str, NUMBERS), "$5"), "y is '$5' in row 6, not a number"),
    "words": (WORDS, f"y is '{WORDS[0]}' in row 1, not a number"),
    "durations": (
        pd.to_timedelta(np.arange(ROWS), unit="h"),
        "y holds durations, not numbers: make numbers of them, such as y.dt.total_seconds()",
    ),
    "times of day": (
        [datetime.time(k % 24) for k in range(ROWS)], "y holds times of day, not numbers",
    ),
    "dates": (pd.date_range("2024", periods=ROWS), "y holds dates, not numbers"),
    "too large": (
        np.array(with_gap(NUMBERS, 1e200)),
        "y is 1e+200 in row 6, whose square is too large for a floating point number: divide",
    ),
    "too near": (NUMBERS * 1e-300, "y differs by so little that the squares of its differences"),
}  # fmt: skip


@pytest.mark.parametrize("case", NO_QUANTITIES)
def test_what_is_no_quantity_is_refused_with_its_row(case):
    y, message = NO_QUANTITIES[case]
    with pytest.raises(ValueError) as caught:
        cp.TableRegressor(**QUICK).fit(X, y)
    assert message in str(caught.value)


def test_plain_targets_are_passed_on_untouched():
    for y in (UP, NUMBERS, np.c_[UP, UP], [[1, 2], [3]]):
        assert labels_of(y) is y
    assert quantities_of(NUMBERS) is NUMBERS
