"""Recognise how a column writes numbers: decimal mark, grouping, unit, currency, per cent."""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from clearprop.data.number_parts import parts_of, unit_of
from clearprop.files.document import a_text, checked
from clearprop.files.errors import DataError
from clearprop.writing.sentences import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clearprop.files.document import Check

DECIMALS = (".", ",")
GROUPS = ("", ".", ",", " ", "'")

_BARE = re.compile(r"[+-]?(?:[0-9][0-9.,]*|[.,][0-9]+)")
_MANY = 1000

_ENDLESS = re.compile(r"(?P<sign>[+-]?)inf(?:inity)?", re.IGNORECASE)


_INDIAN = r"[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}"
"""12,34,567: after the thousands, groups have two digits."""


@lru_cache
def _body_pattern(decimal: str, group: str) -> re.Pattern[str]:
    point, between = re.escape(decimal), re.escape(group)
    whole = rf"[1-9][0-9]{{0,2}}(?:{between}[0-9]{{3}})+|[0-9]{{1,3}}" if group else r"[0-9]+"
    if group in (" ", "'"):  # nothing else than grouping, so that 2024 may stand beside 12 024
        whole = rf"[1-9][0-9]{{0,2}}(?:{between}[0-9]{{3}})+|[0-9]+"
    if group == ",":
        whole = f"{whole}|{_INDIAN}"
    return re.compile(rf"(?:{whole})(?:{point}[0-9]*)?|{point}[0-9]+", re.ASCII)


@lru_cache
def _lenient_pattern(decimal: str, group: str) -> re.Pattern[str]:
    point, between = re.escape(decimal), re.escape(group)
    grouped = rf"[0-9]{{1,3}}(?:{between}[0-9]{{3}})+|" if group else ""
    grouped += f"{_INDIAN}|" if group == "," else ""
    return re.compile(rf"(?:{grouped}[0-9]+)(?:{point}[0-9]*)?|{point}[0-9]+", re.ASCII)


