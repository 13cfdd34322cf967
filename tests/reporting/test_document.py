"""A report's numbers held against scikit-learn's and against the model's own predictions."""

import json
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.metrics import (
    confusion_matrix,
    log_loss,
    mean_absolute_error,
    precision_recall_fscore_support,
    r2_score,
    root_mean_squared_error,
)
from sklearn.preprocessing import StandardScaler

import clearprop as cp
from clearprop.data import DataError, TableEncoder, TargetEncoder
from clearprop.reporting.details import MOST_VALUES

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "report.schema.json").read_text())

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def fitted(recorder=None, **settings):
    """Return a classifier of flowers, rows it was not trained on, and their species."""
    X, y = load_iris(return_X_y=True)
    names = load_iris().target_names[y]
    settings = {"max_iter": 12, "learning_rate_init": 0.02, "random_state": 0} | settings
    clf = cp.MLPClassifier((6,), "tanh", **settings)
    if recorder is not None:
        clf.set_callbacks(recorder)
    with np.errstate(all="raise"):
        clf.fit(X[::2], names[::2], validation_data=(X[1::2], names[1::2]))
    return clf, X[1::2], names[1::2]


@pytest.fixture(scope="module")
def flowers():
    recorder = cp.EpochRecorder()
    clf, X, y = fitted(recorder)
    return clf, X, y, cp.report(clf, X, y, recorder=recorder, measured_on="test").to_dict()


def strict(document):
    """Return a document after a trip through JSON that knows no NaN, and fits the schema."""
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    jsonschema.validate(document, SCHEMA)
    return document


def test_it_is_a_document(flowers):
    *_, document = flowers
    strict(document)
    assert (document["format"], document["version"]) == ("clearprop.report", 1)
    assert document["title"]["network"] == "4 → 6 tanh → 3 softmax"
    assert document["seed"] == 0
    assert document["versions"]["clearprop"] == cp.__version__


