"""Steps to show in a browser."""

from functools import cache

import numpy as np
import pytest

import clearprop as cp
from clearprop import view
from clearprop.definitions.noise import Noise
from tests.browser import opening


@pytest.fixture
def opened(browser, tmp_path):
    """Open a step given as data as a page from disk; afterwards nothing may have gone wrong."""
    with opening(browser, tmp_path, view.save_html) as open_:
        yield open_


@pytest.fixture
def opened_alone(browser, tmp_path):
    """The same in pages of its own: for a test that changes the page's clock or its colours."""
    with opening(browser, tmp_path, view.save_html, shared=False) as open_:
        yield open_


@cache
def small():
    net = cp.Chain(cp.Dense(2, 3), cp.Sigmoid(), cp.Dense(3, 1), cp.Sigmoid())
    params = net.init(np.random.default_rng(3))
    return cp.explain(net, cp.SquaredError(), params, [[0.5, -1.0]], [[1.0]], optimizer=cp.SGD(0.5))


@cache
def classes():
    rng = np.random.default_rng(0)
    net = cp.Chain(cp.Dense(4, 6), cp.Tanh(), cp.Dense(6, 3))
    params, x = net.init(rng), rng.normal(size=(5, 4))
    t = np.eye(3)[rng.integers(0, 3, 5)]
    return cp.explain(
        net,
        cp.CrossEntropy(),
        params,
        x,
        t,
        optimizer=cp.Adam(0.01),
        l2=0.1,
        clip_norm=0.5,
        sample_weight=[1.0, 2.0, 0.5, 1.0, 3.0],
    )


@cache
def varied():
    rng = np.random.default_rng(1)
    inner = cp.Chain(cp.Dense(5, 5), cp.GELU())
    net = cp.Chain(
        cp.Dense(3, 5),
        cp.LayerNorm(5),
        cp.ReLU(),
        cp.Residual(inner),
        cp.Dropout(0.3),
        cp.Dense(5, 2),
    )
    params, x = net.init(rng), rng.normal(size=(4, 3))
    given = net.draw(Noise(0), 4, 3, np.float64)
    return cp.explain(
        net,
        cp.SquaredError(),
        params,
        x,
        rng.normal(size=(4, 2)),
        optimizer=cp.SGD(0.1),
        given=given,
    )


@cache
def large():
    rng = np.random.default_rng(2)
    net = cp.Chain(cp.Dense(784, 512), cp.ReLU(), cp.Dense(512, 512), cp.ReLU(), cp.Dense(512, 10))
    params = net.init(rng)
    x = rng.random((4, 784)) * (rng.random((4, 784)) > 0.7)
    t = np.eye(10)[[1, 2, 3, 7]]
    return cp.explain(net, cp.CrossEntropy(), params, x, t, optimizer=cp.Adam(1e-3))


STEPS = {"small": small, "classes": classes, "varied": varied}


@pytest.fixture(scope="session", params=STEPS)
def step(request):
    return STEPS[request.param]()


@pytest.fixture(scope="session")
def large_step():
    return large()


@pytest.fixture(scope="session")
def digits_step():
    """A step on images, with names of classes."""
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    rng = np.random.default_rng(0)
    net = cp.Chain(cp.Dense(64, 16), cp.Tanh(), cp.Dense(16, 10))
    made = cp.explain(
        net, cp.CrossEntropy(), net.init(rng), X[:6] / 16, np.eye(10)[y[:6]], optimizer=cp.SGD(0.1)
    ).to_dict()
    made["inputs"]["image"] = [8, 8]
    made["outputs"]["names"] = [str(digit) for digit in range(10)]
    return made
