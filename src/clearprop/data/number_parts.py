"""Cut a cell into the parts of a number: sign, currency, digits with marks, exponent, unit."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

# Characters that stand for plain ones in numbers: minus signs, narrow blanks, apostrophes. Those
# without a width stand for none.
_PLAIN = str.maketrans(
    dict.fromkeys("−–－﹣", "-")
    | dict.fromkeys("\u00a0\u202f\u2009\u2007\u2008\u2002\u2003", " ")
    | dict.fromkeys("’ʼ", "'")
    | dict.fromkeys("\u200b\u200e\u200f\u2060\ufeff", "")
)
_NO_CENTS = re.compile(r"(?<=\d)[.,](?:-{1,2}|—|–)(?![\d-])")

_CURRENCY = (
    r"(?:US|CA|AU|NZ|HK|R)?\$|[€£¥₹₽₩₺₴₫₪฿]|"
    r"USD|EUR|GBP|CHF|JPY|CNY|INR|CAD|AUD|SEK|NOK|DKK|PLN|BRL|ZAR|Fr\.|Rs\.?"
)
# A unit that may follow a number at once; any other word must stand apart from it by a blank.
_UNIT = (
    r"%|‰|°[CFK]?|[µmckdh]?m[²³23]?|ft|in|mi|yd|km/h|mph|m/s|[mkµ]?g|lbs?|oz|t|[mcd]?l|L|gal|"
    r"[mµn]?s|sec|min|hr?s?|[kKMGT]i?B|[kKMGTB]|bn|mn|[Mm]io|[kM]?[WVA]h?|[kMG]?Hz|[kMh]?Pa|"
    r"bar|k?cal|k?J|px|pt|dB|rpm|bpm"
)
_NUMBER = re.compile(
    rf"(?P<open>\()?(?P<sign>[+-]?) ?(?:(?P<prefix>{_CURRENCY}) ?)?(?P<inner>[+-]?)"
    r"(?P<body>\d(?:[\d.,' ]*\d)?[.,]?|[.,]\d+)(?P<exponent>[eE][+-]?\d+)?(?P<after>-?)"
    rf"(?P<suffix>(?: ?(?:{_UNIT}|{_CURRENCY}))| [^\W\d][^\d,;]{{0,20}})?(?P<close>\))?",
    re.ASCII,
)
_NO_DIGITS = str.maketrans("", "", "0123456789")


class Parts(NamedTuple):
    """A cell cut into the parts of a number: 1.5 in "-$1.5e3 m" is the body, e3 the exponent."""

    sign: str
    prefix: str
    body: str
    exponent: str
    suffix: str


@lru_cache(maxsize=4096)
def parts_of(cell: str) -> Parts | None:
    """Return the parts of a number, None if the cell is not written as a number.

    >>> parts_of("$1,234.50")
    Parts(sign='', prefix='$', body='1,234.50', exponent='', suffix='')
    >>> parts_of("20.3 cm").suffix, parts_of("abc")
    ('cm', None)
    """
    plain = _NO_CENTS.sub("", cell)  # as in 5,-
    plain = plain if plain.isascii() else "".join(map(_digit, plain.translate(_PLAIN)))
    found = _NUMBER.fullmatch(plain.strip())
    if found is None:
        return None
    signs = [sign for sign in (found["sign"], found["inner"], found["after"]) if sign]
    bracketed = found["open"] is not None
    if bracketed != (found["close"] is not None) or len(signs) + bracketed > 1:
        return None
    negative = bracketed or "-" in signs
    return Parts(
        "-" if negative else "",
        found["prefix"] or "",
        found["body"],
        found["exponent"] or "",
        (found["suffix"] or "").strip(),
    )


_ANY_CASE = frozenset(["k", "kg", "km", "cm", "lb", "oz", "ft", "in"])


def unit_of(suffix: str) -> str:
    """Return one text for the ways to write a unit: apart or not, one or many, in capitals.

    >>> unit_of(" years"), unit_of("year"), unit_of("KG"), unit_of("mW"), unit_of("MW")
    ('year', 'year', 'kg', 'mW', 'MW')
    """
    unit = suffix.strip()
    if len(unit) > 2 or unit.lower() in _ANY_CASE:
        unit = unit.lower()
    return unit[:-1] if len(unit) > 2 and unit.isalpha() and unit.endswith("s") else unit


def _digit(character: str) -> str:
    """Return a decimal digit of any script as an ASCII one; other characters as they are."""
    return str(unicodedata.decimal(character)) if character.isdecimal() else character


MOST_WAYS = 5
"""Numbers with more different words around them than these are rather names, or addresses."""


def different_ways(cells: Iterable[str]) -> tuple[str, ...]:
    """Return two numbers that are written in different ways; nothing where there are many ways.

    >>> different_ways(["5 kg", "7 kg", "500 g"]), different_ways(["1,5", "2.5"])
    (('5 kg', '500 g'), ('1,5', '2.5'))
    """
    found = dict[object, str]()
    for cell in cells:
        parts = parts_of(cell)
        if parts is not None:
            found.setdefault((parts.prefix, unit_of(parts.suffix)), cell)
            marks = parts.body.translate(_NO_DIGITS)
            if marks:
                found.setdefault(marks, cell)
    ways = tuple(dict.fromkeys(found.values()))
    return ways[:2] if 1 < len(found) <= MOST_WAYS and len(ways) > 1 else ()
