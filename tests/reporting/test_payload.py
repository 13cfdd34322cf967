"""What a report's page is given, and what it says without its program."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes, load_iris

import clearprop as cp
from clearprop.data import TableEncoder
from clearprop.estimators.shares import interval_told
from clearprop.reporting.details import ROWS_A_CELL
from clearprop.reporting.measured import measure
from clearprop.reporting.page import MOST_EPOCHS, payload
from clearprop.writing.numbers import figure

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def flowers():
    X, y = load_iris(return_X_y=True)
    clf = cp.MLPClassifier((), solver="lbfgs", max_iter=20, random_state=0).fit(X, y)
    return cp.report(clf, X, y, steps=0)


@pytest.fixture(scope="module")
def quantities():
    X, y = load_diabetes(return_X_y=True)
    y = (y - y.mean()) / y.std()
    net = cp.MLPRegressor(hidden_layer_sizes=(), solver="lbfgs", max_iter=20, random_state=0)
    return cp.report(net.fit(X, y), X, y, steps=0)


def with_epochs(report, epochs, **curves):
    """Return a report's document whose curves hold each epoch's own number."""
    numbers = [float(epoch) for epoch in range(1, epochs + 1)]
    layers = [{"layer": "dense1", "values": numbers}]
    document = report.to_dict()
    document["curves"] |= {
        "epochs": epochs, "loss": numbers, "seconds": numbers, "validation_loss": numbers,
        "gradient_norm": {"rows": 1, "layers": layers}, **curves,
    }  # fmt: skip
    return document


@pytest.mark.parametrize("epochs", [1, 7, MOST_EPOCHS, 3 * MOST_EPOCHS + 1])
def test_each_number_of_a_thinned_curve_is_that_of_its_epoch(flowers, epochs):
    kept = epochs // 3 + 1
    curves = payload(with_epochs(flowers, epochs, kept_epoch=kept, best_epoch=kept))["curves"]
    at = curves["at"]
    assert (at[0], at[-1]) == (1, epochs)
    assert kept in at
    assert at == sorted(set(at))
    assert len(at) <= min(epochs, MOST_EPOCHS + 1)
    for name in ("loss", "validation_loss", "seconds"):
        assert curves[name] == at, name
    assert curves["gradient_norm"]["layers"] == [{"layer": "dense1", "values": at}]


def test_without_its_program_a_page_tells_the_figure_that_matters(flowers, quantities):
    accuracy, rmse = flowers.document["figures"]["accuracy"], quantities.document["figures"]["rmse"]
    told = f": accuracy {accuracy:.3f} on 150 given rows ({interval_told(accuracy, 150)})"
    assert f"{told}. The curves need" in flowers.to_html()
    assert f": RMSE {figure(rmse)} on 442 given rows. The curves need" in quantities.to_html()


def test_a_report_in_a_sentence_has_the_root_of_the_mean_squared_error(quantities):
    figures = quantities.document["figures"]
    assert figures["rmse"] != figures["mae"]
    assert str(quantities).endswith(f": RMSE {figure(figures['rmse'])} on 442 given rows")


def test_of_each_cell_the_worst_dozen_rows_are_told(flowers):
    document = flowers.document
    told = {int(number) for number in document["rows"]["by_number"]}
    for cell in document["confusion"]["cells"]:
        expected = set(cell["rows"][:ROWS_A_CELL]) | (set(cell["rows"]) & set(document["mistakes"]))
        assert told & set(cell["rows"]) == expected
    assert max(cell["count"] for cell in document["confusion"]["cells"]) > ROWS_A_CELL


def test_a_page_has_the_rows_of_a_cell_with_the_largest_loss(flowers, monkeypatch):
    monkeypatch.setattr("clearprop.reporting.page.MOST_ROWS_A_CELL", 5)
    document = flowers.to_dict()
    shown = payload(document)["confusion"]["cells"]
    for cell, whole in zip(shown, document["confusion"]["cells"], strict=True):
        assert cell["rows"] == whole["rows"][:5]
        assert cell["count"] == whole["count"]


def test_a_table_has_its_columns_and_the_network_its_inputs():
    job = np.array(["baker", "clerk", "smith"])[np.arange(30) % 3]
    frame = pd.DataFrame({"age": np.arange(30.0), "job": job})
    y = np.where(frame["age"] > 15, "yes", "no")
    encoder = TableEncoder.fit(frame)
    clf = cp.MLPClassifier((), solver="lbfgs", max_iter=5, random_state=0)
    model = cp.TableModel(encoder, clf.fit(encoder.encode(frame), y), "answer", None, source="s")
    data = cp.report(model, frame, y, steps=0).document["data"]
    assert (data["columns"], data["inputs"]) == (2, 4)


def test_rows_whose_class_training_did_not_meet_have_no_loss_and_stand_last():
    X, y = load_iris(return_X_y=True)
    clf = cp.MLPClassifier((), solver="lbfgs", max_iter=20, random_state=0).fit(X[:100], y[:100])
    rows = measure(clf, X, y)
    loss = rows.loss[rows.worst()]
    assert np.isfinite(loss[:100]).all()
    assert (np.diff(loss[:100]) <= 0).all()
    assert np.isnan(loss[100:]).all()
    assert len(loss) == 150
