"""Encode dates: days since the first, year, and the place within year, month, week and day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from clearprop.data.dates import FIRST_YEAR, ISO, LAST_YEAR, UNIT, moments
from clearprop.data.places import CellError
from clearprop.data.values import stored
from clearprop.files.document import a_count, a_list, a_number, a_positive_number, a_text
from clearprop.files.errors import DataError
from clearprop.writing.sentences import count, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from clearprop.data.values import Column
    from clearprop.files.document import Check

_DAY = 86_400.0

# The cycles of a date, each with the position of a moment within it, from 0 to 1.
CYCLES: dict[str, Callable[[pd.DatetimeIndex], Any]] = {
    "month": lambda moments: (moments.month - 1) / 12,
    "day of month": lambda moments: (moments.day - 1) / 31,
    "day of week": lambda moments: moments.day_of_week / 7,
    "hour": lambda moments: (moments.hour * 3600 + moments.minute * 60 + moments.second) / _DAY,
}


@dataclass(frozen=True)
class DateColumn:
    """Dates: the days since the first one and the year, standardised, and pairs for the cycles.

    Of each cycle (month, day of month, day of week, hour) that changes in training there are two
    inputs, the sine and the cosine of its angle, so that December lies beside January. Where the
    date is missing, the number of days and the year are the training means and each pair is 0.

    Attributes
    ----------
    name
        The column's name.
    start
        The first moment in training, in days since 1970.
    mean, sd
        Of the days since `start` in training.
    year_mean, year_sd
        Of the year in training; without the year as an input `year_sd` is 0.
    cycles
        Those of ``CYCLES`` that change in training.
    missing
        How many training values are missing.
    """

    kind: ClassVar[str] = "date"
    checks: ClassVar[Mapping[str, Check]] = {
        "name": a_text,
        "start": a_number,
        "mean": a_number,
        "sd": a_positive_number,
        "year_mean": a_number,
        "year_sd": lambda value, where: _from_zero(value, where),
        "cycles": lambda value, where: _cycles(value, where),
        "missing": a_count,
    }

    name: str
    start: float
    mean: float
    sd: float
    year_mean: float
    year_sd: float
    cycles: tuple[str, ...]
    missing: int

    @property
    def input_names(self) -> tuple[str, ...]:
        """The column's name with the part of the date, for each input."""
        year = [f"{self.name}: year"] if self.year_sd else []
        pairs = [f"{self.name}: {cycle} {half}" for cycle in self.cycles for half in ("sin", "cos")]
        return (f"{self.name}: days", *year, *pairs)

    def write(self, inputs: NDArray[Any], column: Column) -> list[str]:
        """Fill the inputs (N, width) and return notes on values that training did not have."""
        found = moments_of(column, self.name)
        missing = np.asarray(found.isna())
        days = _days(found) - self.start
        parts = [(days - self.mean) / self.sd]
        if self.year_sd:
            parts.append((np.asarray(found.year, np.float64) - self.year_mean) / self.year_sd)
        for cycle in self.cycles:
            angle = 2 * np.pi * np.asarray(CYCLES[cycle](found), np.float64)
            parts += [np.sin(angle), np.cos(angle)]
        for place, values in enumerate(parts):
            inputs[:, place] = np.where(missing, 0.0, values)
        if not missing.any():
            return []
        number = count(int(missing.sum()), "missing date")
        return [f"column {self.name!r}: {number} taken for an average one"]


def fit_dates(column: Column | pd.DatetimeIndex, name: str) -> DateColumn | None:
    """Learn from a training column of dates; None where all are missing or the same.

    Raises
    ------
    CellError
        Where a value is no date.
    """
    found = moments_of(column, name)
    present = found[np.asarray(found.notna())]
    if not len(present) or present.min() == present.max():
        return None
    days = _days(present)
    start = float(days.min())
    years = np.asarray(present.year, np.float64)
    cycles = {cycle: np.asarray(part(present)) for cycle, part in CYCLES.items()}
    return DateColumn(
        name=name,
        start=start,
        mean=float((days - start).mean()),
        sd=float((days - start).std()),
        year_mean=float(years.mean()),
        year_sd=float(years.std()),
        cycles=tuple(cycle for cycle, values in cycles.items() if values.min() < values.max()),
        missing=len(found) - len(present),
    )


def moments_of(column: Column | pd.DatetimeIndex, name: str) -> pd.DatetimeIndex:
    """Return the moments in a column as local wall-clock time, NaT where missing.

    Raises
    ------
    CellError
        Where a value is no date.
    """
    import pandas as pd

    series = pd.Series(stored(pd.Series(column)))
    if isinstance(series.dtype, pd.PeriodDtype):
        series = series.dt.to_timestamp()
    if series.dtype.kind == "M" or isinstance(series.dtype, pd.DatetimeTZDtype):
        index = pd.DatetimeIndex(series).tz_localize(None)
        outside = np.asarray((index.year < FIRST_YEAR) | (index.year > LAST_YEAR))
        if outside.any():
            row = int(outside.argmax())
            span = f"the years {FIRST_YEAR} to {LAST_YEAR}"
            raise CellError(name, row, f"{series.iloc[row]}", f"lies outside of {span}.")
        return index.as_unit(UNIT)
    present = np.asarray(series.notna())
    texts = [_iso(value) if there else "" for value, there in zip(series, present, strict=True)]
    found = moments(texts, ISO)
    wrong = np.asarray(found.isna()) & present
    if wrong.any():
        row = int(wrong.argmax())
        raise CellError(
            name, row, f"{str(series.iloc[row])!r:.60}", "is not a date as in training."
        )
    return found


def _iso(value: object) -> str:
    """Return a date in ISO format; times of day have the date 1970-01-01."""
    import datetime

    if isinstance(value, datetime.time):
        return f"1970-01-01 {value.isoformat()}"
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(value)


def _days(found: pd.DatetimeIndex) -> NDArray[np.float64]:
    seconds = found.to_numpy(dtype="datetime64[s]").astype(np.float64)
    return seconds / _DAY


def _from_zero(value: object, where: str) -> float:
    number = a_number(value, where)
    if number < 0:
        raise DataError(f"{where} must be at least 0, not {number}")
    return number


def _cycles(value: object, where: str) -> tuple[str, ...]:
    cycles = tuple(a_text(cycle, where) for cycle in a_list(value, where))
    if list(cycles) != [cycle for cycle in CYCLES if cycle in cycles]:
        raise DataError(f"{where} must be some of {quoted(CYCLES)} in this order")
    return cycles
