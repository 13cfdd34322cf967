"""Exponential functions that vectorise in loops: they have no table, call or branch.

The C library's functions take one number at a time, 5 to 30 ns each; these take about 0.2 ns in
float32 and 0.5 ns in float64 on a processor with AVX-512. Each reduces its argument as textbooks
do (Muller, "Elementary functions", 2016, chapters 9 and 11) and evaluates a polynomial, whose
coefficients are minimax to the dtype's precision: ``mpmath.chebyfit`` of (eʳ - 1 - r) / r² on
|r| <= ln 2 / 2, and of (artanh √s / √s - 1) / s on 0 <= s <= 1/9. NaN stays NaN.
`benchmarks/vectormath_coefficients.py` makes all coefficients again.

Φ comes from one function of t = |x|, Φ(-t) e^(t²/2), over all of 0 <= t up to the last normal
tail. In float32 (t + K) times it is a polynomial in q = (t - K) / (t + K), as Shepherd and
Laframboise do it (Mathematics of Computation 36, 1981): ``chebyfit`` for K = 3.625, degree 9, off
by 2^-25.8, relative. In float64 fewer operations do as a quotient of polynomials in t, degrees 9
and 10, all coefficients positive: interpolated at Chebyshev nodes of q, then Remez' exchange, in 80
digits of ``mpmath``, off by 2^-54.2. Relative errors measured, in units of 2^-23 and 2^-52: 1.9 and
2.8 with fused multiply-add, 2.4 and 5.1 without. The exponential takes t² in two parts: rounding
t² alone would change a far tail by half of t² times as much.

The fast-math flags leave out ``nnan`` and ``ninf``: with them the compiler may drop the very
checks that stop training at a number that is not finite.
"""

from __future__ import annotations

import math
from typing import Any

import numba as nb
import numpy as np
from numba.extending import overload

FAST = {"reassoc", "contract", "arcp", "nsz", "afn"}
KERNEL: Any = {"fastmath": FAST, "error_model": "numpy", "nogil": True}
"""How kernels are compiled. Without NumPy's error model divisions do not vectorise."""

EXACT: Any = {"fastmath": {"contract"}, "error_model": "numpy"}
"""How functions of one number are compiled. Reassociation would undo their reductions."""


def like(value, x):
    """Return `value` in the float type of `x`: a plain literal would turn float32 to float64."""
    raise NotImplementedError("compiled code only")


@overload(like, jit_options=EXACT)
def _like(value, x):
    as_type = np.float32 if x == nb.float32 else np.float64
    return lambda value, x: as_type(value)


def reduced(x, less):
    """Return k and eʳ - 1, where x - less = k ln 2 + r. `less` is small: what x could not hold.

    1.5 2^23 plus a float32, or 1.5 2^52 plus a float64, is rounded to an integer, which stands in
    its last bits.
    """
    raise NotImplementedError("compiled code only")


def _reduced_32(x, less):
    near = x * np.float32(1.4426950408889634) + np.float32(12582912)
    k = near - np.float32(12582912)
    r = x - k * np.float32(0.693359375)
    r = r - k * np.float32(-2.12194440e-4) - less
    p = np.float32(0.00019891080463998842)
    p = p * r + np.float32(0.0013933730715792083)
    p = p * r + np.float32(0.0083333108446478626)
    p = p * r + np.float32(0.041666464197405692)
    p = p * r + np.float32(0.16666666681704215)
    p = p * r + np.float32(0.50000000135387299)
    return np.int32(np.float32(near).view(np.int32) - np.int32(0x4B400000)), r + r * r * p


