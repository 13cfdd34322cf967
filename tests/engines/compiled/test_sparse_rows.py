"""Products with rows that are sparse about a common value, and when rows are taken for such."""

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

import clearprop as cp
from clearprop.definitions.parameters import Layout, leaves_of
from clearprop.engines.base import TrainingRows
from clearprop.engines.compiled.compiling import make_sure_compiled
from clearprop.engines.compiled.kernels import sparse as kernels
from clearprop.engines.compiled.plan import lower
from clearprop.engines.compiled.sparse_form import (
    common_values,
    may_be_sparse,
    most_numbers,
    sparse_about_common,
)
from clearprop.engines.compiled.tables import _read_only, data_of, sparse_room
from clearprop.training.train import train

TOLERANCE = {np.float64: 1e-12, np.float32: 1e-4}
UNITS = (1, 3, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100, 127, 128, 129, 200, 300)


def _rows(rng, rows, width, density, common, dtype):
    x = np.where(rng.random((rows, width)) < density, rng.normal(size=(rows, width)), 0.0)
    return (x + common).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float64, pytest.param(np.float32, marks=pytest.mark.slow)])
@settings(max_examples=25)
@given(
    seed=st.integers(0, 10_000),
    units=st.sampled_from(UNITS),
    density=st.sampled_from([0.0, 0.01, 0.1, 0.3, 0.6, 1.0]),
    about=st.sampled_from(["zero", "one column", "every column"]),
)
def test_products_are_those_of_dense_rows(dtype, seed, units, density, about):
    rng = np.random.default_rng(seed)
    rows, width = int(rng.integers(1, 40)), int(rng.integers(1, 50))
    common = rng.normal(size=width) * (rng.random(width) < 0.9)
    common *= {"zero": 0.0, "one column": np.arange(width) == 0, "every column": 1.0}[about]
    x = _rows(rng, rows, width, density, common, dtype)
    data = _about(x, common.astype(dtype))
    batch = rng.permutation(rows)[: int(rng.integers(1, rows + 1))]
    room = sparse_room(data, len(batch), max(units, width))
    W = rng.normal(size=(width, units)).astype(dtype)
    d = rng.normal(size=(len(batch), units)).astype(dtype)
    z, dW = np.full((len(batch), units), np.nan, dtype), np.full((width, units), np.nan, dtype)
    row = np.zeros((1, units), dtype)
    if data.common.size:
        row[:] = np.nan
        kernels.common_times_dense(data, W, np.zeros(units, dtype), row)
    kernels.sparse_times_dense(data, batch, W, row[0], z)
    kernels.sparse_transposed_times_dense(data, batch, d, d.sum(axis=0), room, dW)
    exact = x[batch].astype(np.float64)
    for ours, right in ((z, exact @ W.astype(float)), (dW, exact.T @ d.astype(float))):
        np.testing.assert_allclose(ours, right, rtol=0, atol=TOLERANCE[dtype] * 50)


def _about(x, common):
    """Return the rows about any common values, however dense they are."""
    differences = scipy.sparse.csr_array(x - common)
    data = data_of(TrainingRows(differences, np.zeros((len(x), 1), x.dtype)), x.dtype)
    places = np.flatnonzero(common)
    return data._replace(
        common=_read_only(common if len(places) else common[:0], x.dtype),
        common_values=_read_only(common[places], x.dtype),
        common_columns=_read_only(places, np.int32),
    )


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), density=st.sampled_from([0.0, 0.02, 0.2, 0.29]))
def test_sparse_form_is_the_rows(dtype, seed, density):
    rng = np.random.default_rng(seed)
    rows, width = int(rng.integers(20, 600)), int(rng.integers(1, 30))
    x = _rows(rng, rows, width, density, rng.integers(-2, 3, width) / 4, dtype)
    found = _form(x)
    if found is None:  # by chance denser than its expectation
        assert density > 0.1
        return
    s = scipy.sparse.csr_array((found.values, found.columns, found.starts), shape=x.shape)
    common = found.common if found.common.size else np.zeros(width)
    np.testing.assert_allclose(s.toarray() + common, x, rtol=1e-6, atol=1e-6)
    assert np.count_nonzero(found.values) == len(found.values)


def _form(x):
    make_sure_compiled(x.dtype)
    return sparse_about_common(_read_only(x, x.dtype))


def test_common_values_are_the_most_frequent():
    column = np.array([5.0] * 3 + [-1.0] * 4 + [2.0])
    common, density = common_values(np.stack([column, np.arange(8.0)], axis=1))
    assert common[0] == -1.0
    assert density == 1 - (4 + 1) / 16


def test_dense_rows_stay_dense():
    rng = np.random.default_rng(0)
    assert _form(rng.normal(size=(300, 20))) is None
    assert _form(np.zeros((0, 20))) is None
    # The first rows, of which the sample is, are sparse; the others are not.
    late = rng.normal(size=(511, 20))
    late[:256] = 0
    assert _form(late) is None


