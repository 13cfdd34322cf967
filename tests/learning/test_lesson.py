"""cp.learn and clearprop learn: the page's data, and what is refused."""

import json
import re
import warnings

import numpy as np
import pytest

import clearprop as cp
from clearprop.learning.lesson import MOST_ROWS
from clearprop.learning.toys import TOYS, toy_of

RNG = np.random.default_rng(0)
X, T = RNG.normal(size=(40, 2)), RNG.integers(0, 2, 40)


def net(inputs=2, outputs=2):
    return cp.Chain(cp.Dense(inputs, 3), cp.Tanh(), cp.Dense(outputs and 3, outputs))


def data_of(html):
    found = re.search(r'<script type="application/json" id="clearprop-data">(.*?)</script>', html)
    return json.loads(found[1])


def test_without_arguments_there_are_toys_and_the_page_is_small():
    lesson = cp.learn()
    html = lesson.to_html()
    assert len(html.encode()) < 400_000
    document = data_of(html)
    assert [data["name"] for data in document["datasets"]] == [*TOYS, "iris", "digits"]
    assert len(document["agreement"]["losses"]) == 50
    assert "default-src 'none'" in html
    assert "http-equiv" in html
    assert lesson._repr_mimebundle_()["text/plain"] == str(lesson)


@pytest.mark.parametrize("name", TOYS)
def test_a_toy_is_balanced_and_about_standardised(name):
    toy = toy_of(name)
    x, t = np.array(toy["x"]), np.array(toy["t"])
    assert len(x) == len(t) == len(toy["noise"])
    assert 0.5 < x.std() < 1.6
    if toy["kind"] == "classes":
        assert t.mean(axis=0).tolist() == [0.5, 0.5]


def test_ones_own_network_and_rows_are_in_the_page():
    network, loss = net(), cp.CrossEntropy()
    params = network.init(np.random.default_rng(3))
    lesson = cp.learn(
        network, loss, X, T, params=params, optimizer=cp.Adam(0.01), inputs=("a", "b"),
        outputs=("no", "yes"), title="mine",
    )  # fmt: skip
    document = lesson.document
    assert document["task"]["optimizer"]["kind"] == "Adam"
    assert document["start"]["dense1.W"] == params["dense1"]["W"].ravel().tolist()
    (data,) = document["datasets"]
    assert (data["inputs"], data["outputs"], data["held"]) == (["a", "b"], ["no", "yes"], 10)
    value, _ = cp.backprop(network, loss, params, X, T)
    assert document["agreement"]["losses"][0] == pytest.approx(value, rel=0.5)


def test_many_rows_are_sampled_and_that_is_said():
    x = RNG.normal(size=(700, 2))
    data = cp.learn(net(), cp.CrossEntropy(), x, x[:, 0] > 0).document["datasets"][0]
    assert data["about"] == f"{MOST_ROWS} of 700 rows, drawn at random."
    wide = RNG.normal(size=(300, 200))
    lesson = cp.learn(net(200), cp.CrossEntropy(), wide, wide[:, 0] > 0)
    assert lesson.document["datasets"][0]["about"].startswith("40 of 300 rows")
    assert len(lesson.to_html().encode()) < 400_000


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((None, cp.SquaredError(), X, T), "learn needs a network"),
        ((net(), None, X, T), "learn needs a loss"),
        ((net(), cp.CrossEntropy(), X, T[:5]), "x has 40 rows, but t has 5"),
    ],
)
def test_what_is_missing_is_told(arguments, told):
    with pytest.raises((TypeError, ValueError), match=told):
        cp.learn(*arguments)


def test_wrong_names_pictures_batches_and_optimizers_are_refused():
    with pytest.raises(ValueError, match="inputs must name 2 columns, got 1 names"):
        cp.learn(net(), cp.CrossEntropy(), X, T, inputs=["a"])
    with pytest.raises(ValueError, match="image_shape 3 x 3 needs 9 inputs, x has 2"):
        cp.learn(net(), cp.CrossEntropy(), X, T, image_shape=(3, 3))
    with pytest.raises(ValueError, match="batch_size must be at least 1"):
        cp.learn(net(), cp.CrossEntropy(), X, T, batch_size=0)

    class Mine(cp.SGD):
        pass

    with pytest.raises(TypeError, match="the page trains with SGD, RMSProp, Adam, not with Mine"):
        cp.learn(net(), cp.CrossEntropy(), X, T, optimizer=Mine(0.1))


def test_words_of_a_table_cannot_end_the_pages_data():
    evil = "</script><img src=x onerror=alert(1)>"
    lesson = cp.learn(net(), cp.CrossEntropy(), X, T, inputs=(evil, "b"), title=evil)
    html = lesson.to_html()
    assert "<img" not in html
    assert data_of(html)["datasets"][0]["inputs"][0] == evil


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("fitted", [False, True])
def test_an_estimators_network_loss_and_optimizer(solver, fitted):
    clf = cp.MLPClassifier((3,), solver=solver, max_iter=3, random_state=0)
    with warnings.catch_warnings(action="ignore"):  # three epochs are few
        clf.fit(X, np.where(T, "yes", "no"))
    document = clf.learn(X, np.where(T, "yes", "no"), from_fitted=fitted).document
    assert document["task"]["optimizer"]["kind"] == ("Adam" if solver == "adam" else "SGD")
    assert document["task"]["l2_per_row"]
    same = document["start"]["dense1.W"] == clf.coefs_[0].ravel().tolist()
    assert same == fitted
    assert len(document["agreement"]["losses"]) == 50


def test_a_regressors_page():
    reg = cp.MLPRegressor(hidden_layer_sizes=(3,), max_iter=2, random_state=0)
    with warnings.catch_warnings(action="ignore"):  # two epochs are few
        reg.fit(X, X[:, 0])
    assert reg.learn(X, X[:, 0], inputs=["a", "b"]).document["datasets"][0]["kind"] == "numbers"
