"""Numbers as they are printed: each stands for all that round to its four digits.

A calculation on intervals holds every result that the true numbers may have. So a printed
calculation is right when its interval holds the recorded value.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

DIGITS = 4


@dataclass(frozen=True)
class Interval:
    low: float
    high: float

    def __add__(self, other: "Interval") -> "Interval":
        return Interval(self.low + other.low, self.high + other.high)

    def __neg__(self) -> "Interval":
        return Interval(-self.high, -self.low)

    def __sub__(self, other: "Interval") -> "Interval":
        return self + -other

    def __mul__(self, other: "Interval") -> "Interval":
        products = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        return Interval(min(products), max(products))

    def __truediv__(self, other: "Interval") -> "Interval":
        if other.low <= 0 <= other.high:
            return Interval(-math.inf, math.inf)
        return self * Interval(1 / other.high, 1 / other.low)

    def __pow__(self, other: "Interval") -> "Interval":
        if other.low == other.high == 2:
            low, high = sorted((abs(self.low), abs(self.high)))
            return Interval(0.0 if self.low <= 0 <= self.high else low**2, high**2)
        powers = [a**b for a in (self.low, self.high) for b in (other.low, other.high)]
        return Interval(min(powers), max(powers))

    def size(self) -> "Interval":
        """|x|."""
        low, high = sorted((abs(self.low), abs(self.high)))
        return Interval(0.0 if self.low <= 0 <= self.high else low, high)

    def or_else(self, other: "Interval") -> "Interval":
        """What may be one or the other."""
        return Interval(min(self.low, other.low), max(self.high, other.high))

    def holds(self, value: float) -> bool:
        """Whether a value may be meant, but for rounding in the last places of a float."""
        room = 1e-12 * max(abs(value), 1.0)
        return self.low - room <= value <= self.high + room


def printed(text: str) -> Interval:
    """Return the numbers that a printed one may stand for; 0 and long ones are exact."""
    value = float(text)
    mantissa, _, _ = text.partition("e")
    written = len(mantissa.replace(".", "").strip("0"))
    if value == 0 or written > DIGITS:
        return Interval(value, value)
    half = 0.5001 * 10.0 ** (math.floor(math.log10(abs(value))) + 1 - DIGITS)
    return Interval(value - half, value + half)


def exactly(value: float) -> Interval:
    return Interval(value, value)


def rising(function: Callable[[float], float]) -> Callable[[Interval], Interval]:
    return lambda inside: Interval(function(inside.low), function(inside.high))


def _logistic(z: float) -> float:
    return 0.5 * (1 + math.tanh(0.5 * z))


def _softplus(z: float) -> float:
    return max(z, 0.0) + math.log1p(math.exp(-abs(z)))


def _log(z: float) -> float:
    return math.log(z) if z > 0 else -math.inf


def _sign(z: float) -> float:
    return math.copysign(1.0, z) if z else 0.0


def softmax(*row: Interval) -> list[Interval]:
    """Each share is least where it is low and all others are high."""
    shares = []
    for place, own in enumerate(row):
        rest = [other for other_place, other in enumerate(row) if other_place != place]
        shares.append(
            Interval(
                1 / (1 + sum(math.exp(other.high - own.low) for other in rest)),
                1 / (1 + sum(math.exp(other.low - own.high) for other in rest)),
            )
        )
    return shares


def log_softmax(*row: Interval) -> list[Interval]:
    return [rising(_log)(share) for share in softmax(*row)]


FUNCTIONS: dict[str, Callable[..., Interval]] = {
    "exp": rising(math.exp),
    "expm1": rising(math.expm1),
    "ln": rising(_log),
    "tanh": rising(math.tanh),
    "sign": rising(_sign),
    "σ": rising(_logistic),
    "softplus": rising(_softplus),
    "Φ": rising(lambda z: 0.5 * math.erfc(-z / math.sqrt(2))),
    "√": rising(lambda z: math.sqrt(max(z, 0.0))),
    "max": lambda a, b: Interval(max(a.low, b.low), max(a.high, b.high)),
    "min": lambda a, b: Interval(min(a.low, b.low), min(a.high, b.high)),
}
PICKED = {"softmax": softmax, "ln softmax": log_softmax}
