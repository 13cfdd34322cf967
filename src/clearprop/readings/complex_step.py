"""Reading with complex numbers: derivatives to the last digits, from the forward pass alone.

For an analytic f, Im f(x + ih) / h is f'(x) with an error of order h²; no two close numbers are
subtracted, so h can be 1e-100 and nothing is lost. Source: Squire and Trapp 1998. Functions
with kinks follow the branch of the real part; order and magnitude mean those of the real part.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from clearprop.readings.numpy import log_sum_exp_of_shifted

exp = np.exp
expm1 = np.expm1
log = np.log
sqrt = np.sqrt
tanh = np.tanh
where = np.where
ones_like = np.ones_like
sum = np.sum  # noqa: A001 - the array namespaces' own name
mean = np.mean


def absolute(z: Any) -> Any:
    """Return z or -z, by the sign of the real part."""
    return np.where(np.real(z) < 0, -z, z)


def sign(z: Any) -> Any:
    """Return the sign of the real part; its derivative is zero."""
    return np.sign(np.real(z))


def maximum(a: Any, b: Any) -> Any:
    """Return the one with the larger real part."""
    return np.where(np.real(a) >= np.real(b), a, b)


def minimum(a: Any, b: Any) -> Any:
    """Return the one with the smaller real part."""
    return np.where(np.real(a) <= np.real(b), a, b)


def expit(z: Any) -> Any:
    """Return σ(z) from the exponential that does not overflow."""
    small = np.exp(-absolute(z))
    return np.where(np.real(z) >= 0, 1.0, small) / (1.0 + small)


def ndtr(z: Any) -> Any:
    """Return Φ(z) = erfc(-z / √2) / 2."""
    from scipy.special import erfc

    return 0.5 * erfc(-z / np.sqrt(2.0))


def softplus(z: Any) -> Any:
    """Return ln(1 + eᶻ) from the exponential that does not overflow."""
    return maximum(z, 0.0) + np.log1p(np.exp(-absolute(z)))


def softmax(o: Any) -> Any:
    """Return e^o / Σ e^o within each row."""
    e = np.exp(_shifted(o))
    return e / np.sum(e, axis=-1, keepdims=True)


def log_softmax(o: Any) -> Any:
    """Return ln softmax(o) within each row."""
    z = _shifted(o)
    return z - log_sum_exp_of_shifted(z)


def _shifted(o: Any) -> Any:
    winner = np.argmax(np.real(o), axis=-1, keepdims=True)
    return o - np.take_along_axis(np.asarray(o), winner, axis=-1)
