"""What a target asks for, and how it is scaled."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import StandardScaler

from clearprop.data import DataError, TargetEncoder, infer_task


@pytest.mark.parametrize(
    "y",
    [
        ["a", "b", "c"],
        np.array(["a", 1], dtype=object),
        pd.Series(["a", "b"]),
        pd.Series(["a", "b"], dtype="category"),
        [True, False, True],
        [0, 1],
        [1.0, 2.0, 2.0, 1.0],
        [1, 2, 3] * 2,
        np.repeat(np.arange(20), 2),
        [7, 7],
    ],
)
def test_classes_are_recognised(y):
    assert infer_task(y) == "classification"


@pytest.mark.parametrize(
    "y",
    [
        [0.5, 1.0, 1.0, 1.0],
        [1, 2, 3],
        [1, 2, 3, 3, 2],
        np.repeat(np.arange(21), 50),
        np.arange(100),
        [7],
    ],
)
def test_quantities_are_recognised(y):
    assert infer_task(y) == "regression"


BAD_TARGETS = {
    "empty": ([], "a target is one column of values, not an array of shape (0,)."),
    "two columns": (
        np.zeros((3, 2)),
        "a target is one column of values, not an array of shape (3, 2).",
    ),
    "missing": ([1.0, np.nan], "row 2: the target nan is not finite."),
    "infinite": ([-np.inf, 1.0], "row 1: the target -inf is not finite."),
    "dates": (
        np.array(["2020-01-01"], dtype="M8[D]"),
        "a target holds numbers, booleans or texts, not datetime64[D].",
    ),
    "complex": ([1j], "a target holds numbers, booleans or texts, not complex128."),
}


@pytest.mark.parametrize("case", BAD_TARGETS)
def test_what_is_no_target_is_refused(case):
    y, message = BAD_TARGETS[case]
    with pytest.raises(DataError) as caught:
        infer_task(y)
    assert str(caught.value) == message


@settings(deadline=None)
@given(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=30).filter(lambda y: np.std(y) > 1e-3))
def test_a_target_agrees_with_scikit_learn_and_comes_back(y):
    encoder = TargetEncoder.fit(y)
    oracle = StandardScaler().fit(np.array(y)[:, None])
    np.testing.assert_allclose(encoder.sd, oracle.scale_[0], rtol=1e-9)
    np.testing.assert_allclose(encoder.mean, oracle.mean_[0], rtol=1e-9, atol=1e-6)
    scale = np.abs(y).max()
    np.testing.assert_allclose(encoder.decode(encoder.encode(y)), y, rtol=1e-14, atol=1e-14 * scale)
    again = TargetEncoder.from_document(json.loads(json.dumps(encoder.to_document())))
    assert again == encoder
    assert again.encode(y).tobytes() == encoder.encode(y).tobytes()


def test_outputs_of_a_network_are_decoded_in_their_shape():
    encoder = TargetEncoder(mean=10.0, sd=2.0)
    decoded = encoder.decode(np.array([[0.0], [1.0]], dtype=np.float32))
    assert decoded.tolist() == [[10.0], [12.0]]
    assert decoded.dtype == np.float64
    assert encoder.describe() == ["standardised the target (mean 10, sd 2)"]


UNFIT = {
    "constant": ([3.0, 3.0], "the target is 3.0 in every row: there is nothing to learn."),
    "constant but for rounding": (
        [0.1] * 10,
        "the target is 0.1 in every row: there is nothing to learn.",
    ),
    "tiny": (
        [0.0, 1e-200],
        "the target cannot be scaled: its standard deviation becomes 0.0.",
    ),
    "missing": ([1.0, np.nan], "row 2: the target nan is not finite."),
    "texts": (["a", "b"], "a target holds numbers, booleans or texts, not <U1."),
    "empty": ([], "a target is one column of values, not of shape (0,)."),
    "huge": (
        [1e308, -1e308],
        "the target cannot be scaled: its standard deviation becomes inf.",
    ),
}


@pytest.mark.parametrize("case", UNFIT)
def test_a_target_that_cannot_be_scaled_is_refused(case):
    y, message = UNFIT[case]
    with pytest.raises(DataError) as caught:
        TargetEncoder.fit(y)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "document",
    [
        None,
        {},
        {"mean": 1.0},
        {"mean": 1.0, "sd": 0.0},
        {"mean": 1, "sd": 1.0},
        {"mean": float("nan"), "sd": 1.0},
        {"mean": 1.0, "sd": 1.0, "median": 1.0},
    ],
)
def test_a_damaged_document_is_refused(document):
    with pytest.raises(DataError, match="the target"):
        TargetEncoder.from_document(document)
