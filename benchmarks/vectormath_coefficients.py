"""Make the coefficients of `clearprop/engines/compiled/vectormath.py` again, and compare.

    python -m benchmarks.vectormath_coefficients

prints every coefficient beside the one in the file. Polynomials are Chebyshev fits of `mpmath`,
their intervals a thousandth wider than the reduced argument's; they are the same floats.

The quotient for float64's Φ is made by Remez' exchange. Its coefficients agree to some 1e-6 only:
numerator and denominator can be changed together and hardly change the quotient, so the
coefficients depend on where exactly the exchange was ended. What can be compared is the quotient:
the file's is as close to Φ as the best one but for the rounding of its coefficients to float64.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mpmath as mp
import numpy as np

FILE = Path(__file__).parents[1] / "src/clearprop/engines/compiled/vectormath.py"
DIGITS = 80
WIDER = "1.001"
CENTRE = mp.mpf("3.625")
"""K of q = (t - K) / (t + K), which maps 0 <= t to -1 <= q < 1."""
LAST_TAILS = {32: mp.mpf("12.949952"), 64: mp.mpf("37.51937934714449")}
"""The largest t whose Φ(-t) is a normal number, by the bits of a float."""


def exp_remainder(r: Any) -> Any:
    """Return (eʳ - 1 - r) / r²."""
    return (mp.exp(r) - 1 - r) / r**2 if abs(r) > mp.mpf("1e-15") else mp.mpf(1) / 2 + r / 6


def artanh_remainder(s: Any) -> Any:
    """Return (artanh √s / √s - 1) / s."""
    if s < mp.mpf("1e-15"):
        return mp.mpf(1) / 3 + s / 5
    return (mp.atanh(mp.sqrt(s)) / mp.sqrt(s) - 1) / s


def tail_over_bell(t: Any) -> Any:
    """Return Φ(-t) e^(t²/2)."""
    return mp.erfc(t / mp.sqrt(2)) / 2 * mp.exp(t * t / 2)


def to_q(t: Any) -> Any:
    return (t - CENTRE) / (t + CENTRE)


def to_t(q: Any) -> Any:
    return CENTRE * (1 + q) / (1 - q)


def tail_of_q(q: Any) -> Any:
    """Return (t + K) Φ(-t) e^(t²/2)."""
    return (to_t(q) + CENTRE) * tail_over_bell(to_t(q))


@dataclass(frozen=True)
class Polynomial:
    """A function of `vectormath` that evaluates a polynomial, and how it was fitted."""

    place: str
    fitted: Callable[[Any], Any]
    interval: Callable[[], tuple[Any, Any]]
    count: int

    def made(self) -> list[Any]:
        """Return the coefficients, highest power first."""
        return mp.chebyfit(self.fitted, list(self.interval()), self.count)

    def as_floats(self, coefficients: list[Any]) -> list[Any]:
        """Return the coefficients as the floats that the function computes with."""
        dtype = np.float32 if self.place.endswith("32") else np.float64
        return [dtype(float(number)) for number in coefficients]


def exp_interval() -> tuple[Any, Any]:
    end = mp.mpf(WIDER) * mp.log(2) / 2
    return -end, end


def artanh_interval() -> tuple[Any, Any]:
    return mp.mpf(0), mp.mpf(WIDER) / 9


POLYNOMIALS = (
    Polynomial("_reduced_32", exp_remainder, exp_interval, 6),
    Polynomial("_reduced_64", exp_remainder, exp_interval, 11),
    Polynomial("_log1p_32", artanh_remainder, artanh_interval, 4),
    Polynomial("_log1p_64", artanh_remainder, artanh_interval, 11),
    Polynomial("_tail_over_bell_32", tail_of_q, lambda: (mp.mpf(-1), to_q(LAST_TAILS[32])), 10),
)


def coefficients_in_file(function: str, *names: str) -> list[Any]:
    """Return the numbers in a function's assignments to these names, in the order of the file."""
    (tree,) = (
        node
        for node in ast.parse(FILE.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name == function
    )
    return [
        mp.mpf(text) if text[0] != "-" else -mp.mpf(text[1:])
        for statement in tree.body
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) in names
        for text in _numbers(statement.value)
    ]


def _numbers(node: ast.AST) -> list[str]:
    """Return the decimal numbers of an expression as they are written, signs included."""
    source = FILE.read_text()
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return [f"-{text}" for text in _numbers(node.operand)]
    if isinstance(node, ast.Constant):
        return [str(ast.get_source_segment(source, node))]
    return [text for child in ast.iter_child_nodes(node) for text in _numbers(child)]


@dataclass(frozen=True)
class Quotient:
    """A quotient of polynomials in t, lowest power first; the denominator's highest is 1."""

    numerator: list[Any]
    denominator: list[Any]

    def error(self, t: Any) -> Any:
        """Return the relative error at t."""
        above = mp.polyval(self.numerator[::-1], t)
        return above / (mp.polyval([1, *self.denominator[::-1]], t) * tail_over_bell(t)) - 1


ABOVE, BELOW = 10, 10
"""How many coefficients the quotient for float64 has above and below."""
REFERENCES = ABOVE + BELOW + 1


