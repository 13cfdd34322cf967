"""Loss and gradient of all rows compiled: the same as read with NumPy, whoever does what part."""

import tracemalloc
import warnings

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

import clearprop as cp
from clearprop.definitions.parameters import Layout, leaves_of
from clearprop.engines import get_objective
from clearprop.engines.base import TrainingRows
from clearprop.engines.compiled import full_batch
from clearprop.engines.compiled.plan import NotLowered
from tests.engines.compiled.test_same_as_reference import LOSSES, NETWORKS
from tests.spies import Seen

TOLERANCE = {np.float64: 1e-12, np.float32: 1e-5}

CHANGING = [name for name in NETWORKS if "batch norm" in name or name.startswith("dropout")]


def _problem(make, dtype=np.float64, count=50, width=5, weighted=False, loss=None):
    network, rng = make(), np.random.default_rng(0)
    params = network.init(rng, dtype)
    x, t = rng.standard_normal((count, width)), rng.random((count, 3))
    weights = rng.uniform(0, 2, count).astype(dtype) if weighted else None
    if isinstance(loss, cp.CrossEntropy):
        t = t / t.sum(axis=1, keepdims=True)
    rows = TrainingRows.of(x.astype(dtype), t.astype(dtype), weights)
    return network, loss or cp.SquaredError(), Layout.of(params), rows, dtype


def _vector(problem):
    network, _, layout, _, dtype = problem
    return layout.pack(network.init(np.random.default_rng(1), dtype))


def assert_same_objective(*problem):
    vector, dtype = _vector(problem), problem[-1]
    theirs, ours = (get_objective(name, *problem) for name in ("numpy", "compiled"))
    for params in (vector, 2 * vector):
        value, gradient = theirs(params)
        mine, slopes = ours(params)
        assert mine == pytest.approx(value, rel=TOLERANCE[dtype])
        assert slopes.dtype == gradient.dtype == np.float64
        assert abs(slopes - gradient).max() <= TOLERANCE[dtype] * abs(gradient).max()


@pytest.fixture
def many_pieces(monkeypatch):
    """Divide the few rows of a test as many rows are divided."""
    monkeypatch.setattr(full_batch, "WORTH_A_PIECE", 10)
    monkeypatch.setattr(full_batch, "FEWEST_ROWS", 3)
    monkeypatch.setattr(full_batch, "BATCH_VALUES", 100)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", [name for name in NETWORKS if name not in CHANGING])
def test_every_layer(name, dtype):
    assert_same_objective(*_problem(NETWORKS[name], dtype))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@pytest.mark.parametrize("weighted", [False, True])
def test_every_loss(loss, weighted, dtype, many_pieces):
    make = NETWORKS["dense and Tanh()"]
    assert_same_objective(*_problem(make, dtype, weighted=weighted, loss=loss))


@pytest.mark.parametrize("form", [scipy.sparse.csr_array, scipy.sparse.csc_matrix])
def test_sparse_rows(form, many_pieces):
    network, loss, layout, rows, dtype = _problem(NETWORKS["dense and ReLU()"])
    sparse = TrainingRows.of(form(np.where(abs(rows.x) > 0.8, rows.x, 0)), rows.t, None)
    assert_same_objective(network, loss, layout, sparse, dtype)


@pytest.mark.usefixtures("many_pieces")
@settings(deadline=None, max_examples=40)
@given(count=st.integers(1, 200), in_one_call=st.integers(1, 100_000), batch=st.integers(1, 500))
def test_any_number_of_rows_in_any_parts(count, in_one_call, batch):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(full_batch, "MULTIPLICATIONS", in_one_call)
        patch.setattr(full_batch, "BATCH_VALUES", batch)
        assert_same_objective(*_problem(NETWORKS["layer norm"], count=count, weighted=True))


def test_several_threads_give_the_same_bits(monkeypatch, many_pieces):
    problem = _problem(NETWORKS["layer norm"], count=500)
    vector = _vector(problem)
    monkeypatch.setattr(full_batch, "allowed_threads", lambda: 1)
    value, gradient = get_objective("compiled", *problem)(vector)
    monkeypatch.setattr(full_batch, "allowed_threads", lambda: 3)
    objective = get_objective("compiled", *problem)
    for _ in range(20):
        mine, slopes = objective(vector)
        assert mine == value
        np.testing.assert_array_equal(slopes, gradient)


def test_no_temporary_grows_with_the_rows():
    def make():
        return cp.Chain(*[layer for _ in range(4) for layer in (cp.Dense(100, 100), cp.Tanh())],
                        cp.Dense(100, 3))  # fmt: skip

    problem = _problem(make, count=20_000, width=100)
    vector = _vector(problem)
    get_objective("compiled", *problem)(vector)  # compiled
    tracemalloc.start()
    get_objective("compiled", *problem)(vector)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    values_of_all_rows = 20_000 * 903 * 8
    gradients = full_batch.MOST_PIECES * vector.nbytes
    assert peak - gradients < values_of_all_rows / 10


@pytest.mark.parametrize("name", CHANGING)
def test_a_loss_that_changes_from_batch_to_batch_is_not_lowered(name):
    with pytest.raises(NotLowered, match="another function from batch to batch"):
        full_batch.CompiledObjective(*_problem(NETWORKS[name]))


def _fit(network, engine, loss=None, **options):
    rng = np.random.default_rng(0)
    x, t = rng.standard_normal((60, 5)), rng.random((60, 3))
    params = network.init(rng)
    return cp.train(
        network, loss or cp.SquaredError(), params, x, t, optimizer=cp.LBFGS(), epochs=8,
        engine=engine, **options,
    )  # fmt: skip


@pytest.mark.parametrize("loss", [cp.SquaredError(), cp.BinaryCrossEntropy()], ids=repr)
def test_the_same_iterations_from_both_engines(loss):
    network = NETWORKS["dense and GELU()"]()
    numpy, compiled = (_fit(network, name, loss, l2=0.01) for name in ("numpy", "auto"))
    np.testing.assert_allclose(compiled.history.loss, numpy.history.loss, rtol=1e-9)
    for (_, theirs), (_, ours) in zip(
        leaves_of(numpy.params), leaves_of(compiled.params), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-7)


def test_a_layer_of_ones_own_is_read_with_numpy_after_one_warning():
    network = cp.Chain(cp.Dense(5, 4), Seen(), cp.Dense(4, 3))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        auto = _fit(network, "auto")
    assert [str(one.message) for one in caught] == [
        "the compiled engine does not know seen1, a Seen: training with NumPy instead"
    ]
    assert auto.history.loss == _fit(network, "numpy").history.loss
    with pytest.raises(ValueError, match=r"does not know seen1, a Seen; use engine='numpy'"):
        _fit(network, "compiled")


def test_an_unknown_engine_is_refused():
    with pytest.raises(ValueError, match="engine must be among"):
        get_objective("fast", *_problem(NETWORKS["one dense layer"]))
