"""Numbers as text, for all views.

Pages format numbers by the same rules in ``view/src/numbers.ts``; tests compare the two. Negative
numbers have a minus sign, not a hyphen. NaN and infinities are written as such.
"""

from __future__ import annotations

import math
from typing import Any

DIGITS = 4
WHOLE = 1e15
"""From this size on, floats do not hold all digits before the point: write a power of ten."""

NONE = "–"
"""The text for a missing value."""


def shown(value: Any, digits: int = DIGITS) -> str:
    """Return a number with `digits` significant digits: 0.7616, −0.0161, 1.2e−07, NaN, ∞.

    Integers are written with all digits.

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
    if number == int(number) and abs(number) < WHOLE:
        return signed(str(int(number)))
    return signed(f"{number:.{digits}g}")


def figure(value: Any) -> str:
    """Return a measured number with four significant digits, zeros included.

    For numbers that are compared with each other: losses, errors, scores. All digits before the
    point are written, with separators of thousands; NaN is written as a missing value.

    Examples
    --------
    >>> figure(0.98056), figure(-0.5), figure(53.8512), figure(196023.7), figure(0.00012345)
    ('0.9806', '−0.5000', '53.85', '196,024', '0.0001234')
    """
    number = float(value) + 0.0  # −0 becomes 0
    if math.isnan(number):
        return NONE
    if abs(number) >= WHOLE:
        return shown(number)
    text = f"{number:#.{DIGITS}g}"
    if abs(float(text)) >= 10 ** (DIGITS - 1):
        text = f"{number:,.0f}"
    return signed(text)


def fixed(value: Any, decimals: int = DIGITS) -> str:
    """Return a number with a fixed number of decimals, for columns. Rounded zeros have no sign.

    Examples
    --------
    >>> fixed(-0.05), fixed(1.0, 1), fixed(-1e-9), fixed(12345.678, 1)
    ('−0.0500', '1.0', '0.0000', '12,345.7')
    """
    number = float(value)
    if math.isnan(number):
        return NONE
    if math.isinf(number):
        return shown(number)
    return signed(f"{round(number, decimals) + 0.0:,.{decimals}f}")


def signed(text: str) -> str:
    """Return the text with minus signs in place of hyphens."""
    return text.replace("-", "−")


HALVES = {0.5: "½", -0.5: "−½"}


def constant(value: Any) -> str:
    """Return a constant of a definition with at most twelve digits: 0.1 for 1 - 0.9; a half as ½.

    The formulas of losses have ½ too.
    """
    return HALVES.get(float(value)) or shown(value, 12)


def exact(value: Any) -> str:
    """Return the fewest digits that identify the number, in float32 for a float32."""
    if not math.isfinite(float(value)):
        return shown(value)
    text = str(value) if hasattr(value, "dtype") else repr(value)
    return signed(text.removesuffix(".0"))


def is_rounded(value: Any, digits: int = DIGITS) -> bool:
    """Return whether `shown` drops digits."""
    number = float(value)
    return math.isfinite(number) and read(shown(number, digits)) != number


def read(text: str) -> float:
    """Return the number that a text of this module stands for."""
    words = {"NaN": math.nan, NONE: math.nan, "∞": math.inf, "−∞": -math.inf}
    return words[text] if text in words else float(text.replace("−", "-").replace(",", ""))


def equals(value: Any, digits: int = DIGITS) -> str:
    """Return ``= 0.5``, or ``≈ 0.3333`` where `shown` drops digits."""
    return f"{'≈' if is_rounded(value, digits) else '='} {shown(value, digits)}"
