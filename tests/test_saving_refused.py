"""Documents that describe no model: each is one clear error, whoever wrote them."""

import copy
import os
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest

import clearprop as cp
from clearprop import MLPClassifier, MLPRegressor
from clearprop.files.container import read_model, write_model
from tests.test_saving import X, of, people

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SHORT = {"max_iter": 2, "random_state": 0}
MODELS = {
    "classifier": lambda: MLPClassifier(
        (5, 4), ["tanh", cp.ELU(0.5)], class_weight={"a": 1.0, "b": 2.0, "c": 1.0}, **SHORT
    ).fit(X, of(list("abc"))),
    "regressor": lambda: MLPRegressor(cp.Huber(2.0), (5,), early_stopping=True, **SHORT).fit(
        X, X[:, 0]
    ),
    "lbfgs": lambda: MLPRegressor(hidden_layer_sizes=(5,), solver="lbfgs", **SHORT).fit(X, X[:, 0]),
    "binary": lambda: MLPClassifier((5,), **SHORT).fit(X, of([0, 1])),
    "labels": lambda: MLPClassifier((5,), **SHORT).fit(X, X[:, :3] > 0),
    "table": lambda: people("classification")[1],
    "quantity": lambda: people("regression")[1],
}


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """Save each model once; return the documents and arrays of the files."""
    folder = tmp_path_factory.mktemp("models")
    found = {}
    for name, make in MODELS.items():
        make().save(folder / name)
        found[name] = read_model(folder / name)
    return found


def changed(document, path, value):
    """Return the document with one value changed, or taken out where `value` is Ellipsis."""
    first, *rest = path
    new = dict(document) if isinstance(document, dict) else list(document)
    if rest:
        new[first] = changed(document[first], rest, value)
    elif value is ...:
        del new[first]
    else:
        new[first] = value
    return new


