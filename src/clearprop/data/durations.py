"""Recognise durations in a column of text, and read them as seconds."""

from __future__ import annotations

import re

_CLOCK = re.compile(
    r"(?P<sign>[+-]?)(?:(?P<days>\d+) ?d(?:ays?)?,? )?"
    r"(?:(?:(?P<hours>\d{1,5}):)?(?P<minutes>\d{1,4}):)(?P<seconds>[0-5]\d(?:[.,]\d{1,9})?)",
    re.ASCII | re.IGNORECASE,
)
_UNITS = re.compile(
    r"(?P<sign>[+-]?)(?:(?P<days>\d+) ?d(?:ays?)?,? ?)?(?:(?P<hours>\d+) ?h(?:(?:ou)?rs?)?,? ?)?"
    r"(?:(?P<minutes>\d+) ?m(?:in(?:ute)?s?)?,? ?)?"
    r"(?:(?P<seconds>\d+(?:\.\d+)?) ?s(?:ec(?:ond)?s?)?)?",
    re.ASCII | re.IGNORECASE,
)
_ISO = re.compile(
    r"(?P<sign>[+-]?)P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?"
    r"(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?",
    re.ASCII | re.IGNORECASE,
)
_SECONDS = {"days": 86_400.0, "hours": 3_600.0, "minutes": 60.0, "seconds": 1.0}


def seconds_of(cell: str) -> float | None:
    """Return how many seconds a cell lasts; None where it is no duration.

    Two numbers are minutes and seconds.

    >>> seconds_of("26:30:45"), seconds_of("45:30"), seconds_of("2 days 03:00:00.5")
    (95445.0, 2730.0, 183600.5)
    >>> seconds_of("1h 20m"), seconds_of("PT1H5S"), seconds_of("12:99"), seconds_of("5")
    (4800.0, 3605.0, None, None)
    """
    for form in (_CLOCK, _UNITS, _ISO):
        found = form.fullmatch(cell)
        if found is None:
            continue
        parts = {unit: found[unit] for unit in _SECONDS if found[unit]}
        if not parts or (form is _CLOCK and found["hours"] and int(found["minutes"]) > 59):
            continue
        total = sum(_SECONDS[unit] * float(part.replace(",", ".")) for unit, part in parts.items())
        return -total if found["sign"] == "-" else total
    return None
