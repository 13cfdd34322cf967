"""Products by tiles, against NumPy's in float64."""

import numba as nb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearprop.engines.compiled.kernels import tiles
from clearprop.engines.compiled.kernels.packing import GROUP
from clearprop.engines.compiled.kernels.vectors import VECTOR_BYTES, VECTORS
from clearprop.engines.compiled.rooms import aligned

DTYPES = [np.float64, pytest.param(np.float32, marks=pytest.mark.slow)]
SIZES = st.one_of(st.integers(1, 40), st.sampled_from([63, 64, 65, 127, 130, 513, 1030]))


@nb.njit
def products(x, W, d, panel, z, dW, dx):
    tiles.product(x, x.shape[0], x.shape[1], 1, W, z)
    tiles.product(x, x.shape[1], 1, x.shape[1], d, dW)
    tiles.product_with_transposed(d, W, panel, dx)


@nb.njit
def chosen_products(x, W, d, panel, z, dW, dx):
    tiles.times(x, W, z)
    tiles.transposed_times(x, d, dW)
    tiles.times_transposed(d, W, panel, dx)


def _check(run, dtype, rows, width, units, seed):
    rng = np.random.default_rng(seed)
    x, W, d = (
        rng.normal(size=shape).astype(dtype)
        for shape in ((rows, width), (width, units), (rows, units))
    )
    numbers = GROUP * VECTORS * VECTOR_BYTES // np.dtype(dtype).itemsize
    found = [np.full(a.shape, np.nan, dtype) for a in (d, W, x)]
    panel = aligned((1, numbers), dtype)
    panel[:] = np.nan
    run(x, W, d, panel, *found)
    x, W, d = (a.astype(np.float64) for a in (x, W, d))
    unit = np.finfo(dtype).eps
    for ours, left, right in zip(found, (x, x.T, d), (W, d, W.T), strict=True):
        # A sum of n terms in any order is off by at most n units of Σ |terms|.
        most = (left.shape[1] + 2) * unit * (abs(left) @ abs(right))
        assert np.all(abs(ours - left @ right) <= most)


@pytest.mark.parametrize("dtype", DTYPES)
@settings(max_examples=60)
@given(rows=SIZES, width=SIZES, units=SIZES, seed=st.integers(0, 100))
def test_products_are_those_of_the_matrices(dtype, rows, width, units, seed):
    lanes = VECTOR_BYTES // np.dtype(dtype).itemsize
    _check(products, dtype, rows, max(width, lanes), max(units, lanes), seed)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("rows", "width", "units"),
    [
        (3, 2, 1),  # BLAS all
        (16, 16, 16),  # tiles for the transposed one
        (15, 16, 16),
        (100, 100, 100),  # tiles
        (100, 100, 99),
        (400, 300, 3),  # narrower than a vector
        (3, 400, 900),
        (390, 390, 394),  # the largest for tiles in float64, and larger
        (391, 390, 394),
        (670, 670, 668),  # in float32
        (670, 670, 669),
        (16, 6, 24),  # small, as wide as a vector or more
        (16, 24, 4),  # small and narrow: one narrow vector
        (19, 24, 7),  # two, which share a column
        (16, 24, 3),  # narrower still
        (15, 24, 4),
        (40, 20, 25),  # the largest that is small
        (40, 20, 26),
    ],
)
def test_products_are_right_on_both_sides_of_every_limit(dtype, rows, width, units):
    _check(chosen_products, dtype, rows, width, units, 0)


@pytest.mark.parametrize("dtype", DTYPES)
@settings(max_examples=60)
@given(
    rows=st.integers(1, 40), width=st.integers(1, 40), units=st.integers(1, 20),
    seed=st.integers(0, 100),
)  # fmt: skip
def test_small_products_are_those_of_the_matrices(dtype, rows, width, units, seed):
    _check(chosen_products, dtype, rows, width, units, seed)


def test_a_number_that_is_not_one_is_in_every_sum_it_belongs_to():
    lanes = VECTOR_BYTES // 8
    x, W = np.ones((7, 600)), np.ones((600, lanes + 1))
    x[2, 599], W[0, lanes] = np.nan, np.inf
    z = np.zeros((7, lanes + 1))

    @nb.njit
    def times(x, W, z):
        tiles.product(x, x.shape[0], x.shape[1], 1, W, z)

    times(x, W, z)
    assert np.isnan(z[2]).all()
    others = np.delete(z, 2, axis=0)
    assert np.isinf(others[:, lanes]).all()
    assert np.all(others[:, :lanes] == 600)


def test_a_row_of_a_product_does_not_depend_on_the_others():
    rng = np.random.default_rng(0)
    x, W = rng.normal(size=(13, 70)), rng.normal(size=(70, 40))
    d, panel, dW = (
        np.zeros((13, 40)),
        aligned((1, GROUP * VECTORS * VECTOR_BYTES // 8), float),
        W * 0,
    )
    all_rows, one = np.empty((13, 40)), np.empty((1, 40))
    products(x, W, d, panel, all_rows, dW, x * 0)
    for i in range(13):
        products(x[i : i + 1], W, d[:1], panel, one, dW, x[:1] * 0)
        assert np.array_equal(one[0], all_rows[i])
