"""Numbers and tables as plain text, for whoever prints: command line, results, the chapter."""

from __future__ import annotations

import math
from collections.abc import Sequence

GAP = "  "
NONE = "–"
"""No value."""


def number(value: float) -> str:
    """Return four significant digits, and more only before the point.

    >>> number(0.98056), number(53.8512), number(196023.7), number(0.00012345)
    ('0.9806', '53.85', '196,024', '0.0001234')
    """
    if math.isnan(value):
        return NONE
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    text = f"{value:#.4g}"
    return text.rstrip(".")


def aligned(rows: Sequence[Sequence[str]], left: int = 1, gap: str = GAP) -> list[str]:
    """Return rows of cells as lines, the first `left` columns to the left, the others right.

    >>> aligned([["", "rows"], ["yes", "7"], ["no", "12"]])
    ['     rows', 'yes     7', 'no     12']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            cell.ljust(width) if index < left else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append(gap.join(cells).rstrip())
    return lines
