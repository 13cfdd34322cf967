"""Products that leave out zeros, and about which values rows are taken."""

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

import clearprop as cp
from clearprop.definitions.parameters import Layout, leaves_of
from clearprop.engines import get_engine
from clearprop.engines.base import TrainingRows
from clearprop.engines.compiled import codes as c
from clearprop.engines.compiled.kernels import masks as masked
from clearprop.engines.compiled.kernels import sparse as kernels
from clearprop.engines.compiled.kernels.vectors import VECTOR_BYTES, VECTORS
from clearprop.engines.compiled.plan import lower
from clearprop.engines.compiled.rooms import aligned, mask_room
from clearprop.engines.compiled.sparse_form import (
    common_of,
    common_values,
    may_have_common,
    most_numbers,
)
from clearprop.engines.compiled.tables import data_of, sparse_room
from clearprop.training.train import train

TOLERANCE = {np.float64: 1e-12, np.float32: 1e-4}
UNITS = (1, 3, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100, 127, 128, 129, 200, 300)


def _rows(rng, rows, width, density, common, dtype):
    x = np.where(rng.random((rows, width)) < density, rng.normal(size=(rows, width)), 0.0)
    return (x + common).astype(dtype)


DTYPES = [np.float64, pytest.param(np.float32, marks=pytest.mark.slow)]
DENSITIES = [0.0, 0.01, 0.1, 0.3, 0.6, 1.0]


