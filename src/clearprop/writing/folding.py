"""Long lines of text and equations, folded to a width at blanks and never within a number."""

from __future__ import annotations

import re
from typing import NamedTuple

LEAST_PART = 0.4
"""A break leaves at least this part of a line's room filled, where any break does."""

OPENING, CLOSING = "([{", ")]}"
DEPTH_COSTS = 4
"""How much worse a break within one more pair of parentheses is."""

KINDS = ((re.compile(r"(?:[+−≈]|where|else|from|to) "), 0), (re.compile(r"[=→·⊙/] "), 1))
"""What a continuation line may begin with in an equation, and what a break before it costs."""
AT_GAP, AFTER_COMMA, ANYWHERE = -1, 1, 2
TIED = re.compile(r"(?:^|\s)(?:[=≈→+−·⊙/]|at)$")
AFTER_TIED = 12
"""A break between an operator and its right argument costs this: it comes last."""


class _Break(NamedTuple):
    """A run of blanks at which a line can be broken."""

    start: int
    stop: int
    cost: int


def folded(line: str, width: int | None) -> list[str]:
    """Return a line as lines of at most `width` characters.

    Breaks stand before operators and after commas rather than elsewhere, and outside parentheses
    rather than within. Continuation lines begin after the first equals sign, or four characters
    further in than the line. A word or number longer than the width stays whole.

    >>> folded("y = 0.25 · 3.125 + 1.5 · (−2)", 20)
    ['y = 0.25 · 3.125', '    + 1.5 · (−2)']
    """
    if width is None or len(line) <= width:
        return [line]
    lines, rest, hang = [], line, 0
    while len(rest) > width and (place := _best(rest, width)):
        hang = hang or _hang(line, place.start, width)
        lines.append(rest[: place.start])
        rest = " " * hang + rest[place.stop :]
    return [*lines, rest]


def _hang(line: str, broken_at: int, width: int) -> int:
    """Return how far continuation lines are indented; less where a word would not fit."""
    indent = len(line) - len(line.lstrip())
    equals = re.search(r"(?:^|\s)[=≈] ", line[:broken_at])
    hang = equals.end() if equals and equals.end() <= width // 2 else indent + 4
    return min(hang, max(1, width - max(map(len, line.split()))))


def _best(line: str, width: int) -> _Break | None:
    """Return where to break a line that is too long, None if it has no blank."""
    found = _breaks(line)
    within = [place for place in found if place.start <= width]
    if not within:
        return found[0] if found else None
    indent = len(line) - len(line.lstrip())
    filled = [p for p in within if p.start - indent >= LEAST_PART * (width - indent)]
    return min(filled or within[-1:], key=lambda place: (place.cost, -place.start))


def _breaks(line: str) -> list[_Break]:
    """Return the places where a line can be broken, from left to right."""
    places, depth = [], 0
    text = line.lstrip()
    indent = len(line) - len(text)
    for token in re.finditer(r"\s+|\S", text):
        sign = token[0]
        if sign.isspace():
            start, stop = token.start() + indent, token.end() + indent
            cost = AT_GAP if len(sign) > 1 else _cost(line, start, stop)
            places.append(_Break(start, stop, cost + DEPTH_COSTS * depth))
        depth += (sign in OPENING) - (sign in CLOSING)
    return places


def _cost(line: str, start: int, stop: int) -> int:
    if TIED.search(line[:start]):
        return AFTER_TIED
    for kind, cost in KINDS:
        if kind.match(line, stop):
            return cost
    return AFTER_COMMA if line[start - 1] in ",;:" else ANYWHERE