P = "parameters"
DOCUMENTS = [
    ("classifier", ["kind"], "Pickle", "holds a model of the kind 'Pickle'; known are"),
    ("classifier", ["kind"], ..., "holds a model of the kind None"),
    ("classifier", ["kind"], ["MLPClassifier"], "holds a model of the kind"),
    ("classifier", ["kind"], "MLPRegressor", "unknown 'class_weight'"),
    ("classifier", ["more"], 1, "the estimator: unknown 'more'"),
    ("classifier", ["counters"], ..., "the estimator: lacks 'counters'"),
    ("classifier", ["clearprop"], 1, "clearprop must be a text"),
    ("classifier", [P], [], "the parameters: expected an object"),
    ("classifier", [P, "alpha"], ..., "the parameters: lacks 'alpha'"),
    ("classifier", [P, "alpha"], -1.0, "'alpha' parameter of MLPClassifier must be"),
    ("classifier", [P, "alpha"], "much", "'alpha' parameter of MLPClassifier must be"),
    ("classifier", [P, "alpha"], {"float": "zero"}, "'inf', '-inf' or 'nan' is expected"),
    ("classifier", [P, "alpha"], {"float": [1]}, "'inf', '-inf' or 'nan' is expected"),
    ("classifier", [P, "solver"], "os.system", "'solver' parameter of MLPClassifier must be"),
    ("classifier", [P, "engine"], "__import__", "'engine' parameter of MLPClassifier must be"),
    ("classifier", [P, "scoring"], "os.system", "'scoring' parameter of MLPClassifier must be"),
    ("classifier", [P, "random_state"], -1, "'random_state' parameter"),
    ("classifier", [P, "hidden_layer_sizes"], [5], "3 classes for a network of 4 outputs"),
    ("classifier", [P, "hidden_layer_sizes"], [5, 4, 3], "the array 'coefs.3' is missing"),
    ("classifier", [P, "hidden_layer_sizes"], [5, 3], "coefs_ have shapes"),
    ("classifier", [P, "hidden_layer_sizes"], [5, "4"], "parameter hidden_layer_sizes cannot be"),
    ("classifier", [P, "hidden_layer_sizes"], [5, 4.0], "parameter hidden_layer_sizes cannot be"),
    ("classifier", [P, "hidden_layer_sizes"], {"pairs": []}, "hidden_layer_sizes"),
    ("classifier", [P, "hidden_layer_sizes"], 10**12, "does not describe a model: "),
    ("classifier", [P, "activation"], ["tanh"], "activation must be one value or one for each"),
    ("classifier", [P, "activation"], "sinus", "activation"),
    ("classifier", [P, "activation"], ["tanh", 3], "the parameter activation cannot be"),
    ("classifier", [P, "activation"], {"activation": {"name": "sinus", "fields": {}}}, "no activ"),
    ("classifier", [P, "activation"], {"loss": {"name": "huber", "fields": {"threshold": 1.0}}},
     "the parameter activation cannot be Huber"),
    ("classifier", [P, "activation"], {"activation": {"name": "elu", "fields": {}}}, "lacks 'alph"),
    ("classifier", [P, "activation"], {"activation": {"name": "elu", "fields": {"alpha": "1"}}},
     "alpha must be a finite number"),
    ("classifier", [P, "activation"], {"activation": "elu"}, "expected an object"),
    ("classifier", [P, "activation"], {"import": "os"}, "'loss' is expected, not 'import'"),
    ("classifier", [P, "activation"], {}, "is expected, not 0 keys"),
    ("classifier", [P, "activation"], {"tuple": "ab"}, "must be a list"),
    ("classifier", [P, "dropout"], ["0.1", 0.0], "the parameter dropout cannot be"),
    ("classifier", [P, "dropout"], [0.1, 1.5], "Dropout"),
    ("classifier", [P, "class_weight"], {"pairs": [["a", "x"]]}, "parameter class_weight cannot b"),
    ("classifier", [P, "class_weight"], {"pairs": [["a"]]}, "pairs of a key and a value"),
    ("classifier", [P, "class_weight"], {"pairs": [[["a"], 1]]}, "a key must be a number, a text"),
    ("classifier", [P, "loss"], {"loss": {"name": "eval", "fields": {}}}, "there is no loss 'ev"),
    ("regressor", [P, "loss"], {"loss": {"name": "huber", "fields": {"threshold": -1.0}}}, "Huber"),
    ("classifier", ["feature_names"], ["a"], "1 feature names for 4 features"),
    ("classifier", ["feature_names"], [1, 2, 3, 4], "feature_names must be a text"),
    ("classifier", ["counters", "t_"], -1, "t_ must be a whole number from 0"),
    ("classifier", ["counters", "t_"], True, "t_ must be a whole number from 0"),
    ("classifier", ["counters", "t_"], 2**64, "t_ must be at most 9,007,199,254,740,992, not 1844"),
    ("regressor", ["position", "steps"], 2**64, "steps must be at most 9,007,199,254,740,992"),
    ("regressor", ["position", "optimizer", "t"], 2**53 + 1, "t must be at most 9,007,199,254,74"),
    ("classifier", ["counters", "more"], 1, "counters: unknown 'more'"),
    ("classifier", ["numbers", "loss_"], "1", "loss_ must be a number"),
    ("classifier", ["numbers", "more"], 1.0, "numbers: unknown 'more'"),
    ("classifier", ["numbers"], [], "numbers: expected an object"),
    ("classifier", ["classes"], None, "the classes: expected an object"),
    ("classifier", ["classes", "texts"], ["a", "b"], "2 classes for a network of 3 outputs"),
    ("classifier", ["classes", "sparse"], True, "'multiclass' targets are never sparse"),
    ("binary", ["classes", "sparse"], True, "'binary' targets are never sparse"),
    ("classifier", ["classes", "texts"], ["b", "a", "c"], "are not those of multiclass targets"),
    ("classifier", ["classes", "texts"], ["a", "a", "c"], "are not those of multiclass targets"),
    ("classifier", ["classes", "texts"], ["a", "b", "c", "d"], "4 classes for a network of 3 outp"),
    ("classifier", ["classes", "texts"], [], "0 classes for a network of 3 outputs"),
    ("classifier", ["classes", "texts"], [1, 2, 3], "texts must be a text"),
    ("classifier", ["classes", "texts"], None, "the array 'classes' is missing"),
    ("classifier", ["classes", "targets"], "binary", "are not those of binary targets"),
    ("classifier", ["classes", "targets"], "multilabel-indicator", "are not those of multilabel"),
    ("classifier", ["classes", "sparse"], 0, "sparse must be true or false"),
    ("labels", ["classes", "targets"], "binary", "are not those of binary targets"),
    ("regressor", ["classes"], {"targets": "binary"}, "a regressor has no classes"),
    ("regressor", ["position", "steps"], 1.5, "steps must be a whole number"),
    ("regressor", ["position", "best"], None, "best must be a number"),
    ("regressor", ["position", "optimizer"], {}, "optimizer: lacks 't'"),
    ("regressor", ["position", "optimizer", "t"], "3", "t must be a whole number"),
    ("regressor", ["position"], None, "unknown arrays: 'optimizer.m', 'optimizer.v'"),
    ("lbfgs", ["position"], {"steps": 1}, "the solver 'lbfgs' has none"),
    ("table", ["target_name"], None, "target_name must be a text"),
    ("table", ["estimator"], {}, "the estimator: lacks"),
    ("table", ["estimator", "kind"], "TableModel", "kind must be one of MLPClassifier"),
    ("table", ["estimator", P, "alpha"], -1.0, "'alpha' parameter"),
    ("table", ["encoder", "columns"], [], "no column has inputs"),
    ("table", ["encoder", "columns", 0], ..., "the table has 4 inputs, the network takes 5"),
    ("table", ["encoder", "columns", 0, "sd"], 0.0, "sd must be above 0"),
    ("table", ["encoder", "version"], 3, "is of version 3, and this clearprop reads up to 2"),
    ("table", ["target"], {"mean": 0.0, "sd": 1.0}, "a regression's targets are scaled"),
    ("quantity", ["target"], None, "a regression's targets are scaled"),
    ("quantity", ["target"], {}, "lacks 'mean', 'sd'"),
    ("quantity", ["target"], False, "expected an object, not bool"),
    ("quantity", ["target"], "", "expected an object, not str"),
    ("table", ["target"], [], "expected an object, not list"),
    ("quantity", ["target", "sd"], -1.0, "sd must be above 0"),
    ("table", ["test"], {"accuracy": "high"}, "test must be numbers by name"),
    ("table", ["settings"], {"a": [1]}, "settings must be plain values by name"),
    ("table", ["fingerprint"], 7, "fingerprint must be a text"),
    ("table", ["more"], 7, "the model: unknown 'more'"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "path", "value", "message"), DOCUMENTS)
