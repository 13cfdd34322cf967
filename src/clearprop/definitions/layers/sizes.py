"""Checks of sizes and rates that several layers share."""

from __future__ import annotations

from typing import Any


class WidthError(ValueError):
    """A layer got rows of another number of values than it takes."""

    def __init__(self, complaint: str, path: str = "") -> None:
        super().__init__(f"{path}: {complaint}" if path else complaint)
        self.complaint = complaint
        self.path = path

    def inside(self, name: str) -> WidthError:
        """Return the same error with the child's name before its path."""
        return WidthError(self.complaint, f"{name}.{self.path}" if self.path else name)


def positive(layer: Any, *names: str) -> None:
    """Raise unless each named field is a whole number above zero."""
    for name in names:
        value = getattr(layer, name)
        if isinstance(value, bool) or not hasattr(value, "__index__"):
            raise TypeError(f"{type(layer).__name__}: {name} must be a whole number, got {value!r}")
        if value < 1:
            raise ValueError(f"{type(layer).__name__}: {name} must be at least 1, got {value}")


def within(layer: Any, name: str, low: float, high: float) -> None:
    """Raise unless low <= the named field < high."""
    value = getattr(layer, name)
    if not low <= value < high:
        kind = type(layer).__name__
        raise ValueError(f"{kind}: {name} must be at least {low} and below {high}, got {value!r}")


def check_width(layer: Any, expected: int, arriving: int | None) -> None:
    """Raise WidthError unless `arriving` is `expected` or unknown."""
    if arriving is not None and arriving != expected:
        raise WidthError(f"{type(layer).__name__} takes {expected} values a row, gets {arriving}")


def plain_floats(part: Any, *names: str) -> None:
    """Make each named field a Python float: NumPy's float64 would widen float32 arrays."""
    for name in names:
        object.__setattr__(part, name, float(getattr(part, name)))
