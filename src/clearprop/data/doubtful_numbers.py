"""Tell of numbers that pandas reads, but that may mean something else as they are written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.writing.sentences import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from clearprop.data.interpret import Interpreted
    from clearprop.data.layout import Layout

    Raw = Callable[[list[str]], Mapping[str, pd.Series[Any]]]

_EXACT, _LONGEST = 2.0**53, 1e40
_LED_BY_ZERO = r"[+-]?0[0-9]+"
_GROUPED = r"[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})?"


def doubts_of_numbers(
    frame: pd.DataFrame, layout: Layout, raw: Raw, found: Interpreted
) -> list[str]:
    """Return sentences on columns of plain numbers, with the option that says otherwise.

    Parameters
    ----------
    frame, layout
        The table as pandas reads it, and as text.
    raw
        Returns columns as they stand in the file.
    found
        How its columns were read.
    """
    plain = [name for name, reading in found.readings.items() if reading.plain and name in frame]
    kinds = {name: frame[name].dtype.kind for name in plain}
    notes = []
    if days := _like_dates(frame, [name for name in plain if kinds[name] == "i"]):
        notes.append(
            f"Read as numbers, though they look like dates: {listed(days, 6)} (2024-01-31 is read "
            "as a date)."
        )
    if long := _too_long(frame, [name for name in plain if kinds[name] == "f"]):
        notes.append(
            f"Whole numbers of more digits than a number keeps: {listed(long, 6)} (--text COLUMN "
            "takes a column for codes)."
        )
    if codes := _led_by_zeros([name for name in plain if kinds[name] in "iuf"], layout, raw):
        notes.append(
            f"Read as numbers, though zeros lead some of them: {listed(codes, 6)} (--text COLUMN "
            "takes a column for codes)."
        )
    if grouped := _maybe_grouped(
        frame, [name for name in plain if kinds[name] == "f"], layout, raw
    ):
        notes.append(
            f"Points could separate thousands: {listed(grouped, 6)} (--decimal , says that they "
            "do)."
        )
    return notes


def _like_dates(frame: pd.DataFrame, names: list[str]) -> list[str]:
    """Return columns whose numbers are all days such as 20240131, of the years 1900 to 2100."""
    told = []
    for name in names:
        numbers = frame[name].to_numpy()
        year, month, day = numbers // 10_000, numbers // 100 % 100, numbers % 100
        days = (year >= 1900) & (year <= 2100) & (month >= 1) & (month <= 12) & (day >= 1)
        if len(numbers) > 2 and (days & (day <= 31)).all() and np.ptp(numbers) > 0:
            told.append(f"{name} ({numbers[0]})")
    return told


def _too_long(frame: pd.DataFrame, names: list[str]) -> list[str]:
    """Return columns of whole numbers, all of them beyond those that floating point counts by."""
    found = []
    for name in names:
        numbers = np.abs(frame[name].to_numpy())
        numbers = numbers[np.isfinite(numbers)]
        if numbers.size and (numbers >= _EXACT).all() and (numbers < _LONGEST).all():
            found.append(name)
    return found


def _led_by_zeros(names: list[str], layout: Layout, raw: Raw) -> list[str]:
    separator = re.escape(layout.separator.encode()) if len(layout.separator) == 1 else rb"\s"
    # Few tables have any, and columns are seldom converted twice.
    if not names or not re.search(rb"(?:\A|[\n\r\"]|" + separator + rb" *)0[0-9]", layout.data):
        return []
    told = []
    for name, column in raw(names).items():
        cells = column.str.strip()
        led = cells[cells.str.fullmatch(_LED_BY_ZERO)]
        if len(led) and led.str.strip("+-0").astype(bool).any():
            first = next(cell for cell in led if cell.strip("+-0"))
            told.append(f"{name} ({first!r} is {int(first)})")
    return told


def _maybe_grouped(frame: pd.DataFrame, names: list[str], layout: Layout, raw: Raw) -> list[str]:
    """Return columns in which 1.234 may be a thousand and some: beside 970, or between semicolons.

    So is no column with a number below 1, with one of 1000 or more, or with other than three
    digits after the point.
    """
    likely = []
    for name in names:
        values = np.abs(frame[name].to_numpy(float))
        values = values[~np.isnan(values)]
        if not values.size or values.min() < 1 or values.max() >= 1000:
            continue
        thousands = values * 1000
        if (np.abs(thousands - np.round(thousands)) < 1e-6).all():
            likely.append(name)
    told = []
    for name, column in (raw(likely) if likely else {}).items():
        cells = column.str.strip()
        cells = cells[frame[name].notna().to_numpy()]
        points = cells.str.contains(".", regex=False)
        if not cells.str.fullmatch(_GROUPED).all() or not points.any():
            continue
        if layout.separator == ";" or not points.all():
            first = cells[points].iloc[0]
            told.append(f"{name} ({first!r} is {float(first):.15g})")
    return told
