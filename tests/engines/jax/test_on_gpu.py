"""The JAX engine on a GPU beside the NumPy engine.

Other test modules keep JAX on the CPU, so these run by themselves: ``make test-gpu``.
"""

import numpy as np
import pytest

import clearprop as cp
from clearprop.definitions.parameters import leaves_of
from clearprop.engines import get_engine

jax = pytest.importorskip("jax", reason="JAX is not installed: pip install clearprop[jax]")

pytestmark = pytest.mark.gpu

TOLERANCE = {np.float64: 1e-10, np.float32: 1e-4}
"""Largest difference after five epochs of four steps, relative to the array's largest value."""

ROUNDED = 0.05
"""The same where the factors of products have the 8 bits of bfloat16."""


@pytest.fixture(autouse=True)
def gpu():
    """Skip where JAX has no GPU."""
    there = jax.default_backend()
    if there != "gpu":
        pytest.skip(
            f"JAX has no GPU in this process, it runs on {there}: make test-gpu where it has"
        )


def task(dtype, width=5):
    rng = np.random.default_rng(0)
    x, t = rng.standard_normal((50, width)), rng.random((50, 3))
    net = cp.Chain(
        cp.Dense(width, 32), cp.LayerNorm(32), cp.Tanh(), cp.Dropout(0.2), cp.Dense(32, 3)
    )
    return net, net.init(np.random.default_rng(1), dtype), x, t


def trained(dtype, engine, width=5):
    net, params, x, t = task(dtype, width)
    how = {"epochs": 5, "batch_size": 15, "seed": 3, "optimizer": cp.Adam(0.01)}
    return cp.train(net, cp.SquaredError(), params, x, t, engine=engine, **how)


def off(ours, theirs):
    """Return the largest difference of two networks, by the largest number of each array."""
    pairs = zip(leaves_of(ours.params), leaves_of(theirs.params), strict=True)
    return max(abs(a - b).max() / max(abs(b).max(), 1) for (_, a), (_, b) in pairs)


@pytest.mark.parametrize("devices", [None, 1])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_epochs_are_those_of_numpy(dtype, devices):
    """As exact as the numbers: by its own default JAX would round the factors of products."""
    ours, theirs = trained(dtype, cp.Jax(devices=devices)), trained(dtype, "numpy")
    np.testing.assert_allclose(ours.history.loss, theirs.history.loss, rtol=TOLERANCE[dtype])
    assert off(ours, theirs) <= TOLERANCE[dtype]
    assert "cpu" not in ours.engine_report[0].lower()


def test_products_of_bfloat16_are_rounded_and_near():
    exact = trained(np.float32, "jax", width=300)
    rounded = trained(np.float32, cp.Jax(products="bfloat16"), width=300)
    assert TOLERANCE[np.float32] < off(rounded, exact) < ROUNDED
    np.testing.assert_allclose(rounded.history.loss, exact.history.loss, rtol=ROUNDED)


def test_many_rows_are_predicted_as_by_numpy():
    net, params, _, _ = task(np.float32)
    x = np.random.default_rng(2).standard_normal((500_000, 5)).astype(np.float32)
    ours, theirs = (get_engine(one).outputs(net, params, None, x) for one in ("jax", "numpy"))
    assert abs(ours - theirs).max() <= 1e-5 * abs(theirs).max()


def test_a_step_opened_is_the_step_that_the_gpu_made():
    net = cp.Chain(cp.Dense(5, 4), cp.Tanh(), cp.Dense(4, 3))
    params = net.init(np.random.default_rng(1))
    _, _, x, t = task(np.float64)
    rows, made = (x[:6], t[:6]), cp.SGD(0.1)
    step = cp.explain(net, cp.SquaredError(), params, *rows, optimizer=made)
    how = {"epochs": 1, "batch_size": 6, "seed": 0, "optimizer": made, "engine": "jax"}
    after = cp.train(net, cp.SquaredError(), params, *rows, **how).params
    for layer in ("dense1", "dense2"):
        moved = (params[layer]["W"] - after[layer]["W"]) / 0.1
        np.testing.assert_allclose(moved, step[f"{layer}.dW"], rtol=1e-9, atol=1e-12)
