"""What becomes of each kind of column, on rows that training did not meet too."""

import numpy as np
import pandas as pd
import pytest

from clearprop.files.errors import DataError
from clearprop.tables.compare.recipe import (
    OF_A_DATE,
    TableColumns,
    as_levels,
    as_moments,
    native,
    native_categories,
    ordinal,
    scaled,
)
from tests.tables.compare.contestants import mixed

TABLE, _ = mixed()
COLUMNS = TableColumns.of(TABLE)


def test_columns_are_judged_by_their_values():
    assert COLUMNS.names == ("age", "job", "married", "size", "joined", "town")
    assert (COLUMNS.numbers, COLUMNS.categories, COLUMNS.dates) == ((0,), (1, 2, 3), (4,))
    assert COLUMNS.left_out == ("left out 1 column (the same value in every row): town",)


def test_scaled_inputs_are_finite_and_standardised():
    inputs = scaled(COLUMNS).fit(TABLE[:60]).transform(TABLE)
    assert np.isfinite(inputs).all()
    # Of the age and whether it is missing.
    assert inputs[:60, :2].mean(axis=0) == pytest.approx([0, 0], abs=1e-9)
    assert inputs[:60, 0].std() == pytest.approx(1)
    missing = TABLE["age"].isna().to_numpy()
    assert len(np.unique(inputs[missing, 1])) == 1
    # baker, clerk, smith, (missing), and the astronaut as a rare one; two; three.
    assert inputs.shape[1] == 2 + OF_A_DATE + 5 + 2 + 3
    levels = inputs[:, 2 + OF_A_DATE :]
    assert set(np.unique(levels)) == {0.0, 1.0}
    assert (levels.sum(axis=1) == 3).all()


@pytest.mark.parametrize("recipe", [ordinal, native])
def test_trees_see_missing_numbers_and_numbered_levels(recipe):
    inputs = recipe(COLUMNS).fit(TABLE[:60]).transform(TABLE)
    assert inputs.shape[1] == 1 + OF_A_DATE + 3
    assert (np.isnan(inputs[:, 0]) == TABLE["age"].isna()).all()
    assert not np.isnan(inputs[:, -3:]).any()


def test_a_level_is_the_same_whatever_others_are_there():
    one = as_levels(pd.DataFrame({"job": ["smith", None, "1"]}), ["job"])
    two = as_levels(pd.DataFrame({"job": [1, "baker", "clerk", "smith"]}), ["job"])
    assert one[:, 0].tolist() == ["smith", "(missing)", "1"]
    assert two[:, 0].tolist() == ["1", "baker", "clerk", "smith"]


def test_a_date_is_days_and_places_in_its_cycles():
    dates = pd.DataFrame({"at": pd.to_datetime(["1970-01-11 06:00", None, "1971-07-01 00:00"])})
    found = as_moments(dates, ["at"])
    assert found.shape == (3, OF_A_DATE)
    assert found[:, 0] == pytest.approx([10.25, np.nan, 546], nan_ok=True)
    assert np.isnan(found[1]).all()
    # January, six o'clock; July, midnight: sine and cosine.
    assert found[0, [1, 2, 7, 8]] == pytest.approx([0, 1, 1, 0], abs=1e-12)
    assert found[2, [1, 2, 7, 8]] == pytest.approx([0, -1, 0, 1], abs=1e-12)


def test_categories_for_boosting_are_the_last_inputs():
    flags = native_categories(COLUMNS)
    inputs = native(COLUMNS).fit_transform(TABLE)
    assert len(flags) == inputs.shape[1]
    assert [bool(flag) for flag in flags[-4:]] == [False, True, True, True]


@pytest.mark.parametrize("recipe", [scaled, ordinal, native])
def test_a_level_and_a_date_that_training_did_not_meet(recipe):
    prepared = recipe(COLUMNS).fit(TABLE[:60])
    new = TABLE[:3].copy()
    new["job"], new["size"] = "pilot", pd.Categorical(["XL"] * 3)
    new.loc[new.index[0], "joined"] = pd.NaT
    inputs = prepared.transform(new)
    assert inputs.shape == (3, prepared.transform(TABLE).shape[1])


def test_very_many_levels_are_at_most_250_for_boosting():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"street": [f"s{n:03}" for n in rng.integers(0, 400, 5000)]})
    inputs = native(TableColumns.of(table)).fit_transform(table)
    assert inputs.max() < 255


def test_an_array_of_numbers_needs_no_names():
    columns = TableColumns.of(np.array([[1.0, 0.0], [2.0, 1.0], [4.0, 0.0]]))
    assert columns.numbers == (0, 1)
    assert np.isfinite(scaled(columns).fit_transform(np.eye(3)[:, :2])).all()


def test_a_cell_that_cannot_be_used_is_named():
    table = TABLE.assign(age=np.where(np.arange(len(TABLE)) == 4, np.inf, 1.0))
    with pytest.raises(DataError, match="column 'age', row 5: inf is not a finite number"):
        TableColumns.of(table)
