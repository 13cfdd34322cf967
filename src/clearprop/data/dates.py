"""Recognise the formats of dates in a column of text, and parse them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

ISO = "ISO8601"
"""The format of dates from year to second; parts of the time may be missing."""

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_LONG_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
)
_TIMES = {
    "": "",
    r"[ T]\d{1,2}:\d{2}": " %H:%M",
    r"[ T]\d{1,2}:\d{2}:\d{2}": " %H:%M:%S",
    r"[ T]\d{1,2}:\d{2}:\d{2}\.\d{1,6}": " %H:%M:%S.%f",
    r" \d{1,2}:\d{2} ?[AaPp][Mm]": " %I:%M %p",
    r" \d{1,2}:\d{2}:\d{2} ?[AaPp][Mm]": " %I:%M:%S %p",
}
_DAY_FIRST = {
    r"\d{1,2}/\d{1,2}/\d{4}": "%d/%m/%Y",
    r"\d{1,2}\.\d{1,2}\.\d{4}": "%d.%m.%Y",
    r"\d{1,2}-\d{1,2}-\d{4}": "%d-%m-%Y",
    r"\d{1,2}/\d{1,2}/\d{2}": "%d/%m/%y",
    r"\d{1,2}\.\d{1,2}\.\d{2}": "%d.%m.%y",
}
_DAYS = {
    r"\d{4}/\d{1,2}/\d{1,2}": "%Y/%m/%d",
    rf"\d{{1,2}} {_MONTH} \d{{4}}": "%d %b %Y",
    rf"\d{{1,2}}-{_MONTH}-\d{{4}}": "%d-%b-%Y",
    rf"\d{{1,2}}-{_MONTH}-\d{{2}}": "%d-%b-%y",
    rf"{_MONTH} \d{{1,2}}, \d{{4}}": "%b %d, %Y",
    rf"\d{{1,2}} {_LONG_MONTH} \d{{4}}": "%d %B %Y",
    rf"{_LONG_MONTH} \d{{1,2}}, \d{{4}}": "%B %d, %Y",
}
_CLOCKS = {
    r"\d{1,2}:\d{2}": "%H:%M",
    r"\d{1,2}:\d{2}:\d{2}": "%H:%M:%S",
    r"\d{1,2}\.\d{2}\.\d{2}": "%H.%M.%S",
}

_ISO = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)?"
    r"(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?",
    re.ASCII,
)
_OFFSET = re.compile(r"(?<=:\d\d)(?:[.,]?\d*)?( ?(?:Z|UTC|[+-]\d{2}:?\d{2}))$", re.ASCII)


class Format(NamedTuple):
    """A format of dates: the pattern of a cell, and the format for `strptime`."""

    pattern: re.Pattern[str]
    text: str


def _formats() -> list[Format]:
    days = list(_DAYS.items())
    for shape, text in _DAY_FIRST.items():
        days.append((shape, text))
        if "." not in text:  # months are not followed by points
            days.append((shape, text.replace("%d", "%_").replace("%m", "%d").replace("%_", "%m")))
    found = [(shape + clock, text + time) for shape, text in days for clock, time in _TIMES.items()]
    return [
        Format(_ISO, ISO),
        *(Format(re.compile(shape, re.ASCII), text) for shape, text in found),
        *(Format(re.compile(shape, re.ASCII), text) for shape, text in _CLOCKS.items()),
    ]


_FORMATS = _formats()
FORMATS = frozenset(form.text for form in _FORMATS)
"""The date formats that a saved reading may name."""


def looks_like_date(cell: str) -> bool:
    """Return whether a cell has the shape of a date or a time of day.

    >>> looks_like_date("2024-01-10 08:30"), looks_like_date("1/2/24"), looks_like_date("1.5")
    (True, True, False)
    """
    return any(form.pattern.fullmatch(cell) for form in _FORMATS)


def moments(cells: Sequence[str], layout: str) -> pd.DatetimeIndex:
    """Return the moments in cells as local wall-clock time; NaT for other cells.

    A time without a date has the date 1970-01-01.
    """
    import pandas as pd

    if layout == ISO:
        marked = any(
            (cell[10:] and not cell[-1].isdigit()) or "+" in cell or cell.count("-") > 2
            for cell in cells
        )
        cells = [
            (_without_offset(cell) if marked else cell) if _ISO.fullmatch(cell) else ""
            for cell in cells
        ]
    else:
        # strptime wants one blank before AM and PM, and takes a T for no blank.
        cells = [re.sub(r"(?<=\d) ?([AaPp][Mm])$", r" \1", cell) for cell in cells]
        cells = [re.sub(r"(?<=\d)T(?=\d)", " ", cell) for cell in cells]
    found = pd.to_datetime(pd.Index(cells, dtype=object), format=layout, errors="coerce")
    if "%d" not in layout and layout != ISO:
        found = found - pd.Timestamp("1900-01-01") + pd.Timestamp("1970-01-01")
    return found


def _without_offset(cell: str) -> str:
    found = _OFFSET.search(cell)
    return cell[: found.start(1)] if found else cell.removesuffix("Z")


def formats_of(cells: Sequence[str]) -> list[str]:
    """Return the formats in which all of some cells are dates; two where day and month can swap.

    >>> formats_of(["01/03/2024", "31/03/2024"]), formats_of(["01/03/2024"])
    (['%d/%m/%Y'], ['%d/%m/%Y', '%m/%d/%Y'])
    """
    shaped = [form.text for form in _FORMATS if cells and all(map(form.pattern.fullmatch, cells))]
    return [text for text in shaped if not moments(cells, text).isna().any()]


def is_day_first(layout: str) -> bool:
    """Return whether a format has the day before the month."""
    return "%d" in layout and layout.find("%d") < max(layout.find("%m"), layout.find("%b"))
