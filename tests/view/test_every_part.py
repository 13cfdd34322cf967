"""Every layer, loss, optimizer and shape of step has a page that works."""

import warnings

import numpy as np
import pytest

import clearprop as cp
from clearprop import view

RNG = np.random.default_rng(0)
ACTIVATIONS = ["Identity", "Tanh", "Sigmoid", "ReLU", "LeakyReLU", "ELU", "SELU", "GELU", "SiLU"]
ACTIVATIONS += ["Mish", "Softplus"]


def stepped(net, loss, x, t, optimizer=None, dtype=np.float64, **settings):
    params = {
        layer: {name: np.asarray(value, dtype) for name, value in branch.items()}
        for layer, branch in net.init(np.random.default_rng(1)).items()
    }
    x, t = np.asarray(x, dtype), np.asarray(t, dtype)
    return cp.explain(net, loss, params, x, t, optimizer=optimizer, **settings)


def with_activation(name):
    net = cp.Chain(cp.Dense(3, 4), getattr(cp, name)(), cp.Dense(4, 2))
    return stepped(net, cp.SquaredError(), RNG.normal(size=(3, 3)), RNG.normal(size=(3, 2)))


def with_loss(loss, t):
    net = cp.Chain(cp.Dense(3, 4), cp.Tanh(), cp.Dense(4, t.shape[1]))
    return stepped(net, loss, RNG.normal(size=(3, 3)), t, cp.SGD(0.1))


def with_optimizer(optimizer):
    net = cp.Chain(cp.Dense(3, 4), cp.Tanh(), cp.Dense(4, 2))
    x, t = RNG.normal(size=(3, 3)), RNG.normal(size=(3, 2))
    return stepped(net, cp.SquaredError(), x, t, optimizer)


def diverged():
    net = cp.Chain(cp.Dense(3, 4), cp.ReLU(), cp.Dense(4, 2))
    x = np.array([[1e200, 1.0, 2.0]])
    return stepped(net, cp.SquaredError(), x, [[0.0, 1.0]], cp.SGD(1e200))


def deep():
    layers = [part for _ in range(9) for part in (cp.Dense(3, 3), cp.Tanh())]
    x, t = RNG.normal(size=(2, 3)), RNG.normal(size=(2, 3))
    return stepped(cp.Chain(*layers), cp.SquaredError(), x, t, cp.SGD(0.1))


def many_rows():
    net = cp.Chain(cp.Dense(3, 4), cp.Tanh(), cp.Dense(4, 1))
    x, t = RNG.normal(size=(200, 3)), RNG.normal(size=(200, 1))
    return stepped(net, cp.SquaredError(), x, t, cp.Adam(0.1))


ONE = RNG.random((3, 1))
MAKERS = {
    **{name: (lambda name=name: with_activation(name)) for name in ACTIVATIONS},
    "binary": lambda: with_loss(cp.BinaryCrossEntropy(), (ONE > 0.5).astype(float)),
    "poisson": lambda: with_loss(cp.Poisson(), np.round(5 * ONE)),
    "huber": lambda: with_loss(cp.Huber(), ONE),
    "absolute": lambda: with_loss(cp.AbsoluteError(), ONE),
    "quantile": lambda: with_loss(cp.Quantile(0.9), ONE),
    "momentum": lambda: with_optimizer(cp.SGD(0.1, momentum=0.9, nesterov=True)),
    "adamw": lambda: with_optimizer(cp.AdamW(0.1)),
    "rmsprop": lambda: with_optimizer(cp.RMSProp(0.1)),
    "dense alone": lambda: stepped(cp.Chain(cp.Dense(1, 1)), cp.SquaredError(), [[2.0]], [[1.0]]),
    "float32": lambda: stepped(
        cp.Chain(cp.Dense(3, 70), cp.Tanh(), cp.Dense(70, 1)), cp.SquaredError(),
        RNG.normal(size=(2, 3)), ONE[:2], cp.Adam(0.1), np.float32,
    ),
    "deep": deep,
    "many rows": many_rows,
    "diverged": diverged,
}  # fmt: skip


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.one_in(3)
def test_every_part_has_a_page(opened, name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        made = MAKERS[name]().to_dict()
    assert len(view.to_html(made)) < 400_000
    page = opened(made)
    # The lines of the calculation, at every moment, under every lens.
    lines = page.evaluate(
        """() => [null, 'weights', 'error signals', 'gradients'].flatMap((lens) => {
          const { app } = clearprop;
          app.chooseLens(lens);
          return app.moments.map((_, moment) => {
            app.go(moment);
            return document.querySelectorAll('.worked .relation').length;
          });
        })"""
    )
    assert len(lines) > 20
    assert min(lines) >= 1


def test_float32_numbers_are_those_of_float32(opened):
    step = MAKERS["float32"]()
    page = opened(step.to_dict(), "#dense1.y&at=dense1.W[0,0]")
    full = page.locator(".result").get_attribute("data-exact")
    assert full.replace("−", "-") == str(np.asarray(step["dense1.W"])[0, 0])
