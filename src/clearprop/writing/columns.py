"""Tables as plain text, for the command line, results, steps and the chapter."""

from __future__ import annotations

from collections.abc import Sequence

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


def _column(cells: Sequence[str]) -> list[str]:
    split = [cell.partition(".") for cell in cells]
    left = max(len(whole) for whole, _, _ in split)
    padded = [f"{whole:>{left}}{dot}{rest}" for whole, dot, rest in split]
    width = max(map(len, padded))
    return [f"{cell:<{width}}" for cell in padded]
