"""The report of a fitted table estimator, held against scikit-learn and its saved model's."""

import json
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pyarrow
import pytest
from sklearn.calibration import calibration_curve
from sklearn.datasets import load_diabetes, load_wine
from sklearn.exceptions import NotFittedError
from sklearn.metrics import accuracy_score, log_loss, r2_score

import clearprop as cp
from clearprop.data import DataError

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "report.schema.json").read_text())


@pytest.fixture(scope="module")
def grapes():
    """Return a classifier of a table with words, rows it was not trained on, and their names."""
    wine = load_wine(as_frame=True)
    frame = wine.data[["alcohol", "hue", "proline"]].copy()
    frame["soil"] = np.where(np.arange(len(frame)) % 3 == 0, "clay", "sand")
    y = pd.Series(wine.target_names[wine.target], name="grape")
    model = cp.TableClassifier("fast", max_epochs=4, random_state=0).fit(frame[::2], y[::2])
    return model, frame[1::2], y[1::2]


@pytest.fixture(scope="module")
def told(grapes):
    model, X, y = grapes
    document = cp.report(model, X, y, measured_on="test", steps=1).to_dict()
    jsonschema.validate(json.loads(json.dumps(document, allow_nan=False)), SCHEMA)
    return document


def test_a_classifiers_figures_are_scikit_learns(grapes, told):
    model, X, y = grapes
    assert told["figures"]["accuracy"] == pytest.approx(accuracy_score(y, model.predict(X)))
    p = model.predict_proba(X)
    assert told["figures"]["rows"] == len(y)
    losses = [row["loss"] for row in told["rows"]["by_number"].values()]
    assert max(losses) == pytest.approx(
        max(log_loss([one], [row], labels=model.classes_) for one, row in zip(y, p, strict=True))
    )


def test_members_calibration_and_importance_are_there(grapes, told):
    model, X, y = grapes
    assert len(told["members"]["members"]) == len(model.members_)
    right, sure = calibration_curve(
        model.predict(X) == y, model.predict_proba(X).max(axis=1), n_bins=10
    )
    assert [one["right"] for one in told["calibration"]] == pytest.approx(right.tolist())
    assert [one["probability"] for one in told["calibration"]] == pytest.approx(sure.tolist())
    assert {one["column"] for one in told["importance"]["columns"]} == set(X)
    assert told["interval"] is None
    assert told["title"]["target"] == "grape"


def test_the_worst_row_opens_its_step(grapes, told):
    _, _, y = grapes
    worst = str(told["mistakes"][0])
    assert list(told["steps"]) == [worst]
    assert told["rows"]["by_number"][worst]["target"] == y.to_numpy()[int(worst) - 1]


def test_it_is_the_report_of_the_same_model_saved_and_loaded(grapes, told, tmp_path):
    model, X, y = grapes
    from clearprop.tables.members_model import MembersModel

    MembersModel(model, "grape", source="given rows").save(tmp_path / "grapes.clearprop")
    loaded = cp.load(tmp_path / "grapes.clearprop")
    again = cp.report(loaded, X, y, measured_on="test", steps=1).to_dict()
    for part in ("figures", "members", "calibration", "confusion", "mistakes", "rows", "title"):
        assert again[part] == told[part], part


def test_rows_of_pyarrow_are_the_same_rows(grapes, told):
    model, X, y = grapes
    table = pyarrow.Table.from_pandas(X, preserve_index=False)
    found = cp.report(model, table, y.to_numpy(), measured_on="test", steps=0).document
    assert found["figures"] == told["figures"]
    assert found["mistakes"] == told["mistakes"]
    assert found["title"]["target"] == "target"


def test_a_regression_of_an_array_has_its_interval_and_opens_steps():
    X, y = load_diabetes(return_X_y=True)
    model = cp.TableRegressor("fast", max_epochs=4, random_state=0).fit(X[::2], y[::2])
    found = cp.report(model, X[1::2], y[1::2], source="diabetes", measured_on="test", steps=2)
    document = found.to_dict()
    jsonschema.validate(document, SCHEMA)
    assert document["figures"]["r2"] == pytest.approx(r2_score(y[1::2], model.predict(X[1::2])))
    interval = document["interval"]
    low, high = model.predict_interval(X[1::2], coverage=interval["coverage"]).T
    inside = (low <= y[1::2]) & (y[1::2] <= high)
    assert interval["covered"] == pytest.approx(inside.mean())
    assert interval["plus_minus"] == pytest.approx((high - low)[0] / 2)
    assert len(found.steps) == 2
    assert document["title"]["source"] == "diabetes"
    assert "<html" in found.to_html()


def test_what_has_no_report_is_said(grapes):
    _, X, y = grapes
    with pytest.raises(NotFittedError, match="TableClassifier"):
        cp.report(cp.TableClassifier(), X, y)
    X, y = np.arange(40.0).reshape(20, 2), np.arange(40.0).reshape(20, 2)
    several = cp.TableRegressor("fast", max_epochs=1, random_state=0).fit(X, y)
    with pytest.raises(DataError, match="one target"):
        cp.report(several, X, y[:, 0])
