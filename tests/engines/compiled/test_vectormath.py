"""The compiled exponential functions against mpmath, at the ends of the range, vectorised."""

import functools
import re

import mpmath
import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearprop.engines.compiled import vectormath

EXACT = {
    "exp": mpmath.exp,
    "exp_below": mpmath.exp,
    "expm1": mpmath.expm1,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "tanh": mpmath.tanh,
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
    "ndtr": mpmath.ncdf,
    "log1p": mpmath.log1p,
}
NOT_NEGATIVE = ("log1p",)
NOT_POSITIVE = ("exp_below",)

LAST_TAILS = {np.float32: np.float32(12.949952), np.float64: np.float64(37.51937934714449)}
"""The largest t whose Φ(-t) is a normal number."""

ULPS = {("ndtr", np.float64): 4}
"""The largest relative error in units of eps, 2 unless it stands here."""


def _jitted(name):
    function = getattr(vectormath, name)

    @numba.njit(fastmath=vectormath.FAST, error_model="numpy")
    def loop(x, y):
        for i in range(x.size):
            y[i] = function(x[i])

    return loop


@functools.cache
def _loop(name):
    loop = _jitted(name)

    def apply(x):
        y = np.empty_like(x)
        loop(x, y)
        return y

    return apply


def assert_close(name, x, y, exact):
    dtype = x.dtype.type
    allowed = ULPS.get((name, dtype), 2) * np.finfo(dtype).eps
    with mpmath.workdps(40):
        for point, mine in zip(x, y, strict=True):
            true = exact(mpmath.mpf(float(point)))
            if abs(true) <= np.finfo(dtype).tiny:
                continue
            error = abs(float((mpmath.mpf(float(mine)) - true) / true))
            assert error <= allowed, point


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", EXACT)
@pytest.mark.one_in(2)
def test_few_units_in_the_last_place(name, dtype):
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.standard_normal(300) * s for s in (1e-8, 1e-3, 1, 5, 25)])
    x = x.astype(dtype)
    x = abs(x) if name in NOT_NEGATIVE else -abs(x) if name in NOT_POSITIVE else x
    assert_close(name, x, _loop(name)(x), EXACT[name])


@pytest.mark.parametrize(("dtype", "last"), LAST_TAILS.items())
def test_the_far_tail_of_the_normal_distribution(dtype, last):
    x = np.linspace(-last, 0, 1500, dtype=dtype)
    x[0] = -last
    assert_close("ndtr", x, _loop("ndtr")(x), mpmath.ncdf)
    beyond = np.nextafter(-last, dtype(-np.inf))
    assert mpmath.ncdf(float(-last)) >= np.finfo(dtype).tiny > mpmath.ncdf(float(beyond))
    assert _loop("ndtr")(np.array([beyond], dtype)) == 0


@pytest.mark.parametrize("dtype", LAST_TAILS)
@given(data=st.data())
def test_the_two_sides_of_the_normal_distribution_sum_to_one(dtype, data):
    width = np.finfo(dtype).bits
    x = dtype(data.draw(st.floats(allow_nan=False, width=width)))
    below, above = _loop("ndtr")(np.array([x, -x]))
    assert 0 <= min(below, above) <= 0.5 + np.finfo(dtype).eps
    assert below + above == pytest.approx(1, abs=2 * float(np.finfo(dtype).eps))


@pytest.mark.parametrize(("dtype", "last"), LAST_TAILS.items())
def test_the_bell_that_comes_with_it(dtype, last):
    @numba.njit
    def loop(x, y):
        for i in range(x.size):
            y[i] = vectormath.ndtr_and_bell(x[i])[1]

    x = np.linspace(-last, last, 1001, dtype=dtype)[1:-1]
    y = np.empty_like(x)
    loop(x, y)
    assert_close("bell", x, y, lambda point: mpmath.exp(-point * point / 2))
    ends = np.array([np.inf, -np.inf, 1e30, np.nan], dtype)
    loop(ends, ends)
    np.testing.assert_array_equal(ends, np.array([0, 0, 0, np.nan], dtype))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_exponentials_below_one_are_the_same_bits(dtype):
    x = -abs(np.random.default_rng(0).standard_normal(4000).astype(dtype)) * dtype(40)
    x[:4] = -np.inf, np.nan, 0, -800
    np.testing.assert_array_equal(_loop("exp_below")(x), _loop("exp")(x))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", EXACT)
def test_loops_are_vectorised(name, dtype):
    kind = numba.from_dtype(np.dtype(dtype))[::1]
    loop = _jitted(name)
    loop.compile((kind, kind))
    (code,) = loop.inspect_llvm().values()
    scalar = "float" if dtype is np.float32 else "double"
    assert re.search(rf"fmul .*<\d+ x {scalar}>", code)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("name", "at_infinity", "at_minus_infinity"),
    [
        ("exp", np.inf, 0.0),
        ("expm1", np.inf, -1.0),
        ("sigmoid", 1.0, 0.0),
        ("tanh", 1.0, -1.0),
        ("softplus", np.inf, 0.0),
        ("ndtr", 1.0, 0.0),
    ],
)
def test_the_ends_of_the_range(name, at_infinity, at_minus_infinity, dtype):
    x = np.array([np.inf, -np.inf, np.nan, 1e4, -1e4], dtype)
    y = _loop(name)(x)
    np.testing.assert_array_equal(y[:3], np.array([at_infinity, at_minus_infinity, np.nan], dtype))
    expected = 1e4 if name == "softplus" else at_infinity
    np.testing.assert_array_equal(y[3:], np.array([expected, at_minus_infinity], dtype))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_largest_exponential_is_finite_and_the_next_is_not(dtype):
    top = dtype(np.log(np.finfo(dtype).max))
    x = np.array([np.nextafter(top, dtype(0)), dtype(1.001) * top], dtype)
    y = _loop("exp")(x)
    assert np.isfinite(y[0])
    assert np.isposinf(y[1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_logarithms_at_the_ends_and_next_to_one(dtype):
    one = dtype(1)
    x = np.array([0, 1e-30, np.nextafter(one, dtype(0)), 1, 1e30, np.inf, np.nan], dtype)
    y = _loop("log1p")(x)
    np.testing.assert_allclose(y, np.log1p(x), rtol=2 * np.finfo(dtype).eps)
