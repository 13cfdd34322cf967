"""A target that is the sum of two or three columns is named, and one that is not is not."""

import json
import warnings

import numpy as np
import pandas as pd
import pytest

import clearprop as cp
from clearprop.tables.findings import findings_in
from clearprop.tables.sums import MOST_COLUMNS, exact_sum

QUICK = {"preset": "fast", "max_epochs": 2, "members": 1, "random_state": 0}


def rentals(rows=400, seed=0):
    """Hours of a bicycle hire: who rented on a whim, who by subscription, and the weather."""
    rng = np.random.default_rng(seed)
    hour, warm = rng.integers(0, 24, rows), rng.normal(20, 8, rows)
    busy = 40 + 30 * np.sin(hour / 4) + warm
    return pd.DataFrame(
        {
            "hour": hour,
            "temp": warm.round(2),
            "casual": rng.poisson(np.maximum(busy / 4, 1)),
            "registered": rng.poisson(np.maximum(busy, 1)),
            "weather": rng.choice(["clear", "mist", "rain"], rows),
        }
    )


def sums(table, y):
    return [str(one) for one in findings_in(dict(table.items()), y, "regression") if one.others]


def test_the_parts_of_a_sum_are_named_with_the_options_that_leave_them_out(tmp_path):
    table = rentals()
    y = (table["casual"] + table["registered"]).to_numpy()
    sentence = (
        "the target is casual + registered: in held-out rows its R² is 1.000000. Are these columns "
        "known when you predict? (--ignore casual --ignore registered, or ignore=['casual', "
        "'registered'] in Python, leaves them out)."
    )
    assert sums(table, y) == [sentence]
    with pytest.warns(cp.LeakWarning) as caught:
        model = cp.TableRegressor(**QUICK).fit(table, y)
    assert [str(one.message) for one in caught] == [sentence]
    model.save(tmp_path / "m.clearprop")
    assert cp.load(tmp_path / "m.clearprop").findings_ == model.findings_
    assert json.dumps(model.findings_[0].to_document())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        left = cp.TableRegressor(**QUICK, ignore=["casual", "registered"]).fit(table, y)
    assert left.findings_ == ()


@pytest.mark.parametrize(
    ("target", "formula"),
    [
        (lambda t: t["registered"] - t["casual"], "registered − casual"),
        (lambda t: 0.5 * t["casual"] + 2 * t["temp"], "2 × temp + 0.5 × casual"),
        (lambda t: t["casual"] + t["registered"] + 100, "casual + registered + 100"),
        (
            lambda t: t["casual"] + t["registered"] - 2 * t["hour"] - 7,
            "casual + registered − 2 × hour − 7",
        ),
        (lambda t: (t["temp"] + t["registered"]).round(1), "temp + registered"),
    ],
)
def test_differences_factors_constants_and_three_parts_are_told(target, formula):
    table = rentals()
    (sentence,) = sums(table, target(table).to_numpy(float))
    assert sentence.startswith(f"the target is {formula}: in held-out rows")


@pytest.mark.parametrize("seed", range(5))
def test_a_target_with_noise_or_more_than_a_sum_is_not_named(seed):
    table, rng = rentals(seed=seed), np.random.default_rng(seed)
    whole = table["casual"] + table["registered"]
    for y in (
        whole + rng.normal(0, 0.03 * whole.std(), len(table)),  # R² 0.999
        whole + 2 * table["temp"] + table["hour"],  # four parts
        table["casual"] * table["registered"],
        whole + 5 * (table["weather"] == "rain"),
    ):
        assert sums(table, y.to_numpy(float)) == []


def test_a_column_that_decides_alone_is_named_alone():
    table = rentals()
    y = (table["casual"] + table["registered"]).to_numpy(float)
    table["again"] = y / 1000
    (finding,) = findings_in(dict(table[["again", "hour", "temp"]].items()), y, "regression")
    assert (finding.column, finding.others) == ("again", ())


def test_few_rows_and_very_many_columns_are_not_looked_at():
    table = rentals(199)
    y = (table["casual"] + table["registered"]).to_numpy(float)
    assert sums(table, y) == []
    rng = np.random.default_rng(0)
    wide = {f"x{k}": rng.normal(size=2000) for k in range(MOST_COLUMNS + 1)}
    target = wide["x0"] + wide["x1"]
    assert exact_sum(wide, target) is None
    del wide["x2"]
    assert exact_sum(wide, target).columns == ("x0", "x1")


def test_rows_without_a_missing_number_decide():
    table = rentals().astype({"casual": float})
    y = (table["casual"] + table["registered"]).to_numpy(float)
    table.loc[::20, "casual"] = np.nan
    assert len(sums(table, y)) == 1
    table["temp"] = table["temp"].where(np.arange(400) % 2 == 0)
    assert len(sums(table, y)) == 1  # a column that is half empty is left aside
    table.loc[:230, "casual"] = np.nan
    assert sums(table, y) == []


def test_each_of_several_targets_may_be_a_sum():
    table = rentals()
    first = (table["casual"] + table["registered"]).to_numpy(float)
    second = np.random.default_rng(0).normal(size=400)
    with pytest.warns(cp.LeakWarning, match=r"the target is casual \+ registered"):
        model = cp.TableRegressor(**QUICK).fit(table, np.column_stack([second, first]))
    assert len(model.findings_) == 1
