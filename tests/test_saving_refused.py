"""Documents that describe no model: each is one clear error, whoever wrote them."""

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
    ("classifier", [P, "hidden_layer_sizes"], [5, "4"], "the parameter hidden_layer_sizes is"),
    ("classifier", [P, "hidden_layer_sizes"], [5, 4.0], "the parameter hidden_layer_sizes is"),
    ("classifier", [P, "hidden_layer_sizes"], {"pairs": []}, "hidden_layer_sizes"),
    ("classifier", [P, "hidden_layer_sizes"], 10**12, "does not describe a model: "),
    ("classifier", [P, "activation"], ["tanh"], "activation must be one value or one for each"),
    ("classifier", [P, "activation"], "sinus", "activation"),
    ("classifier", [P, "activation"], ["tanh", 3], "the parameter activation is"),
    ("classifier", [P, "activation"], {"activation": {"name": "sinus", "fields": {}}}, "no activ"),
    ("classifier", [P, "activation"], {"loss": {"name": "huber", "fields": {"threshold": 1.0}}},
     "the parameter activation is Huber"),
    ("classifier", [P, "activation"], {"activation": {"name": "elu", "fields": {}}}, "lacks 'alph"),
    ("classifier", [P, "activation"], {"activation": {"name": "elu", "fields": {"alpha": "1"}}},
     "alpha must be a finite number"),
    ("classifier", [P, "activation"], {"activation": "elu"}, "expected an object"),
    ("classifier", [P, "activation"], {"import": "os"}, "'loss' is expected, not 'import'"),
    ("classifier", [P, "activation"], {}, "is expected, not 0 keys"),
    ("classifier", [P, "activation"], {"tuple": "ab"}, "must be a list"),
    ("classifier", [P, "dropout"], ["0.1", 0.0], "the parameter dropout is"),
    ("classifier", [P, "dropout"], [0.1, 1.5], "Dropout"),
    ("classifier", [P, "class_weight"], {"pairs": [["a", "x"]]}, "the parameter class_weight is"),
    ("classifier", [P, "class_weight"], {"pairs": [["a"]]}, "pairs of a key and a value"),
    ("classifier", [P, "class_weight"], {"pairs": [[["a"], 1]]}, "a key must be a number, a text"),
    ("classifier", [P, "loss"], {"loss": {"name": "eval", "fields": {}}}, "there is no loss 'ev"),
    ("regressor", [P, "loss"], {"loss": {"name": "huber", "fields": {"threshold": -1.0}}}, "Huber"),
    ("classifier", ["feature_names"], ["a"], "1 feature names for 4 features"),
    ("classifier", ["feature_names"], [1, 2, 3, 4], "feature_names must be a text"),
    ("classifier", ["counters", "t_"], -1, "t_ must be a whole number from 0"),
    ("classifier", ["counters", "t_"], True, "t_ must be a whole number from 0"),
    ("classifier", ["counters", "more"], 1, "counters: unknown 'more'"),
    ("classifier", ["numbers", "loss_"], "1", "loss_ must be a number"),
    ("classifier", ["numbers", "more"], 1.0, "numbers: unknown 'more'"),
    ("classifier", ["numbers"], [], "numbers: expected an object"),
    ("classifier", ["classes"], None, "the classes: expected an object"),
    ("classifier", ["classes", "texts"], ["a", "b"], "of multiclass targets"),
    ("classifier", ["classes", "texts"], ["b", "a", "c"], "are not those of multiclass targets"),
    ("classifier", ["classes", "texts"], ["a", "a", "c"], "are not those of multiclass targets"),
    ("classifier", ["classes", "texts"], ["a", "b", "c", "d"], "4 classes for a network of 3 outp"),
    ("classifier", ["classes", "texts"], [], "does not describe a model"),
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
    ("regressor", ["position"], None, "arrays that nothing needs: 'optimizer.m', 'optimizer.v'"),
    ("lbfgs", ["position"], {"steps": 1}, "the solver 'lbfgs' has none"),
    ("table", ["target_name"], None, "target_name must be a text"),
    ("table", ["estimator"], {}, "the estimator: lacks"),
    ("table", ["estimator", "kind"], "TableModel", "kind must be one of MLPClassifier"),
    ("table", ["estimator", P, "alpha"], -1.0, "'alpha' parameter"),
    ("table", ["encoder", "columns"], [], "no column has inputs"),
    ("table", ["encoder", "columns", 0], ..., "the table has 4 inputs, the network takes 5"),
    ("table", ["encoder", "columns", 0, "sd"], 0.0, "sd must be above 0"),
    ("table", ["encoder", "version"], 2, "version 2"),
    ("table", ["target"], {"mean": 0.0, "sd": 1.0}, "a regression's targets are scaled"),
    ("quantity", ["target"], None, "a regression's targets are scaled"),
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
    ("classifier", {"more": np.ones(1)}, "arrays that nothing needs: 'more'"),
    ("classifier", {"coefs.3": np.ones((3, 3))}, "arrays that nothing needs: 'coefs.3'"),
    ("classifier", {"coefs.0": np.ones((4, 4))}, "coefs_ have shapes"),
    ("lbfgs", {"coefs.0": np.ones((4, 4))}, "coefs_ have shapes"),
    ("classifier", {"coefs.0": np.ones(4)}, "'coefs.0' has the shape .4,. in place of any x any"),
    ("classifier", {"coefs.0": np.ones((4, 5), int)}, "the array 'coefs.0' is of type int64"),
    ("classifier", {"intercepts.0": np.ones(4)}, "coefs_ have shapes|intercepts"),
    ("classifier", {"coefs.2": np.ones((4, 2))}, "3 classes for a network of 2 outputs"),
    ("classifier", {"loss_curve_": None}, "the array 'loss_curve_' is missing"),
    ("classifier", {"loss_curve_": np.ones((2, 2))}, "'loss_curve_' has the shape"),
    ("classifier", {"optimizer.m": np.ones(3)}, "'optimizer.m' has the shape .3,. in place of"),
    ("classifier", {"optimizer.m": None}, "the array 'optimizer.m' is missing"),
    ("classifier", {"optimizer.v": np.ones(64, np.float32)}, "'optimizer.v' is of type float32"),
    ("labels", {"classes": np.array([0, 1])}, "2 classes for a network of 3 outputs"),
    ("labels", {"classes": np.array([0, 1, 3])}, "are not those of multilabel-indicator targets"),
    ("labels", {"classes": np.array([0.0, 1.0, np.nan])}, "does not describe a model"),
    ("table", {"more": np.ones(1)}, "arrays that nothing needs: 'more'"),
    ("table", {"held_out": np.ones(2)}, "the array 'held_out' is of type float64"),
    ("table", {"held_out": None}, "the array 'held_out' is missing"),
    ("table", {"estimator.coefs.0": None}, "the array 'coefs.0' is missing"),
    ("table", {"estimator.more": np.ones(1)}, "arrays that nothing needs: 'more'"),
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
