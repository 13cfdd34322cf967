"""One quantity of someone's work: its numbers in the step's shape, and their precision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

SAFETY = 64
"""How many times the measured effect of rounding is allowed."""

TYPED_DIGITS = 8
"""Numbers with at most this many digits are taken as typed, and as rounded to them."""


@dataclass(frozen=True)
class Submitted:
    """One quantity of someone's work, shaped like the step's.

    `typed` is half a unit of the last typed digit, 0 for computed numbers; `epsilon` the spacing of
    the less precise of both dtypes; `transposed` says that rows and columns were exchanged.
    """

    path: str
    values: np.ndarray
    typed: np.ndarray
    epsilon: float
    transposed: bool = False


def submitted(
    path: str, array: np.ndarray, right: np.ndarray, digits: int, exchanged: bool
) -> Submitted:
    """Return an array as a quantity of the step's shape; the array has as many numbers."""
    epsilon = float(np.finfo(array.dtype if array.dtype.kind == "f" else np.float64).eps)
    epsilon = max(epsilon, float(np.finfo(right.dtype).eps) if right.dtype.kind == "f" else 0.0)
    typed = half_of_last_digit(array, digits)
    values = np.asarray(array, np.float64)
    if exchanged and array.ndim == 2:
        values, typed = values.T, typed.T
    shape = right.shape
    return Submitted(path, values.reshape(shape), typed.reshape(shape), epsilon, exchanged)


def digits_of(array: np.ndarray) -> int:
    """Return the most significant digits of any number that looks typed; 0 if they do not."""
    if array.dtype == np.float32 or array.size > 10_000:
        return 0
    most = max((_significant(float(value)) for value in np.ravel(array)), default=0)
    return most if most <= TYPED_DIGITS else 0


def _significant(value: float) -> int:
    mantissa = repr(value).partition("e")[0].lstrip("-").removesuffix(".0")
    return len(mantissa.replace(".", "").strip("0")) if np.isfinite(value) else 0


def half_of_last_digit(array: np.ndarray, digits: int) -> np.ndarray:
    """Return the rounding of numbers typed with few digits: half a unit of the last one, else 0.

    A number whose last digits were zeros has lost them (2.00 is 2.0): it counts as typed with
    `digits`, as the numbers beside it.
    """
    if not digits_of(array):
        return np.zeros(array.shape)
    halves = [_half(float(value), digits) for value in np.ravel(array)]
    return np.array(halves).reshape(array.shape)


def _half(value: float, digits: int) -> float:
    if not np.isfinite(value) or value == 0:
        return 0.0
    mantissa, _, exponent = repr(value).removesuffix(".0").partition("e")
    if "." in mantissa:
        return 0.5 * 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
    if digits <= _significant(value):
        return 0.0
    return 0.5 * 10.0 ** (int(np.floor(np.log10(abs(value)))) + 1 - digits)


def matches(work: Submitted, right: np.ndarray, slack: Any, tolerance: float = 0.0) -> np.ndarray:
    """Return which numbers are the right ones, but for rounding.

    `tolerance` is a fraction of the largest right number that is allowed besides.
    """
    scale = float(np.max(np.abs(right), initial=0.0, where=np.isfinite(right)))
    allowed = SAFETY * (work.epsilon * scale + slack) + 1.01 * work.typed + tolerance * scale
    with np.errstate(invalid="ignore"):
        near = np.abs(work.values - right) <= allowed
    same = (work.values == right) | (np.isnan(work.values) & np.isnan(right))
    return np.asarray(near | same)
