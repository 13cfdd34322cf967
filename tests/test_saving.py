"""Estimators saved and loaded: the same parameters, attributes and predictions, and going on."""

import tracemalloc
import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError

import clearprop as cp
from clearprop import MLPClassifier, MLPRegressor
from clearprop.data import TableEncoder, TargetEncoder
from clearprop.estimators.stored_values import restored, stored

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X = np.random.default_rng(0).normal(size=(90, 4))
SHORT = {"max_iter": 4, "random_state": 0}


def of(kinds):
    """Return 90 targets of these kinds, told apart by the inputs."""
    return np.array(kinds)[np.argsort(np.argsort(X[:, 0])) * len(kinds) // 90]


SAVED = {
    "binary, int": lambda: MLPClassifier((5,), **SHORT).fit(X, of([3, 7])),
    "binary, bool": lambda: MLPClassifier((5,), **SHORT).fit(X, of([False, True])),
    "binary, str": lambda: MLPClassifier((5,), **SHORT).fit(X, of(["no", "yes"])),
    "classes, str": lambda: MLPClassifier((5,), **SHORT).fit(X, of(["ä", "b c", "日本"])),
    "classes, objects": lambda: MLPClassifier((5,), **SHORT).fit(X, of(list("abc")).astype(object)),
    "classes, int8": lambda: MLPClassifier((5,), **SHORT).fit(X, of([1, 2, 3]).astype(np.int8)),
    "classes, float": lambda: MLPClassifier((5,), **SHORT).fit(X, of([1.0, 2.0, 3.0])),
    "30 classes": lambda: MLPClassifier((5,), **SHORT).fit(X, of(list(range(30)))),
    "one class": lambda: MLPClassifier((5,), **SHORT).fit(X, np.ones(90)),
    "multi-label": lambda: MLPClassifier((5,), **SHORT).fit(X, X[:, :3] > 0),
    "multi-label of 2, sparse": lambda: MLPClassifier((5,), **SHORT).fit(
        X, scipy.sparse.csr_matrix(X[:, :2] > 0).astype(int)
    ),
    "weights of classes": lambda: MLPClassifier(
        (5,), class_weight={"no": 1.0, "yes": 2}, **SHORT
    ).fit(X, of(["no", "yes"])),
    "weights of integers": lambda: MLPClassifier((5,), class_weight={3: 1, 7: 2}, **SHORT).fit(
        X, of([3, 7])
    ),
    "smoothing": lambda: MLPClassifier((5,), loss=cp.CrossEntropy(0.1), **SHORT).fit(
        X, of(list("abc"))
    ),
    "early stopping": lambda: MLPClassifier((5,), early_stopping=True, **SHORT).fit(X, of([0, 1])),
    "validation loss": lambda: MLPClassifier(
        (5,), early_stopping="validation_loss", **SHORT
    ).fit(X, of([0, 1])),
    "a named score": lambda: MLPClassifier(
        (5,), early_stopping=True, scoring="f1_macro", **SHORT
    ).fit(X, of([0, 1])),
    "float32": lambda: MLPClassifier((5,), **SHORT).fit(X.astype(np.float32), of([0, 1])),
    "layer by layer": lambda: MLPClassifier(
        [6, 5, 4], ["tanh", cp.LeakyReLU(0.2), cp.ELU(2.0)], dropout=[0.1, 0.0, 0.2], **SHORT
    ).fit(X, of([0, 1, 2])),
    "no hidden layer": lambda: MLPClassifier((), **SHORT).fit(X, of([0, 1, 2])),
    "sgd, adaptive": lambda: MLPClassifier(
        7, solver="sgd", learning_rate="adaptive", momentum=0.5, clip_norm=1.0, **SHORT
    ).fit(X, of([0, 1])),
    "no momentum": lambda: MLPClassifier((5,), solver="sgd", momentum=0, **SHORT).fit(
        X, of([0, 1])
    ),
    "one number": lambda: MLPRegressor(hidden_layer_sizes=(5,), **SHORT).fit(X, X[:, 0]),
    "several numbers": lambda: MLPRegressor(hidden_layer_sizes=(5,), **SHORT).fit(X, X[:, :2]),
    "quantile": lambda: MLPRegressor(cp.Quantile(0.9), (5,), **SHORT).fit(X, X[:, 0]),
    "huber": lambda: MLPRegressor(cp.Huber(2), (5,), **SHORT).fit(X, X[:, 0]),
    "poisson": lambda: MLPRegressor("poisson", (5,), **SHORT).fit(X, X[:, 0] ** 2),
    "decay": lambda: MLPRegressor(hidden_layer_sizes=(5,), weight_decay=0.1, **SHORT).fit(
        X, X[:, 0]
    ),
    "lbfgs": lambda: MLPRegressor(hidden_layer_sizes=(5,), solver="lbfgs", **SHORT).fit(X, X[:, 0]),
    "NumPy's numbers": lambda: MLPRegressor(
        hidden_layer_sizes=np.array([5]), alpha=np.float64(0.1), max_iter=np.int64(3),
        shuffle=np.bool_(False), n_iter_no_change=np.inf, random_state=np.int32(1),
    ).fit(X, X[:, 0]),
    "no seed": lambda: MLPRegressor(hidden_layer_sizes=(5,), max_iter=2).fit(X, X[:, 0]),
    "names": lambda: MLPRegressor(hidden_layer_sizes=(5,), **SHORT).fit(
        pd.DataFrame(X, columns=["a", "b", "ß", ""]), X[:, 0]
    ),
    "one epoch at a time": lambda: MLPClassifier((5,), random_state=0).partial_fit(
        X, of([0, 1]), classes=[0, 1, 2]
    ),
}  # fmt: skip


def again(model, path):
    model.save(path / "a model")
    return cp.load(path / "a model")


def same(one, other):
    """Whether two values are the same, to the last bit and to the dtype."""
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other)
    if isinstance(one, (list, tuple)):
        return type(one) is type(other) and all(map(same, one, other))
    if isinstance(one, float):
        return isinstance(other, float) and (one == other or (np.isnan(one) and np.isnan(other)))
    return type(one) is type(other) and one == other