def test_a_document_that_describes_no_model(name, path, value, message, parts, tmp_path):
    document, arrays = parts[name]
    write_model(tmp_path / "model", changed(document, path, value), arrays)
    with pytest.raises(cp.ModelFileError, match=message) as refused:
        cp.load(tmp_path / "model")
    assert str(refused.value).startswith(str(tmp_path / "model"))


ARRAYS = [
    ("classifier", {"coefs.1": None}, "the array 'coefs.1' is missing"),
    ("classifier", {"more": np.ones(1)}, "unknown arrays: 'more'"),
    ("classifier", {"coefs.3": np.ones((3, 3))}, "unknown arrays: 'coefs.3'"),
    ("classifier", {"coefs.0": np.ones((4, 4))}, "coefs_ have shapes"),
    ("lbfgs", {"coefs.0": np.ones((4, 4))}, "coefs_ have shapes"),
    ("classifier", {"coefs.0": np.ones(4)}, "'coefs.0' has the shape .4,., not any x any"),
    ("classifier", {"coefs.0": np.ones((4, 5), int)}, "the array 'coefs.0' is of type int64"),
    ("classifier", {"intercepts.0": np.ones(4)}, "coefs_ have shapes|intercepts"),
    ("classifier", {"coefs.2": np.ones((4, 2))}, "3 classes for a network of 2 outputs"),
    ("classifier", {"loss_curve_": None}, "the array 'loss_curve_' is missing"),
    ("classifier", {"loss_curve_": np.ones((2, 2))}, "'loss_curve_' has the shape"),
    ("classifier", {"optimizer.m": np.ones(3)}, "'optimizer.m' has the shape .3,., not"),
    ("classifier", {"optimizer.m": None}, "the array 'optimizer.m' is missing"),
    ("classifier", {"optimizer.v": np.ones(64, np.float32)}, "'optimizer.v' is of type float32"),
    ("labels", {"classes": np.array([0, 1])}, "2 classes for a network of 3 outputs"),
    ("labels", {"classes": np.array([0, 1, 3])}, "are not those of multilabel-indicator targets"),
    ("classifier", {"coefs.1": np.full((5, 4), np.nan)}, "'coefs.1' holds NaN or infinity: the"),
    ("classifier", {"intercepts.2": np.array([0, np.inf, 0])}, "'intercepts.2' holds NaN or inf"),
    ("table", {"estimator.coefs.0": np.full((5, 4), -np.inf, np.float32)}, "'coefs.0' holds NaN"),
    ("labels", {"classes": np.array([0.0, 1.0, np.nan])}, "does not describe a model"),
    ("table", {"more": np.ones(1)}, "unknown arrays: 'more'"),
    ("table", {"held_out": np.ones(2)}, "the array 'held_out' is of type float64"),
    ("table", {"held_out": None}, "the array 'held_out' is missing"),
    ("table", {"estimator.coefs.0": None}, "the array 'coefs.0' is missing"),
    ("table", {"estimator.more": np.ones(1)}, "unknown arrays: 'more'"),
]


@pytest.mark.parametrize(("name", "change", "message"), ARRAYS)
def test_arrays_that_do_not_fit(name, change, message, parts, tmp_path):
    document, arrays = parts[name]
    new = {key: array for key, array in {**arrays, **change}.items() if array is not None}
    write_model(tmp_path / "model", document, new)
    with pytest.raises(cp.ModelFileError, match=message):
        cp.load(tmp_path / "model")


def test_held_out_rows_are_counted_from_0_and_in_order(parts, tmp_path):
    document, arrays = parts["table"]
    for wrong in ([-1, 2], [5, 2], [2, 2], [2, 92]):
        write_model(tmp_path / "model", document, arrays | {"held_out": np.array(wrong)})
        with pytest.raises(cp.ModelFileError, match="held_out"):
            cp.load(tmp_path / "model")


