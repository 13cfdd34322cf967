"""The compiled exponential functions against mpmath: 2 ulp, and the ends of the range."""

import mpmath
import numba
import numpy as np
import pytest

from clearprop.engines.compiled import vectormath

EXACT = {
    "exp": mpmath.exp,
    "expm1": mpmath.expm1,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "tanh": mpmath.tanh,
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
    "ndtr": mpmath.ncdf,
    "log1p": mpmath.log1p,
}
NOT_NEGATIVE = ("log1p",)


def _loop(name):
    function = getattr(vectormath, name)

    @numba.njit(fastmath=vectormath.FAST, error_model="numpy")
    def loop(x, y):
        for i in range(x.size):
            y[i] = function(x[i])

    def apply(x):
        y = np.empty_like(x)
        loop(x, y)
        return y

    return apply


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", EXACT)
def test_two_units_in_the_last_place(name, dtype):
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.standard_normal(300) * s for s in (1e-8, 1e-3, 1, 5, 25)])
    x = abs(x.astype(dtype)) if name in NOT_NEGATIVE else x.astype(dtype)
    y = _loop(name)(x)
    with mpmath.workdps(40):
        exact = [EXACT[name](mpmath.mpf(float(value))) for value in x]
        for point, mine, true in zip(x, y, exact, strict=True):
            if abs(true) <= np.finfo(dtype).tiny:
                continue
            # In its tails Φ multiplies the rounding of its argument by x², SciPy's does too.
            allowed = 2 * (1 + float(point) ** 2 if name == "ndtr" else 1)
            error = abs(float((mpmath.mpf(float(mine)) - true) / true))
            assert error <= allowed * np.finfo(dtype).eps, point


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