def inputs_for(model):
    rows = X.astype(model.coefs_[0].dtype)
    names = getattr(model, "feature_names_in_", None)
    return rows if names is None else pd.DataFrame(rows, columns=names)


@pytest.mark.parametrize("name", SAVED)
def test_what_comes_back_is_the_same(name, tmp_path):
    model = SAVED[name]()
    loaded = again(model, tmp_path)
    assert type(loaded) is type(model)
    for parameter, value in model.get_params().items():
        found = loaded.get_params()[parameter]
        assert np.array_equal(value, found) or value == found, parameter
    fitted = {name for name in vars(model) if name.endswith("_") or name == "_stopping_state"}
    assert fitted == {
        name for name in vars(loaded) if name.endswith("_") or name == "_stopping_state"
    }
    for attribute in fitted - {"_stopping_state"}:
        assert same(getattr(model, attribute), getattr(loaded, attribute)), attribute
    assert getattr(loaded, "_stopping_state", None) == getattr(
        model, "_stopping_state", None
    ) or np.isnan(loaded._stopping_state.best)
    rows = inputs_for(model)
    expected, found = model.predict(rows), loaded.predict(rows)
    assert type(expected) is type(found)
    if scipy.sparse.issparse(expected):
        expected, found = expected.toarray(), found.toarray()
    assert same(expected, found)
    if hasattr(model, "predict_proba"):
        assert same(model.predict_proba(rows), loaded.predict_proba(rows))
    assert repr(clone(loaded)) == repr(loaded)


@pytest.mark.parametrize("name", [name for name in SAVED if name != "lbfgs"])
def test_partial_fit_goes_on_as_if_nothing_had_happened(name, tmp_path):
    model = SAVED[name]()
    model.set_params(random_state=3, early_stopping=False)
    loaded = again(model, tmp_path)
    rows, y = inputs_for(model), model.predict(inputs_for(model))
    for each in (model, loaded):
        each.partial_fit(rows, y).partial_fit(rows, y)
    assert same(model.coefs_, loaded.coefs_)
    assert same(model.loss_curve_, loaded.loss_curve_)
    assert model.t_ == loaded.t_


def test_warm_start_goes_on_from_the_loaded_weights(tmp_path):
    model = MLPClassifier((5,), warm_start=True, **SHORT).fit(X, of(list("ab")))
    loaded = again(model, tmp_path)
    for each in (model, loaded):
        each.fit(X, of(list("ab")))
    assert same(model.coefs_, loaded.coefs_)
    assert len(loaded.loss_curve_) == 8


def test_the_same_model_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        SAVED["layer by layer"]().save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_an_optimizer_that_was_changed_since_starts_anew(tmp_path):
    model = MLPClassifier((5,), **SHORT).fit(X, of([0, 1])).set_params(solver="sgd")
    loaded = again(model, tmp_path)
    assert not hasattr(loaded, "_position")
    assert loaded.partial_fit(X, of([0, 1])).n_iter_ == 1


class Own(cp.Loss):
    def value(self, xp, o, t):
        return 0.5 * xp.sum((o - t) * (o - t), axis=1)

    def gradient(self, xp, o, t):
        return o - t


class Cube(cp.Activation):
    def value(self, xp, z):
        return z * z * z

    def slope(self, xp, z, a):
        return 3 * z * z


class Steeper(cp.LeakyReLU):
    pass


class OwnRegressor(MLPRegressor):
    pass