def test_the_schema_refuses_what_is_no_report(flowers):
    *_, document = flowers
    for broken in (
        {**document, "version": 2},
        {**document, "more": 1},
        {key: value for key, value in document.items() if key != "curves"},
        {**document, "figures": {**document["figures"], "accuracy": "good"}},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(broken, SCHEMA)


def test_figures_are_scikit_learns(flowers):
    clf, X, y, document = flowers
    found, predicted = document["figures"], clf.predict(X)
    assert found["accuracy"] == (predicted == y).mean()
    scores = precision_recall_fscore_support(y, predicted, labels=clf.classes_)
    for place, name in enumerate(("precision", "recall", "f1", "rows")):
        assert [each[name] for each in found["classes"]] == pytest.approx(list(scores[place]))
    assert found["constant_from"] == "these rows"
    assert found["baseline_accuracy"] == max(np.mean(y == name) for name in clf.classes_)


def test_each_cell_has_its_rows_the_largest_loss_first(flowers):
    clf, X, y, document = flowers
    predicted, p = clf.predict(X), clf.predict_proba(X)
    loss = -np.log(p[np.arange(len(y)), np.searchsorted(clf.classes_, y)])
    matrix = confusion_matrix(y, predicted, labels=clf.classes_)
    names = document["confusion"]["names"]
    seen = []
    for cell in document["confusion"]["cells"]:
        rows = np.array(cell["rows"]) - 1
        assert cell["count"] == len(rows) == matrix[cell["true"], cell["predicted"]]
        assert cell["rate"] == pytest.approx(len(rows) / matrix[cell["true"]].sum())
        assert set(y[rows]) == {names[cell["true"]]}
        assert set(predicted[rows]) == {names[cell["predicted"]]}
        assert (np.diff(loss[rows]) <= 1e-12).all()
        seen += rows.tolist()
    assert sorted(seen) == list(range(len(y)))


def test_mistakes_are_the_rows_with_the_largest_loss(flowers):
    clf, X, y, document = flowers
    p = clf.predict_proba(X)
    loss = [log_loss([true], [each], labels=clf.classes_) for true, each in zip(y, p, strict=True)]
    assert document["mistakes"] == (np.argsort(-np.array(loss), kind="stable")[:24] + 1).tolist()
    for number in document["mistakes"]:
        row = document["rows"]["by_number"][str(number)]
        assert row["inputs"] == X[number - 1].tolist()
        assert row["target"] == y[number - 1]
        assert row["prediction"] == clf.predict(X[[number - 1]])[0]
        assert row["probabilities"] == pytest.approx(p[number - 1].tolist())
        assert row["loss"] == pytest.approx(loss[number - 1], rel=1e-6)


def test_the_worst_rows_open_the_step_they_would_give(flowers):
    clf, X, y, document = flowers
    assert list(document["steps"]) == [str(number) for number in document["mistakes"][:6]]
    number = document["mistakes"][0]
    wanted = clf.explain(X[[number - 1]], y[[number - 1]]).to_dict()
    found = document["steps"][str(number)]
    assert found["rows"][0]["label"] == f"row {number}"
    assert found["quantities"] == wanted["quantities"]


def test_curves_are_those_of_the_fit(flowers):
    clf, *_, document = flowers
    curves = document["curves"]
    assert curves["loss"] == clf.loss_curve_
    assert curves["validation_loss"] == clf.validation_loss_curve_
    assert curves["validation_metric"] == clf.validation_scores_
    assert curves["best_epoch"] == np.argmin(clf.validation_loss_curve_) + 1
    assert curves["kept_epoch"] == clf.n_iter_ == 12
    assert curves["learning_rate"] == [0.02] * 12
    assert [len(layer["values"]) for layer in curves["gradient_norm"]["layers"]] == [12, 12]


def test_without_a_recorder_nothing_is_recorded():
    clf, X, y = fitted()
    curves = cp.report(clf, X, y, steps=0).document["curves"]
    assert curves["gradient_norm"] is curves["learning_rate"] is curves["seconds"] is None


def test_with_early_stopping_the_kept_epoch_is_the_best():
    clf, X, y = fitted(early_stopping=True, n_iter_no_change=100, max_iter=40)
    curves = cp.report(clf, X, y, steps=0).document["curves"]
    assert curves["kept_epoch"] == np.argmax(clf.validation_scores_) + 1


def test_the_kept_epoch_of_a_validation_loss_is_its_lowest_and_a_file_keeps_all_curves(tmp_path):
    clf, X, y = fitted(early_stopping="validation_loss", n_iter_no_change=3, max_iter=40)
    curves = cp.report(clf, X, y, steps=0).document["curves"]
    assert curves["kept_epoch"] == curves["best_epoch"]
    assert curves["kept_epoch"] == np.argmin(clf.validation_loss_curve_) + 1
    clf.save(tmp_path / "flowers.clearprop")
    loaded = cp.load(tmp_path / "flowers.clearprop")
    assert cp.report(loaded, X, y, steps=0).document["curves"] == curves


def table_model(frame, y, **settings):
    """Return a model of a raw table."""
    encoder = TableEncoder.fit(frame)
    target = TargetEncoder.fit(y) if y.dtype.kind == "f" else None
    kind = cp.MLPClassifier if target is None else cp.MLPRegressor
    net = kind(hidden_layer_sizes=(5,), solver="lbfgs", max_iter=15, random_state=0, **settings)
    net.fit(encoder.encode(frame), y if target is None else target.encode(y))
    return cp.TableModel(encoder, net, "answer", target, source="made up")


def test_a_regression_is_told_in_its_unit():
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    y = y.to_numpy()
    model = table_model(X[:300], y[:300])
    numbers = np.arange(301, 443)
    document = strict(
        cp.report(model, X[300:], y[300:], row_numbers=numbers, measured_on="test").to_dict()
    )
    predicted, true = model.predict(X[300:]), y[300:]
    found = document["figures"]
    assert found["r2"] == pytest.approx(r2_score(true, predicted))
    assert found["rmse"] == pytest.approx(root_mean_squared_error(true, predicted))
    assert found["mae"] == pytest.approx(mean_absolute_error(true, predicted))
    mean = np.full(len(true), y[:300].mean())
    assert found["constant_from"] == "training"
    assert found["baseline"]["rmse"] == pytest.approx(root_mean_squared_error(true, mean))
    assert document["confusion"] is None
    points = document["residuals"]["points"]
    assert points["rows"] == numbers.tolist()
    assert points["true"] == true.tolist()
    assert points["predicted"] == pytest.approx(predicted.tolist())
    for each in document["residuals"]["quantiles"]:
        assert each["residual"] == pytest.approx(np.quantile(predicted - true, each["part"]))
    order = np.argsort(-np.abs(predicted - true))
    assert document["mistakes"][:5] == numbers[order[:5]].tolist()
    assert document["title"]["target"] == "answer"


def test_what_one_could_say_without_a_network_is_scikit_learns_dummy():
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    y = y.to_numpy()
    figures = cp.report(table_model(X[:300], y[:300]), X[300:], y[300:], steps=0).document[
        "figures"
    ]
    said = DummyRegressor().fit(X[:300], y[:300]).predict(X[300:])
    wanted = r2_score(y[300:], said), mean_absolute_error(y[300:], said)
    assert (figures["baseline"]["r2"], figures["baseline"]["mae"]) == pytest.approx(wanted)
    X, y = load_iris(return_X_y=True)
    clf = cp.MLPClassifier((3,), max_iter=3, random_state=0).fit(X, y)
    some = np.r_[0:50, 50:60, 100:120]
    figures = cp.report(clf, X[some], y[some], steps=0).document["figures"]
    wanted = DummyClassifier().fit(X[some], y[some]).score(X[some], y[some])
    assert figures["baseline_accuracy"] == pytest.approx(wanted)


def test_the_loss_of_a_quantity_is_half_the_squared_error_training_saw():
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    y = y.to_numpy()
    model = table_model(X, y)
    document = cp.report(model, X, y, steps=0).document
    scaler = StandardScaler().fit(y[:, None])
    for number in document["mistakes"]:
        row = document["rows"]["by_number"][str(number)]
        both = scaler.transform([[y[number - 1]], [row["prediction"]]])
        assert row["loss"] == pytest.approx(0.5 * (both[0, 0] - both[1, 0]) ** 2)


def test_two_classes_have_two_probabilities_and_the_log_loss():
    X, y = load_breast_cancer(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    clf = cp.MLPClassifier((4,), max_iter=30, random_state=0).fit(X[::2], y[::2])
    document = strict(cp.report(clf, X[1::2], y[1::2], steps=0).to_dict())
    p = clf.predict_proba(X[1::2])
    found = {int(number): row for number, row in document["rows"]["by_number"].items()}
    for number, row in found.items():
        assert row["probabilities"] == pytest.approx(p[number - 1].tolist())
        loss = log_loss([y[1::2][number - 1]], [row["probabilities"]], labels=[0, 1])
        assert row["loss"] == pytest.approx(loss, rel=1e-6)
    scores = precision_recall_fscore_support(y[1::2], clf.predict(X[1::2]))
    for place, name in enumerate(("precision", "recall", "f1", "rows")):
        told = [each[name] for each in document["figures"]["classes"]]
        assert told == pytest.approx(list(scores[place]))


def test_what_no_row_was_taken_for_has_no_precision():
    X, y = load_iris(return_X_y=True)
    clf = cp.MLPClassifier((), max_iter=1, random_state=0).fit(X, y)
    clf.coefs_[0][:], clf.intercepts_[0][:] = 0, [0, 1, 0]  # says always class 1
    classes = cp.report(clf, X[:100], y[:100], steps=0).document["figures"]["classes"]
    scores = precision_recall_fscore_support(
        y[:100], clf.predict(X[:100]), labels=[0, 1, 2], zero_division=np.nan
    )
    for place, name in enumerate(("precision", "recall", "f1")):
        wanted = [None if np.isnan(score) else score for score in scores[place]]
        assert [each[name] for each in classes] == wanted, name


def test_of_many_rows_the_points_are_a_sample_with_both_extremes():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.normal(size=5000)})
    y = X["x"].to_numpy() + rng.normal(size=5000)
    model = table_model(X, y)
    document = cp.report(model, X, y, steps=0).document
    points = document["residuals"]["points"]
    residuals = np.array(points["predicted"]) - np.array(points["true"])
    assert len(residuals) == 2000
    assert document["residuals"]["rows"] == 5000
    everything = model.predict(X) - y
    assert (residuals.min(), residuals.max()) == (everything.min(), everything.max())