def _reduced_64(x, less):
    near = x * 1.4426950408889634 + 6755399441055744.0
    k = near - 6755399441055744.0
    r = x - k * 0.6931471803691238
    r = r - k * 1.9082149292705877e-10 - less
    p = 2.09147553258932022e-9
    p = p * r + 2.5105312729622102e-8
    p = p * r + 2.7557273478718580e-7
    p = p * r + 2.7557255170000887e-6
    p = p * r + 2.48015873256774619e-5
    p = p * r + 1.9841269875002279e-4
    p = p * r + 1.3888888888883711e-3
    p = p * r + 8.3333333333260831e-3
    p = p * r + 4.1666666666666670e-2
    p = p * r + 0.16666666666666671
    p = p * r + 0.5
    return np.int64(np.float64(near).view(np.int64) - np.int64(0x4338000000000000)), r + r * r * p


@overload(reduced, jit_options=EXACT)
def _reduced(x, less):
    return _reduced_32 if x == nb.float32 else _reduced_64


def power_of_two(k):
    """Return 2ᵏ, for an int32 as a float32 and for an int64 as a float64."""
    raise NotImplementedError("compiled code only")


@overload(power_of_two, jit_options=EXACT)
def _power_of_two(k):
    if k == nb.int32:
        return lambda k: np.int32((k + np.int32(127)) << np.int32(23)).view(np.float32)
    return lambda k: np.int64((k + np.int64(1023)) << np.int64(52)).view(np.float64)


def exp_parts(x, less):
    """Return eʳ - 1 and two powers of two whose product times eʳ is e^(x - less).

    x is cut to the range. Two powers, since 2^128 is no float32.
    """
    raise NotImplementedError("compiled code only")


def _exp_parts_32(x, less):
    k, p = reduced(min(max(x, np.float32(-87.0)), np.float32(88.72283)), less)
    half_k = np.int32(k >> np.int32(1))
    return p, power_of_two(half_k), power_of_two(np.int32(k - half_k))


def _exp_parts_64(x, less):
    k, p = reduced(min(max(x, -708.0), 709.782712893384), less)
    half_k = k >> np.int64(1)
    return p, power_of_two(half_k), power_of_two(k - half_k)


@overload(exp_parts, jit_options=EXACT)
def _exp_parts(x, less):
    return _exp_parts_32 if x == nb.float32 else _exp_parts_64


def log1p_of_unit(u):
    """Return ln(1 + u) for 0 <= u <= 1, as 2 artanh(u / (2 + u))."""
    raise NotImplementedError("compiled code only")


def _log1p_32(u):
    w = u / (np.float32(2) + u)
    s = w * w
    p = np.float32(0.13428395703293005)
    p = p * s + np.float32(0.14117943953715217)
    p = p * s + np.float32(0.20003792436557932)
    p = p * s + np.float32(0.33333320112915714)
    return np.float32(2) * (w + w * s * p)


def _log1p_64(u):
    w = u / (2.0 + u)
    s = w * w
    p = 0.078200749448037049
    p = p * s + 0.037435482931264069
    p = p * s + 0.054231530713100096
    p = p * s + 0.058670700054466954
    p = p * s + 0.066675944769506345
    p = p * s + 0.076922717462891053
    p = p * s + 0.090909099555272618
    p = p * s + 0.11111111099014737
    p = p * s + 0.14285714285800878
    p = p * s + 0.19999999999999759
    p = p * s + 0.33333333333333333
    return 2.0 * (w + w * s * p)


@overload(log1p_of_unit, jit_options=EXACT)
def _log1p_of_unit(u):
    return _log1p_32 if u == nb.float32 else _log1p_64


def binary_parts(y):
    """Return k and m - 1 of y = 2ᵏ m, 1 <= m < 2, for y >= 1."""
    raise NotImplementedError("compiled code only")


def _binary_parts_32(y):
    bits = np.float32(y).view(np.int32)
    exponent = np.int32(bits >> np.int32(23)) - np.int32(127)
    mantissa = np.int32((bits & np.int32(0x7FFFFF)) | np.int32(0x3F800000)).view(np.float32)
    return np.float32(exponent), mantissa - np.float32(1)


