"""A column of dates: days, year, month, day, weekday and hour, each as a column of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from clearprop.data.date_column import CYCLES, moments_of
from clearprop.files.document import a_count, a_list, a_text, checked
from clearprop.files.errors import DataError
from clearprop.tables.codes.kinds import VALUE
from clearprop.tables.codes.number import NumberCode, fit_numbers
from clearprop.writing.sentences import count, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from clearprop.files.document import Check

_SECONDS_A_DAY = 86_400.0

PARTS: dict[str, Callable[[pd.DatetimeIndex], Any]] = {
    "days": lambda found: found.to_numpy("datetime64[s]").astype(np.float64) / _SECONDS_A_DAY,
    "year": lambda found: found.year,
    "month": lambda found: found.month,
    "day of month": lambda found: found.day,
    "day of week": lambda found: found.day_of_week,
    "hour": lambda found: found.hour + found.minute / 60,
}
"""The numbers that a date gives: days since 1970, and what a calendar and a clock show."""


@dataclass(frozen=True)
class DateCode:
    """Dates: the numbers of ``PARTS`` that change in training, and a pair for each cycle.

    Each part is coded as a column of numbers. The pair of a cycle (month, day of month, day of
    week, hour) is the sine and the cosine of its angle, so that December lies beside January.

    Attributes
    ----------
    name
        The column's name.
    parts
        The codes of the numbers, named as in ``PARTS``.
    cycles
        The cycles that change in training.
    missing
        How many training values are missing.
    """

    kind: ClassVar[str] = "date"
    checks: ClassVar[Mapping[str, Check]] = {
        "name": a_text,
        "parts": lambda value, where: _parts(value, where),
        "cycles": lambda value, where: _cycles(value, where),
        "missing": a_count,
    }
    read = staticmethod(moments_of)

    name: str
    parts: tuple[NumberCode, ...]
    cycles: tuple[str, ...]
    missing: int

    @property
    def input_names(self) -> tuple[str, ...]:
        """The column's name with what each input tells of the date."""
        parts = [name for part in self.parts for name in part.input_names]
        pairs = [f"{cycle} {half}" for cycle in self.cycles for half in ("sin", "cos")]
        return tuple(f"{self.name}: {name}" for name in [*parts, *pairs])

    @property
    def input_kinds(self) -> tuple[str, ...]:
        """What each input is."""
        parts = tuple(kind for part in self.parts for kind in part.input_kinds)
        return parts + (VALUE, VALUE) * len(self.cycles)

    def write(self, inputs: NDArray[Any], found: pd.DatetimeIndex) -> list[str]:
        """Fill the inputs (N, width) and tell what training had not met."""
        start = 0
        for part in self.parts:
            stop = start + len(part.input_kinds)
            part.write(inputs[:, start:stop], numbers_in(found, part.name))
            start = stop
        missing = np.asarray(found.isna())
        for cycle in self.cycles:
            angle = 2 * np.pi * np.asarray(CYCLES[cycle](found), np.float64)
            inputs[:, start] = np.where(missing, 0.0, np.sin(angle))
            inputs[:, start + 1] = np.where(missing, 0.0, np.cos(angle))
            start += 2
        if self.missing or not missing.any():
            return []
        number = count(int(missing.sum()), "missing date")
        return [f"column {self.name!r}: {number} taken for an average one"]


def numbers_in(found: pd.DatetimeIndex, part: str) -> NDArray[np.float64]:
    """Return one of ``PARTS`` for each date (N,), NaN where it is missing."""
    values = np.asarray(PARTS[part](found), np.float64)
    return np.where(np.asarray(found.isna()), np.nan, values)


def parts_that_change(found: pd.DatetimeIndex) -> list[str]:
    """Return those of ``PARTS`` that have two values or more."""
    present = found[np.asarray(found.notna())]
    return [part for part in PARTS if len(present) and np.ptp(numbers_in(present, part)) > 0]


def fit_dates(found: pd.DatetimeIndex, name: str, pieces: int) -> DateCode:
    """Learn the code of a training column of two dates or more; see :func:`fit_numbers`."""
    parts = parts_that_change(found)
    codes = tuple(fit_numbers(numbers_in(found, part), part, pieces) for part in parts)
    return DateCode(
        name, codes, tuple(c for c in CYCLES if c in parts), int(np.asarray(found.isna()).sum())
    )


def _parts(value: object, where: str) -> tuple[NumberCode, ...]:
    parts = []
    for document in a_list(value, where):
        part = NumberCode(**checked(document, where, NumberCode.checks, NumberCode.optional))
        if part.name not in PARTS:
            raise DataError(f"{where} must be named as some of {quoted(PARTS, 9)}")
        parts.append(part)
    return tuple(parts)


def _cycles(value: object, where: str) -> tuple[str, ...]:
    cycles = tuple(a_text(cycle, where) for cycle in a_list(value, where))
    if list(cycles) != [cycle for cycle in CYCLES if cycle in cycles]:
        raise DataError(f"{where} must be some of {quoted(CYCLES)} in this order")
    return cycles
