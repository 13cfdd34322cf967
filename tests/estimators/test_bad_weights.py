"""Weights of classes and rows that no training can use are refused, with the weight named."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clearprop as cp
from clearprop import MLPClassifier, MLPRegressor
from clearprop.estimators.weights import check_class_weight
from tests.estimators.data import classes

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = classes(3)
LABELS = X[:, :3] > 0
SHORT = {"hidden_layer_sizes": (3,), "max_iter": 2, "random_state": 0}

WRONG = {
    "negative": ({0: -1, 1: 1, 2: 1}, r"class_weight gives class 0 the weight -1: .*from 0"),
    "negative, of a class that does not occur": ({0: 1, 1: 1, 2: 1, 9: -0.5}, "class 9 .* -0.5"),
    "NaN": ({0: 1, 1: np.nan, 2: 1}, "class_weight gives class 1 the weight nan"),
    "infinite": ({0: 1, 1: 1, 2: np.inf}, "class_weight gives class 2 the weight inf"),
    "text": ({0: "much", 1: 1, 2: 1}, "class_weight gives class 0 the weight 'much'"),
    "too large for any float": ({0: 10**400, 1: 1, 2: 1}, "class_weight gives class 0 the weight"),
    "None": ({0: None, 1: 1, 2: 1}, "class_weight gives class 0 the weight None"),
    "all 0": ({0: 0, 1: 0, 2: 0}, "every row has the weight 0 .class_weight times"),
}


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_class_weight_is_named(name, solver):
    weights, message = WRONG[name]
    clf = MLPClassifier(class_weight=weights, solver=solver, **SHORT)
    with pytest.raises(ValueError, match=message):
        clf.fit(X, Y)
    assert not hasattr(clf, "coefs_")


@pytest.mark.parametrize("name", [name for name in WRONG if name != "all 0"])
def test_in_a_list_for_several_labels_too(name):
    weights, message = WRONG[name]
    with pytest.raises(ValueError, match=message):
        MLPClassifier(class_weight=[{0: 1, 1: 1}, {0: 1, 1: 1}, weights], **SHORT).fit(X, LABELS)


def test_partial_fit_and_explain_refuse_it_too():
    clf = MLPClassifier(**SHORT).fit(X, Y).set_params(class_weight={0: -1, 1: 1, 2: 1})
    with pytest.raises(ValueError, match="class 0 the weight -1"):
        clf.partial_fit(X, Y)
    with pytest.raises(ValueError, match="class 0 the weight -1"):
        clf.explain(X[:2], Y[:2])


def test_all_0_in_the_product_with_the_rows_weights():
    rows = np.where(Y == 0, 1.0, 0.0)
    clf = MLPClassifier(class_weight={0: 0, 1: 1, 2: 1}, **SHORT)
    with pytest.raises(ValueError, match="every row has the weight 0"):
        clf.fit(X, Y, rows)


def test_a_class_of_weight_0_is_not_learned():
    kept = Y != 2
    clf = MLPClassifier(class_weight={0: 1, 1: 1, 2: 0}, solver="lbfgs", hidden_layer_sizes=(3,),
                        random_state=0).fit(X, Y)  # fmt: skip
    assert set(clf.predict(X)) == {0, 1}
    assert np.mean(clf.predict(X[kept]) == Y[kept]) > 0.8


@pytest.mark.parametrize("estimator", [MLPClassifier(**SHORT), MLPRegressor(**SHORT)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_weights_whose_sum_overflows_are_refused(estimator, dtype):
    weights = np.ones(len(Y), dtype)
    weights[:4] = np.finfo(dtype).max
    message = f"sum of the weights is too large for {np.dtype(dtype)}"
    with pytest.raises(ValueError, match=message):
        estimator.fit(X.astype(dtype), Y, weights)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.integers(0, 5), st.floats()))
def test_exactly_the_finite_weights_from_0_are_accepted(weights):
    if all(np.isfinite(weight) and weight >= 0 for weight in weights.values()):
        check_class_weight(weights)
        check_class_weight([weights, weights])
    else:
        with pytest.raises(ValueError, match="class_weight gives class"):
            check_class_weight(weights)


@pytest.mark.parametrize("weight", [-1.0, {"float": "nan"}, {"float": "inf"}])
def test_a_model_file_with_such_a_weight_is_refused(weight, tmp_path):
    from clearprop.files.container import read_model, write_model

    MLPClassifier(class_weight={0: 1.0, 1: 1.0, 2: 1.0}, **SHORT).fit(X, Y).save(tmp_path / "a")
    document, arrays = read_model(tmp_path / "a")
    document["parameters"]["class_weight"]["pairs"][0][1] = weight
    write_model(tmp_path / "a", document, arrays)
    with pytest.raises(cp.ModelFileError, match="class_weight gives class 0 the weight"):
        cp.load(tmp_path / "a")


@pytest.mark.parametrize("part", ["training row", "row of the validation set"])
def test_all_weights_0_in_one_part_of_an_early_stopping_split(part):
    clf = MLPClassifier(early_stopping=True, validation_fraction=0.5, **SHORT)
    seen = set()
    for row in range(12):
        weights = np.zeros(len(Y))
        weights[row] = 1.0
        with pytest.raises(ValueError, match="has the weight 0") as refused:
            clf.fit(X, Y, weights)
        seen.add(str(refused.value).partition(" has")[0])
    assert f"every {part}" in seen


@pytest.mark.parametrize("name", WRONG)
def test_a_table_classifier_names_it_too(name):
    weights, message = WRONG[name]
    with pytest.raises(ValueError, match=message):
        cp.TableClassifier(preset="fast", class_weight=weights).fit(X, Y)
