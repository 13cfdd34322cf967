"""Pipelines of scikit-learn that scale numbers before a network go out whole, by every door."""

import re

import numpy as np
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

import clearprop as cp
from clearprop import MLPClassifier, MLPRegressor
from clearprop.doors.scaling import TRANSFORMERS
from tests.doors.needs import needed

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

rng = np.random.default_rng(0)
X = rng.normal(40.0, [1.0, 20.0, 300.0], (60, 3))
Y = X[:, 0] * 100 + X[:, 1]


def net():
    return MLPClassifier((4,), max_iter=3, random_state=0)


def regressor():
    return MLPRegressor(hidden_layer_sizes=(4,), max_iter=3, random_state=0)


SCALERS = {
    "StandardScaler": StandardScaler,
    "StandardScaler, no mean": lambda: StandardScaler(with_mean=False),
    "StandardScaler, no sd": lambda: StandardScaler(with_std=False),
    "MinMaxScaler": lambda: MinMaxScaler((-1, 2)),
    "MaxAbsScaler": MaxAbsScaler,
    "RobustScaler": RobustScaler,
    "RobustScaler, no centre": lambda: RobustScaler(with_centering=False),
    "SimpleImputer": lambda: SimpleImputer(strategy="median"),
}


def of_text(model, x):
    names = {}
    exec(cp.export_numpy(model), names)
    return names["predict"](x)


def of_graph(model, x, output):
    needed("onnx")
    runtime = needed("onnxruntime")
    session = runtime.InferenceSession(cp.to_onnx(model).SerializeToString())
    return session.run([output], {"X": x})[0]


def of_torch(model, x):
    torch = needed("torch")
    module, names = cp.to_torch(model), {}
    exec(module.code, names)
    network = names["Network"]()
    arrays = {name: torch.from_numpy(np.array(array)) for name, array in module.state_dict.items()}
    network.load_state_dict(arrays)
    with torch.no_grad():
        return network.eval()(torch.from_numpy(x)).numpy()


def test_every_row_of_the_table_is_tried():
    assert {name.split(",")[0] for name in SCALERS} == set(TRANSFORMERS)


@pytest.mark.parametrize("kind", SCALERS)
def test_every_scaler(kind):
    model = make_pipeline(SCALERS[kind](), "passthrough", net()).fit(X, Y.mean() < Y)
    x = X.copy()
    if kind == "SimpleImputer":
        x[3, 1] = np.nan
    np.testing.assert_allclose(of_text(model, x), model.predict_proba(x)[:, 1:], rtol=1e-9)


@pytest.mark.parametrize("door", ["graph", "torch"])
def test_several_steps_by_the_other_doors(door):
    model = make_pipeline(SimpleImputer(), RobustScaler(), net()).fit(X, Y.mean() < Y)
    x = X.copy()
    x[::7, 2] = np.nan
    wanted = model.predict_proba(x)
    if door == "graph":
        np.testing.assert_allclose(of_graph(model, x, "probabilities"), wanted, rtol=1e-6)
        np.testing.assert_array_equal(of_graph(model, x, "label"), model.predict(x))
    else:
        np.testing.assert_allclose(of_torch(model, x), wanted[:, 1:], rtol=1e-6)


@pytest.mark.parametrize("outside", [True, False])
def test_a_standardised_target(outside):
    def target(inner):
        return TransformedTargetRegressor(inner, transformer=StandardScaler())

    model = (
        target(make_pipeline(StandardScaler(), regressor()))
        if outside
        else make_pipeline(StandardScaler(), target(regressor()))
    ).fit(X, Y)
    wanted = model.predict(X)[:, None]
    np.testing.assert_allclose(of_text(model, X), wanted, rtol=1e-12)
    np.testing.assert_allclose(of_torch(model, X), wanted, rtol=1e-6)
    np.testing.assert_allclose(of_graph(model, X, "prediction"), wanted, rtol=1e-6)


def test_the_best_of_a_search():
    grid = {"mlpclassifier__alpha": [1e-4, 1.0]}
    search = GridSearchCV(make_pipeline(StandardScaler(), net()), grid, cv=2).fit(X, Y.mean() < Y)
    np.testing.assert_allclose(of_text(search, X), search.predict_proba(X)[:, 1:], rtol=1e-9)


UNKNOWN = {
    "step 'pca', PCA, does not go out: of a pipeline the steps StandardScaler": lambda: PCA(2),
    "step 'minmaxscaler': MinMaxScaler with clip=True": lambda: MinMaxScaler(clip=True),
    "step 'simpleimputer': SimpleImputer with add_indicator=True": lambda: SimpleImputer(
        add_indicator=True
    ),
    "step 'simpleimputer': SimpleImputer goes out where it fills NaN": lambda: SimpleImputer(
        missing_values=0.0
    ),
}


@pytest.mark.parametrize("message", UNKNOWN)
def test_other_steps_are_named(message):
    model = make_pipeline(UNKNOWN[message](), net()).fit(X, Y.mean() < Y)
    with pytest.raises(TypeError, match=re.escape(message)):
        cp.export_numpy(model)


def test_other_targets_are_said():
    model = TransformedTargetRegressor(regressor(), func=np.log1p, inverse_func=np.expm1)
    with pytest.raises(TypeError, match=r"with transformer=StandardScaler\(\) and one target"):
        cp.export_numpy(model.fit(X, Y))
    two = TransformedTargetRegressor(regressor(), transformer=StandardScaler())
    with pytest.raises(TypeError, match="and one target"):
        cp.export_numpy(two.fit(X, X[:, :2]))