def test_no_numbers_of_a_sparse_row_are_too_many_for_the_room():
    starts = np.cumsum([0, 3, 0, 5, 1])
    assert [most_numbers(starts, k) for k in (1, 2, 9)] == [5, 8, 9]
    assert most_numbers(np.array([0]), 3) == 0


@pytest.mark.parametrize(
    ("network", "width", "may"),
    [
        (cp.Chain(cp.Dense(128, 16), cp.Tanh(), cp.Dense(16, 2)), 128, True),
        (cp.Chain(cp.Dense(200, 15), cp.Tanh(), cp.Dense(15, 2)), 200, False),
        (cp.Chain(cp.Dense(127, 16), cp.Dense(16, 2)), 127, False),
        (cp.Chain(cp.LayerNorm(128), cp.Dense(128, 64)), 128, False),
        (cp.Chain(cp.Dropout(0.1), cp.Dense(128, 64)), 128, False),
        (cp.Residual(cp.Dense(128, 128)), 128, False),
    ],
)
def test_rows_may_be_sparse_only_before_one_large_dense_layer(network, width, may):
    layout = Layout.of(network.init(np.random.default_rng(0)))
    assert may_be_sparse(lower(network, None, layout, width)) is may


NETWORKS = {
    "relu": lambda: cp.Chain(cp.Dense(40, 130), cp.ReLU(), cp.Dense(130, 3)),
    "no bias": lambda: cp.Chain(cp.Dense(40, 64, bias=False), cp.BatchNorm(64), cp.Dense(64, 3)),
}


@pytest.fixture
def forms(monkeypatch):
    """The sparse forms that were made."""
    made = []

    def spied(x):
        made.append(sparse_about_common(x))
        return made[-1]

    monkeypatch.setattr("clearprop.engines.compiled.tables.sparse_about_common", spied)
    return made


def _training(make, dtype, x, engine, **options):
    rng = np.random.default_rng(1)
    network, t = make(), rng.random((len(x), 3))
    options = {"epochs": 3, "batch_size": 16, "optimizer": cp.Adam(0.01), "seed": 0, **options}
    params = network.init(rng, dtype)
    return train(network, cp.SquaredError(), params, x, t, engine=engine, **options)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("common", [0.0, -0.4])
@pytest.mark.parametrize("name", NETWORKS)
def test_training_on_mostly_common_numbers_is_the_reference(name, common, dtype, forms):
    x = _rows(np.random.default_rng(0), 90, 40, 0.2, common, dtype)
    ours = _training(NETWORKS[name], dtype, x, "compiled")
    assert [one is not None and one.common.size for one in forms] == [40 if common else 0]
    theirs = _training(NETWORKS[name], dtype, x, "numpy")
    tolerance = {np.float64: 1e-12, np.float32: 1e-4}[dtype]
    np.testing.assert_allclose(ours.history.loss, theirs.history.loss, rtol=tolerance)
    for (path, a), (_, b) in zip(leaves_of(ours.params), leaves_of(theirs.params), strict=True):
        assert abs(a - b).max() <= 10 * tolerance * max(1, abs(b).max()), path


def test_lbfgs_uses_the_sparse_form_too(forms):
    x = _rows(np.random.default_rng(0), 200, 40, 0.2, 1.5, np.float64)
    ours, theirs = (
        _training(
            lambda: cp.Chain(cp.Dense(40, 64), cp.Tanh(), cp.Dense(64, 3)), np.float64, x, engine,
            optimizer=cp.LBFGS(), epochs=5,
        )
        for engine in ("compiled", "numpy")
    )  # fmt: skip
    assert len(forms) == 1
    assert forms[0].common.size == 40
    np.testing.assert_allclose(ours.history.loss, theirs.history.loss, rtol=1e-9)


def test_the_same_fit_has_the_same_bits():
    x = _rows(np.random.default_rng(0), 200, 40, 0.2, 1.5, np.float32)
    runs = [_training(NETWORKS["relu"], np.float32, x, "compiled") for _ in range(20)]
    for run in runs[1:]:
        for (_, a), (_, b) in zip(leaves_of(runs[0].params), leaves_of(run.params), strict=True):
            assert np.array_equal(a, b)


def test_a_number_that_is_not_finite_ends_training_as_before(forms):
    x = _rows(np.random.default_rng(0), 90, 40, 0.2, 0.0, np.float64)
    runs = [
        _training(NETWORKS["relu"], np.float64, x, engine, optimizer=cp.SGD(1e200))
        for engine in ("compiled", "numpy")
    ]
    assert forms[0] is not None
    assert [run.reason for run in runs] == ["not finite"] * 2
    assert str(runs[0].failure) == str(runs[1].failure)
