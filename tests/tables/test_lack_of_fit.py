"""The test of lack of fit: repeated numbers with inputs of their own, and hats."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import log_loss

import clearprop as cp
from clearprop.files.errors import DataError
from clearprop.tables.codes.lack_of_fit import curve_of, with_more_inputs
from clearprop.tables.codes.number import fit_numbers
from clearprop.tables.inputs import TableInputs


@pytest.mark.parametrize("outputs", [1, 3])
def test_the_statistic_compares_the_curve_with_a_mean_for_each_value(outputs, monkeypatch):
    rng = np.random.default_rng(outputs)
    x = rng.integers(0, 60, 2000).astype(float)
    targets = np.sin(x / 9)[:, None] + rng.normal(size=(2000, outputs))
    code = fit_numbers(x, "x", 10)
    curve = np.ones((2000, len(code.input_names) + 1))
    code.write(curve[:, 1:], x)
    means = (x[:, None] == np.unique(x)).astype(float)

    def squares(inputs):
        left = targets - inputs @ np.linalg.lstsq(inputs, targets, rcond=None)[0]
        return (left**2).sum()

    less, more = squares(curve), squares(means)
    monkeypatch.setattr("clearprop.tables.codes.lack_of_fit.LEAST_PART", -np.inf)
    right = (less - more) / (60 - curve.shape[1]) / (more / (2000 - 60))
    assert curve_of(code, x, targets).lack_of_fit(x.astype(int)) == pytest.approx(right, rel=1e-6)


def test_the_statistic_has_fishers_distribution_where_the_curve_says_all(monkeypatch):
    monkeypatch.setattr("clearprop.tables.codes.lack_of_fit.LEAST_PART", -np.inf)
    rng = np.random.default_rng(0)
    x = np.repeat(np.arange(30.0), 20)
    code = fit_numbers(x, "x", 6)
    found = [
        curve_of(code, x, (x / 10 + rng.normal(size=600))[:, None]).lack_of_fit(x.astype(int))
        for _ in range(300)
    ]
    # Value, pieces and constant: the value is squashed, so that eight are independent.
    assert stats.kstest(found, stats.f(30 - 8, 600 - 30).cdf).pvalue > 0.01


def test_without_any_noise():
    x = np.repeat(np.arange(40.0), 10)
    code = fit_numbers(x, "x", 8)
    assert with_more_inputs(code, x, 3 * x[:, None] + 1, 300, 3, 1.0) == code
    smooth = np.linspace(0, 1, 5000)
    code_of_smooth = fit_numbers(smooth, "x", 16)
    found = with_more_inputs(code_of_smooth, smooth, np.sin(5 * smooth)[:, None], 300, 3, 6.0)
    assert found == code_of_smooth  # the lack is sure, and a small part
    at_random = np.random.default_rng(0).normal(size=40)[x.astype(int), None]
    assert len(with_more_inputs(code, x, at_random, 300, 3, 1.0).repeated) == 40


@pytest.mark.parametrize(
    "x",
    [
        np.arange(400.0),  # each value once
        np.repeat(np.arange(10.0), 40),  # the pieces' edges are all values
        np.concatenate([np.repeat(np.arange(20.0), 5), np.linspace(50, 90, 300)]),  # most once
        1e9 + np.repeat(np.arange(40.0), 10),  # too close for float32
        np.full(400, np.nan),
    ],
)
def test_numbers_that_do_not_repeat_have_none(x):
    y = np.random.default_rng(1).permutation(len(x))[:, None].astype(float)
    code = fit_numbers(np.append(x, [0.0, 1.0]), "x", 16)
    assert with_more_inputs(code, x, y, 300, 3, 1.0) == code


def table_of_gains(rows, seed):
    """Return gains of which some values, here and there among the others, mean yes."""
    rng = np.random.default_rng(seed)
    values = np.sort(np.random.default_rng(0).choice(np.arange(1000, 90000), 60, replace=False))
    yes = np.random.default_rng(1).random(60) < 0.5
    which = rng.integers(0, 60, rows)
    none = rng.random(rows) < 0.5
    age = rng.integers(18, 90, rows)
    chance = np.where(none, 0.3 + (age > 50) * 0.2, np.where(yes[which], 0.95, 0.05))
    X = pd.DataFrame({"gain": np.where(none, 0, values[which]), "age": age})
    return X, np.where(rng.random(rows) < chance, "yes", "no"), chance


@pytest.fixture(scope="module")
def fitted():
    X, y, _ = table_of_gains(3000, 2)
    return cp.TableClassifier(random_state=0).fit(X, y)


def test_a_value_that_says_something_is_learned_and_told(fitted):
    X, y, chance = table_of_gains(3000, 3)
    gain, age = fitted.inputs_.columns
    assert len(gain.repeated) == 61
    assert age.repeated == ()
    (told,) = [line for line in fitted.inputs_.describe() if "repeated" in line]
    assert told == (
        "gave repeated numbers an input of their own, because the target depends on the very "
        "number: gain (61)"
    )
    truth = log_loss(y == "yes", chance)
    found = log_loss(y == "yes", fitted.predict_proba(X)[:, 1])
    before = cp.TableClassifier(lack_of_fit=np.inf, random_state=0).fit(
        *table_of_gains(3000, 2)[:2]
    )
    assert found - truth < (log_loss(y == "yes", before.predict_proba(X)[:, 1]) - truth) / 2


def test_it_is_saved_and_files_of_before_are_read(fitted):
    document = fitted.inputs_.to_document()
    assert "repeated" not in document["columns"][1]  # as in files of earlier versions
    again = TableInputs.from_document(document)
    assert again.columns == fitted.inputs_.columns
    document["columns"][0]["repeated"][1] = document["columns"][0]["repeated"][0]
    with pytest.raises(DataError, match="increasing order"):
        TableInputs.from_document(document)


def test_parts_of_dates_are_read_from_files_of_before():
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(60) * 31, "h")
    model = cp.TableRegressor("fast", max_epochs=1).fit(
        pd.DataFrame({"day": days}), np.arange(60.0)
    )
    document = model.inputs_.to_document()
    assert set(document["columns"][0]["parts"][0]) == {
        "name",
        "median",
        "scale",
        "edges",
        "missing",
    }
    assert TableInputs.from_document(document).columns == model.inputs_.columns


def test_a_step_shows_the_cell_and_the_derivative_leaves_the_value_out(fitted):
    X, y, _ = table_of_gains(4, 4)
    cells = fitted.explain(X, y).to_dict()["inputs"]["cells"]
    assert len(cells["codes"][0]["repeated"]) == 61
    assert "gain = " in str(fitted.why(X, "gain", row=int(np.argmax(X["gain"]))))


@pytest.mark.parametrize(("waves", "rows", "hats"), [(3, 6000, 0), (40, 6000, 64), (40, 1900, 0)])
def test_there_are_hats_where_the_targets_bend_and_rows_are_many(waves, rows, hats):
    rng = np.random.default_rng(waves)
    x = rng.uniform(size=rows)
    x[::50] = np.nan
    y = np.sin(2 * np.pi * waves * np.nan_to_num(x)) + 0.5 * rng.normal(size=rows)
    code = with_more_inputs(fit_numbers(x, "x", 16), x, y[:, None], 300, 3, 6.0)
    assert len(code.hats) == hats
    without = fit_numbers(x, "x", 0)
    assert with_more_inputs(without, x, y[:, None], 300, 3, 6.0) == without


def test_a_model_bends_where_the_column_asks_for_it():
    rng = np.random.default_rng(0)
    X = rng.uniform(size=(8000, 2))
    y = np.sin(60 * X[:, 0]) + X[:, 1]
    seen, unseen = slice(6000), slice(6000, None)
    errors = []
    for least in (6.0, np.inf):
        model = cp.TableRegressor("fast", lack_of_fit=least, random_state=0).fit(X[seen], y[seen])
        errors.append(np.std(model.predict(X[unseen]) - y[unseen]))
    assert errors[0] < errors[1] / 2
    assert model.inputs_.columns[0].hats == ()


def test_hats_are_told_and_only_networks_with_pieces_see_them():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.uniform(size=(3000, 2)), columns=["east", "north"])
    y = np.sin(150 * X["east"]) + X["north"]
    model = cp.TableRegressor("fast", max_epochs=2, random_state=0).fit(X, y)
    (told,) = [line for line in model.inputs_.describe() if "finer" in line]
    assert told == (
        "gave columns of numbers finer inputs, because the target changes several times within a "
        "piece: east (64)"
    )
    assert model.inputs_.plain().input_names == ("east", "north")
    again = TableInputs.from_document(model.inputs_.to_document())
    assert again.columns == model.inputs_.columns
