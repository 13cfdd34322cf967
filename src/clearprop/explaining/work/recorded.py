"""Formulas of plain arrays, recorded: the graph that a slip computes, and no number of it.

A slip's other formula is written with NumPy. Given `RecordedArray` objects it computes symbols of
the step's own primitives, so that the page can compute the formula at one cell.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from clearprop.readings import numpy as numpy_reading
from clearprop.readings.symbol import PRIMITIVES, Symbol


class UntraceableError(TypeError):
    """An operation of NumPy's that no primitive computes."""


@cache
def chosen_rows(places: tuple[int, ...], rows: int) -> np.ndarray:
    """Return the matrix of zeros and ones that chooses rows of a matrix."""
    return np.eye(rows)[list(places)]


class _ShapeOf(tuple[int, ...]):
    """A shape that knows an array of its kind, so that others can be broadcast to it."""

    symbol: Symbol


UFUNCS = {
    "true_divide": "divide",
    **{
        name: name
        for name in (
            "negative", "add", "subtract", "multiply", "divide", "power", "matmul", "exp", "expm1",
            "log", "sqrt", "tanh", "absolute", "sign", "maximum", "minimum", "greater", "expit",
            "ndtr",
        )
    },
}  # fmt: skip
"""The primitive that a universal function of NumPy's or SciPy's is."""


class RecordedArray(np.lib.mixins.NDArrayOperatorsMixin):
    """A symbol that NumPy's functions and operators take for an array, as far as primitives go."""

    def __init__(self, symbol: Symbol) -> None:
        self.symbol = symbol

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **settings: Any) -> Any:
        if method != "__call__" or settings:
            raise UntraceableError(f"{ufunc.__name__}.{method}")
        name = ufunc.__name__
        if name == "less":
            return self._apply("greater", inputs[1], inputs[0])
        if name == "not_equal" and np.ndim(inputs[1]) == 0 and inputs[1] == 0:
            return self._apply("greater", self._apply("absolute", inputs[0]), 0.0)
        if name not in UFUNCS:
            raise UntraceableError(name)
        return self._apply(UFUNCS[name], *inputs)

    def __array_function__(self, function: Any, _: Any, args: Any, settings: Any) -> Any:
        own = FUNCTIONS.get(function.__name__)
        if own is None:
            raise UntraceableError(function.__name__)
        return own(*args, **settings)

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise UntraceableError("an array of numbers")

    def _apply(self, op: str, *args: Any, **attributes: Any) -> RecordedArray:
        return RecordedArray(self.symbol.trace.apply(op, *map(symbol_of, args), **attributes))

    @property
    def shape(self) -> tuple[int, ...]:
        """The array's shape."""
        shape = _ShapeOf(sizes_of(self.symbol))
        shape.symbol = self.symbol
        return shape

    @property
    def ndim(self) -> int:
        """How many axes it has."""
        return len(sizes_of(self.symbol))

    @property
    def T(self) -> RecordedArray:  # noqa: N802 - NumPy's name
        """The transpose."""
        return self._apply("transpose", self)

    def __len__(self) -> int:
        return sizes_of(self.symbol)[0]

    def __int__(self) -> int:
        return int(self.symbol.value)

    def __bool__(self) -> bool:
        raise UntraceableError("a truth value")

    def sum(self, axis: int | None = None, keepdims: bool = False) -> RecordedArray:
        """Return the sum along an axis, or of all."""
        return self._apply("sum", self, axis=axis, keepdims=keepdims)

    def mean(self, axis: int | None = None, keepdims: bool = False) -> RecordedArray:
        """Return the mean along an axis, or of all."""
        return self._apply("mean", self, axis=axis, keepdims=keepdims)

    def reshape(self, *shape: Any) -> RecordedArray:
        """Return the array itself: no primitive gives it another shape."""
        wanted = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple) else shape
        if tuple(wanted) != sizes_of(self.symbol):
            raise UntraceableError("reshape")
        return self

    def __getitem__(self, key: Any) -> RecordedArray:
        """Return a row, or some rows."""
        if key == (slice(None), None):
            return self._apply("column", self)
        if self.ndim != 2 or not isinstance(key, int | slice):
            raise UntraceableError(f"the index {key!r}")
        places = range(len(self))[key]
        if isinstance(places, int):
            return self._apply("matmul", chosen_rows((places,), len(self)), self).sum(axis=0)
        return self._apply("matmul", chosen_rows(tuple(places), len(self)), self)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name) if name.startswith("_") else UntraceableError(name)


def recorded_beside(array: Any, numbers: Any) -> Any:
    """Return numbers as they are, or as a recorded array where `array` is one."""
    if not isinstance(array, RecordedArray):
        return numbers
    return RecordedArray(array.symbol.trace.given(numbers))


def sizes_of(symbol: Symbol) -> tuple[int, ...]:
    """Return a symbol's shape as numbers, also where the trace gives its sizes as symbols."""
    known: tuple[int, ...] = symbol.known_shape if hasattr(symbol, "known_shape") else symbol.shape
    return known


def symbol_of(value: Any) -> Any:
    """Return a recorded array's symbol; anything else as it is."""
    return value.symbol if isinstance(value, RecordedArray) else value


def _broadcast_to(array: Any, shape: Any) -> Any:
    if not isinstance(array, RecordedArray):
        array = np.asarray(array)
        return array if array.shape == tuple(shape) else _filled(shape, array)
    return array if sizes_of(array.symbol) == tuple(shape) else _filled(shape, array)


def _filled(shape: Any, value: Any) -> Any:
    """Return a value at every place of a shape that a recorded array has."""
    if not isinstance(shape, _ShapeOf):
        raise UntraceableError("a shape of its own")
    like = RecordedArray(shape.symbol)
    return like._apply("multiply", like._apply("ones_like", like), value)


def _summed(op: str) -> Callable[..., Any]:
    def function(a: Any, axis: int | None = None, keepdims: bool = False) -> Any:
        return a._apply(op, a, axis=axis, keepdims=keepdims)

    return function


def _outer(a: Any, b: Any) -> Any:
    """Return the product of a column and a row."""
    return a[:, None] @ b[:, None].T


def _where(condition: Any, yes: Any, no: Any) -> Any:
    like = next(one for one in (condition, yes, no) if isinstance(one, RecordedArray))
    return like._apply("where", condition, yes, no)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sum": _summed("sum"),
    "mean": _summed("mean"),
    "where": _where,
    "shape": lambda a: a.shape,
    "ndim": lambda a: a.ndim,
    "transpose": lambda a: a.T,
    "outer": _outer,
    "broadcast_to": _broadcast_to,
    "ones_like": lambda a: a._apply("ones_like", a),
    "zeros_like": lambda a: 0.0 * a._apply("ones_like", a),
    "full_like": lambda a, value: a._apply("multiply", a._apply("ones_like", a), value),
}
"""The functions of NumPy's that are no universal ones, by name."""


class _Reading:
    """The reading with NumPy, which computes with recorded arrays too."""

    def __getattr__(self, name: str) -> Any:
        function = getattr(numpy_reading, name)

        def called(*args: Any, **settings: Any) -> Any:
            recorded = [one for one in args if isinstance(one, RecordedArray)]
            if not recorded or name not in PRIMITIVES:
                return function(*args, **settings)
            if name in ("sum", "mean"):
                return FUNCTIONS[name](*args, **settings)
            return recorded[0]._apply(name, *args, **settings)

        return called


reading = _Reading()
