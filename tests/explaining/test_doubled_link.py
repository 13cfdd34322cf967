"""A network that ends in what its loss applies itself: `explain`, `train`, `check_work` say so."""

import warnings

import numpy as np
import pytest

import clearprop as cp
from clearprop.backprop import warn_of_doubled_link
from tests.registry import LAYERS, LOSSES
from tests.trees import random_like


class Softmax(cp.Layer):
    """Softmax as a layer, as people write one for themselves."""

    def forward(self, xp, params, x, given=None):
        powers = xp.exp(x)
        p = powers / xp.sum(powers, axis=1, keepdims=True)
        return p, p

    def pullback(self, xp, params, saved, dy):
        return saved * (dy - xp.sum(saved * dy, axis=1, keepdims=True)), {}


class Exp(cp.definitions.layers.Activation):
    """e^z."""

    def value(self, xp, z):
        return xp.exp(z)

    def slope(self, xp, z, a):
        return a


class OwnSigmoid(cp.definitions.layers.Activation):
    """The logistic function, from another formula."""

    def value(self, xp, z):
        return 1.0 / (1.0 + xp.exp(-z))

    def slope(self, xp, z, a):
        return a * (1.0 - a)


class OwnLogistic(cp.Loss):
    """A loss with a link that has no name."""

    def link(self, xp, o):
        return xp.expit(o)

    def value(self, xp, o, t):
        return xp.sum(xp.softplus(o) - t * o, axis=1)

    def gradient(self, xp, o, t):
        return xp.expit(o) - t


X = np.array([[0.5, -1.0], [1.5, 0.2]])
DOUBLED = {
    "sigmoid": (cp.Sigmoid(), cp.BinaryCrossEntropy(), [[0, 1], [1, 1]],
                r"ends in Sigmoid (sigmoid1), and BinaryCrossEntropy applies sigmoid to"),
    "own sigmoid": (OwnSigmoid(), cp.BinaryCrossEntropy(), [[0, 1], [1, 1]],
                    r"ends in OwnSigmoid (ownsigmoid1), and BinaryCrossEntropy applies sigmoid to"),
    "nameless": (cp.Sigmoid(), OwnLogistic(), [[0.0, 1.0], [1.0, 1.0]],
                 r"ends in Sigmoid (sigmoid1), and OwnLogistic applies its link to"),
    "softmax": (Softmax(), cp.CrossEntropy(), [0, 1],
                r"ends in Softmax (softmax1), and CrossEntropy applies softmax to"),
    "exp": (Exp(), cp.Poisson(), [[0, 1], [2, 1]],
            r"ends in Exp (exp1), and Poisson applies exp to"),
}  # fmt: skip


def explained(net, loss, params, t):
    cp.explain(net, loss, params, X, t, optimizer=cp.SGD(0.1))


def trained(net, loss, params, t):
    cp.train(net, loss, params, X, t, epochs=2, engine="numpy", restarts=2)


def checked(net, loss, params, t):
    cp.check_work(
        lambda params, x, t: {"dense1.dW": np.ones((2, 2))}, net, loss, params, X, t
    )  # fmt: skip


@pytest.mark.parametrize("call", [explained, trained, checked])
@pytest.mark.parametrize("name", DOUBLED)
@pytest.mark.one_in(3)
def test_a_link_that_is_applied_twice_is_said_once(name, call):
    last, loss, t, words = DOUBLED[name]
    net = cp.Chain(cp.Dense(2, 2), last)
    params = net.init(np.random.default_rng(0))
    with pytest.warns(UserWarning) as caught:
        call(net, loss, params, t)
    (warning,) = caught
    kind = type(last).__name__
    assert str(warning.message) == (
        f"the network {words} the network's output itself, so it is applied twice. Leave the "
        f"last {kind} out of the network"
    )
    assert warning.filename == __file__
    plain = cp.Chain(cp.Dense(2, 2))
    call(plain, loss, {"dense1": params["dense1"]}, t)  # a warning would be an error here


def test_the_last_layer_of_a_chain_in_a_chain_counts():
    net = cp.Chain(cp.Dense(2, 2), cp.Chain(cp.Dense(2, 1), cp.Sigmoid()))
    with pytest.warns(UserWarning, match=r"Sigmoid \(chain1.sigmoid1\)"):
        warn_of_doubled_link(net, cp.BinaryCrossEntropy())


ENDS = {
    **{layer.name: layer.make for layer in LAYERS},
    "a residual around a sigmoid": lambda width: cp.Residual(
        cp.Chain(cp.Dense(width, width), cp.Sigmoid())
    ),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("example", LOSSES, ids=lambda example: example.name)
def test_every_other_pair_of_layer_and_loss_is_left_in_peace(end, example):
    net = cp.Chain(cp.Dense(2, 3), ENDS[end](3))
    doubled = end == "Sigmoid" and isinstance(example.loss, cp.BinaryCrossEntropy)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_of_doubled_link(net, example.loss)
    assert len(caught) == doubled


def test_what_a_doubled_link_computes_is_still_computed():
    net = cp.Chain(cp.Dense(2, 1), cp.Sigmoid())
    rng = np.random.default_rng(0)
    params = random_like(net.init(rng), rng)
    with pytest.warns(UserWarning, match="applied twice"):
        step = cp.explain(net, cp.BinaryCrossEntropy(), params, X, [[0], [1]])
    np.testing.assert_allclose(step["p"], 1 / (1 + np.exp(-step["o"])))
    assert "sigmoid sigmoid" in step.title
