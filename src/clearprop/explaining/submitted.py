"""Read submitted numbers as a step's quantities: shapes, orientation, number of typed digits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.explaining.step import StepData

SAFETY = 64
"""The factor on the measured effect of rounding that is still taken for rounding."""

TYPED_DIGITS = 8
"""Numbers with at most this many digits are taken as typed by hand, and rounded to them."""


@dataclass(frozen=True)
class SubmittedQuantity:
    """One submitted quantity, shaped like the step's.

    Attributes
    ----------
    path : str
        The quantity's path in the step.
    values : array
        The submitted numbers, in the step's orientation.
    typed : array
        The rounding tolerance of each hand-typed number; 0 for computed ones.
    epsilon : float
        The relative rounding of the precision the numbers were computed in.
    transposed : bool
        Whether they were submitted with rows and columns exchanged.
    """

    path: str
    values: np.ndarray
    typed: np.ndarray
    epsilon: float
    transposed: bool


def _flat(step: StepData, work: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in work.items():
        if isinstance(value, Mapping):
            yield from _flat(step, value, f"{prefix}{name}.")
        else:
            quantity, index = step.find(f"{prefix}{name}")
            if index is None:
                yield quantity.path, value
            else:
                place = ",".join(map(str, index))
                yield f"{quantity.path}[{place}]", value


def read_work(step: StepData, work: Mapping[str, Any]) -> list[SubmittedQuantity]:
    """Return the submitted quantities in the order of computation; raise what does not fit."""
    work = dict(_flat(step, work))
    places = {path: place for place, path in enumerate(step.paths)}
    ordered = sorted(work.items(), key=lambda item: places[item[0].partition("[")[0]])
    pairs = [(path, _numbers(path, value), np.asarray(step[path])) for path, value in ordered]
    columns = _by_columns([(array, right) for _, array, right in pairs])
    digits = max((_digits(array) for _, array, _ in pairs), default=0)
    return [_given(path, array, right, columns, digits) for path, array, right in pairs]


def _numbers(path: str, value: Any) -> np.ndarray:
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{path} must be numbers, got {array.dtype}")
    return array


def _by_columns(pairs: list[tuple[np.ndarray, np.ndarray]]) -> bool:
    """Return whether matrices were submitted with rows and columns exchanged.

    Shapes decide. If all matrices are square, numbers decide: of those that fit one way only, most
    must fit exchanged. One of several is not enough: that is a matrix transposed by mistake.
    """
    matrices = [(a, r) for a, r in pairs if r.ndim == a.ndim == 2 and 1 not in r.shape]
    oblong = [(a, r) for a, r in matrices if len({*r.shape}) == 2]
    if any(array.shape == right.shape for array, right in oblong):
        return False
    if any(array.shape == right.T.shape for array, right in oblong):
        return True
    ways = [(_close(a.T, r), _close(a, r)) for a, r in matrices if a.shape == r.shape]
    exchanged, as_given, telling = (
        ways.count((True, False)), ways.count((False, True)), len(ways) - ways.count((True, True)),
    )  # fmt: skip
    return exchanged > as_given and (exchanged > 1 or telling == 1)


def _given(
    path: str, array: np.ndarray, right: np.ndarray, columns: bool, digits: int
) -> SubmittedQuantity:
    """Return numbers shaped like the right ones, or raise what does not fit."""
    epsilon = float(np.finfo(array.dtype if array.dtype.kind == "f" else np.float64).eps)
    epsilon = max(epsilon, float(np.finfo(right.dtype).eps) if right.dtype.kind == "f" else 0.0)
    typed = _half_of_last_digit(array, digits)
    if array.shape == right.shape:
        exchanged = columns and right.ndim == 2 and right.shape[0] == right.shape[1] > 1
    elif array.size == right.size and 1 in (*array.shape, array.ndim):
        # One row, one column, a plain vector or a number: there is one way to read it.
        return SubmittedQuantity(
            path, array.reshape(right.shape), typed.reshape(right.shape), epsilon, False
        )
    elif array.ndim == 2 and array.T.shape == right.shape:
        exchanged = True
    else:
        size, own = (" × ".join(map(str, a.shape)) or "one number" for a in (right, array))
        raise ValueError(f"{path} is {size}, yours is {own}")
    values = array.T if exchanged else array
    return SubmittedQuantity(path, values, typed.T if exchanged else typed, epsilon, exchanged)


def _close(array: np.ndarray, right: np.ndarray) -> bool:
    """Return whether numbers are right to a few digits."""
    scale = float(np.max(np.abs(right))) or 1.0
    return bool(np.all(np.abs(array - right) <= 1e-4 * scale))


def _digits(array: np.ndarray) -> int:
    """Return the number of significant digits of typed numbers; 0 if they do not look typed."""
    if array.dtype == np.float32 or array.size > 10_000:
        return 0
    most = max((_significant(float(value)) for value in np.ravel(array)), default=0)
    return most if most <= TYPED_DIGITS else 0


def _significant(value: float) -> int:
    mantissa = repr(value).partition("e")[0].lstrip("-").removesuffix(".0")
    return len(mantissa.replace(".", "").strip("0")) if np.isfinite(value) else 0


def _half_of_last_digit(array: np.ndarray, digits: int) -> np.ndarray:
    """Return the rounding tolerance of hand-typed numbers: half a unit of the last digit, else 0.

    A number whose last digits were zeros has lost them (2.00 is 2.0): it counts as typed with
    `digits`, as the numbers beside it.
    """
    if not _digits(array):
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


def matches(work: SubmittedQuantity, right: np.ndarray, slack: Any) -> np.ndarray:
    """Return which numbers are right up to rounding, as booleans of the same shape."""
    scale = float(np.max(np.abs(right), initial=0.0, where=np.isfinite(right)))
    allowed = SAFETY * (work.epsilon * scale + slack) + 1.01 * work.typed
    with np.errstate(invalid="ignore"):
        near = np.abs(work.values - right) <= allowed
    same = (work.values == right) | (np.isnan(work.values) & np.isnan(right))
    return np.asarray(near | same)