@dataclass(frozen=True)
class Numerals:
    """How the numbers of a column are written.

    Attributes
    ----------
    decimal
        The mark before the fraction.
    group
        The separator of thousands; empty if there is none.
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

    @property
    def accepted_group(self) -> str:
        """The accepted separator of thousands; with decimal commas also a point never seen."""
        return self.group or ("." if self.decimal == "," else "")

    def number(self, cell: str) -> float | None:
        """Return the number in a cell, possibly infinite; None for a word.

        Currency, unit and grouping may be missing in a cell, but not differ.

        >>> Numerals(decimal=",", group=".").number("1.015,5")
        1015.5
        >>> Numerals(suffix="%").number("13.75%"), Numerals().number("1,5")
        (13.75, None)
        """
        parts = parts_of(cell)
        if parts is None:
            endless = _ENDLESS.fullmatch(cell.strip())
            return endless and (-math.inf if endless["sign"] == "-" else math.inf)
        if parts.prefix not in ("", self.prefix):
            return None
        if parts.suffix and unit_of(parts.suffix) != unit_of(self.suffix):
            return None
        group = self.accepted_group
        if not _lenient_pattern(self.decimal, group).fullmatch(parts.body):
            return None
        body = parts.body.replace(group, "") if group else parts.body
        return float(f"{parts.sign}{body.replace(self.decimal, '.')}{parts.exponent}")

    @classmethod
    def from_document(cls, document: object, where: str) -> Numerals:
        """Return the numerals that a document describes; raise DataError if it is invalid."""
        return cls(**checked(document, where, cls.checks))

    def differs(self, marked: bool) -> list[str]:
        """Return in words how the numbers differ from Python's; `marked`: with points or commas."""
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
    """The ways in which the numbers of a column can be read.

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


def candidates(cells: Sequence[str]) -> Candidates | None:
    """Return the ways to read all of some cells as numbers, None if there is no way.

    >>> candidates(["0,131", "0,477"]).proven
    ','
    >>> candidates(["1,234", "27,387"]).doubtful
    True
    """
    plain = is_bare(cells)
    example = next((cell for cell in cells if not cell.isdecimal()), "")
    bodies = _bodies([cell.lstrip("+-") for cell, bare in zip(cells, plain, strict=True) if bare])
    affixes = {("", ""): ""} if bodies.significant else dict[tuple[str, str], str]()
    others = set[str]()
    for cell, bare in zip(cells, plain, strict=True):
        if bare:
            continue
        parts = parts_of(cell)
        if parts is None:
            if _ENDLESS.fullmatch(cell.strip()):
                continue
            return None
        others.add(parts.body)
        if parts.body.strip("0.,") or parts.prefix or parts.suffix:
            affixes.setdefault((parts.prefix, unit_of(parts.suffix)), parts.suffix)
    if len(affixes) > 1 or not (bodies.words or others):
        return None
    bodies = _bodies([*bodies.words, *others])
    (prefix, _), suffix = affixes.popitem() if affixes else (("", ""), "")
    ways = tuple(
        Numerals(decimal, group, prefix, suffix)
        for decimal, group in itertools.product(DECIMALS, GROUPS)
        if group != decimal and bodies.fit(decimal, group)
    )
    if not ways:
        return None
    decimals = {way.decimal for way in ways}
    proven = decimals.pop() if bodies.marked and len(decimals) == 1 else None
    return Candidates(ways, proven, example, bodies.marked)


def is_bare(cells: Sequence[str]) -> list[bool]:
    """Return which cells consist only of a sign, digits, points and commas."""
    if len(cells) <= _MANY:
        return [_BARE.fullmatch(cell) is not None for cell in cells]
    return _matches(cells, _BARE.pattern)


def _matches(cells: Sequence[str], pattern: str) -> list[bool]:
    """Return which of many cells match a pattern; pandas does it faster for many."""
    import pandas as pd

    return pd.Series(cells, dtype="str").str.fullmatch(pattern).tolist()


class _Bodies(NamedTuple):
    """The digits and marks of the numbers of a column."""

    words: list[str]
    marked: bool
    significant: bool

    def fit(self, decimal: str, group: str) -> bool:
        """Return whether all are numbers with this decimal mark and this grouping."""
        if group and not any(group in word for word in self.words):
            return False
        pattern = _body_pattern(decimal, group)
        if len(self.words) <= _MANY:
            return all(map(pattern.fullmatch, self.words))
        return all(_matches(self.words, pattern.pattern))


def _bodies(words: list[str]) -> _Bodies:
    return _Bodies(
        words,
        marked=any("," in word or "." in word for word in words),
        significant=any(word.strip("0.,") for word in words),
    )


def choose(found: Candidates, decimal: str | None, usual: str) -> Numerals:
    """Return how the numbers of a column are written.

    Parameters
    ----------
    found
        The ways in which they can be read.
    decimal
        The decimal mark of the file, if it is known.
    usual
        The more likely mark in a file where nothing proves one.
    """
    for mark in (decimal, usual):
        for way in found.ways:
            if way.decimal == mark:
                return way
    return found.ways[0]


def parsed(cells: Sequence[str], numerals: Numerals) -> list[float | None]:
    """Return the number in each cell, possibly infinite; None for words.

    >>> parsed(["1.015,5", "x"], Numerals(",", "."))
    [1015.5, None]
    """
    if len(cells) <= _MANY:
        return [numerals.number(cell) for cell in cells]
    decimal, group = numerals.decimal, numerals.accepted_group
    pattern = f"[+-]?(?:{_lenient_pattern(decimal, group).pattern})"
    found = list[float | None]()
    for cell, bare in zip(cells, _matches(cells, pattern), strict=True):
        if bare:
            digits = cell.replace(group, "") if group else cell
            found.append(float(digits.replace(decimal, ".")))
        else:
            found.append(numerals.number(cell))
    return found


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
