"""What columns become: numbers, categories, dates and texts, against other people's code."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import TargetEncoder

from clearprop import TableClassifier
from clearprop.data.values import categories_of
from clearprop.tables.codes.category import fit_categories
from clearprop.tables.codes.date import PARTS, fit_dates
from clearprop.tables.codes.number import NumberCode, edges_of, fit_numbers
from clearprop.tables.codes.text import fit_texts, is_prose
from clearprop.tables.fit_inputs import CodingRules


def written(code, values, dtype=np.float64):
    inputs = np.zeros((len(values.codes if hasattr(values, "codes") else values),
                       len(code.input_names)), dtype)  # fmt: skip
    return inputs, code.write(inputs, values)


def test_a_number_is_squashed_and_cut_into_pieces_by_the_formula():
    x = np.array([-50.0, 0.0, 3.0, 7.5, 10.0, 1e9])
    code = NumberCode("x", 5.0, 2.0, (0.0, 5.0, 10.0), 0)
    inputs, notes = written(code, x)
    z = (x - 5) / 2
    np.testing.assert_allclose(inputs[:, 0], z / np.sqrt(1 + (z / 3) ** 2), rtol=1e-12)
    np.testing.assert_allclose(inputs[:, 1], np.interp(x, [0, 5], [0, 1]), atol=1e-12)
    np.testing.assert_allclose(inputs[:, 2], np.interp(x, [5, 10], [0, 1]), atol=1e-12)
    assert notes == []


@given(
    st.lists(st.floats(-1e6, 1e6, width=32), min_size=20, max_size=60, unique=True),
    st.integers(2, 16),
)
def test_the_pieces_of_a_number_sum_to_its_place_among_the_edges(values, pieces):
    x = np.array(values)
    code = fit_numbers(x, "x", pieces)
    if not code.edges:
        return
    assert 2 < len(code.edges) <= pieces + 1
    inputs, _ = written(code, x)
    place = np.interp(x, code.edges, np.arange(len(code.edges)))
    np.testing.assert_allclose(inputs[:, 1:].sum(axis=1), place, atol=1e-6)


def test_few_different_values_are_the_edges_themselves():
    assert edges_of(np.array([1.0, 2.0, 2.0, 5.0, 9.0]), 16) == (1.0, 2.0, 5.0, 9.0)
    assert edges_of(np.array([1.0, 2.0]), 16) == ()
    assert edges_of(np.arange(100.0), 0) == ()


def test_where_quantiles_fall_together_the_different_values_get_the_edges_left_over():
    x = np.concatenate([np.zeros(900), np.arange(1.0, 101.0)])
    assert len(np.unique(np.quantile(x, np.linspace(0, 1, 17)))) == 3
    assert len(edges_of(x, 16)) > 12


def test_a_missing_number_has_the_median_half_of_every_piece_and_an_input_of_its_own():
    x = np.array([0.0, 1.0, 2.0, 3.0, 4.0, np.nan])
    code = fit_numbers(x, "x", 4)
    inputs, notes = written(code, x)
    assert code.input_names == ("x", "x from 0", "x from 1", "x from 2", "x from 3", "x (missing)")
    np.testing.assert_array_equal(inputs[-1], [0, 0.5, 0.5, 0.5, 0.5, 1])
    assert (inputs[:-1, -1] == 0).all()
    assert notes == []


def test_a_missing_number_that_training_did_not_have_is_told():
    code = fit_numbers(np.array([0.0, 1.0, 2.0]), "x", 0)
    inputs, notes = written(code, np.array([np.nan]))
    assert inputs.tolist() == [[0.0]]
    assert notes == ["column 'x': 1 missing value filled with the training median 1"]


def test_a_repeated_number_has_an_input_of_its_own_in_float32_too():
    code = NumberCode("x", 5.0, 2.0, (0.0, 5.0, 10.0), 1, (0.1, 2.0, 7.7))
    assert code.input_names[3:] == ("x = 0.1", "x = 2", "x = 7.7", "x (missing)")
    assert code.input_kinds == ("value", "piece", "piece", *["category"] * 3, "missing")
    x = np.array([0.1, 2.0, np.float32(7.7), 7.6999, 7.7001, 3.0, np.nan, 99.0])
    inputs, _ = written(code, x)
    right = np.zeros((8, 3))
    right[[0, 1, 2], [0, 1, 2]] = 1
    np.testing.assert_array_equal(inputs[:, 3:6], right)
    np.testing.assert_array_equal(inputs[:, 6], np.isnan(x))
    np.testing.assert_array_equal(code.slopes(x[:3])[:, 3:], 0)


def test_hats_are_the_linear_interpolation_between_their_knots():
    knots = (0.0, 1.0, 4.0, 5.0)
    code = NumberCode("x", 5.0, 2.0, (), 1, (), knots)
    assert code.input_names[1:] == ("x near 0", "x near 1", "x near 4", "x near 5", "x (missing)")
    x = np.array([-3.0, 0.0, 0.25, 1.0, 3.5, 4.9, 5.0, 77.0])
    hats = written(code, x)[0][:, 1:5]
    right = np.transpose([np.interp(x, knots, one) for one in np.eye(4)])
    np.testing.assert_allclose(hats, right, atol=1e-12)
    # The slope is that of the interpolation, by small differences.
    inside = np.array([-3.0, 0.25, 3.5, 4.9, 77.0])
    ahead, behind = (written(code, inside + step)[0] for step in (1e-6, -1e-6))
    np.testing.assert_allclose(
        code.slopes(inside)[:, :5], (ahead - behind)[:, :5] / 2e-6, atol=1e-7
    )
    np.testing.assert_array_equal(written(code, np.array([np.nan]))[0], [[0, 0, 0, 0, 0, 1]])


@pytest.mark.parametrize("values", [[-1e308, 0.0, 1e308], [0.0, 0.0, 0.0, 5e-324], [1e308, 1.0]])
def test_extreme_numbers_stay_finite(values):
    x = np.array(values)
    inputs, _ = written(fit_numbers(x, "x", 16), x, np.float32)
    assert np.isfinite(inputs).all()
    assert (np.abs(inputs[:, 0]) <= 3.0001).all()


def codes_of(texts):
    return categories_of(pd.Series(texts, dtype="str"), "c")


def categories(texts, most=40, fewest_rows=1, targets=None):
    targets = np.zeros((len(texts), 1)) if targets is None else targets
    return fit_categories(
        codes_of(texts), "c", targets, most=most, fewest_rows=fewest_rows, smoothing=10.0
    )


def test_each_common_category_has_an_input_and_rare_ones_share_one():
    texts = ["a"] * 5 + ["b"] * 4 + ["x", "y"]
    code, means = categories(texts, fewest_rows=2)
    assert code.input_names == ("c=a", "c=b", "c=(other)")
    assert means is None
    inputs, notes = written(code, codes_of(["b", "x", "new", None]))
    np.testing.assert_array_equal(inputs, [[0, 1, 0], [0, 0, 1], [0, 0, 1], [0, 0, 1]])
    assert notes == []


def test_two_categories_need_one_input():
    code, _ = categories(["yes", "no", "yes"])
    assert code.input_names == ("c=yes",)
    inputs, notes = written(code, codes_of(["no", "yes", "maybe"]))
    assert inputs.ravel().tolist() == [0, 1, 0]
    assert notes == ["column 'c': 1 row with a category that training had not ('maybe')"]


def test_missing_is_a_category_where_training_met_it():
    code, _ = categories(["a", "b", None, "a"])
    assert code.input_names == ("c=a", "c=b", "c=(missing)")
    inputs, _ = written(code, codes_of([None]))
    assert inputs.tolist() == [[0, 0, 1]]


def test_a_missing_category_that_training_did_not_have_is_told():
    code, _ = categories(["a", "b", "a"])
    inputs, notes = written(code, codes_of([None, "a"]))
    assert inputs.tolist() == [[0], [1]]
    assert notes == ["column 'c': 1 missing value, where training had none"]
    code, _ = categories(["a", "b", None])
    assert written(code, codes_of([None]))[1] == []


def test_means_of_the_target_are_smoothed_and_leave_a_rows_own_target_out():
    rng = np.random.default_rng(0)
    texts = list(rng.choice([f"c{k}" for k in range(30)], 200))
    t = rng.normal(size=(200, 2)) * [1, 5] + [0, 3]
    code, own = categories(texts, most=10, targets=t)
    assert code.input_names[-2:] == ("c=(mean of target 1)", "c=(mean of target 2)")
    inputs, _ = written(code, codes_of(texts))
    standard = (t - t.mean(0)) / t.std(0)
    others = np.flatnonzero(np.isin(texts, code.known))
    assert len(code.categories) == 10 and len(code.known) == 20
    for row in others[::9]:
        same = np.array([text == texts[row] for text in texts])
        expected = standard[same].sum(0) / (same.sum() + 10)
        np.testing.assert_allclose(inputs[row, -2:], expected, atol=1e-6)
        same[row] = False
        expected = standard[same].sum(0) / (same.sum() + 10)
        np.testing.assert_allclose(own[row], expected, atol=1e-6)


def test_a_category_with_an_input_has_no_mean_that_would_tell_a_rows_own_target():
    texts = [f"c{k}" for k in range(30)] * 8
    t = np.random.default_rng(0).normal(size=(240, 1))
    code, own = categories(texts, most=10, targets=t)
    has_input = np.isin(texts, code.categories)
    assert has_input.sum() == 80
    assert (own[has_input] == 0).all() and (own[~has_input] != 0).all()
    inputs, _ = written(code, codes_of(texts))
    assert (inputs[has_input, -1] == 0).all() and (inputs[~has_input, -1] != 0).all()
    # The inputs of training rows explain no more of a random target than their number does.
    inputs[:, -1] = own[:, 0]
    found, *_ = np.linalg.lstsq(inputs, t, rcond=None)
    assert np.var(inputs @ found - t) > 0.85 * np.var(t)


@pytest.mark.parametrize(
    ("rows", "most"), [(100, 300), (333_000, 300), (1_000_000, 100), (10_000_000, 40)]
)
def test_columns_of_very_many_rows_have_fewer_inputs(rows, most):
    assert CodingRules.of(TableClassifier()).most_categories(rows) == most
    assert CodingRules.of(TableClassifier(max_one_hot=500)).most_categories(rows) == 500


def test_means_of_the_target_agree_with_scikit_learns_encoder():
    rng = np.random.default_rng(1)
    texts = rng.choice([f"c{k}" for k in range(20)], 300)
    t = rng.normal(size=(300, 1))
    code, _ = categories(list(texts), most=5, targets=t)
    peer = TargetEncoder(smooth=10.0, target_type="continuous").fit(texts[:, None], t[:, 0])
    inputs, _ = written(code, codes_of(list(texts)))
    expected = (peer.transform(texts[:, None])[:, 0] - t.mean()) / t.std()
    expected[np.isin(texts, code.categories)] = 0
    np.testing.assert_allclose(inputs[:, -1], expected, atol=1e-6)


def test_an_unknown_category_has_the_overall_mean():
    texts = [f"c{k}" for k in range(20)] * 3
    code, _ = categories(texts, most=5, targets=np.arange(60.0)[:, None])
    inputs, notes = written(code, codes_of(["never seen"]))
    assert inputs[0, -1] == 0
    assert notes == ["column 'c': 1 row with a category that training had not ('never seen')"]


def test_a_date_gives_the_numbers_of_a_calendar_and_a_clock():
    found = pd.DatetimeIndex(["2023-12-31 06:00", "2024-02-29 18:30", None])
    expected = {
        "days": [19722.25, 19782 + 18.5 / 24],
        "year": [2023, 2024],
        "month": [12, 2],
        "day of month": [31, 29],
        "day of week": [6, 3],
        "hour": [6, 18.5],
    }
    for part, numbers in expected.items():
        np.testing.assert_allclose(PARTS[part](found)[:2], numbers)


def test_a_date_has_only_the_parts_that_change_and_a_missing_one_is_average():
    found = pd.DatetimeIndex(["2024-01-01", "2024-03-01", "2024-05-01", None])
    code = fit_dates(found, "d", 0)
    assert [part.name for part in code.parts] == ["days", "month", "day of week"]
    inputs, notes = written(code, found)
    assert notes == []
    assert np.isfinite(inputs).all()
    assert code.input_names[-1] == "d: day of week cos"
    np.testing.assert_array_equal(inputs[3, -4:], 0)


def test_december_lies_beside_january():
    found = pd.date_range("2024-01-15", periods=24, freq="MS")
    code = fit_dates(found, "d", 0)
    start = code.input_names.index("d: month sin")
    inputs, _ = written(code, found)
    pairs = inputs[:, start : start + 2]
    step = np.linalg.norm(np.diff(pairs, axis=0), axis=1)
    np.testing.assert_allclose(step, step[0])


TEXTS = ["free prize call now", "call me later", "", "free free call", "see you later then"] * 3


def test_text_is_scikit_learns_tf_idf_with_rows_of_one_length():
    code = fit_texts(TEXTS, "t", 100, 5.0)
    peer = TfidfVectorizer(sublinear_tf=True, min_df=2, token_pattern=r"(?u)\b\w+\b")
    expected = peer.fit_transform(TEXTS) * 5.0
    np.testing.assert_allclose(code.sparse(TEXTS).toarray(), expected.toarray(), rtol=1e-6)
    assert code.words == tuple(peer.get_feature_names_out())
    assert code.missing == 3


def test_prose_is_told_from_identifiers():
    assert is_prose(TEXTS)
    assert not is_prose(["AB-1", "AB-2", "AB 3"])
    assert not is_prose([""])
    assert fit_texts(["a b", "c d"], "t", 9, 1.0) is None
