"""`explain` of an estimator: it is the very step that training takes next."""

import warnings

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import StandardScaler

import clearprop as cp

IRIS = load_iris(return_X_y=True)
DIABETES = load_diabetes(return_X_y=True)


def fitted(make, X, y, **settings):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make(max_iter=3, random_state=0, shuffle=False, **settings).fit(X, y)


def scaled(data):
    X, y = data
    return StandardScaler().fit_transform(X), y


@pytest.mark.parametrize("solver", ["adam", "sgd"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("schedule", ["constant", "invscaling"])
def test_the_next_step_of_a_classifier(solver, dtype, schedule):
    X, y = scaled(IRIS)
    X = X.astype(dtype)
    clf = fitted(
        cp.MLPClassifier, X, y, hidden_layer_sizes=(5, 4), solver=solver, batch_size=30,
        activation="tanh", alpha=0.1, learning_rate=schedule, clip_norm=0.5, engine="numpy",
    )  # fmt: skip
    step = clf.explain(X[:30], y[:30])
    before = [coef.copy() for coef in clf.coefs_]
    clf.partial_fit(X[:30], y[:30])
    for number, (coef, old) in enumerate(zip(clf.coefs_, before, strict=True), 1):
        assert np.array_equal(step[f"dense{number}.W"], old)
        assert np.array_equal(step[f"dense{number}.W.new"], coef)
    assert step["dense1.W"].dtype == dtype
    assert step.loss_before == pytest.approx(clf.loss_, rel=1e-5)


def test_the_next_step_of_a_regressor_with_weights():
    X, y = scaled(DIABETES)
    y = (y - y.mean()) / y.std()
    weights = np.linspace(0.5, 2.0, 50)
    reg = fitted(cp.MLPRegressor, X, y, hidden_layer_sizes=(6,), batch_size=50, engine="numpy")
    step = reg.explain(X[:50], y[:50], weights)
    reg.partial_fit(X[:50], y[:50], sample_weight=weights)
    for name, intercept in zip(("dense1", "dense2"), reg.intercepts_, strict=True):
        assert np.array_equal(step[f"{name}.b.new"], intercept)


def test_looking_changes_nothing():
    X, y = scaled(IRIS)
    clf = fitted(cp.MLPClassifier, X, y, dropout=0.3)
    before = [array.copy() for array in (*clf.coefs_, *clf.intercepts_)]
    state = clf._random_state.get_state()[1].copy()
    str(clf.explain(X[:5], y[:5]))
    after = [*clf.coefs_, *clf.intercepts_]
    assert all(np.array_equal(a, b) for a, b in zip(after, before, strict=True))
    assert np.array_equal(clf._random_state.get_state()[1], state)


def test_rows_columns_and_classes_have_their_names():
    frame, labels = load_iris(return_X_y=True, as_frame=True)
    names = np.array(["setosa", "versicolor", "virginica"])[labels]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        clf = cp.MLPClassifier((4,), max_iter=2, random_state=0).fit(frame, names)
    step = clf.explain(frame.iloc[:2], names[:2], row_names=["first", "second"])
    told = step.to_dict()
    assert told["inputs"]["names"] == list(frame.columns)
    assert told["outputs"]["names"] == ["setosa", "versicolor", "virginica"]
    assert [row["label"] for row in told["rows"]] == ["first", "second"]
    assert [row["target"] for row in told["rows"]] == ["setosa", "setosa"]
    assert [row["prediction"] for row in told["rows"]] == list(clf.predict(frame.iloc[:2]))
    assert clf.explain(frame, names, image_shape=(2, 2)).to_dict()["inputs"]["image"] == [2, 2]


def test_class_weights_given_by_name_count():
    X, y = scaled(IRIS)
    weights = {0: 1.0, 1: 5.0, 2: 0.5}
    clf = fitted(cp.MLPClassifier, X, y, class_weight=weights)
    step = clf.explain(X[::10], y[::10], np.full(15, 2.0))
    assert step["weights"].tolist() == [2.0 * weights[label] for label in y[::10]]


def test_lbfgs_ends_with_the_gradients():
    X, y = scaled(IRIS)
    clf = fitted(cp.MLPClassifier, X, y, solver="lbfgs")
    step = clf.explain(X[:4], y[:4])
    assert step.rate is None
    assert "dense1.dW" in step
    assert "dense1.W.new" not in step
    assert "update" not in str(step).splitlines()


def test_a_saved_estimator_takes_the_same_step(tmp_path):
    X, y = scaled(IRIS)
    clf = fitted(cp.MLPClassifier, X, y)
    clf.save(tmp_path / "m.clearprop")
    one, other = clf.explain(X[:3], y[:3]), cp.load(tmp_path / "m.clearprop").explain(X[:3], y[:3])
    assert one.to_dict() == other.to_dict()


@pytest.mark.parametrize(
    ("rows", "labels", "error"),
    [
        (np.zeros((2, 3)), [0, 1], "X has 3 features"),
        (np.full((1, 4), np.nan), [0], "NaN"),
        (np.zeros((2, 4)), [0], "inconsistent numbers of samples"),
        (np.zeros((1, 4)), [7], "classes not in"),
    ],
)
def test_bad_rows_get_the_errors_of_fit(rows, labels, error):
    X, y = IRIS
    clf = fitted(cp.MLPClassifier, *scaled((X, y)))
    with pytest.raises(ValueError, match=error):
        clf.explain(rows, labels)


def test_an_unfitted_estimator_has_no_step():
    with pytest.raises(NotFittedError):
        cp.MLPClassifier().explain(*IRIS)


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_the_step_opened_is_the_one_after_those_made(solver):
    """Three epochs of five batches are behind it: it is the sixteenth."""
    X, y = scaled(IRIS)
    clf = fitted(cp.MLPClassifier, X, y, solver=solver, batch_size=30)
    assert clf.explain(X[:4], y[:4]).labels.step == 16