def test_weights_that_are_not_finite_are_not_saved_either(tmp_path):
    model = MODELS["regressor"]()
    for name in ("coefs_", "intercepts_"):
        for wrong in (np.nan, np.inf):
            broken = copy.deepcopy(model)
            getattr(broken, name)[1][0] = wrong
            with pytest.raises(ValueError, match=r"coefs_\[1\] or intercepts_\[1\] holds NaN"):
                broken.save(tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def whole_numbers(document, path=()):
    """Yield the paths of all integers in a document."""
    items = (
        document.items()
        if isinstance(document, dict)
        else enumerate(document)
        if isinstance(document, list)
        else ()
    )
    for key, value in items:
        if type(value) is int:
            yield (*path, key)
        yield from whole_numbers(value, (*path, key))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "number", [2**53, 2**63, 2**64, 10**400], ids=["2^53", "2^63", "2^64", "10^400"]
)
@pytest.mark.parametrize("name", ["classifier", "regressor", "lbfgs", "labels", "quantity"])
@pytest.mark.one_in(4)
def test_a_whole_number_of_any_size_is_refused_or_harmless(name, number, parts, tmp_path):
    document, arrays = parts[name]
    for path in whole_numbers(document):
        write_model(tmp_path / "model", changed(document, path, number), arrays)
        try:
            model = cp.load(tmp_path / "model")
        except cp.ModelFileError:
            continue
        used = getattr(model, "estimator", model)
        rows = np.zeros((2, used.n_features_in_), used.coefs_[0].dtype)
        y = used.predict(rows)
        step = used.explain(rows, y)
        assert step.to_dict()["rows"], path
        if hasattr(used, "partial_fit"):
            used.set_params(early_stopping=False).partial_fit(rows, y)


BOMB = """
import resource, sys
import clearprop as cp
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]),) * 2)
try:
    cp.load(sys.argv[1])
except cp.ModelFileError as error:
    print(error)
"""
ROOM = 900 * 2**20
"""For Python and the libraries that are imported; the files ask for 0.9 GB and more beyond."""


def names_of_one_long(count, length):
    return ["a" * length, *(f"b{place:06}" for place in range(count - 1))]


BOMBS = {
    "a name of 30,000 characters among 8,000": (
        lambda: {"texts": names_of_one_long(8000, 30_000)}, 8000,
        "a class name has 30,000 characters: the names of all 8,000 classes would take 960,000,",
    ),
    "names for a network of 3 outputs": (
        lambda: {"texts": names_of_one_long(8000, 30_000)}, 3, "8000 classes for a network of 3",
    ),
    "labels for a network of 3 outputs": (
        lambda: {"targets": "multilabel-indicator", "texts": None}, 3, "262144 classes for a netw",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.one_in(4)
def test_classes_are_compared_with_the_outputs_before_anything_is_built(name, parts, tmp_path):
    pytest.importorskip("resource")
    make, outputs, message = BOMBS[name]
    document, arrays = parts["classifier"]
    weights = {"coefs.2": np.ones((4, outputs)), "intercepts.2": np.ones(outputs)}
    changes = make()
    if changes["texts"] is None:
        weights["classes"] = np.zeros(2**18, np.uint8)
    path = tmp_path / "model"
    write_model(path, {**document, "classes": document["classes"] | changes}, {**arrays, **weights})
    run = subprocess.run(
        [sys.executable, "-c", BOMB, str(path), str(ROOM)],
        capture_output=True, text=True, check=False,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    assert run.stderr == ""
    assert message in run.stdout


def test_many_labels_are_loaded_without_a_matrix_of_all_by_all(tmp_path):
    model = MLPClassifier((2,), **SHORT).fit(X[:4], np.eye(4, 20_000, dtype=int))
    model.save(tmp_path / "model")
    tracemalloc.start()
    try:
        loaded = cp.load(tmp_path / "model")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (loaded.classes_ == model.classes_).all()
    assert (loaded.predict(X) == model.predict(X)).all()
    assert peak < 100 * 2**20  # 20,000 x 20,000 would take 3.2 GB


def test_names_as_wide_as_that_are_not_saved_either(tmp_path):
    model = MODELS["classifier"]()
    model.classes_ = np.array(names_of_one_long(600, 30_000))
    with pytest.raises(ValueError, match="a class name has 30,000 characters"):
        model.save(tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_there_is_no_model_with_an_empty_name():
    with pytest.raises(cp.ModelFileError, match=r"^the path is empty"):
        cp.load("")
    with pytest.raises(FileNotFoundError, match="The path is empty; nothing was saved"):
        MODELS["regressor"]().save("")