def people():
    rng = np.random.default_rng(1)
    age, job = rng.integers(18, 80, 60).astype(float), rng.choice(["baker", "clerk"], 60)
    age[::4] = np.nan
    frame = pd.DataFrame({"age": age, "job": job, "town": "Ulm", "other": range(60)})
    return frame, np.where(np.nan_to_num(age, nan=40) + 20 * (job == "clerk") > 55, "yes", "no")


def test_rows_of_a_table_are_told_as_the_table_has_them():
    frame, y = people()
    model = table_model(frame[["age", "job", "town"]], y)
    document = strict(cp.report(model, frame, y).to_dict())
    assert document["rows"]["columns"] == ["age", "job", "town"]
    assert any(row["inputs"][0] is None for row in document["rows"]["by_number"].values())
    for number, row in document["rows"]["by_number"].items():
        age, job, town = frame.iloc[int(number) - 1, :3]
        assert row["inputs"] == [None if np.isnan(age) else age, job, town]
    assert document["data"]["columns"] == 3
    assert document["data"]["inputs"] == 3
    assert any("one-hot" in sentence for sentence in document["data"]["preparation"])


def test_a_class_that_training_did_not_meet_is_an_error_without_a_loss():
    frame, y = people()
    model = table_model(frame[["age", "job"]], y)
    y = y.astype(object)
    y[3] = "perhaps"
    document = strict(cp.report(model, frame, y).to_dict())
    assert document["confusion"]["names"] == ["no", "yes", "perhaps"]
    (cell,) = (cell for cell in document["confusion"]["cells"] if cell["true"] == 2)
    assert cell["rows"] == [4]
    assert 4 not in document["mistakes"]
    assert document["rows"]["by_number"]["4"]["loss"] == "NaN"
    assert "perhaps" in document["notes"][0]


