"""Fitted scikit-learn networks and lists of weights come in as clearprop networks."""

import numpy as np
import pytest
from sklearn import neural_network
from sklearn.datasets import load_iris

import clearprop as cp

CLOSE = {"rtol": 1e-12, "atol": 1e-12}
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

X, Y = load_iris(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)


@pytest.mark.parametrize("package", [neural_network, cp], ids=["scikit-learn", "clearprop"])
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("classes", [2, 3])
def test_classifiers(package, activation, classes):
    kept = classes > Y
    model = package.MLPClassifier((6, 5), activation, max_iter=5, random_state=0)
    model.fit(X[kept], Y[kept])
    opened = cp.open_model(model)
    p = opened.predict(X)
    wanted = model.predict_proba(X)
    np.testing.assert_allclose(p, wanted if classes > 2 else wanted[:, 1:], **CLOSE)
    assert opened.source.endswith("MLPClassifier")


def test_a_classifier_of_labels():
    model = neural_network.MLPClassifier((6,), max_iter=5, random_state=0).fit(X, X[:, :3] > 0)
    np.testing.assert_allclose(cp.open_model(model).predict(X), model.predict_proba(X), **CLOSE)


@pytest.mark.parametrize("package", [neural_network, cp], ids=["scikit-learn", "clearprop"])
@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
def test_regressors(package, loss):
    model = package.MLPRegressor(loss, (6,), max_iter=5, random_state=0).fit(X, Y)
    opened = cp.open_model(model)
    assert type(opened.loss) is (cp.Poisson if loss == "poisson" else cp.SquaredError)
    np.testing.assert_allclose(opened.predict(X)[:, 0], model.predict(X), **CLOSE)


def test_an_opened_model_is_the_users_to_change():
    model = neural_network.MLPRegressor(hidden_layer_sizes=(6,), max_iter=5, random_state=0).fit(
        X, Y
    )
    before = [coef.copy() for coef in model.coefs_]
    cp.open_model(model).params["dense1"]["W"][:] = 0.0
    own = cp.MLPRegressor(hidden_layer_sizes=(6,), max_iter=5, random_state=0).fit(X, Y)
    kept = own.coefs_[0].copy()
    cp.open_model(own).params["dense1"]["W"][:] = 0.0
    np.testing.assert_array_equal(model.coefs_[0], before[0])
    np.testing.assert_array_equal(own.coefs_[0], kept)


def test_it_goes_through_every_function_of_clearprop():
    model = neural_network.MLPClassifier((6,), "tanh", max_iter=5, random_state=0).fit(X, Y)
    opened = cp.open_model(model)
    step = opened.explain(X[:2], Y[:2], optimizer=cp.SGD(0.1))
    assert "dense1.W.new" in step.paths
    assert opened.check_gradients(X[:20], Y[:20])
    trained = opened.train(X, Y, epochs=20, seed=0)
    assert (
        trained.history.loss[-1] < cp.backprop(opened.network, opened.loss, opened.params, X, Y)[0]
    )
    text = cp.export_numpy(opened)
    names = {}
    exec(text, names)
    np.testing.assert_allclose(names["predict"](X), model.predict_proba(X), rtol=1e-12)


W1, B1 = np.array([[1.0, -1.0], [0.5, 2.0]]), np.array([0.1, -0.2])
W2, B2 = np.array([[2.0], [-3.0]]), np.array([0.3])


@pytest.mark.parametrize("weights", [[(W1, B1), (W2, B2)], [W1, B1, W2, B2]], ids=["pairs", "flat"])
def test_lists_of_weights(weights):
    x = np.array([[0.2, -0.7], [1.5, 0.3]])
    wanted = np.tanh(x @ W1 + B1) @ W2 + B2
    np.testing.assert_allclose(cp.open_model(weights, activation="tanh").predict(x), wanted)
    opened = cp.open_model(weights, activation=[cp.Tanh()], loss=cp.BinaryCrossEntropy())
    np.testing.assert_allclose(opened.predict(x), 1 / (1 + np.exp(-wanted)))


def test_lists_without_biases_and_of_python_numbers():
    opened = cp.open_model([[[1.0], [2.0]], [[3.0, 4.0]]], activation="identity")
    assert [layer.bias for layer in opened.network.layers[::2]] == [False, False]
    np.testing.assert_allclose(opened.predict([[1.0, 1.0]]), [[9.0, 12.0]])
    opened = cp.open_model([W1.astype(np.float32), W2.astype(np.float32)])
    assert opened.predict([[1.0, 1.0]]).dtype == np.float32


WRONG = {
    r"W of layer 1 gives 2 numbers, and W of layer 2 takes 1.*give W\.T": [W1, W2.T],
    r"b of layer 1 must have shape \(2,\), as W has \(2, 2\)": [(W1, B2)],
    r"W of layer 1 must be a matrix of numbers": [B1],
    r"has no weights": [],
}


@pytest.mark.parametrize("message", WRONG)
def test_weights_that_do_not_fit(message):
    with pytest.raises(ValueError, match=message):
        cp.open_model(WRONG[message])


def test_what_is_no_model_is_said():
    with pytest.raises(TypeError, match="not dict"):
        cp.open_model({"W": W1})
    with pytest.raises(ValueError, match="not fitted"):
        cp.open_model(neural_network.MLPClassifier())
    with pytest.raises(ValueError, match="not fitted"):
        cp.open_model(cp.MLPClassifier())
    with pytest.raises(ValueError, match="activation must be one value or one for each of the 1"):
        cp.open_model([W1, W2], activation=["tanh", "tanh"])
