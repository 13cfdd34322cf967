"""The figures: scikit-learn's conventions, and exactly the numbers of the training."""

import builtins

import matplotlib
import numpy as np
import pytest

import clearprop as cp
from clearprop.plotting.axes import BLUE, ORANGE
from tests.estimators.data import classes, numbers

matplotlib.use("agg")

from matplotlib import pyplot

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(autouse=True)
def closed():
    yield
    pyplot.close("all")


def fitted(**settings):
    X, y = classes()
    return cp.MLPClassifier((6, 5), max_iter=8, random_state=0, **settings).fit(X, y), X, y


def test_the_loss_curve_is_the_estimators():
    clf, *_ = fitted(early_stopping=True, n_iter_no_change=50)
    display = cp.LossCurveDisplay.from_estimator(clf)
    training, validation = display.lines_
    np.testing.assert_array_equal(training.get_ydata(), clf.loss_curve_)
    np.testing.assert_array_equal(validation.get_ydata(), clf.validation_loss_curve_)
    np.testing.assert_array_equal(training.get_xdata(), np.arange(1, 9))
    assert display.kept_line_.get_xdata()[0] == np.argmax(clf.validation_scores_) + 1
    assert display.ax_.figure is display.figure_
    assert (training.get_color(), validation.get_color()) == (BLUE, ORANGE)
    assert display.ax_.get_yscale() == "log"


def test_without_validation_there_is_one_line_on_the_axes_given():
    clf, *_ = fitted()
    _, ax = pyplot.subplots()
    display = cp.LossCurveDisplay.from_estimator(clf, ax=ax, log=False, line_kw={"label": "mine"})
    assert display.ax_ is ax
    assert len(display.lines_) == 1
    assert display.lines_[0].get_label() == "mine"
    assert display.kept_line_ is None
    assert ax.get_yscale() == "linear"


def test_the_loss_curve_of_a_history():
    X, y = numbers()
    net = cp.Chain(cp.Dense(8, 4), cp.Tanh(), cp.Dense(4, 1))
    result = cp.train(
        net, cp.SquaredError(), net.init(np.random.default_rng(0)), X[:100], y[:100, None],
        validation_data=(X[100:], y[100:, None]), early_stopping=cp.EarlyStopping(), epochs=6,
        seed=0,
    )  # fmt: skip
    display = cp.LossCurveDisplay.from_history(result.history)
    np.testing.assert_array_equal(display.lines_[0].get_ydata(), result.history.loss)
    wanted = result.history.metrics["validation_loss"]
    np.testing.assert_array_equal(display.lines_[1].get_ydata(), wanted)
    assert display.kept_line_.get_xdata()[0] == result.history.best_epoch


def test_a_loss_of_zero_has_no_logarithm():
    display = cp.LossCurveDisplay(loss=[1.0, 0.0]).plot()
    assert display.ax_.get_yscale() == "linear"


def test_the_gradient_flow_is_the_opened_steps_gradient():
    clf, X, y = fitted(alpha=0.0)
    display = cp.GradientFlowDisplay.from_estimator(clf, X, y)
    step = clf.explain(X, y)
    assert display.layers == ["dense1", "dense2", "dense3"]
    for name, weights, biases in zip(display.layers, display.weights, display.biases, strict=True):
        np.testing.assert_allclose(weights, step[f"{name}.dW"], rtol=1e-9, atol=1e-15)
        np.testing.assert_allclose(biases, step[f"{name}.db"], rtol=1e-9, atol=1e-15)
    sizes = [np.abs(weights[weights != 0]) for weights in display.weights]
    medians = [np.median(size) for size in sizes]
    np.testing.assert_allclose(display.medians_["weights"].get_xdata(), medians)
    assert {line.get_color() for line in display.ax_.get_lines()} == {BLUE, ORANGE}


def test_a_dead_layer_is_told():
    clf, X, y = fitted()
    clf.intercepts_[0] -= 1e6  # every ReLU of the first layer is off
    display = cp.GradientFlowDisplay.from_estimator(clf, X, y)
    told = [text.get_text() for text in display.ax_.texts]
    assert told.count("all zero") >= 2
    display.figure_.canvas.draw()


def test_without_matplotlib_the_command_is_told(monkeypatch):
    clf, *_ = fitted()
    real = builtins.__import__

    def refuse(name, *arguments, **keywords):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *arguments, **keywords)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'clearprop\[plot\]'"):
        cp.LossCurveDisplay.from_estimator(clf)


def test_an_unfitted_estimator_is_refused():
    from sklearn.exceptions import NotFittedError

    with pytest.raises(NotFittedError):
        cp.LossCurveDisplay.from_estimator(cp.MLPClassifier())
    with pytest.raises(NotFittedError):
        cp.GradientFlowDisplay.from_estimator(cp.MLPClassifier(), [[1.0]], [0])
