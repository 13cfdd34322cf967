"""Columns of any type in memory are read rightly, or refused with their row as the user counts."""

import datetime
import warnings

import numpy as np
import pandas as pd
import pytest

import clearprop as cp
from clearprop.tables.members_model import MembersModel

ROWS = 40
RNG = np.random.default_rng(0)
X = RNG.normal(size=ROWS)
Y = np.where(X > 0, "up", "down")
DAYS = pd.date_range("2021-03-01", periods=ROWS, freq="37h")
QUICK = {"preset": "fast", "members": 1, "max_epochs": 1, "random_state": 0}


def fitted(column, **options):
    frame = pd.DataFrame({"c": column, "x": X})
    return cp.TableClassifier(**QUICK, **options).fit(frame, Y), frame


def arrow(values, kind=None):
    pyarrow = pytest.importorskip("pyarrow")
    kind = None if kind is None else eval(kind, {"pa": pyarrow})
    return pd.Series(pd.arrays.ArrowExtensionArray(pyarrow.array(values, kind)))


WORDS = ["ab"[k % 2] for k in range(ROWS)]
KINDS = {
    "intervals of pandas.cut": (lambda: pd.cut(X, 4), "category"),
    "categories of dates": (lambda: pd.Categorical(DAYS[[k % 3 for k in range(ROWS)]]), "category"),
    "an Arrow dictionary": (
        lambda: arrow(WORDS, "pa.dictionary(pa.int32(), pa.string())"), "category",
    ),
    "Arrow times": (lambda: arrow([d.time() for d in DAYS], "pa.time64('us')"), "date"),
    "Arrow days": (lambda: arrow([d.date() for d in DAYS], "pa.date32()"), "date"),
    "Arrow nulls": (lambda: arrow([None] * ROWS), "left out"),
    "Arrow decimals": (lambda: arrow(list(range(ROWS)), "pa.decimal128(9, 2)"), "number"),
    "whole numbers of 25 digits": (
        lambda: pd.Series([10**25 + k * 10**20 for k in range(ROWS)], dtype=object), "number",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", KINDS)
def test_a_column_has_the_code_of_its_kind_and_a_row_alone_its_inputs(case, tmp_path):
    make, kind = KINDS[case]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model, frame = fitted(make())
    assert model.inputs_.columns[0].kind == kind
    whole = model.encode(frame)
    for row in (0, 7):
        np.testing.assert_array_equal(model.encode(frame.iloc[[row]]), whole[[row]])
    model.save(tmp_path / "m.clearprop")
    np.testing.assert_array_equal(cp.load(tmp_path / "m.clearprop").encode(frame), whole)


def test_long_durations_are_seconds_and_do_not_wrap():
    seconds = np.arange(ROWS) * 400_000_000_000
    model, frame = fitted(pd.Series(seconds).astype("timedelta64[s]"))
    other, plain = fitted(pd.Series(seconds).astype(float))
    np.testing.assert_array_equal(model.encode(frame), other.encode(plain))


REFUSED = {
    "infinite": (np.where(np.arange(ROWS) == 5, np.inf, X), "column 'c', row 6: inf is not"),
    "a list": (
        pd.Series([[k] if k == 30 else "ab"[k % 2] for k in range(ROWS)], dtype=object),
        "column 'c', row 31: [30] is neither a number nor a text but list.",
    ),
    "Arrow lists": (lambda: arrow([[k, k] for k in range(ROWS)]), "row 1: array([0, 0]) is"),
    "Arrow structures": (lambda: arrow([{"a": k} for k in range(ROWS)]), "row 1: {'a': 0} is"),
    "a number of 400 digits": (
        pd.Series([10**400 if k == 20 else k for k in range(ROWS)], dtype=object),
        "column 'c', row 21: a number of some 400 digits is too large to compute with.",
    ),
    "complex": (X + 1j, "neither numbers nor texts but complex128 values. Make numbers or texts"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_cell_that_cannot_be_used_is_named_by_the_row_of_the_users_table(case):
    """Small tables are put in another order before they are trained on."""
    column, message = REFUSED[case]
    column = column() if callable(column) else column
    with pytest.raises(ValueError) as caught:
        fitted(column)
    assert message in str(caught.value)
    if case == "infinite":
        frame = pd.DataFrame({"c": column, "x": X})
        with pytest.raises(ValueError, match="row 6: inf"):
            cp.TableClassifier(**QUICK).fit(frame, Y, sample_weight=np.arange(ROWS) % 3)
    assert fitted(column, ignore=["c"])[0].inputs_.columns[0].reason == "told"


UNREAD = {
    "dates": ([f"{d:%d/%m/%Y}" for d in DAYS], "holds dates", "pandas.to_datetime"),
    "numbers": ([f"${x:,.2f}".replace("$-", "-$") for x in 1e4 * X], "holds numbers",
                "pandas.to_numeric"),
    "durations": ([f"{k + 20}:{k:02d}:30" for k in range(ROWS)], "holds durations",
                  "pandas.to_timedelta"),
}  # fmt: skip


@pytest.mark.parametrize("case", UNREAD)
def test_texts_that_are_something_else_are_warned_of(case):
    texts, holds, advice = UNREAD[case]
    with pytest.warns(UserWarning, match=f"column 'c' {holds}") as caught:
        fitted(pd.Series(texts, dtype=object))
    assert advice in str(caught[0].message) and repr(sorted(texts)[0]) in str(caught[0].message)


@pytest.mark.parametrize(
    "texts",
    [
        WORDS,
        [f"a{k}" for k in range(ROWS)],
        ["123"[k % 3] for k in range(ROWS)],
        [f"{k} {['Oak', 'Elm', 'Fir'][k % 3]} Lane" for k in range(ROWS)],
        [datetime.date(2024, 1, 1 + k % 28) for k in range(ROWS)],
    ],
)
def test_other_columns_are_not(texts):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted(pd.Series(texts, dtype=object))


def test_why_says_that_a_column_was_left_out():
    model, frame = fitted(pd.Series([None] * ROWS, dtype=object))
    with pytest.raises(ValueError, match=r"the column 'c' has no inputs: it was left out \(no val"):
        model.why(frame, "c")
    with pytest.raises(ValueError, match="the table has no column 'd'"):
        model.why(frame, "d")


def as_pyarrow(frame):
    return pytest.importorskip("pyarrow").Table.from_pandas(frame)


def as_polars(frame):
    return pytest.importorskip("polars").from_pandas(frame)


@pytest.mark.parametrize("made", [as_pyarrow, as_polars])
def test_tables_of_other_packages_keep_names_and_types(made):
    frame = pd.DataFrame(
        {"day": DAYS, "kind": WORDS, "x": X, "gap": pd.timedelta_range(0, periods=ROWS)}
    )
    table = made(frame)
    model = cp.TableClassifier(**QUICK).fit(table, Y)
    assert model.feature_names_in_.tolist() == list(frame)
    assert [code.kind for code in model.inputs_.columns] == ["date", "category", "number", "number"]
    np.testing.assert_array_equal(model.encode(table), model.encode(frame))
    found = cp.compare(table, Y, models=["dummy"], folds=2, repeats=1, processes=False)
    assert found.columns == 4
    loaded = MembersModel(model, "y")
    np.testing.assert_array_equal(loaded.predict(table), loaded.predict(frame))


def test_masked_numbers_are_missing():
    masked = np.ma.masked_array(np.c_[X, X], mask=np.c_[X > 1, X < -1])
    plain = np.where(masked.mask, np.nan, masked.data)
    one, other = (cp.TableClassifier(**QUICK).fit(table, Y) for table in (masked, plain))
    assert [code.missing for code in one.inputs_.columns] == np.isnan(plain).sum(axis=0).tolist()
    np.testing.assert_array_equal(one.encode(masked), other.encode(plain))


def test_numbers_beside_texts_in_a_list_stay_numbers():
    rows = [list(row) for row in zip(WORDS, X.tolist(), strict=True)]
    model = cp.TableClassifier(**QUICK).fit(rows, Y)
    assert [code.kind for code in model.inputs_.columns] == ["category", "number"]


def test_an_infinite_number_of_an_array_is_named_with_its_place():
    table = np.c_[X, X]
    table[3, 1] = -np.inf
    with pytest.raises(ValueError, match=r"column 'x2', row 4: -inf is not a finite number"):
        cp.TableClassifier(**QUICK).fit(table, Y)
    model = cp.TableClassifier(**QUICK).fit(np.c_[X, X**2], Y)
    with pytest.raises(ValueError, match=r"column 'x2', row 4: -inf is not a finite number"):
        model.predict(table)
