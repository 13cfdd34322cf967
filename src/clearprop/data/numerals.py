"""How the numbers of a column are written: decimal mark, grouping, unit, currency, per cent."""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from clearprop.files.document import a_text, checked
from clearprop.files.errors import DataError
from clearprop.writing.sentences import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clearprop.files.document import Check

DECIMALS = (".", ",")
GROUPS = ("", ".", ",", " ", "'")

# Characters that stand for plain ones in numbers: minus signs, narrow blanks, apostrophes.
_PLAIN = str.maketrans(
    dict.fromkeys("−–－﹣", "-")
    | dict.fromkeys("\u00a0\u202f\u2009\u2007\u2008\u2002\u2003", " ")
    | dict.fromkeys("’ʼ", "'")
)

_CURRENCY = (
    r"(?:US|CA|AU|NZ|HK|R)?\$|[€£¥₹₽₩₺₴₫₪฿]|"
    r"USD|EUR|GBP|CHF|JPY|CNY|INR|CAD|AUD|SEK|NOK|DKK|PLN|BRL|ZAR|Fr\.|Rs\.?"
)
# A unit that may follow a number at once; any other word must stand apart from it by a blank.
_UNIT = (
    r"%|‰|°[CFK]?|[µmckdh]?m[²³23]?|ft|in|mi|yd|km/h|mph|m/s|[mkµ]?g|lbs?|oz|t|[mcd]?l|L|gal|"
    r"[mµn]?s|sec|min|hr?s?|[kKMGT]i?B|[kM]?[WVA]h?|[kMG]?Hz|[kMh]?Pa|bar|k?cal|k?J|px|pt|dB|rpm|bpm"
)
_NUMBER = re.compile(
    rf"(?P<open>\()?(?P<sign>[+-]?) ?(?:(?P<prefix>{_CURRENCY}) ?)?(?P<inner>[+-]?)"
    r"(?P<body>\d(?:[\d.,' ]*\d)?[.,]?|[.,]\d+)(?P<exponent>[eE][+-]?\d+)?"
    rf"(?P<suffix>(?: ?(?:{_UNIT}|{_CURRENCY}))| [^\W\d][^\d,;]{{0,20}})?(?P<close>\))?",
    re.ASCII,
)
_ENDLESS = re.compile(r"(?P<sign>[+-]?)inf(?:inity)?", re.IGNORECASE)


class Parts(NamedTuple):
    """A cell cut into the parts of a number: 1.5 in "-$1.5e3 m" is the body, e3 the exponent."""

    sign: str
    prefix: str
    body: str
    exponent: str
    suffix: str


@lru_cache(maxsize=4096)
def parts_of(cell: str) -> Parts | None:
    """Return the parts of a number, or None where a cell is written as none.

    >>> parts_of("$1,234.50")
    Parts(sign='', prefix='$', body='1,234.50', exponent='', suffix='')
    >>> parts_of("20.3 cm").suffix, parts_of("abc")
    (' cm', None)
    """
    plain = cell if cell.isascii() else cell.translate(_PLAIN)
    found = _NUMBER.fullmatch(plain.strip())
    if found is None:
        return None
    sign, inner = found["sign"], found["inner"]
    bracketed = found["open"] is not None
    if bracketed != (found["close"] is not None) or (sign and inner) or (bracketed and sign):
        return None
    negative = bracketed or "-" in (sign, inner)
    return Parts(
        "-" if negative else "",
        found["prefix"] or "",
        found["body"],
        found["exponent"] or "",
        found["suffix"] or "",
    )


@lru_cache
def _body_pattern(decimal: str, group: str) -> re.Pattern[str]:
    point, between = re.escape(decimal), re.escape(group)
    whole = rf"[1-9]\d{{0,2}}(?:{between}\d{{3}})+|\d{{1,3}}" if group else r"\d+"
    if group in (" ", "'"):  # nothing else than grouping, so that 2024 may stand beside 12 024
        whole = rf"[1-9]\d{{0,2}}(?:{between}\d{{3}})+|\d+"
    return re.compile(rf"(?:{whole})(?:{point}\d*)?|{point}\d+", re.ASCII)


@lru_cache
def _lenient_pattern(decimal: str, group: str) -> re.Pattern[str]:
    point, between = re.escape(decimal), re.escape(group)
    grouped = rf"\d{{1,3}}(?:{between}\d{{3}})+|" if group else ""
    return re.compile(rf"(?:{grouped}\d+)(?:{point}\d*)?|{point}\d+", re.ASCII)


