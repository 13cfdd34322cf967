"""Reading with NumPy: the reference. Real arrays, float32 or float64, exact to the last digits.

``expit`` and ``ndtr`` are SciPy's, imported when first used: ``import clearprop`` needs NumPy only.
"""

from __future__ import annotations

from typing import Any

import numpy as np

exp = np.exp
expm1 = np.expm1
log = np.log
sqrt = np.sqrt
tanh = np.tanh
absolute = np.absolute
sign = np.sign
maximum = np.maximum
minimum = np.minimum
where = np.where
ones_like = np.ones_like
sum = np.sum  # noqa: A001 - the array namespaces' own name
mean = np.mean


def expit(z: Any) -> Any:
    """Return σ(z) = 1 / (1 + e⁻ᶻ), without overflow and exact in both tails."""
    from scipy.special import expit as scipy_expit

    return scipy_expit(z)


def ndtr(z: Any) -> Any:
    """Return Φ(z), exact in both tails."""
    from scipy.special import ndtr as scipy_ndtr

    return scipy_ndtr(z)


def softplus(z: Any) -> Any:
    """Return ln(1 + eᶻ) = max(z, 0) + ln(1 + e⁻ᶻ), the second with |z|: no overflow."""
    return np.maximum(z, 0.0) + np.log1p(np.exp(-np.absolute(z)))


def softmax(o: Any) -> Any:
    """Return e^o / Σ e^o within each row."""
    e = np.exp(o - np.max(o, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def log_softmax(o: Any) -> Any:
    """Return ln softmax(o) within each row.

    The row's largest value is kept out of the sum of exponentials, so that a probability close
    to one still has its own logarithm: ln(1 - 4e-18) is -4e-18, not 0.
    """
    z = o - np.max(o, axis=-1, keepdims=True)
    return z - log_sum_exp_of_shifted(z)


def log_sum_exp_of_shifted(z: Any) -> Any:
    """Return ln Σ e^z for rows whose largest value is exactly zero."""
    largest = z == 0
    others = np.sum(np.where(largest, 0.0, np.exp(z)), axis=-1, keepdims=True)
    ties = np.sum(largest, axis=-1, keepdims=True, dtype=z.real.dtype) - 1
    return np.log1p(others + ties)
