"""Recognise the formats of dates in a column of text, and parse them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

ISO = "ISO8601"
"""The format of dates from year to second; parts of the time may be missing."""

FIRST_YEAR, LAST_YEAR = 1, 9999
"""Years that dates may have, as in Python."""

UNIT: Literal["us"] = "us"
"""The resolution of moments, in which the years 1 to 9999 have a place."""

_SAMPLE = 200
_LETTERS = re.compile(r"[A-Za-z+]")

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)"
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
_ZONE = r" ?(?:Z|UTC|GMT|[ECMP][SD]T|(?:WE|CE|EE|B|I|J|AE)S?T|MSK|[+-]\d{2}(?::?\d{2})?)"
_WEEKDAY = r"(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?,? "
_DAY_FIRST = {
    r"\d{1,2}/\d{1,2}/\d{4}": "%d/%m/%Y",
    r"\d{1,2}\.\d{1,2}\.\d{4}": "%d.%m.%Y",
    r"\d{1,2}-\d{1,2}-\d{4}": "%d-%m-%Y",
    r"\d{1,2}/\d{1,2}/\d{2}": "%d/%m/%y",
    r"\d{1,2}\.\d{1,2}\.\d{2}": "%d.%m.%y",
    r"\d{2}-\d{2}-\d{2}": "%d-%m-%y",
}
_DAYS = {
    r"\d{4}-\d{1,2}-\d{1,2}": "%Y-%m-%d",
    r"\d{4}/\d{1,2}/\d{1,2}": "%Y/%m/%d",
    r"\d{4}\.\d{1,2}\.\d{1,2}": "%Y.%m.%d",
    r"\d{4}年\d{1,2}月\d{1,2}日": "%Y年%m月%d日",
    rf"\d{{1,2}} {_MONTH} \d{{4}}": "%d %b %Y",
    rf"\d{{1,2}}-{_MONTH}-\d{{4}}": "%d-%b-%Y",
    rf"\d{{1,2}}-{_MONTH}-\d{{2}}": "%d-%b-%y",
    rf"{_MONTH} \d{{1,2}}, \d{{4}}": "%b %d, %Y",
    rf"\d{{1,2}} {_LONG_MONTH} \d{{4}}": "%d %B %Y",
    rf"{_LONG_MONTH} \d{{1,2}}, \d{{4}}": "%B %d, %Y",
    rf"\d{{1,2}}{_MONTH}\d{{4}}": "%d%b%Y",
    rf"\d{{1,2}}{_MONTH}\d{{2}}": "%d%b%y",
}
_MONTHS = {
    r"\d{4}-\d{2}": "%Y-%m",
    r"\d{4}/\d{2}": "%Y/%m",
    r"\d{1,2}/\d{4}": "%m/%Y",
    rf"{_MONTH}-\d{{4}}": "%b-%Y",
    rf"{_MONTH} \d{{4}}": "%b %Y",
    rf"{_MONTH}-\d{{2}}": "%b-%y",
    rf"{_LONG_MONTH} \d{{4}}": "%B %Y",
    rf"{_MONTH} +\d{{1,2}} \d{{2}}:\d{{2}}:\d{{2}} \d{{4}}": "%b %d %H:%M:%S %Y",
}
TIMES_OF_DAY = "%H:%M:%S"
_CLOCKS = {
    r"\d{1,2}:\d{2}": "%H:%M",
    r"\d{1,2}:\d{2}:\d{2}": TIMES_OF_DAY,
    r"\d{1,2}\.\d{2}\.\d{2}": "%H.%M.%S",
    r"\d{1,2}:\d{2} ?[AaPp][Mm]": "%I:%M %p",
}

_ISO = re.compile(
    rf"\d{{4}}-\d{{2}}-\d{{2}}(?:[ T]\d{{2}}:\d{{2}}(?::\d{{2}}(?:[.,]\d{{1,9}})?)?)?(?:{_ZONE})?",
    re.ASCII,
)
_OFFSET = re.compile(rf"(?:(?<=:\d\d)(?:[.,]?\d*)?|(?<=[AP]M))({_ZONE})$", re.ASCII | re.IGNORECASE)
_BEFORE = re.compile(f"^{_WEEKDAY}", re.IGNORECASE)
_SEASON = re.compile(r"\d\d(\d\d)-(\d\d)", re.ASCII)


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
    found = [
        (f"(?:{_WEEKDAY})?{shape}{clock}{f'(?:{_ZONE})?' if clock else ''}", text + time)
        for shape, text in days
        for clock, time in _TIMES.items()
    ]
    months = [(f"(?:{_WEEKDAY})?{shape}", text) for shape, text in _MONTHS.items()]
    return [
        Format(_ISO, ISO),
        *(
            Format(re.compile(shape, re.ASCII | re.IGNORECASE), text)
            for shape, text in [*found, *months, *_CLOCKS.items()]
        ),
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
    elif any(map(_LETTERS.search, cells)):
        cells = list(map(_plain, cells))
    found = pd.to_datetime(pd.Index(list(cells), dtype="str"), format=layout, errors="coerce")
    if "%y" not in layout.lower() and layout != ISO:
        found = found - pd.Timestamp("1900-01-01") + pd.Timestamp("1970-01-01")
    return found.as_unit(UNIT)


def _plain(cell: str) -> str:
    """Return a date as strptime takes it: without a weekday, a zone, and a T before the time."""
    cell = _BEFORE.sub("", cell)
    cell = _without_offset(cell)
    cell = re.sub(r"sept\b", "Sep", cell, flags=re.IGNORECASE)
    cell = re.sub(r"(?<=\d)T(?=\d)", " ", cell)
    # One blank before AM and PM.
    return re.sub(r"(?<=\d) ?([AaPp][Mm])$", r" \1", cell)


def _without_offset(cell: str) -> str:
    found = _OFFSET.search(cell)
    return cell[: found.start(1)] if found else cell.removesuffix("Z")


def formats_of(cells: Sequence[str]) -> list[str]:
    """Return the formats in which all of some cells are dates; two where day and month can swap.

    >>> formats_of(["01/03/2024", "31/03/2024"]), formats_of(["01/03/2024"])
    (['%d/%m/%Y'], ['%d/%m/%Y', '%m/%d/%Y'])
    """
    found = dates_among(cells)
    return [] if found.others else found.formats


class Dates(NamedTuple):
    """The formats in which most of some cells are dates, and the other cells."""

    formats: list[str]
    others: list[str]


def dates_among(cells: Sequence[str]) -> Dates:
    """Return the formats in which the most of some cells are dates, and which are none.

    >>> dates_among(["2024-03-01", "2024-02-30", "soon"])
    Dates(formats=['ISO8601'], others=['2024-02-30', 'soon'])
    """
    sample = cells[:: max(1, len(cells) // _SAMPLE)]
    shaped = {
        form: sum(form.pattern.fullmatch(cell) is not None for cell in sample) for form in _FORMATS
    }
    most = max(shaped.values())
    likely = [form for form, matching in shaped.items() if matching == most and most]
    if any(form.text == ISO for form in likely):  # written without blanks it is not ambiguous
        likely = [form for form in likely if form.text == ISO]
    best = Dates([], list(cells))
    for form in likely:
        others = _no_dates(cells, form)
        if len(others) < len(best.others):
            best = Dates([form.text], others)
        elif best.formats and others == best.others:
            best.formats.append(form.text)
    return best


def _no_dates(cells: Sequence[str], form: Format) -> list[str]:
    """Return the cells that are no dates of a format."""
    shaped = [cell if form.pattern.fullmatch(cell) else "" for cell in cells]
    if form.text == "%Y-%m" and all(map(_is_season, cells)):
        return list(cells)
    wrong = moments(shaped, form.text).isna()
    return [cell for cell, other in zip(cells, wrong, strict=True) if other]


def _is_season(cell: str) -> bool:
    """Return whether a cell is two years that follow each other, such as 2009-10."""
    found = _SEASON.fullmatch(cell)
    return found is not None and (int(found[1]) + 1) % 100 == int(found[2])


def is_day_first(layout: str) -> bool:
    """Return whether a format has the day before the month."""
    return "%d" in layout and layout.find("%d") < max(layout.find("%m"), layout.find("%b"))
