"""The JAX engine bound to the definitions: ten epochs of it are ten epochs read with NumPy."""

from dataclasses import dataclass, field

import numpy as np
import pytest
import scipy.sparse

import clearprop as cp
from tests import jax_reading  # noqa: F401 - compiles fast
from tests.engines.compiled.test_same_as_reference import (
    LOSSES,
    NETWORKS,
    OPTIMIZERS,
    assert_same_training,
)

TOLERANCE = {np.float64: 1e-12, np.float32: 1e-4}
"""Largest difference after ten epochs of four steps, relative to the array's largest value."""

DTYPES = pytest.mark.parametrize("dtype", [np.float64, np.float32])


def assert_same(make, loss, optimizer, dtype=np.float64, **options):
    options = {"epochs": 10, "engine": "jax", "tolerance": TOLERANCE, **options}
    assert_same_training(make, loss, optimizer, dtype, **options)


@DTYPES
@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.one_in(10)
def test_every_layer(name, dtype):
    assert_same(NETWORKS[name], cp.SquaredError(), cp.SGD(0.01, 0.9), dtype)


@DTYPES
@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.one_in(8)
def test_every_loss(loss, weighted, dtype):
    weights = np.random.default_rng(2).uniform(0, 2, 50) if weighted else None
    make = NETWORKS["dense and Tanh()"]
    assert_same(make, loss, cp.SGD(0.05), dtype, sample_weight=weights)


EXTRAS = [
    {"l2": 0.1, "clip_norm": 0.1},
    {"l2": cp.L2(2.0, per_row=True), "schedule": cp.Cosine()},
    {"clip_norm": 0.05, "shuffle": False},
    {},
]


@DTYPES
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
@pytest.mark.parametrize("extra", EXTRAS, ids=repr)
@pytest.mark.one_in(20)
def test_every_optimizer(optimizer, extra, dtype):
    make = NETWORKS["dense and Tanh()"]
    assert_same(make, cp.SquaredError(), optimizer, dtype, **extra)


@dataclass(frozen=True)
class Longest(cp.Optimizer):
    """An optimizer of the user's own, in which a parameter's step depends on all the others."""

    learning_rate: float = 0.1

    def init(self, params, penalised=None):
        return {"seen": 0, "last": np.zeros_like(params)}

    def update(self, xp, grads, state, params, rate):
        longest = xp.sqrt(xp.sum(grads * grads)) + 1e-3
        moved = params - rate * grads / longest - 0.01 * rate * state["last"]
        return moved, {"seen": state["seen"] + 1, "last": grads}


@dataclass(frozen=True)
class Softsign(cp.Activation):
    def value(self, xp, z):
        return z / (1.0 + xp.absolute(z))

    def slope(self, xp, z, a):
        return 1.0 / (1.0 + xp.absolute(z)) ** 2


@dataclass(frozen=True, eq=False)
class Scaled(cp.Layer):
    """A layer of the user's own that holds an array, so that it has no hash of its values."""

    factors: np.ndarray = field(default_factory=lambda: np.linspace(0.5, 1.5, 6))

    def forward(self, xp, params, x, given=None):
        return x * self.factors.astype(x.dtype) * params["scale"], x

    def pullback(self, xp, params, saved, dy):
        factors = self.factors.astype(dy.dtype)
        scale = xp.sum(dy * saved * factors, axis=0)
        return dy * factors * params["scale"], {"scale": scale}

    def init(self, rng, dtype=float):
        return {"scale": np.ones(6, dtype)}


@DTYPES
@pytest.mark.parametrize("l2", [0.0, 0.1])
@pytest.mark.one_in(2)
def test_parts_of_the_users_own(dtype, l2):
    def make():
        return cp.Chain(cp.Dense(5, 6), Softsign(), Scaled(), cp.Dense(6, 3))

    assert_same(make, cp.SquaredError(), Longest(), dtype, l2=l2, clip_norm=0.5)


def test_sparse_rows():
    rng = np.random.default_rng(0)
    x = scipy.sparse.csr_array(rng.standard_normal((50, 5)) * (rng.random((50, 5)) < 0.3))
    assert_same(NETWORKS["dense and ReLU()"], cp.SquaredError(), cp.Adam(0.01), x=x)


@pytest.mark.parametrize("rows, batch_size", [(1, 1), (1, 5), (7, 3), (12, 4), (40, 40), (3, 50)])
@pytest.mark.one_in(3)
def test_any_number_of_rows(rows, batch_size):
    rng = np.random.default_rng(rows)
    x, t = rng.standard_normal((rows, 5)), rng.random((rows, 3))
    make = NETWORKS["dense and Tanh()"]
    assert_same(make, cp.SquaredError(), cp.SGD(0.1), x=x, t=t, batch_size=batch_size)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@pytest.mark.one_in(8)
def test_raw_outputs_of_ten_thousand(loss, dtype):
    network = cp.Dense(2, 3, bias=False)
    params = {"W": np.array([[1e4, -1e4, 0.0], [-1e4, 1e4, 1e4]], dtype)}
    x, t = np.eye(2), np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    numpy, ours = (
        cp.train(network, loss, params, x, t, engine=engine, epochs=1, optimizer=cp.SGD(1e-3))
        for engine in ("numpy", "jax")
    )
    assert numpy.reason == ours.reason
    if numpy.reason == "epochs":
        np.testing.assert_allclose(numpy.history.loss, ours.history.loss, rtol=1e-6)
        np.testing.assert_allclose(numpy.params["W"], ours.params["W"], rtol=1e-6)
    else:
        assert isinstance(loss, cp.Poisson)
