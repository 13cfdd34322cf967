"""What a report says in words and in its plain entries, held to exact texts."""

import re
from html import unescape

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.metrics import accuracy_score, confusion_matrix, root_mean_squared_error

import clearprop as cp
from clearprop.estimators.shares import interval_told
from clearprop.reporting import Training
from tests.reporting.test_document import fitted, people, table_model

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def flowers():
    return fitted()


@pytest.fixture(scope="module")
def diabetes():
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    return table_model(X[:300], y[:300].to_numpy()), X[300:], y[300:].to_numpy()


def without_javascript(report):
    (text,) = re.findall("<noscript>(.*?)</noscript>", report.to_html(), re.DOTALL)
    return unescape(text)


def test_a_classifier_in_a_sentence(flowers):
    clf, X, y = flowers
    accuracy = accuracy_score(y, clf.predict(X))
    assert 0 < accuracy < 1
    report = cp.report(clf, X, y, measured_on="test", steps=0)
    told = f"{round(75 * accuracy)} of 75 test rows right ({interval_told(accuracy, 75)})"
    said = f"4 → 6 tanh → 3 softmax: {told}"
    assert str(report) == said
    assert repr(report) == f"<Report: {said}>"
    assert without_javascript(report) == (
        f"{said}. The curves need JavaScript, which is part of this file."
    )
    assert "<title>4 → 6 tanh → 3 softmax: training report</title>" in report.to_html()


def test_a_regression_in_a_sentence(diabetes):
    model, X, y = diabetes
    rmse = root_mean_squared_error(y, model.predict(X))
    assert 10 < rmse < 100
    report = cp.report(model, X, y, steps=0)
    said = f"10 → 5 relu → 1: RMSE {rmse:.2f} on 142 given rows"
    assert str(report) == said
    assert without_javascript(report) == (
        f"made up: {said}. The curves need JavaScript, which is part of this file."
    )
    assert "<title>made up: training report</title>" in report.to_html()


def test_one_row_is_not_one_rows_and_a_thousand_are_set_apart():
    X, y = load_iris(return_X_y=True)
    clf = cp.MLPClassifier((), max_iter=2, random_state=0).fit(X, y)
    assert str(cp.report(clf, X[:1], y[:1], steps=0)).endswith(
        ": 0 of 1 given row right (95 %: 0 to 0.79)"
    )
    many = np.resize(np.arange(150), 1500)
    assert " on 1,500 given rows (95 %: " in str(cp.report(clf, X[many], y[many], steps=0))


def test_a_constant_target_has_a_sentence_without_none(diabetes):
    model, X, _ = diabetes
    report = cp.report(model, X, np.full(len(X), 3.0), steps=0)
    assert report.document["figures"]["r2"] is None
    assert "None" not in str(report)
    assert "None" not in without_javascript(report)


def test_the_matrix_has_true_classes_in_rows_and_predicted_ones_in_columns(flowers):
    clf, X, y = flowers
    matrix = confusion_matrix(y, clf.predict(X))
    assert (matrix != matrix.T).any()
    document = cp.report(clf, X, y, steps=0).document
    assert document["figures"]["confusion_matrix"] == matrix.tolist()
    for cell in document["confusion"]["cells"]:
        assert cell["count"] == matrix[cell["true"], cell["predicted"]]
        assert cell["rate"] == cell["count"] / matrix.sum(axis=1)[cell["true"]]


@pytest.mark.parametrize("stopping", [True, "validation_loss"])
def test_the_kept_epoch_is_the_one_whose_weights_predict(stopping):
    settings = {"max_iter": 60, "learning_rate_init": 0.3, "n_iter_no_change": 15}
    clf, X, y = fitted(early_stopping=stopping, **settings)
    curves = cp.report(clf, X, y, steps=0).document["curves"]
    place = curves["kept_epoch"] - 1
    assert place < curves["epochs"] - 1, "the last epoch was kept: nothing is tested"
    assert curves["validation_metric"][place] == accuracy_score(y, clf.predict(X))
    p = clf.predict_proba(X)[np.arange(len(y)), np.searchsorted(clf.classes_, y)]
    assert curves["validation_loss"][place] == pytest.approx(-np.log(p).mean(), rel=1e-9)
    assert curves["validation_loss"][-1] != curves["validation_loss"][place]
    assert curves["loss"][-1] != curves["loss"][place]