def quotient_in_file() -> Quotient:
    above = coefficients_in_file("_tail_over_bell_64", "a")[::-1]
    below = coefficients_in_file("_tail_over_bell_64", "b")[::-1]
    return Quotient(above, below)


def best_quotient() -> tuple[Quotient, Any]:
    """Return the quotient of least relative error on [0, the last tail], and that error."""
    low, high = mp.mpf(-1), to_q(LAST_TAILS[64])
    points = _chebyshev(low, high, REFERENCES - 1)
    grid = _chebyshev(low, high, 600)
    for _ in range(12):
        quotient, level = _levelled([to_t(q) for q in points])
        points, largest = _extrema(quotient, grid)
        if largest < abs(level) * (1 + mp.mpf("1e-9")):
            return quotient, largest
    raise ArithmeticError("the exchange has not come to rest")


def _chebyshev(low: Any, high: Any, parts: int) -> list[Any]:
    half = (high - low) / 2
    return [low + half - half * mp.cos(mp.pi * i / parts) for i in range(parts + 1)]


def _levelled(points: list[Any]) -> tuple[Quotient, Any]:
    """Return the quotient whose errors at the points are E, -E, E, ..., and E, by Newton's method.

    The equations p = (1 ± E) f q are linear in p and q, and in E around the E before.
    """
    level, below = mp.mpf(0), [(3 + t) ** BELOW for t in points]
    for _ in range(30):
        matrix, right = mp.matrix(REFERENCES), mp.matrix(REFERENCES, 1)
        for i, t in enumerate(points):
            sign, wanted = (-1) ** i, tail_over_bell(t)
            weighted = wanted * (1 + sign * level)
            for j in range(ABOVE):
                matrix[i, j] = t**j
            for j in range(BELOW):
                matrix[i, ABOVE + j] = -weighted * t**j
            matrix[i, ABOVE + BELOW] = -wanted * sign * below[i]
            right[i] = weighted * t**BELOW
        found = list(mp.lu_solve(matrix, right))
        quotient = Quotient(found[:ABOVE], found[ABOVE : ABOVE + BELOW])
        below = [mp.polyval([1, *quotient.denominator[::-1]], t) for t in points]
        level += found[-1]
        if abs(found[-1]) < abs(level) * mp.mpf("1e-25"):
            return quotient, level
    raise ArithmeticError("Newton's method has not come to rest")


def _extrema(quotient: Quotient, grid: list[Any]) -> tuple[list[Any], Any]:
    """Return where the error is largest between its changes of sign, and its largest size."""
    errors = [quotient.error(to_t(q)) for q in grid]
    changes = [i for i in range(1, len(grid)) if errors[i] * errors[i - 1] < 0]
    found = []
    for start, end in zip([0, *changes], [*changes, len(grid)], strict=True):
        best = max(range(start, end), key=lambda i: abs(errors[i]))
        inside = 0 < best < len(grid) - 1
        found.append(_refined(quotient, *grid[best - 1 : best + 2]) if inside else grid[best])
    if len(found) != REFERENCES:
        raise ArithmeticError(f"{len(found)} extrema in place of {REFERENCES}")
    return found, max(abs(quotient.error(to_t(q))) for q in found)


def _refined(quotient: Quotient, low: Any, middle: Any, high: Any) -> Any:
    """Return the extremum between two points of the grid, by steps of a parabola."""
    for _ in range(4):
        a, b, c = (quotient.error(to_t(q)) for q in (low, middle, high))
        left, right = middle - low, high - middle
        bend = left * (c - b) + right * (a - b)
        middle = middle - (left**2 * (c - b) - right**2 * (a - b)) / (2 * bend)
        low, high = middle - left / 8, middle + right / 8
    return middle


def differing() -> list[str]:
    """Return the polynomials of which a coefficient is another float than the file's."""
    return [
        polynomial.place
        for polynomial in POLYNOMIALS
        if polynomial.as_floats(polynomial.made())
        != polynomial.as_floats(coefficients_in_file(polynomial.place, "p"))
    ]


def main() -> None:
    with mp.workdps(DIGITS):
        for polynomial in POLYNOMIALS:
            print(polynomial.place)
            there = coefficients_in_file(polynomial.place, "p")
            for mine, theirs in zip(polynomial.made(), there, strict=True):
                print(f"  {mp.nstr(mine, 17):>26} {mp.nstr(theirs, 17):>26}")
        print("_tail_over_bell_64, highest power first: numerator, then denominator")
        (best, level), stored = best_quotient(), quotient_in_file()
        for mine, theirs in zip(
            best.numerator[::-1] + best.denominator[::-1],
            stored.numerator[::-1] + stored.denominator[::-1],
            strict=True,
        ):
            print(f"  {mp.nstr(mine, 17):>26} {mp.nstr(theirs, 17):>26}")
        print(f"  off by 2^{mp.nstr(mp.log(level, 2), 4)}, the file's by", end=" ")
        grid = _chebyshev(mp.mpf(-1), to_q(LAST_TAILS[64]), 2000)
        largest = max(abs(stored.error(to_t(q))) for q in grid)
        print(f"2^{mp.nstr(mp.log(largest, 2), 4)}, coefficients rounded to float64")
        assert not differing(), f"other floats than in the file: {differing()}"


if __name__ == "__main__":
    main()