def _binary_parts_64(y):
    bits = np.float64(y).view(np.int64)
    exponent = np.int64(bits >> np.int64(52)) - np.int64(1023)
    one = np.int64(0x3FF0000000000000)
    mantissa = np.int64((bits & np.int64(0xFFFFFFFFFFFFF)) | one).view(np.float64)
    return np.float64(exponent), mantissa - 1.0


@overload(binary_parts, jit_options=EXACT)
def _binary_parts(y):
    return _binary_parts_32 if y == nb.float32 else _binary_parts_64


@nb.njit(**EXACT)
def log1p(x):
    """Return ln(1 + x) for x >= 0, as k ln 2 + ln m where 1 + x = 2ᵏ m.

    For x >= 1 what rounding took from 1 + x is added again; below, x itself is m - 1.
    """
    one = like(1.0, x)
    y = one + x
    k, u = binary_parts(y)
    lost = (x - (y - one)) / y
    whole = x < one
    k = like(0.0, x) if whole else k
    lost = like(0.0, x) if whole else lost
    u = x if whole else u
    # ln 2 in two parts, of which k times the first is exact.
    high, low = like(0.693359375, x), like(-2.1219444005469057e-4, x)
    y = k * high + (log1p_of_unit(u) + (k * low + lost))
    return y if x < like(np.inf, x) else x


@nb.njit(**EXACT)
def exp(x):
    """Return eˣ; infinity where it overflows, 0 where it would be subnormal."""
    p, first, rest = exp_parts(x, like(0.0, x))
    y = (p + like(1.0, x)) * first * rest
    y = y if x <= overflow(x) else like(np.inf, x)
    y = y if x >= -overflow(x) + like(2.0, x) else like(0.0, x)
    return y if x == x else x


@nb.njit(**EXACT)
def expm1(x):
    """Return eˣ - 1, exact near 0 too."""
    p, first, rest = exp_parts(x, like(0.0, x))
    y = (first * p) * rest + (first * rest - like(1.0, x))
    y = y if x <= overflow(x) else like(np.inf, x)
    return y if x == x else x


def overflow(x):
    """Return the largest number whose exponential is finite."""
    raise NotImplementedError("compiled code only")


@overload(overflow, jit_options=EXACT)
def _overflow(x):
    if x == nb.float32:
        return lambda x: np.float32(88.72283)
    return lambda x: 709.782712893384


@nb.njit(**EXACT)
def exp_below(x):
    """Return eˣ for x <= 0, which one power of two scales; 0 where it would be subnormal."""
    k, p = reduced(x, like(0.0, x))
    y = (p + like(1.0, x)) * power_of_two(k)
    return like(0.0, x) if x < -overflow(x) + like(2.0, x) else y


@nb.njit(**EXACT)
def sigmoid(x):
    """Return σ(x) from the exponential that does not overflow."""
    one = like(1.0, x)
    e = exp_below(-abs(x))
    return (one if x >= like(0.0, x) else e) / (one + e)


@nb.njit(**EXACT)
def tanh(x):
    """Return tanh x = t / (t + 2) with t = e^2|x| - 1, and the sign of x."""
    one, two, last = like(1.0, x), like(2.0, x), like(20.0, x)
    # Beyond 20 the quotient rounds to one, and infinity over infinity is not a number.
    size = abs(x)
    k, p = reduced(two * (last if size > last else size), like(0.0, x))
    scale = power_of_two(k)
    t = scale * p + (scale - one)
    return math.copysign(t / (t + two), x)


@nb.njit(**EXACT)
def softplus(x):
    """Return ln(1 + eˣ) = max(x, 0) + ln(1 + e^-|x|)."""
    zero = like(0.0, x)
    return (x if x > zero else zero) + log1p_of_unit(exp_below(-abs(x)))


def half_square(t):
    """Return two numbers whose sum is t² / 2 to twice the precision, the first one exact.

    The first is half the square of t without its lower bits.
    """
    raise NotImplementedError("compiled code only")


