"""How a number is shown: with the digits it earns, and a word where they are not all."""

from __future__ import annotations

import math
from typing import Any

DIGITS = 4


def shown(value: Any, digits: int = DIGITS) -> str:
    """Return a number with `digits` significant digits: 0.7616, −0.0161, 1.2e−07, NaN, ∞.

    Integers are shown whole. The minus is the sign, not the hyphen.

    Examples
    --------
    >>> shown(-0.0160834), shown(3.0), shown(1.25e-7), shown(float("nan"))
    ('−0.01608', '3', '1.25e−07', 'NaN')
    """
    number = float(value)
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "∞" if number > 0 else "−∞"
    if number == int(number) and abs(number) < 1e15:
        return f"{int(number):,}".replace(",", "").replace("-", "−")
    return f"{number:.{digits}g}".replace("-", "−")


def constant(value: Any) -> str:
    """Return a number that stands in a definition: 0.1 for 1 - 0.9, twelve digits at most."""
    return shown(value, 12)


def exact(value: Any) -> str:
    """Return the shortest digits that give the same number back, float32 as float32."""
    if not math.isfinite(float(value)):
        return shown(value)
    text = str(value) if hasattr(value, "dtype") else repr(value)
    return text.removesuffix(".0").replace("-", "−")


def is_rounded(value: Any, digits: int = DIGITS) -> bool:
    """Return whether `shown` leaves digits out."""
    number = float(value)
    return math.isfinite(number) and read(shown(number, digits)) != number


def read(text: str) -> float:
    """Return the number that `shown` or `exact` wrote."""
    words = {"NaN": math.nan, "∞": math.inf, "−∞": -math.inf}
    return words[text] if text in words else float(text.replace("−", "-"))


def equals(value: Any, digits: int = DIGITS) -> str:
    """Return ``= 0.5`` or ``≈ 0.3333``."""
    return f"{'≈' if is_rounded(value, digits) else '='} {shown(value, digits)}"


def aligned(rows: list[list[str]], gap: str = "  ") -> list[str]:
    """Return a table of numbers, each column with its decimal points below each other."""
    columns = [_column(list(column)) for column in zip(*rows, strict=True)]
    return [gap.join(cells).rstrip() for cells in zip(*columns, strict=True)]


def _column(cells: list[str]) -> list[str]:
    split = [cell.partition(".") for cell in cells]
    left = max(len(whole) for whole, _, _ in split)
    padded = [f"{whole:>{left}}{dot}{rest}" for whole, dot, rest in split]
    width = max(map(len, padded))
    return [f"{cell:<{width}}" for cell in padded]


def columns(rows: list[list[str]], gap: str = "   ") -> list[str]:
    """Return a table of words, each column as wide as its widest."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        gap.join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