@dataclass(frozen=True)
class Numerals:
    """How the numbers of a column are written.

    Attributes
    ----------
    decimal
        The mark before the fraction.
    group
        What stands between thousands; empty where nothing does.
    prefix, suffix
        A currency before each number, or a unit, a currency or a per cent sign after it.
    """

    checks: ClassVar[dict[str, Check]] = {
        "decimal": lambda value, where: _one_of(DECIMALS, value, where),
        "group": lambda value, where: _one_of(GROUPS, value, where),
        "prefix": lambda value, where: _short(value, where),
        "suffix": lambda value, where: _short(value, where),
    }

    decimal: str = "."
    group: str = ""
    prefix: str = ""
    suffix: str = ""

    def number(self, cell: str) -> float | None:
        """Return the number that a cell stands for, infinite ones included; None for a word.

        A cell may do without the currency, the unit and the grouping, but has no others.

        >>> Numerals(decimal=",", group=".").number("1.015,5")
        1015.5
        >>> Numerals(suffix="%").number("13.75%"), Numerals().number("1,5")
        (13.75, None)
        """
        parts = parts_of(cell)
        if parts is None:
            endless = _ENDLESS.fullmatch(cell.strip())
            return endless and (-math.inf if endless["sign"] == "-" else math.inf)
        if parts.prefix not in ("", self.prefix) or parts.suffix not in ("", self.suffix):
            return None
        # Beside decimal commas a point can only separate thousands.
        group = self.group or ("." if self.decimal == "," else "")
        if not _lenient_pattern(self.decimal, group).fullmatch(parts.body):
            return None
        body = parts.body.replace(group, "") if group else parts.body
        return float(f"{parts.sign}{body.replace(self.decimal, '.')}{parts.exponent}")

    @classmethod
    def from_document(cls, document: object, where: str) -> Numerals:
        """Return what a document describes, or raise a DataError."""
        return cls(**checked(document, where, cls.checks))

    def differs(self, marked: bool) -> list[str]:
        """Return in words what is not as Python writes numbers; `marked`: points or commas."""
        words = []
        if self.decimal != "." and marked:
            words.append("the commas as decimal points")
        if self.group:
            mark = {".": "points", ",": "commas", " ": "blanks", "'": "apostrophes"}[self.group]
            words.append(f"the {mark} as separators of thousands")
        if affix := self.prefix or self.suffix.strip():
            words.append(f"without {affix!r}")
        return words


PLAIN = Numerals()
"""Numbers as Python writes them."""


class Candidates(NamedTuple):
    """In which ways the numbers of a column can be understood.

    Attributes
    ----------
    ways
        Each with the same prefix and suffix, the likeliest of a decimal mark first.
    proven
        The decimal mark, where the cells allow one only; None where they allow both or use none.
    example
        The first cell that is more than digits.
    marked
        Whether a point or a comma stands in any cell.
    """

    ways: tuple[Numerals, ...]
    proven: str | None
    example: str
    marked: bool

    @property
    def doubtful(self) -> bool:
        """Whether both decimal marks are possible, with different numbers."""
        return self.marked and len({way.decimal for way in self.ways}) > 1


def candidates(cells: Iterable[str]) -> Candidates | None:
    """Return the ways in which all of some cells are numbers, or None where there is none.

    >>> candidates(["0,131", "0,477"]).proven
    ','
    >>> candidates(["1,234", "27,387"]).doubtful
    True
    """
    bodies, example = set[str](), ""
    affixes = set[tuple[str, str]]()
    for cell in cells:
        parts = parts_of(cell)
        if parts is None:
            if _ENDLESS.fullmatch(cell.strip()):
                continue
            return None
        bodies.add(parts.body)
        if not example and not cell.isdecimal():
            example = cell
        if parts.body.strip("0.,") or parts.prefix or parts.suffix:
            affixes.add((parts.prefix, parts.suffix))
    if len(affixes) > 1 or not bodies:
        return None
    prefix, suffix = affixes.pop() if affixes else ("", "")
    ways = tuple(
        Numerals(decimal, group, prefix, suffix)
        for decimal, group in itertools.product(DECIMALS, GROUPS)
        if group != decimal and _fits(bodies, decimal, group)
    )
    if not ways:
        return None
    marked = any("," in body or "." in body for body in bodies)
    decimals = {way.decimal for way in ways}
    proven = decimals.pop() if marked and len(decimals) == 1 else None
    return Candidates(ways, proven, example, marked)


def _fits(bodies: set[str], decimal: str, group: str) -> bool:
    if group and not any(group in body for body in bodies):
        return False
    pattern = _body_pattern(decimal, group)
    return all(map(pattern.fullmatch, bodies))


def choose(found: Candidates, decimal: str | None, usual: str) -> Numerals:
    """Return how a column is written.

    Parameters
    ----------
    found
        In which ways it can be.
    decimal
        The decimal mark of the file, where it is known.
    usual
        The mark that is likelier in a file where nothing proves one.
    """
    for mark in (decimal, usual):
        for way in found.ways:
            if way.decimal == mark:
                return way
    return found.ways[0]


def parsed(cells: Sequence[str], numerals: Numerals) -> list[float | None]:
    """Return the number each cell stands for, None for words."""
    return [numerals.number(cell) for cell in cells]


def _one_of(known: Sequence[str], value: object, where: str) -> str:
    text = a_text(value, where)
    if text not in known:
        raise DataError(f"{where} must be one of {quoted(known, len(known))}, not {text!r:.40}")
    return text


def _short(value: object, where: str) -> str:
    text = a_text(value, where)
    if len(text) > 30:
        raise DataError(f"{where} is longer than 30 characters: {text!r:.40}")
    return text