def _half_square_32(t):
    upper = np.int32(np.float32(t).view(np.int32) & np.int32(-4096)).view(np.float32)
    return np.float32(0.5) * upper * upper, np.float32(0.5) * (t - upper) * (t + upper)


def _half_square_64(t):
    upper = np.int64(np.float64(t).view(np.int64) & np.int64(-134217728)).view(np.float64)
    return 0.5 * upper * upper, 0.5 * (t - upper) * (t + upper)


@overload(half_square, jit_options=EXACT)
def _half_square(t):
    return _half_square_32 if t == nb.float32 else _half_square_64


def tail_over_bell(t):
    """Return Φ(-t) e^(t²/2) for 0 <= t <= `last_tail`, and what it lacks, relative to it."""
    raise NotImplementedError("compiled code only")


def _tail_over_bell_32(t):
    d = t + np.float32(3.625)
    s = np.float32(1) / d
    q = (t + t) * s - np.float32(1)
    p = np.float32(9.2823561418433296e-5)
    p = p * q + np.float32(0.00052472292550786679)
    p = p * q + np.float32(-2.0700865453940323e-5)
    p = p * q + np.float32(-0.0038787455588553993)
    p = p * q + np.float32(0.0042749197203571449)
    p = p * q + np.float32(0.027045483595834929)
    p = p * q + np.float32(-0.13379940577125848)
    p = p * q + np.float32(0.33460740853443161)
    p = p * q + np.float32(-0.57727081648563222)
    p = p * q + np.float32(0.7474779548974877)
    # What rounding took from s, s itself cannot hold. It matters at small t, where K s is near 1.
    return p * s, (np.float32(1) - s * d) * (np.float32(3.625) * s)


def _tail_over_bell_64(t):
    u = t * t
    a = 0.39894228040005293 * t + 10.747055475302848
    a = a * u + (141.71193365528909 * t + 1183.3814312244477)
    a = a * u + (6844.9215959263896 * t + 28343.886817589136)
    a = a * u + (84034.459237186748 * t + 172725.32539765164)
    a = a * u + (225552.20605039865 * t + 145722.2810861204)
    b = u + (26.938873122720232 * t + 356.2191398173166)
    b = b * u + (2993.2362247496085 * t + 17510.893283015292)
    b = b * u + (73960.004092483318 * t + 227100.46205411428)
    b = b * u + (498341.36310395337 * t + 745196.98626240896)
    b = b * u + (683643.52858797633 * t + 291444.56217224082)
    return a / b, 0.0


@overload(tail_over_bell, jit_options=EXACT)
def _tail_over_bell(t):
    return _tail_over_bell_32 if t == nb.float32 else _tail_over_bell_64


def last_tail(x):
    """Return the largest t whose Φ(-t) is a normal number."""
    raise NotImplementedError("compiled code only")


@overload(last_tail, jit_options=EXACT)
def _last_tail(x):
    if x == nb.float32:
        return lambda x: np.float32(12.949952)
    return lambda x: 37.51937934714449


@nb.njit(forceinline=True, **EXACT)  # long, and a loop with a call in it does not vectorise
def ndtr_and_bell(x):
    """Return Φ(x) and e^(-x²/2), of which it is made; tails below the normal numbers are 0."""
    zero, one, last = like(0.0, x), like(1.0, x), last_tail(x)
    size = abs(x)
    t = size if size <= last else last
    exact, less = half_square(t)
    p, first, rest = exp_parts(-exact, less)
    ratio, lacking = tail_over_bell(t)
    bell, tail = (p + one) * first * rest, (ratio + ratio * (p + lacking)) * first * rest
    bell = bell if size <= last else zero
    tail = tail if size <= last else zero
    y = one - tail if x >= zero else tail
    return y if x == x else x, bell if x == x else x


@nb.njit(forceinline=True, **EXACT)
def ndtr(x):
    """Return Φ(x), the normal distribution's share below x; 0 where it would be subnormal."""
    return ndtr_and_bell(x)[0]
