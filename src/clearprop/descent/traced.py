"""A landscape and an optimizer as data: the page walks with them, and knows no formula of its own.

Both are run once on symbols, a coordinate at a time: a program is a list of primitives of single
numbers. A landscape may use the functions below beside the layers' primitives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from clearprop.descent.landscape import Landscape
from clearprop.readings.symbol import PRIMITIVES, Symbol, TracingNamespace
from clearprop.writing.json_safe import json_safe

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "arctan": np.arctan,
    "sinh": np.sinh, "cosh": np.cosh,
}  # fmt: skip
"""What landscapes compute beside `PRIMITIVES`; `view/src/descent/program.ts` has the same."""


class NotTracedError(TypeError):
    """A function cannot be written as data. The text says why, as a sentence about it."""


class Number(Symbol):
    """A symbol of one number, on which a landscape may not branch."""

    __slots__ = ()

    def __getitem__(self, key: Any) -> Symbol:
        if key == (Ellipsis, None):
            return self
        raise NotTracedError("it takes a single number apart")

    def __add__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, Coordinates) else super().__add__(other)

    def __sub__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, Coordinates) else super().__sub__(other)

    def __mul__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, Coordinates) else super().__mul__(other)

    def __truediv__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, Coordinates) else super().__truediv__(other)

    def __bool__(self) -> bool:
        raise NotTracedError("it branches on its position")

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise NotTracedError("it is a function that only Python can compute")


class Coordinates:
    """A position of D symbols, with which landscapes compute as with an array (..., D)."""

    __array_ufunc__ = None  # an ndarray on the left of an operator leaves it to this class

    def __init__(self, parts: Sequence[Any]) -> None:
        self.parts = list(parts)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of an array with these coordinates."""
        return (len(self.parts),)

    def each(self, apply: Callable[..., Any], *others: Any) -> Coordinates:
        """Return what a function makes of each coordinate, beside that of the others."""
        columns = [_columns(other, len(self.parts)) for other in others]
        return Coordinates([apply(*one) for one in zip(self.parts, *columns, strict=True)])

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, tuple) and len(key) == 2 and key[0] is Ellipsis:
            return self.parts[key[1]]
        raise NotTracedError("it takes its position apart otherwise than by x[..., i]")

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise NotTracedError("it is a function that only Python can compute")

    def __neg__(self) -> Coordinates:
        return self.each(lambda a: -a)

    def __add__(self, other: Any) -> Coordinates:
        return self.each(lambda a, b: a + b, other)

    def __radd__(self, other: Any) -> Coordinates:
        return self.each(lambda a, b: b + a, other)

    def __sub__(self, other: Any) -> Coordinates:
        return self.each(lambda a, b: a - b, other)

    def __rsub__(self, other: Any) -> Coordinates:
        return self.each(lambda a, b: b - a, other)

    def __mul__(self, other: Any) -> Coordinates:
        return self.each(lambda a, b: a * b, other)

    def __rmul__(self, other: Any) -> Coordinates:
        return self.each(lambda a, b: b * a, other)

    def __truediv__(self, other: Any) -> Coordinates:
        return self.each(lambda a, b: a / b, other)

    def __rtruediv__(self, other: Any) -> Coordinates:
        return self.each(lambda a, b: b / a, other)

    def __pow__(self, other: Any) -> Coordinates:
        return self.each(lambda a, b: a**b, other)


class NumberTrace(TracingNamespace):
    """The namespace of landscapes: primitives of single numbers, over coordinates one by one."""

    kind = Number

    def compute(self, op: str, values: list[Any], attributes: dict[str, Any]) -> Any:
        """Return the value of a primitive or of a function of landscapes."""
        with np.errstate(all="ignore"):
            return (FUNCTIONS.get(op) or PRIMITIVES[op])(*values, **attributes)

    def sum(self, z: Any, axis: int | None = None, keepdims: bool = False) -> Any:
        """Return the sum of coordinates."""
        total, *rest = z.parts
        for part in rest:
            total = total + part
        return total

    def mean(self, z: Any, axis: int | None = None, keepdims: bool = False) -> Any:
        """Return the mean of coordinates."""
        return self.sum(z) / float(len(z.parts))

    def stack(self, parts: Sequence[Any], axis: int = -1) -> Coordinates:
        """Return numbers as coordinates."""
        return Coordinates(parts)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in PRIMITIVES and name not in FUNCTIONS:
            raise NotTracedError(f"it uses {name}, which the page cannot compute")

        def apply(*args: Any) -> Any:
            size = next((len(one.parts) for one in args if isinstance(one, Coordinates)), None)
            if size is None:
                return self.apply(name, *args)
            columns = [_columns(one, size) for one in args]
            return Coordinates([self.apply(name, *one) for one in zip(*columns, strict=True)])

        return apply


def _columns(value: Any, size: int) -> list[Any]:
    """Return a value for each coordinate."""
    if isinstance(value, Coordinates):
        return value.parts
    if isinstance(value, np.ndarray):
        return [float(one) for one in np.broadcast_to(value, (size,))]
    return [value] * size


def program(given: Mapping[str, Symbol], results: Mapping[str, Symbol]) -> dict[str, Any]:
    """Return the nodes that results are computed by, and where given numbers and results are."""
    found: dict[int, Symbol] = {symbol.serial: symbol for symbol in given.values()}
    waiting = list(results.values())
    while waiting:
        symbol = waiting.pop()
        if symbol.serial not in found or symbol.args:
            found[symbol.serial] = symbol
            waiting += [arg for arg in symbol.args if arg.serial not in found]
    place = {serial: number for number, serial in enumerate(sorted(found))}
    return {
        "nodes": [_node(found[serial], place) for serial in sorted(found)],
        "given": {name: place[symbol.serial] for name, symbol in given.items()},
        "results": {name: place[symbol.serial] for name, symbol in results.items()},
    }


def _node(symbol: Symbol, place: Mapping[int, int]) -> dict[str, Any]:
    if symbol.op == "constant":
        return {"op": "constant", "value": json_safe(symbol.value)}
    if symbol.op == "given":
        return {"op": "given"}
    return {"op": symbol.op, "args": [place[arg.serial] for arg in symbol.args]}


def traced_landscape(landscape: Landscape, names: Sequence[str]) -> dict[str, Any]:
    """Return height h and slope of a landscape as a program of its coordinates.

    Raises
    ------
    NotTracedError
        If the landscape computes otherwise than with primitives.
    """
    trace = NumberTrace()
    given = {
        name: trace.given(0.5 * (low + high))
        for name, (low, high) in zip(names, landscape.box, strict=True)
    }
    position: Any = Coordinates(list(given.values()))
    try:
        height, slope = landscape.height(trace, position), landscape.slope(trace, position)
    except NotTracedError:
        raise
    except (TypeError, AttributeError) as error:  # NumPy's own functions refuse symbols
        raise NotTracedError("it is a function that only Python can compute") from error
    if isinstance(height, Coordinates) and len(height.parts) == 1:
        height = height.parts[0]
    if not isinstance(height, Symbol) or not isinstance(slope, Coordinates):
        raise NotTracedError("it is a function that only Python can compute")
    slopes = {f"slope.{name}": part for name, part in zip(names, slope.parts, strict=True)}
    symbols = {"height": height, **slopes}
    return program(given, {name: trace._symbol(one) for name, one in symbols.items()})
