"""Fitted estimators and models of raw tables, out through ONNX, against themselves."""

import re

import numpy as np
import pandas as pd
import pytest

import clearprop as cp
from clearprop import MLPClassifier, MLPRegressor, TableClassifier, TableRegressor
from clearprop.data import TableEncoder, TargetEncoder
from clearprop.doors.onnx_texts import forms
from tests.doors.needs import needed
from tests.doors.tables import as_inputs, new_rows, table

onnx = needed("onnx")
runtime = needed("onnxruntime")

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")
CLOSE = {"rtol": 1e-6, "atol": 1e-6}


def ran(graph, **given):
    session = runtime.InferenceSession(graph.SerializeToString())
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, given), strict=True))


def blobs(classes, rows=90, dtype=np.float64):
    rng = np.random.default_rng(0)
    places = rng.integers(0, len(classes), rows)
    X = rng.normal(size=(rows, 4)) + places[:, None]
    return X.astype(dtype), np.array(classes)[places]


CLASSES = {
    "three words": ["a", "b", "c"],
    "two words": ["no", "yes"],
    "numbers": [3, 7, 11],
    "truths": [False, True],
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("classes", CLASSES.values(), ids=CLASSES)
def test_classifiers(classes, dtype):
    X, y = blobs(classes, dtype=dtype)
    model = MLPClassifier((6,), max_iter=5, random_state=0).fit(X, y)
    found = ran(cp.to_onnx(model), X=X)
    np.testing.assert_array_equal(found["label"], model.predict(X))
    np.testing.assert_allclose(found["probabilities"], model.predict_proba(X), **CLOSE)


def test_a_classifier_of_labels():
    X, _ = blobs([0, 1])
    y = (X[:, :3] > 0.5).astype(int)
    model = MLPClassifier((6,), max_iter=5, random_state=0).fit(X, y)
    found = ran(cp.to_onnx(model), X=X)
    np.testing.assert_array_equal(found["label"], model.predict(X))
    np.testing.assert_allclose(found["probabilities"], model.predict_proba(X), **CLOSE)


@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
@pytest.mark.parametrize("outputs", [1, 2])
def test_regressors(loss, outputs):
    X, _ = blobs([0, 1])
    y = np.abs(X[:, :outputs]) if outputs > 1 else np.abs(X[:, 0])
    model = MLPRegressor(loss, (6,), max_iter=5, random_state=0).fit(X, y)
    found = ran(cp.to_onnx(model), X=X)["prediction"]
    np.testing.assert_allclose(found, model.predict(X).reshape(len(X), -1), **CLOSE)


@pytest.mark.parametrize("kinds", [{}, {"texts": False}, {"texts": False, "categories": False}],
                         ids=["all", "no texts", "numbers"])  # fmt: skip
@pytest.mark.parametrize("classes", [2, 3])
def test_table_classifiers(kinds, classes):
    frame, y = table(150, **kinds)
    y = pd.qcut(y, classes, labels=[f"part {k}" for k in range(classes)]).astype(str)
    model = TableClassifier("fast", max_epochs=3, random_state=0).fit(frame, y)
    graph = cp.to_onnx(model)
    for rows in (frame, new_rows(**kinds)):
        found = ran(graph, **as_inputs(rows, graph))
        np.testing.assert_allclose(found["probabilities"], model.predict_proba(rows), **CLOSE)
        np.testing.assert_array_equal(found["label"], model.predict(rows))


def test_repeated_numbers():
    rng = np.random.default_rng(0)
    values = np.sort(rng.choice(100_000, 40, replace=False)) / 8
    place = rng.integers(0, 40, 900)
    frame = pd.DataFrame({"gain": values[place], "age": rng.integers(18, 90, 900) / 1})
    frame.loc[::50, "gain"] = np.nan
    y = np.where(rng.normal(size=40)[place] > 0, "yes", "no")
    model = TableClassifier("fast", max_epochs=3, random_state=0).fit(frame, y)
    assert len(model.inputs_.columns[0].repeated) == 40
    graph = cp.to_onnx(model)
    rows = frame.assign(gain=frame["gain"].astype(np.float32) + (np.arange(900) % 3 == 0))
    for given in (frame, rows):
        found = ran(graph, **as_inputs(given, graph))["probabilities"]
        np.testing.assert_allclose(found, model.predict_proba(given), **CLOSE)


def test_hats():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"east": rng.uniform(-5, 5, 2500), "north": rng.normal(size=2500)})
    frame.loc[::50, "east"] = np.nan
    y = np.sin(20 * frame["east"].fillna(0)) + frame["north"]
    model = TableRegressor("fast", max_epochs=3, random_state=0).fit(frame, y)
    assert len(model.inputs_.columns[0].hats) == 64
    graph = cp.to_onnx(model)
    rows = pd.DataFrame({"east": [-9.0, 9.0, np.nan, 0.0], "north": 0.5})
    for given in (frame, rows):
        found = ran(graph, **as_inputs(given, graph))["prediction"]
        np.testing.assert_allclose(found[:, 0], model.predict(given), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
def test_table_regressors(loss):
    frame, y = table(150)
    model = TableRegressor("fast", max_epochs=3, random_state=0, loss=loss).fit(frame, abs(y))
    graph = cp.to_onnx(model)
    for rows in (frame, new_rows()):
        found = ran(graph, **as_inputs(rows, graph))["prediction"]
        np.testing.assert_allclose(found[:, 0], model.predict(rows), rtol=1e-6)


def test_predictions_stay_within_the_targets_of_training():
    frame, y = table(100, texts=False)
    model = TableRegressor("fast", max_epochs=2, random_state=0).fit(frame, y)
    low, high = np.quantile(model.predict(frame), [0.3, 0.7])
    model.target_range_ = np.array([low]), np.array([high])
    graph = cp.to_onnx(model)
    found = ran(graph, **as_inputs(frame, graph))["prediction"]
    assert (found.min(), found.max()) == (low, high)
    np.testing.assert_allclose(found[:, 0], model.predict(frame), rtol=1e-6)


def test_a_table_regressor_of_two_targets():
    frame, y = table(120, texts=False)
    two = np.stack([y, -y], axis=1)
    model = TableRegressor("fast", max_epochs=3, random_state=0).fit(frame, two)
    graph = cp.to_onnx(model)
    found = ran(graph, **as_inputs(frame, graph))["prediction"]
    np.testing.assert_allclose(found, model.predict(frame), rtol=1e-6)


def one_network(frame, y):
    encoder = TableEncoder.fit(frame)
    target = TargetEncoder.fit(y)
    net = MLPRegressor(hidden_layer_sizes=(5,), max_iter=5, random_state=0)
    net.fit(encoder.encode(frame, np.float32), target.encode(y))
    return cp.TableModel(encoder, net, "y", target)


@pytest.mark.parametrize("categories", [False, True])
def test_a_table_with_one_network(categories):
    frame, y = table(120, texts=False, categories=categories)
    frame = frame.drop(columns="street", errors="ignore")
    model = one_network(frame, y)
    graph = cp.to_onnx(model)
    for rows in (frame, new_rows(texts=False, categories=categories).head(6).iloc[1:]):
        found = ran(graph, **as_inputs(rows, graph))["prediction"]
        np.testing.assert_allclose(found[:, 0], model.predict(rows), rtol=1e-6)


def test_one_input_for_each_column_and_one_for_numbers_alone():
    frame, y = table(60, texts=False)
    model = TableRegressor("fast", max_epochs=1, random_state=0).fit(frame, y)
    graph = cp.to_onnx(model)
    assert [one.name for one in graph.graph.input] == ["size", "weight", "shop", "street"]
    numbers = TableRegressor("fast", max_epochs=1, random_state=0).fit(frame[["size"]], y)
    assert [one.name for one in cp.to_onnx(numbers).graph.input] == ["X"]


def test_an_empty_text_that_is_a_category_is_refused():
    frame = pd.DataFrame({"word": ["", "a", "b"] * 20, "x": np.arange(60.0)})
    model = TableRegressor("fast", max_epochs=1, random_state=0).fit(frame, np.arange(60.0) ** 2)
    with pytest.raises(TypeError, match="column 'word' has the empty text as a category"):
        cp.to_onnx(model)


@pytest.mark.parametrize("word", ["été", "ß", "ﬁn", "snake_case", "7up", "ИМЯ".lower()])
def test_each_form_of_a_word_is_the_word_to_python_too(word):
    for form in forms(word):
        assert form.lower() == word


def test_wrong_models_are_named():
    with pytest.raises(TypeError, match="not str"):
        cp.to_onnx("model.clearprop")
    with pytest.raises(TypeError, match="give params"):
        cp.to_onnx(cp.Chain(cp.Dense(2, 1)))
    with pytest.raises(TypeError, match="MLPClassifier has its own"):
        cp.to_onnx(MLPClassifier(), inputs=3)
    with pytest.raises(ValueError, match="give inputs"):
        cp.to_onnx(cp.Tanh(), {})
    with pytest.raises(ValueError, match="dtype must be one of float32, float64"):
        cp.to_onnx(cp.Tanh(), {}, inputs=2, dtype="int8")
    net = cp.BatchNorm(3)
    with pytest.raises(ValueError, match=re.escape("state=result.state")):
        cp.to_onnx(net, net.init(np.random.default_rng(0)))