PLAIN = {"hidden_layer_sizes": (3,), "engine": "numpy"}
REFUSED = {
    "loss": (
        lambda: MLPRegressor(Own(), **PLAIN, **SHORT),
        r"loss=<.*Own.*> cannot be saved: a model file holds no code, and Own is none of clearprop",
    ),
    "activation": (
        lambda: MLPRegressor(activation=[Cube()], **PLAIN, **SHORT),
        r"activation=<.*Cube.*> cannot be saved: .* Train with one of those as activation",
    ),
    "a class derived from clearprop's": (
        lambda: MLPRegressor(activation=Steeper(0.3), **PLAIN, **SHORT),
        r"activation=Steeper\(alpha=0.3\) cannot be saved: .*Steeper is none of clearprop's own",
    ),
    "scoring": (
        lambda: MLPRegressor(scoring=lambda *_: 1.0, **PLAIN, **SHORT),
        r"scoring=<function.*set_params\(scoring=None\)",
    ),
    "random_state": (
        lambda: MLPRegressor(random_state=np.random.RandomState(0), max_iter=2, **PLAIN),
        "Set random_state to an int or None",
    ),
    "kind": (
        lambda: OwnRegressor(**PLAIN, **SHORT),
        "OwnRegressor objects cannot be saved: a model file holds no code",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_the_users_own_is_named_and_nothing_is_written(name, tmp_path):
    make, message = REFUSED[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = make().fit(X, X[:, 0])
    (tmp_path / "model").write_text("as it was")
    with pytest.raises(TypeError, match=message):
        model.save(tmp_path / "model")
    assert [file.name for file in tmp_path.iterdir()] == ["model"]
    assert (tmp_path / "model").read_text() == "as it was"


def test_what_is_not_fitted_cannot_be_saved(tmp_path):
    with pytest.raises(NotFittedError):
        MLPRegressor().save(tmp_path / "model")
    for solver in ("adam", "lbfgs"):
        model = MLPRegressor(hidden_layer_sizes=(3,), solver=solver, **SHORT).fit(X, X[:, 0])
        with pytest.raises(ValueError, match="coefs_ have shapes"):
            model.set_params(hidden_layer_sizes=(4,)).save(tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_there_is_no_file_to_load(tmp_path):
    with pytest.raises(FileNotFoundError):
        cp.load(tmp_path / "nothing")


@pytest.mark.parametrize(
    "value",
    [None, True, 3, 0.5, float("inf"), -float("inf"), "text", [1, [2]], (1, (2,)), (), [],
     {1: 0.5, "1": 2, 2.5: 3, False: 1}, cp.ELU(0.5), cp.Huber(2.0), [cp.SELU(), "relu"]],
)  # fmt: skip
def test_values_of_arguments_come_back(value):
    found = restored(stored(value, "it"), "it")
    assert found == value
    assert type(found) is type(value)


def people(task):
    frame = pd.DataFrame({"age": X[:, 0] * 10, "job": of(["a", "b", None]), "pay": X[:, 1]})
    encoder = TableEncoder.fit(frame)
    inputs = encoder.encode(frame, np.float32)
    if task == "regression":
        target = TargetEncoder.fit(X[:, 2] * 100 + 7)
        net = MLPRegressor(hidden_layer_sizes=(4,), **SHORT)
        net.fit(inputs, target.encode(X[:, 2] * 100 + 7))
    else:
        target, net = None, MLPClassifier((4,), **SHORT).fit(inputs, of(["no", "yes"]))
    made = cp.TableModel(
        encoder, net, "member", target, "people.csv", {"rows": 9, "accuracy": 0.5}, {"seed": 0},
        "abc", np.array([1, 5]),
    )  # fmt: skip
    return frame, made


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_a_model_of_a_table_comes_back_and_takes_the_raw_table(task, tmp_path):
    frame, model = people(task)
    loaded = again(model, tmp_path)
    assert isinstance(loaded, cp.TableModel)
    for name in ("encoder", "target_name", "target", "source", "test", "settings", "fingerprint"):
        assert getattr(loaded, name) == getattr(model, name)
    assert loaded.task == task
    assert loaded.held_out.tolist() == [1, 5]
    shuffled = frame[["job", "pay", "age"]]
    assert same(loaded.predict(shuffled), model.predict(frame))
    if task == "classification":
        assert same(loaded.predict_proba(frame), model.predict_proba(frame))
        assert set(loaded.predict(frame)) <= {"no", "yes"}
    else:
        raw = np.float64(model.estimator.predict(model.encoder.encode(frame, np.float32)))
        assert same(loaded.predict(frame), raw * model.target.sd + model.target.mean)
        with pytest.raises(TypeError, match="member is a quantity"):
            loaded.predict_proba(frame)


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_loading_takes_twice_the_memory_of_the_file(tmp_path, solver):
    """It took three times: the bytes, the arrays, a vector of the weights, a mask as long."""
    x = np.random.default_rng(0).standard_normal((4, 8))
    model = MLPRegressor(
        hidden_layer_sizes=(500, 500), max_iter=1, solver=solver, engine="numpy", shuffle=False
    )
    model.fit(x, x[:, 0]).save(tmp_path / "model")
    cp.load(tmp_path / "model")  # loads packages
    tracemalloc.start()
    loaded = cp.load(tmp_path / "model")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 2.1 * (tmp_path / "model").stat().st_size
    np.testing.assert_array_equal(loaded.partial_fit(x, x[:, 0]).coefs_[1],
                                  model.partial_fit(x, x[:, 0]).coefs_[1])  # fmt: skip
