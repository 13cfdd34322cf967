"""Encoders are stored as strict JSON and come back as they were."""

import copy
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from clearprop.data import DataError, TableEncoder

# The square of what is smaller is no number, and such a column cannot be scaled.
NUMBERS = st.floats(-1e100, 1e100).filter(lambda number: number == 0 or abs(number) > 1e-100)


def rebuilt(encoder):
    text = json.dumps(encoder.to_document(), allow_nan=False)
    return TableEncoder.from_document(json.loads(text))


@settings(deadline=None, max_examples=60)
@given(
    st_numpy.arrays(
        np.float64,
        st.tuples(st.integers(2, 9), st.integers(1, 4)),
        elements=NUMBERS | st.just(np.nan),
    ),
    st.lists(st.text(st.characters(codec="utf-8"), max_size=4), min_size=2, max_size=9),
)
def test_an_encoder_comes_back_bit_for_bit(numbers, texts):
    rows = min(len(numbers), len(texts))
    frame = pd.DataFrame(numbers[:rows]).assign(
        words=texts[:rows], sure=np.linspace(0, 1 / 3, rows)
    )
    encoder = TableEncoder.fit(frame)
    again = rebuilt(encoder)
    assert again == encoder
    assert again.encode(frame).tobytes() == encoder.encode(frame).tobytes()
    assert again.describe() == encoder.describe()
    assert again.input_names == encoder.input_names


def test_the_fewest_and_the_most_categories_come_back():
    texts = [f"t{row % 1000}" for row in range(2500)]
    frame = pd.DataFrame({"one": ["x", None] * 1250, "many": texts})
    encoder = TableEncoder.fit(frame)
    assert encoder.width == 1002
    assert rebuilt(encoder) == encoder


def test_the_document_can_be_read_by_people():
    frame = pd.DataFrame({"age": [1.0, 3.0], "job": ["b", None], "town": ["x", "x"]})
    assert TableEncoder.fit(frame).to_document() == {
        "version": 2,
        "rows": 2,
        "reading": None,
        "columns": [
            {"kind": "number", "name": "age", "mean": 2.0, "sd": 1.0, "median": 2.0, "missing": 0},
            {"kind": "category", "name": "job", "categories": ["b"], "missing": 1},
            {"kind": "left out", "name": "town", "reason": "constant", "different": 0},
        ],
    }


def types_in(value):
    if isinstance(value, dict):
        return {str}.union(*(types_in(v) for v in value.values()))
    if isinstance(value, list):
        return set().union(*(types_in(v) for v in value))
    return {type(value)}


def test_the_document_holds_plain_types_only():
    frame = pd.DataFrame({"a": np.float32([1, 2]), "b": np.array(["u", "v"]), "c": [True, False]})
    assert types_in(TableEncoder.fit(frame).to_document()) == {str, int, float, type(None)}


DOCUMENT = TableEncoder.fit(
    pd.DataFrame({"age": [1.0, 3.0], "job": ["b", "a"], "town": ["x", "x"]})
).to_document()
AGE, JOB, TOWN = (("columns", i) for i in range(3))
NOWHERE = object()

DAMAGES = {
    "no version": (("version",), NOWHERE, "the table's encoder: lacks 'version'"),
    "newer": (
        ("version",),
        3,
        "the table's encoder is of version 3, and this clearprop reads up to 2: it needs a newer",
    ),
    "never": (("version",), 0, "the table's encoder is of version 0, which there never was"),
    "reading as text": (("reading",), "csv", "reading: expected an object, not str"),
    "no reading": (("reading",), NOWHERE, "the table's encoder: lacks 'reading'"),
    "version true": (("version",), True, "version must be a whole number from 0, not True"),
    "unknown field": (("code",), "x", "the table's encoder: unknown 'code'"),
    "rows negative": (("rows",), -1, "rows must be a whole number from 0, not -1"),
    "rows as number": (("rows",), 2.0, "rows must be a whole number from 0, not 2.0"),
    "too few rows": (("rows",), 0, "the table's encoder: more missing values than 0 rows"),
    "columns as object": (("columns",), {}, "columns must be a list, not {}"),
    "no columns": (("columns",), [], "the table's encoder: no column has inputs"),
    "no inputs": (("columns",), [DOCUMENT["columns"][2]], "no column has inputs"),
    "column as text": (AGE, "age", "kind must be one of 'number', 'category', 'date', 'left out'"),
    "no kind": ((*AGE, "kind"), NOWHERE, "kind must be one of"),
    "unknown kind": ((*AGE, "kind"), "os.system", "not 'os.system'"),
    "kind as list": ((*AGE, "kind"), [], "kind must be one of"),
    "name as number": ((*AGE, "name"), 1, "name must be a text, not 1"),
    "same name": ((*AGE, "name"), "job", "the table's encoder: two columns have the same name"),
    "no mean": ((*AGE, "mean"), NOWHERE, "a column of the table's encoder: lacks 'mean'"),
    "unknown in column": ((*AGE, "scale"), 1.0, "a column of the table's encoder: unknown 'scale'"),
    "mean as text": ((*AGE, "mean"), "2.0", "mean must be a finite number with a fraction"),
    "mean not finite": ((*AGE, "mean"), float("nan"), "mean must be a finite number"),
    "median infinite": ((*AGE, "median"), float("inf"), "median must be a finite number"),
    "sd zero": ((*AGE, "sd"), 0.0, "sd must be above 0, not 0.0"),
    "sd negative": ((*AGE, "sd"), -1.0, "sd must be above 0, not -1.0"),
    "too many missing": ((*AGE, "missing"), 3, "more missing values than 2 rows"),
    "categories as text": ((*JOB, "categories"), "ab", "categories must be a list, not 'ab'"),
    "no categories": ((*JOB, "categories"), [], "categories must be different texts in sorted"),
    "unsorted": ((*JOB, "categories"), ["b", "a"], "categories must be different texts in sorted"),
    "twice": ((*JOB, "categories"), ["a", "a"], "categories must be different texts in sorted"),
    "number": ((*JOB, "categories"), [1, 2], "categories must be a text, not 1"),
    "huge": (
        (*JOB, "categories"),
        [f"{i:04}" for i in range(1001)],
        "must be different texts in sorted order, up to 1000",
    ),
    "unknown reason": (
        (*TOWN, "reason"),
        "whim",
        "reason must be one of 'constant', 'rare', 'empty'",
    ),
    "different negative": ((*TOWN, "different"), -1, "different must be a whole number"),
}


@pytest.mark.parametrize("case", DAMAGES)
def test_a_damaged_document_is_refused(case):
    path, value, message = DAMAGES[case]
    document = copy.deepcopy(DOCUMENT)
    if case == "too few rows":
        document["columns"][0]["missing"] = 1
    *parents, last = path
    place = document
    for key in parents:
        place = place[key]
    if value is NOWHERE:
        del place[last]
    else:
        place[last] = value
    with pytest.raises(DataError) as caught:
        TableEncoder.from_document(document)
    assert message in str(caught.value)


@pytest.mark.parametrize("document", [None, [], "text", 1])
def test_what_is_no_object_is_refused(document):
    with pytest.raises(DataError, match="the table's encoder: expected an object"):
        TableEncoder.from_document(document)


def test_the_document_of_an_earlier_version_is_read():
    document = copy.deepcopy(DOCUMENT)
    document["version"] = 1
    del document["reading"]
    assert TableEncoder.from_document(document) == TableEncoder.from_document(DOCUMENT)