@pytest.mark.parametrize("dtype", DTYPES)
@settings(max_examples=25)
@given(
    seed=st.integers(0, 10_000),
    units=st.sampled_from(UNITS),
    density=st.sampled_from(DENSITIES),
)
def test_products_of_sparse_rows_are_those_of_dense_ones(dtype, seed, units, density):
    rng = np.random.default_rng(seed)
    rows, width = int(rng.integers(1, 40)), int(rng.integers(1, 50))
    x = _rows(rng, rows, width, density, 0.0, dtype)
    sparse = scipy.sparse.csr_array(x)
    data = data_of(TrainingRows(sparse, np.zeros((rows, 1), dtype)), dtype)
    batch = rng.permutation(rows)[: int(rng.integers(1, rows + 1))]
    room = sparse_room(data, len(batch))
    W = rng.normal(size=(width, units)).astype(dtype)
    d = rng.normal(size=(len(batch), units)).astype(dtype)
    z, dW = np.full((len(batch), units), np.nan, dtype), np.full((width, units), np.nan, dtype)
    kernels.sparse_times_dense(data, batch, W, z)
    kernels.sparse_transposed_times_dense(data, batch, d, room, dW)
    exact = x[batch].astype(np.float64)
    _agree(z, exact @ W.astype(float), dtype)
    _agree(dW, exact.T @ d.astype(float), dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@settings(max_examples=40)
@given(
    seed=st.integers(0, 10_000),
    units=st.sampled_from([units for units in UNITS if units >= 16]),
    density=st.sampled_from(DENSITIES),
)
def test_products_by_masks_are_those_of_dense_rows(dtype, seed, units, density):
    rng = np.random.default_rng(seed)
    rows, width = int(rng.integers(1, 150)), int(rng.integers(1, 150))
    x = _rows(rng, rows, width, density, 0.0, dtype)
    W, offset = rng.normal(size=(width, units)), rng.normal(size=units)
    exact = x.astype(float)
    _agree(_by_rows(x, W, False, offset), exact @ W + offset, dtype)
    _agree(_by_rows(x, W.T, True, offset), exact @ W + offset, dtype)
    d, scales = rng.normal(size=(rows, units)), rng.normal(size=width)
    right = exact.T @ d + np.outer(scales, offset)
    _agree(_by_columns(x, d, offset, scales), right, dtype)


def _agree(ours, right, dtype):
    np.testing.assert_allclose(ours, right, rtol=0, atol=TOLERANCE[dtype] * 50)


def _by_rows(x, table, transposed, offset):
    (rows, width), dtype = x.shape, x.dtype
    masks = np.full((-(-width // masked.GROUP), rows), 7, np.uint64)
    masked.mask_rows(x, masks)
    z = np.full((rows, len(offset)), np.nan, dtype)
    masked.masked_product(
        x, rows, width, width, 1, masks, np.ascontiguousarray(table, dtype), transposed,
        offset.astype(dtype), np.empty(0, dtype), _panel(dtype), z,
    )  # fmt: skip
    return z


def _by_columns(x, d, offset, scales):
    (rows, width), dtype = x.shape, x.dtype
    masks = np.full((-(-rows // masked.GROUP), width), 7, np.uint64)
    masked.mask_columns(x, masks)
    dW = np.full((width, d.shape[1]), np.nan, dtype)
    masked.masked_product(
        x, width, rows, 1, width, masks, d.astype(dtype), False, offset.astype(dtype),
        scales.astype(dtype), _panel(dtype), dW,
    )  # fmt: skip
    return dW


def _panel(dtype):
    panel = aligned((1, masked.GROUP * VECTORS * VECTOR_BYTES // np.dtype(dtype).itemsize), dtype)
    panel[:] = np.nan
    return panel


def test_a_number_that_is_not_one_is_not_left_out():
    x = np.zeros((1, 70))
    x[0, 65] = np.nan
    assert np.isnan(_by_rows(x, np.ones((70, 20)), False, np.zeros(20))).all()


@pytest.mark.parametrize(
    ("density", "rows", "units", "many"),
    [
        (0.65, 64, 32, True),  # 1,024,000 multiplications
        (0.75, 64, 32, False),
        (0.45, 64, 31, False),
        (0.35, 64, 31, True),
        (0.0, 15, 500, False),
    ],
)
def test_zeros_are_left_out_where_there_are_many(density, rows, units, many):
    x = _rows(np.random.default_rng(0), rows, 500, density, 0.0, np.float64)
    choices = np.zeros((2, 4), np.int64)
    assert masked.has_many_zeros(x, units, choices, 1) == many
    seen = x[:: max(1, rows // masked.SAMPLED)]
    assert choices.tolist() == [[0] * 4, [1, many, seen.size, np.count_nonzero(seen)]]


def test_common_values_are_the_most_frequent():
    column = np.array([5.0] * 3 + [-1.0] * 4 + [2.0])
    common, density = common_values(np.stack([column, np.arange(8.0)], axis=1))
    assert common[0] == -1.0
    assert density == 1 - (4 + 1) / 16


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_rows_are_taken_about_common_values_where_these_are_many_more_than_zeros(dtype):
    rng = np.random.default_rng(0)
    about = np.arange(-10, 10) / 4
    assert np.array_equal(common_of(_rows(rng, 3000, 20, 0.5, about, dtype)), about)
    assert common_of(_rows(rng, 3000, 20, 0.75, about, dtype)).size == 0  # too few are common
    assert common_of(_rows(rng, 3000, 20, 0.5, 0.0, dtype)).size == 0  # zeros do as well
    assert common_of(rng.normal(size=(300, 20)).astype(dtype)).size == 0
    assert common_of(np.zeros((0, 20), dtype)).size == 0


def test_no_numbers_of_a_sparse_row_are_too_many_for_the_room():
    starts = np.cumsum([0, 3, 0, 5, 1])
    assert [most_numbers(starts, k) for k in (1, 2, 9)] == [5, 8, 9]
    assert most_numbers(np.array([0]), 3) == 0


@pytest.mark.parametrize(
    ("network", "width", "may"),
    [
        (cp.Chain(cp.Dense(128, 32), cp.Tanh(), cp.Dense(32, 2)), 128, True),
        (cp.Chain(cp.Dense(127, 32), cp.Tanh(), cp.Dense(32, 2)), 127, False),
        (cp.Chain(cp.Dense(200, 31), cp.Tanh(), cp.Dense(31, 2)), 200, False),
        (cp.Chain(cp.Dense(31, 200), cp.Dense(200, 2)), 31, False),
        (cp.Chain(cp.LayerNorm(128), cp.Dense(128, 64)), 128, False),
        (cp.Chain(cp.Dropout(0.1), cp.Dense(128, 64)), 128, False),
        (cp.Residual(cp.Dense(128, 128)), 128, False),
    ],
)
def test_common_values_are_for_rows_before_one_large_dense_layer(network, width, may):
    assert may_have_common(_plan(network, width)) is may


def _plan(network, width):
    return lower(network, None, Layout.of(network.init(np.random.default_rng(0))), width)


@pytest.mark.parametrize(
    ("network", "zeros"),
    [
        (cp.Chain(cp.Dense(70, 80), cp.ReLU(), cp.Dense(80, 60), cp.ReLU()), ["in back"] * 2),
        (cp.Chain(cp.Dense(70, 80), cp.Tanh(), cp.Dense(80, 60), cp.ReLU()), ["in", "back"]),
        (cp.Chain(cp.Dense(70, 150), cp.ReLU(), cp.Dense(150, 31)), ["in back", ""]),
        (cp.Chain(cp.Dense(70, 80), cp.Dropout(0.5), cp.Dense(80, 60)), ["in back", "in"]),
        (cp.Chain(cp.Dense(70, 80), cp.LayerNorm(80), cp.ReLU(), cp.Dense(80, 60)), ["in"] * 2),
    ],
)
def test_layers_that_may_get_many_zeros_are_marked(network, zeros):
    ops = _plan(network, 70).ops
    dense = ops[ops[:, c.KIND] == c.DENSE]
    found = [("in " * op[c.ZEROS_IN] + "back" * op[c.ZEROS_BACK]).strip() for op in dense]
    assert found == zeros


NETWORKS = {
    "relu": lambda: cp.Chain(
        cp.Dense(40, 270), cp.ReLU(), cp.Dense(270, 120), cp.ReLU(), cp.Dense(120, 3)
    ),
    "no bias": lambda: cp.Chain(
        cp.Dense(40, 130, bias=False), cp.BatchNorm(130), cp.Dense(130, 3)
    ),
    "dropout": lambda: cp.Chain(
        cp.Dense(40, 110), cp.Tanh(), cp.Dropout(0.7), cp.Dense(110, 50), cp.GELU(),
        cp.Dense(50, 3),
    ),
    "shortcut": lambda: cp.Chain(
        cp.Dense(40, 180), cp.ReLU(), cp.Residual(cp.Chain(cp.Dense(180, 180), cp.ReLU())),
        cp.Dense(180, 3),
    ),
}  # fmt: skip


@pytest.fixture
def products(monkeypatch):
    """The products of all fits: a row each, of the batches, those without zeros, and two counts."""
    made = []

    def spied(*arguments):
        made.append(mask_room(*arguments))
        return made[-1]

    monkeypatch.setattr("clearprop.engines.compiled.workspace.mask_room", spied)
    monkeypatch.setattr("clearprop.engines.compiled.full_batch.mask_room", spied)
    return lambda: np.concatenate([room.choices.reshape(-1, 4) for room in made])


def _training(make, dtype, x, engine, **options):
    rng = np.random.default_rng(1)
    network, t = make(), rng.random((len(x), 3))
    options = {"epochs": 3, "batch_size": 16, "optimizer": cp.Adam(0.01), "seed": 0, **options}
    params = network.init(rng, dtype)
    return train(network, cp.SquaredError(), params, x, t, engine=engine, **options)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("common", [0.0, -0.4])
@pytest.mark.parametrize("name", NETWORKS)
def test_training_that_leaves_out_zeros_is_the_reference(name, common, dtype, products):
    x = _rows(np.random.default_rng(0), 90, 40, 0.2, common, dtype)
    ours = _training(NETWORKS[name], dtype, x, "compiled", batch_size=32)
    assert products()[:, 1].sum() >= 2 * 3 * 2  # two batches an epoch are large enough
    theirs = _training(NETWORKS[name], dtype, x, "numpy", batch_size=32)
    _same_training(ours, theirs, {np.float64: 1e-12, np.float32: 1e-4}[dtype])


def _same_training(ours, theirs, tolerance):
    np.testing.assert_allclose(ours.history.loss, theirs.history.loss, rtol=tolerance)
    for (path, a), (_, b) in zip(leaves_of(ours.params), leaves_of(theirs.params), strict=True):
        assert abs(a - b).max() <= 10 * tolerance * max(1, abs(b).max()), path


def test_batches_without_zeros_are_multiplied_as_they_are(products):
    # The rows that are looked at for common values are of another kind than all others.
    rng = np.random.default_rng(0)
    x = rng.normal(size=(511, 40))
    x[:256] = -0.4
    runs = [
        _training(NETWORKS["no bias"], np.float64, x, engine, batch_size=64, epochs=2)
        for engine in ("compiled", "numpy")
    ]
    first = products()[[c.FORWARD, c.WEIGHTS]]
    assert first[:, 0].tolist() == [16, 16]
    assert (first[:, 1] > 0).all()
    assert (first[:, 1] < 16).all()
    _same_training(*runs, 1e-12)


def test_lbfgs_leaves_out_zeros_too(products):
    x = _rows(np.random.default_rng(0), 200, 40, 0.2, 1.5, np.float64)
    ours, theirs = (
        _training(
            NETWORKS["relu"], np.float64, x, engine, optimizer=cp.LBFGS(), epochs=5
        )
        for engine in ("compiled", "numpy")
    )  # fmt: skip
    assert products()[:, 1].any()
    np.testing.assert_allclose(ours.history.loss, theirs.history.loss, rtol=1e-9)


def test_the_same_fit_has_the_same_bits():
    x = _rows(np.random.default_rng(0), 200, 40, 0.2, 1.5, np.float32)
    runs = [
        _training(NETWORKS["relu"], np.float32, x, "compiled", batch_size=32) for _ in range(20)
    ]
    for run in runs[1:]:
        for (_, a), (_, b) in zip(leaves_of(runs[0].params), leaves_of(run.params), strict=True):
            assert np.array_equal(a, b)


def test_a_number_that_is_not_finite_ends_training_as_before(products):
    x = _rows(np.random.default_rng(0), 90, 40, 0.2, 0.0, np.float64)
    runs = [
        _training(NETWORKS["relu"], np.float64, x, engine, optimizer=cp.SGD(1e200), batch_size=32)
        for engine in ("compiled", "numpy")
    ]
    assert products()[:, 1].any()
    assert [run.reason for run in runs] == ["not finite"] * 2
    assert str(runs[0].failure) == str(runs[1].failure)


def test_predictions_of_rows_with_zeros_are_the_reference():
    rng = np.random.default_rng(0)
    network = NETWORKS["relu"]()
    params = network.init(rng)
    x = _rows(rng, 5000, 40, 0.2, 0.0, np.float64)
    ours, theirs = (
        get_engine(name).outputs(network, params, None, x) for name in ("compiled", "numpy")
    )
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12)


def test_a_training_reports_what_was_left_out_and_why():
    x = _rows(np.random.default_rng(0), 90, 40, 0.2, -0.4, np.float64)
    report = _training(NETWORKS["relu"], np.float64, x, "compiled", batch_size=32).engine_report
    assert [sentence.split(":")[0] for sentence in report] == [
        *(f"dense1, 40 to 270, {name}" for name in ("x W", "xᵀ dE/dz")),
        *(f"dense2, 270 to 120, {name}" for name in ("x W", "xᵀ dE/dz", "dE/dz Wᵀ")),
        *(f"dense3, 120 to 3, {name}" for name in ("x W", "xᵀ dE/dz", "dE/dz Wᵀ")),
    ]
    assert "zeros left out in 9 of 9 pieces" in report[0]
    assert "since 20 % of the numbers differ from the common values" in report[0]
    assert report[-1].endswith("dense, since it has fewer than 32 inputs or units.")


@pytest.mark.parametrize(
    ("network", "x", "why"),
    [
        (cp.Dense(200, 60), scipy.sparse.random_array((90, 200)).tocsr(), "as they were given"),
        (cp.Dense(60, 60), np.ones((90, 60)), "fewer than 4,096 weights"),
        (cp.Chain(cp.Tanh(), cp.Dense(80, 60)), np.ones((90, 80)), "nothing before it"),
    ],
)
def test_a_report_gives_the_reason(network, x, why):
    params = network.init(np.random.default_rng(0))
    result = cp.train(network, cp.SquaredError(), params, x, np.ones((90, 60)), epochs=1)
    assert why in result.engine_report[0]


def test_the_reference_engine_has_nothing_to_report():
    assert _training(NETWORKS["relu"], np.float64, np.ones((9, 40)), "numpy").engine_report == ()