def test_time_is_told_in_seconds_whoever_measured_it(flowers):
    clf, X, y = flowers
    training = Training(seconds=125.25, interrupted=True, command="clearprop train iris",
                        rows={"train": 75, "test": 75}, notes=["A note."])  # fmt: skip
    document = cp.report(clf, X, y, training=training, steps=0, source="iris").document
    assert document["seconds"] == 125.25
    assert document["interrupted"] is True
    assert document["command"] == "clearprop train iris"
    assert document["data"]["rows"] == {"train": 75, "test": 75}
    assert document["notes"] == ["A note."]
    assert document["title"]["source"] == document["data"]["source"] == "iris"
    unknown = cp.report(clf, X, y, steps=0).document
    assert (unknown["seconds"], unknown["interrupted"], unknown["command"]) == (None, False, None)
    assert unknown["data"]["rows"] == {}


def test_seconds_of_epochs_are_those_of_the_recorder():
    recorder = cp.EpochRecorder()
    clf, X, y = fitted(recorder)
    recorder.seconds = [60.5 + epoch for epoch in range(12)]
    curves = cp.report(clf, X, y, recorder=recorder, steps=0).document["curves"]
    assert curves["seconds"] == recorder.seconds
    assert curves["unit"] == "epoch"
    assert curves["gradient_norm"]["rows"] == recorder.measured == 75
    assert [layer["layer"] for layer in curves["gradient_norm"]["layers"]] == ["dense1", "dense2"]


def test_settings_that_differ_from_the_defaults_come_first(flowers):
    clf, X, y = flowers
    settings = cp.report(clf, X, y, steps=0).document["settings"]
    usual = [setting["usual"] for setting in settings]
    assert usual == sorted(usual)
    told = {setting["name"]: setting["value"] for setting in settings if not setting["usual"]}
    assert told == {"hidden_layer_sizes": "6", "activation": "tanh", "max_iter": 12,
                    "learning_rate_init": 0.02, "random_state": 0}  # fmt: skip
    # Where a training is kept is no setting of it.
    told_all = {setting["name"] for setting in settings}
    assert set(clf.get_params(deep=False)) - told_all == {"checkpoint", "resume"}


def test_a_table_says_what_is_done_with_its_columns_and_only_once():
    frame, y = people()
    model = table_model(frame[["age", "job", "town"]], y)
    document = cp.report(model, frame, y, steps=0).document
    assert document["data"]["preparation"] == model.encoder.describe()
    assert document["data"]["target"] == document["title"]["target"] == "answer"
    note = model.encoder.describe()[0]
    told = cp.report(model, frame, y, steps=0, training=Training(notes=[note, "New."])).document
    assert told["notes"] == ["New."]


def test_the_best_epoch_is_named_by_what_it_is_best():
    clf, X, y = fitted()
    curves = cp.report(clf, X, y, steps=0).document["curves"]
    assert curves["best_by"] == "validation loss"
    assert curves["metric"] == "accuracy"
    clf = cp.MLPClassifier((3,), max_iter=6, random_state=0).fit(X, y)
    curves = cp.report(clf, X, y, steps=0).document["curves"]
    assert (curves["best_by"], curves["best_epoch"]) == (
        "training loss", np.argmin(clf.loss_curve_) + 1,
    )  # fmt: skip
    reg = cp.MLPRegressor(hidden_layer_sizes=(3,), max_iter=6, random_state=0, solver="lbfgs")
    curves = cp.report(reg.fit(X, X[:, 0]), X, X[:, 0], steps=0).document["curves"]
    assert (curves["metric"], curves["unit"]) == ("R²", "iteration")
