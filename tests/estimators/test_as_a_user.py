"""Tried once each as a user would: diagrams, scikit-learn's Displays, dataframes of all kinds."""

import re

import matplotlib
import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.inspection import DecisionBoundaryDisplay, PartialDependenceDisplay
from sklearn.model_selection import LearningCurveDisplay, ValidationCurveDisplay
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from clearprop import MLPClassifier, MLPRegressor, TableClassifier, TableRegressor
from clearprop.estimators import shown
from tests.doors.needs import needed

matplotlib.use("Agg")
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

X, Y = load_iris(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)


def small(**settings):
    return MLPClassifier((5,), max_iter=4, random_state=0, **settings)


def test_a_diagram_shows_the_network():
    assert ">… → 5 relu → …<" in small()._repr_html_()
    assert ">4 → 5 relu → 3 softmax<" in small().fit(X, Y)._repr_html_()
    deep = MLPRegressor(hidden_layer_sizes=(5, 2), activation=["tanh", "gelu"], dropout=0.2)
    assert ">… → 5 tanh → 2 gelu → …<" in deep._repr_html_()
    pipe = make_pipeline(StandardScaler(), small()).fit(X, Y)
    assert ">4 → 5 relu → 3 softmax<" in pipe._repr_html_()
    assert "mlpclassifier" in pipe._repr_html_()


def test_a_diagram_of_settings_that_make_no_network_is_shown_all_the_same():
    assert "MLPClassifier" in MLPClassifier((5,), "nope")._repr_html_()
    assert "MLPClassifier" in MLPClassifier("nope")._repr_html_()


def test_a_table_estimators_diagram_shows_its_members():
    model = TableClassifier("fast", max_epochs=1, random_state=0)
    assert "×" not in model._repr_html_()
    shown = model.fit(X, Y)._repr_html_()
    counts = map(int, re.findall(r"(\d+) × \(", shown))
    assert sum(counts) == len(model.members_)
    assert "3 softmax)<" in shown


def test_a_diagram_leads_to_the_page_of_a_site_that_the_metadata_names(monkeypatch):
    assert small()._get_doc_link() == ""
    metadata = {"Project-URL": ["Issues, https://a.example", "Documentation, https://b.example/"]}
    monkeypatch.setattr(shown.metadata, "metadata", lambda name: Links(metadata))
    shown.documentation.cache_clear()
    try:
        for model in (small(), TableClassifier()):
            page = f"_made/reference/clearprop.{type(model).__name__}.html"
            assert model._get_doc_link() == f"https://b.example/{page}"
            assert model._get_doc_link() in model._repr_html_()
    finally:
        shown.documentation.cache_clear()


class Links(dict):
    get_all = dict.get


def test_decision_boundary():
    display = DecisionBoundaryDisplay.from_estimator(
        small().fit(X[:, :2], Y), X[:, :2], grid_resolution=8
    )
    assert display.response.shape[:2] == (8, 8)


def test_learning_and_validation_curves():
    display = LearningCurveDisplay.from_estimator(small(), X, Y, train_sizes=[0.5, 1.0], cv=2)
    assert display.test_scores.shape == (2, 2)
    display = ValidationCurveDisplay.from_estimator(
        small(), X, Y, param_name="alpha", param_range=[1e-4, 1.0], cv=2
    )
    assert display.test_scores.shape == (2, 2)


def test_partial_dependence():
    model = MLPRegressor(hidden_layer_sizes=(5,), max_iter=4, random_state=0).fit(X, Y)
    display = PartialDependenceDisplay.from_estimator(model, X, [0], grid_resolution=5)
    assert display.pd_results[0]["average"].shape == (1, 5)


def frames():
    """Yield the same rows as pandas, polars and pyarrow hold them, with a missing number."""
    plain = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    yield "nullable", plain.astype("Float64")
    yield "pyarrow dtypes", plain.convert_dtypes(dtype_backend="pyarrow")
    yield (
        "polars",
        needed("polars").DataFrame({name: plain[name].to_numpy() for name in plain}),
    )


KINDS = ("nullable", "pyarrow dtypes", "polars")


def frame_of(kind):
    return next(frame for name, frame in frames() if name == kind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "model", [small(), TableRegressor("fast", max_epochs=2, random_state=0)], ids=["MLP", "Table"]
)
def test_dataframes(kind, model):
    frame = frame_of(kind)
    plain = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    wanted = model.fit(plain, Y).predict(plain)
    found = model.fit(frame, Y).predict(frame)
    np.testing.assert_array_equal(found, wanted)
    assert list(model.feature_names_in_) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("dtype", ["Float64", "double[pyarrow]"])
def test_missing_numbers_of_nullable_dtypes(dtype):
    table = pd.DataFrame({"a": pd.array([*X[:, 0][:-1], None], dtype=dtype), "b": X[:, 1]})
    plain = table.astype({"a": float})
    model = TableRegressor("fast", max_epochs=2, random_state=0)
    wanted = model.fit(plain, Y).predict(plain)
    np.testing.assert_array_equal(model.fit(table, Y).predict(table), wanted)