def test_pictures_keep_their_shape_and_range():
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    clf = cp.MLPClassifier((8,), max_iter=3, random_state=0).fit(X / 16, y)
    document = cp.report(clf, X[:50] / 16, y[:50], image_shape=(8, 8)).to_dict()
    assert document["rows"]["image"] == [8, 8]
    assert document["rows"]["range"] == [0.0, 1.0]
    assert document["steps"][str(document["mistakes"][0])]["inputs"]["image"] == [8, 8]


@pytest.mark.parametrize("constant", [False, True])
def test_a_step_of_a_table_knows_its_source_and_a_whole_picture(constant):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(40, 4)), columns=list("abcd"))
    if constant:
        X["c"] = 1.0  # the encoder leaves it out: what the network sees is no picture
    y = np.where(X["a"] > 0, "yes", "no")
    document = cp.report(table_model(X, y), X, y, image_shape=(2, 2), steps=1).to_dict()
    (step,) = document["steps"].values()
    assert step["title"]["model"] == "made up"
    assert step["inputs"]["image"] == (None if constant else [2, 2])
    (row,) = step["rows"]
    place = int(row["label"].removeprefix("row ")) - 1
    assert row["picture"] == {"shape": [2, 2], "values": X.iloc[place].tolist()}
    assert all(len(row["inputs"]) == 4 for row in document["rows"]["by_number"].values())


def test_wide_tables_tell_fewer_rows_but_always_the_worst():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(200, MOST_VALUES // 30)), rng.integers(0, 2, 200)
    clf = cp.MLPClassifier((), max_iter=2, random_state=0).fit(X, y)
    document = cp.report(clf, X, y, steps=1).document
    told = document["rows"]["by_number"]
    assert len(told) == 30
    assert {str(number) for number in document["mistakes"]} <= set(told)


def test_a_constant_target_has_no_r2():
    X = pd.DataFrame({"x": np.arange(20.0)})
    model = table_model(X, np.arange(20.0))
    document = strict(cp.report(model, X, np.full(20, 3.0)).to_dict())
    assert document["figures"]["r2"] is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": [1, 2]}, "a target and a number for each row: 75 rows"),
        ({"image_shape": (3, 3)}, r"not images of shape \(3, 3\)"),
        ({"y": np.full(75, "rose")}, "the model has 'setosa'"),
    ],
)
def test_what_does_not_fit_is_refused(flowers, change, message):
    clf, X, y, _ = flowers
    arguments = {"y": y} | change
    with pytest.raises(DataError, match=message):
        cp.report(clf, X, **arguments)


def test_other_models_are_refused(flowers):
    _, X, y, _ = flowers
    with pytest.raises(TypeError, match=r"a fitted MLPClassifier.*cp\.load read, not of type dict"):
        cp.report({}, X, y)
    labels = np.eye(3, dtype=int)[np.arange(75) % 3]
    clf = cp.MLPClassifier((3,), max_iter=1, random_state=0).fit(X, labels)
    with pytest.raises(DataError, match="a network with one target"):
        cp.report(clf, X, y)
