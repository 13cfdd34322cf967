"""Tables as plain text, for the command line, results, steps and the chapter."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

GAP = "  "


def aligned(rows: Sequence[Sequence[str]], left: int = 1, gap: str = GAP) -> list[str]:
    """Return rows of cells as lines: the first `left` columns left-aligned, the others right.

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


def pointed(rows: Sequence[Sequence[str]], gap: str = GAP) -> list[str]:
    """Return rows of numbers as lines, with the decimal points of each column aligned.

    >>> pointed([["0.5", "7"], ["12", "0.25"]])
    [' 0.5  7', '12    0.25']
    """
    columns = [_column(column) for column in zip(*rows, strict=True)]
    return [gap.join(cells).rstrip() for cells in zip(*columns, strict=True)]


def named_table(
    cells: Sequence[Sequence[str]], rows: Sequence[str], columns: Sequence[str], width: int | None
) -> list[str]:
    """Return numbers with the names of their rows and columns, decimal points aligned.

    Where that is wider than `width`, as tables below one another.

    >>> named_table([["0.5", "7"], ["12", "0.25"]], ["a", "b"], ["one", "two"], None)
    ['    one   two', 'a   0.5  7', 'b  12    0.25']
    """
    numbers = [_column(column) for column in zip(*cells, strict=True)]
    heads = [_clipped(name) for name in columns]
    filled = [
        [head.rjust(max(map(len, [head, *column]))), *(cell.rjust(len(head)) for cell in column)]
        for head, column in zip(heads, numbers, strict=True)
    ]
    return aligned_in_blocks(
        [list(line) for line in zip(["", *map(_clipped, rows)], *filled, strict=True)], width
    )


LETTERS = 18
"""So many of a row's or a column's name are printed."""


def _clipped(name: str) -> str:
    return name if len(name) <= LETTERS else f"{name[: LETTERS - 1]}…"


def in_blocks(widths: Sequence[int], room: int) -> list[range]:
    """Return consecutive columns as blocks that are each no wider than `room`, one column at least.

    `widths` are those of the columns, with the gap before each. The blocks are as few as can be,
    and have equally many columns where that fits.

    >>> in_blocks([8] * 10, 70), in_blocks([20, 20, 8, 8], 40)
    ([range(0, 5), range(5, 10)], [range(0, 2), range(2, 4)])
    """
    found = _filled(widths, room, len(widths))
    even = _filled(widths, room, -(-len(widths) // len(found)))
    return even if len(even) == len(found) else found


def _filled(widths: Sequence[int], room: int, most: int) -> list[range]:
    """Return blocks of at most `most` columns, each begun when the one before is full."""
    starts, used = [0], 0
    for place, width in enumerate(widths):
        if place > starts[-1] and (used + width > room or place - starts[-1] == most):
            starts.append(place)
            used = 0
        used += width
    return [range(*ends) for ends in pairwise([*starts, len(widths)])]


def aligned_in_blocks(
    rows: Sequence[Sequence[str]], width: int | None, left: int = 1, gap: str = GAP
) -> list[str]:
    """Return rows of cells as `aligned` does; where too wide, as tables below one another.

    Each of these tables begins with the first column.

    >>> aligned_in_blocks([["", "before", "change", "after"], ["W", "1", "−3", "−2"]], 20)
    ['   before  change', 'W       1      −3', '   after', 'W     −2']
    """
    whole = aligned(rows, left, gap)
    if width is None or max(map(len, whole)) <= width:
        return whole
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    blocks = in_blocks([len(gap) + each for each in widths[1:]], width - widths[0])
    tables = [[[row[0], *(row[1 + place] for place in block)] for row in rows] for block in blocks]
    return [line for table in tables for line in aligned(table, left, gap)]


def _column(cells: Sequence[str]) -> list[str]:
    split = [cell.partition(".") for cell in cells]
    left = max(len(whole) for whole, _, _ in split)
    padded = [f"{whole:>{left}}{dot}{rest}" for whole, dot, rest in split]
    width = max(map(len, padded))
    return [f"{cell:<{width}}" for cell in padded]
