"""Compiled prediction is the definitions', batch by batch, in little memory."""

import tracemalloc

import numpy as np
import pytest
import scipy.sparse

import clearprop as cp
from clearprop.definitions.parameters import Layout
from clearprop.engines import get_engine
from clearprop.engines.base import TrainingState
from clearprop.engines.by_size import BySize
from clearprop.engines.compiled import prediction
from clearprop.engines.compiled.plan import lower
from clearprop.engines.compiled.prediction import predicted, reusing_buffers
from tests.engines.compiled.test_engine import Cube
from tests.engines.compiled.test_same_as_reference import NETWORKS

TOLERANCE = {np.float64: 1e-12, np.float32: 1e-5}


def _trained(network, dtype=np.float64):
    """Return parameters and running averages that are no longer the first."""
    rng = np.random.default_rng(0)
    x, t = rng.standard_normal((60, 5)), rng.standard_normal((60, 3))
    params = network.init(rng, dtype)
    result = cp.train(network, cp.SquaredError(), params, x, t, epochs=2, engine="numpy", seed=0)
    return result.params, result.state


def assert_same_outputs(network, params, state, x, batch_size=4096):
    theirs = get_engine("numpy").outputs(network, params, state, x, batch_size)
    ours = predicted(network, params, state, x, batch_size)
    assert ours.dtype == theirs.dtype
    assert ours.shape == theirs.shape
    tolerance = TOLERANCE[ours.dtype.type] * max(1, abs(theirs).max())
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", NETWORKS)
def test_every_layer(name, dtype):
    network = NETWORKS[name]()
    params, state = _trained(network, dtype)
    x = np.random.default_rng(1).standard_normal((50, 5)).astype(dtype)
    assert_same_outputs(network, params, state, x)
    assert_same_outputs(network, params, state, x[:1])
    assert_same_outputs(network, params, state, x, batch_size=7)
    assert_same_outputs(network, params, state, np.asfortranarray(x)[::2], batch_size=7)


@pytest.mark.parametrize("form", [scipy.sparse.csr_array, scipy.sparse.csr_matrix])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_sparse_rows(form, dtype):
    network = NETWORKS["dense and ReLU()"]()
    params, state = _trained(network, dtype)
    x = np.random.default_rng(1).standard_normal((50, 5))
    x = form(np.where(abs(x) > 0.8, x, 0).astype(dtype))
    assert_same_outputs(network, params, state, x, batch_size=7)


@pytest.mark.parametrize(
    ("of_rows", "of_weights"), [(np.float32, np.float64), (np.float64, np.float32)]
)
def test_rows_of_another_dtype_than_the_weights(of_rows, of_weights):
    network = NETWORKS["dense and Tanh()"]()
    params, state = _trained(network, of_weights)
    x = np.random.default_rng(1).standard_normal((50, 5)).astype(of_rows)
    assert_same_outputs(network, params, state, x)


def test_several_threads_give_the_same_bits(monkeypatch):
    network = NETWORKS["layer norm"]()
    params, state = _trained(network)
    x = np.random.default_rng(1).standard_normal((500, 5))
    one = predicted(network, params, state, x, 16)
    monkeypatch.setattr(prediction, "WORTH_SHARING", 0)
    monkeypatch.setattr(prediction, "allowed_threads", lambda: 3)
    for _ in range(20):
        np.testing.assert_array_equal(predicted(network, params, state, x, 16), one)


def test_no_temporary_larger_than_three_batches():
    network = cp.Chain(*[layer for _ in range(6) for layer in (cp.Dense(200, 200), cp.GELU())])
    params = network.init(np.random.default_rng(0))
    x = np.random.default_rng(1).standard_normal((20_000, 200))
    predicted(network, params, None, x[:10], 4096)  # compiled
    tracemalloc.start()
    outputs = predicted(network, params, None, x, 4096)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    batch = 4096 * 200 * 8
    assert peak - outputs.nbytes < 3 * batch


@pytest.mark.parametrize(
    ("name", "buffers"),
    [("dense and ReLU()", 2), ("dense and GELU()", 3), ("residual", 3), ("chains in chains", 2)],
)
def test_buffers_are_used_again(name, buffers):
    network = NETWORKS[name]()
    layout = Layout.of(network.init(np.random.default_rng(0)))
    plan = reusing_buffers(lower(network, None, layout, 5))
    assert plan.width == buffers * plan.widest


def test_a_layer_of_ones_own_is_read_with_numpy():
    network = cp.Chain(cp.Dense(5, 4), Cube(), cp.Dense(4, 3))
    params = network.init(np.random.default_rng(0))
    x = np.random.default_rng(1).standard_normal((50, 5))
    theirs, ours = (
        get_engine(name).outputs(network, params, None, x) for name in ("numpy", "compiled")
    )
    np.testing.assert_array_equal(ours, theirs)


def test_auto_predicts_many_rows_with_kernels_and_few_without(monkeypatch):
    network = NETWORKS["dense and ReLU()"]()
    params, state = _trained(network)
    x = np.random.default_rng(1).standard_normal((50, 5))
    used = []
    monkeypatch.setattr(
        "clearprop.engines.compiled.engine.predicted",
        lambda *args: used.append("kernels") or predicted(*args),
    )
    engine = get_engine("auto")
    assert isinstance(engine, BySize)
    few = engine.outputs(network, params, state, x)
    assert used == []
    monkeypatch.setattr("clearprop.engines.by_size.WORTH_LOADING", 50)
    many = engine.outputs(network, params, state, x)
    assert used == ["kernels"]
    np.testing.assert_allclose(many, few, rtol=0, atol=1e-13)


@pytest.mark.parametrize("engine", ["compiled", "numpy"])
@pytest.mark.parametrize("name", ["tanh", "batchnorm"])
def test_outputs_of_each_epoch_are_those_of_its_own_parameters(engine, name):
    network = {
        "tanh": cp.Chain(cp.Dense(5, 8), cp.Tanh(), cp.Dense(8, 3)),
        "batchnorm": cp.Chain(cp.Dense(5, 8), cp.BatchNorm(8), cp.Dense(8, 3)),
    }[name]
    layout = Layout.of(network.init(np.random.default_rng(0)))
    x = np.random.default_rng(1).standard_normal((9, 5))
    answer = get_engine(engine).outputs_each_epoch(network, layout, x)
    params, state = _trained(network)
    for factor in (1.0, 2.0):
        position = TrainingState(factor * layout.pack(params), {}, state)
        theirs = get_engine("numpy").outputs(network, layout.unpack(position.params), state, x)
        np.testing.assert_allclose(answer(position), theirs, rtol=0, atol=1e-12)


def test_a_layer_of_the_users_own_is_predicted_by_its_definition_each_epoch():
    network = cp.Chain(cp.Dense(5, 8), Cube(), cp.Dense(8, 3))
    layout = Layout.of(network.init(np.random.default_rng(0)))
    x, vector = np.ones((2, 5)), np.linspace(-1, 1, layout.size)
    position = TrainingState(vector, {}, None)
    ours = get_engine("compiled").outputs_each_epoch(network, layout, x)(position)
    theirs = get_engine("numpy").outputs(network, layout.unpack(vector), None, x)
    np.testing.assert_array_equal(ours, theirs)
