"""Formulas of plain arrays, recorded: the graph that a slip computes, and no number of it.

A slip's other formula is written with NumPy. Given `RecordedArray` objects it computes symbols of
the step's own primitives, so that the page can compute the formula at one cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np

from clearprop.readings import numpy as numpy_reading
from clearprop.readings.symbol import PRIMITIVES, Symbol, TracingNamespace
from clearprop.readings.table import PrimitiveTable


class UntraceableError(TypeError):
    """An operation of NumPy's that no primitive computes."""


Shape = tuple[int, ...]


def _of_all(shapes: list[Shape], attributes: dict[str, Any]) -> Shape:
    return tuple(np.broadcast_shapes(*shapes))


def _of_product(shapes: list[Shape], attributes: dict[str, Any]) -> Shape:
    return shapes[0][0], shapes[1][1]


def _reduced(shapes: list[Shape], attributes: dict[str, Any]) -> Shape:
    shape, axis, keepdims = shapes[0], attributes.get("axis"), attributes.get("keepdims", False)
    axes = range(len(shape)) if axis is None else [axis % len(shape)]
    sizes = [1 if place in axes else size for place, size in enumerate(shape)]
    return tuple(size for place, size in enumerate(sizes) if keepdims or place not in axes)


SHAPES: PrimitiveTable[Callable[[list[Shape], dict[str, Any]], Shape]] = PrimitiveTable(
    "clearprop.explaining.work.tracing.SHAPES",
    {
        **dict.fromkeys(
            (
                "negative", "add", "subtract", "multiply", "divide", "power", "greater", "exp",
                "expm1", "log", "sqrt", "tanh", "absolute", "sign", "maximum", "minimum", "where",
                "ones_like", "expit", "softplus", "ndtr", "softmax", "log_softmax",
            ),
            _of_all,
        ),
        "matmul": _of_product,
        "transpose": lambda shapes, _: shapes[0][::-1],
        "column": lambda shapes, _: (*shapes[0], 1),
        "pack": lambda shapes, _: (sum(int(np.prod(shape)) for shape in shapes),),
        "norm": lambda shapes, _: (),
        "sum": _reduced,
        "mean": _reduced,
    },
)  # fmt: skip
"""The shape of a primitive's result, from the shapes of its arguments."""


class LazySymbol(Symbol):
    """A symbol whose numbers are computed when they are first asked for."""

    __slots__ = ("_known", "_shape")

    def __init__(
        self,
        trace: SlipTrace,
        op: str,
        args: tuple[Symbol, ...],
        attributes: tuple[tuple[str, Any], ...],
    ) -> None:
        self.trace, self.op, self.args, self.attributes = trace, op, args, attributes
        self.serial = next(trace.serials)
        self._known: Any = None
        self._shape = SHAPES[op]([arg.shape for arg in args], dict(attributes))

    @property
    def shape(self) -> Shape:
        """The value's shape, known without the value."""
        return self._shape

    @property
    def value(self) -> Any:  # type: ignore[override]
        """The numbers."""
        if self._known is None:
            waiting: list[Symbol] = [self]
            while waiting:  # a deep graph is walked without recursion
                one = waiting[-1]
                below = [a for a in getattr(one, "args", ()) if _is_unknown(a)]
                waiting += below
                if not below:
                    waiting.pop()
                    _compute(one)
        return self._known

    def forget(self) -> None:
        """Let the numbers go."""
        self._known = None


def _is_unknown(symbol: Symbol) -> bool:
    return isinstance(symbol, LazySymbol) and symbol._known is None


def _compute(symbol: Symbol) -> None:
    if not isinstance(symbol, LazySymbol) or symbol._known is not None:
        return
    values = [arg.value for arg in symbol.args]
    with np.errstate(all="ignore"):
        symbol._known = symbol.trace.compute(symbol.op, values, dict(symbol.attributes))
    trace = symbol.trace
    if isinstance(trace, SlipTrace):
        trace.computed.append(symbol)


@cache
def _chosen(place: int, rows: int) -> np.ndarray:
    """Return the row of zeros and a one that chooses a row."""
    chosen = np.zeros((1, rows))
    chosen[0, place] = 1.0
    return chosen


def _chooses(symbol: Symbol) -> bool:
    """Return whether a symbol is a row that chooses a row."""
    if symbol.op != "given" or len(symbol.shape) != 2 or symbol.shape[0] != 1:
        return False
    ones = np.flatnonzero(symbol.value)
    return len(ones) == 1 and symbol.value is _chosen(int(ones[0]), symbol.shape[1])


class SlipTrace(TracingNamespace):
    """The namespace that the right step and every slip are traced in: what is equal is one symbol.

    Arrays that stand at the same place of memory are one given array; single numbers are counted
    from the beginning of each run. A single row of `rows`, arrays of the batch, is the product of
    that array with a row of zeros and a one.
    """

    def __init__(self, *rows: np.ndarray) -> None:
        super().__init__()
        self._rows = rows
        self.computed: list[LazySymbol] = []
        self.plain = False
        self._arrays: dict[tuple[Any, ...], Symbol] = {}
        self._scalars: dict[tuple[Any, ...], Symbol] = {}
        self._kept: list[np.ndarray] = []
        self._count = 0

    @contextmanager
    def running(self, plain: bool = False) -> Iterator[None]:
        """Begin another run of the step; with `plain` formulas are given arrays, not symbols."""
        self._count, self.plain = 0, plain
        try:
            yield
        finally:
            self.plain = False
            for symbol in self.computed:
                symbol.forget()
            self.computed.clear()

    def given(self, value: Any) -> Symbol:
        """Return the symbol of a given array or number: the same for the same memory."""
        if not np.ndim(value):
            self._count += 1
            key: tuple[Any, ...] = (self._count, type(value), repr(value))
            return self._scalars.setdefault(key, super().given(value))
        array = np.asarray(value)
        if array.ndim == 2 and array.flags.f_contiguous and not array.flags.c_contiguous:
            return self.apply("transpose", self.given(array.T))
        place = array.__array_interface__["data"][0]
        key = (place, array.shape, array.strides, array.dtype.str)
        if key not in self._arrays and len(array) == 1 and array.ndim == 2:
            whole, chosen = self._row(array)
            if whole is not None:
                self._kept.append(array)
                self._arrays[key] = self.apply("matmul", chosen, whole)
        if key not in self._arrays:
            self._kept.append(array)  # while it is kept, no other array stands at its place
            self._arrays[key] = super().given(array)
        return self._arrays[key]

    def _row(self, array: np.ndarray) -> tuple[np.ndarray | None, np.ndarray | None]:
        """Return the array of the batch that a single row is of, and what chooses it."""
        for whole in self._rows:
            if len(whole) > 1 and whole.shape[1] == array.shape[1]:
                same = np.flatnonzero((whole == array).all(axis=1))
                if len(same):
                    return whole, _chosen(int(same[0]), len(whole))
        return None, None

    def apply(self, op: str, *args: Any, **attributes: Any) -> Symbol:
        """Return the symbol of a primitive applied to symbols and numbers, not yet computed."""
        symbols = tuple(self._symbol(arg) for arg in args)
        if op == "matmul" and symbols[0].op == "matmul" and _chooses(symbols[0].args[0]):
            # A row of a matrix times another is a row of their product, which the step has.
            chosen, whole = symbols[0].args
            return self.apply("matmul", chosen, self.apply("matmul", whole, symbols[1]))
        shorter = self._without_neutral(op, symbols)
        if shorter is not None:
            return shorter
        settings = tuple(sorted(attributes.items()))
        key = (op, tuple(map(id, symbols)), settings)
        if key not in self._known:
            self._known[key] = LazySymbol(self, op, symbols, settings)
        return self._known[key]

    def numbers(self, symbol: Symbol) -> Any:
        """Return what a formula of plain arrays computes with in place of a symbol."""
        return symbol.value if self.plain else RecordedArray(symbol)


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
        shape = _ShapeOf(self.symbol.shape)
        shape.symbol = self.symbol
        return shape

    @property
    def ndim(self) -> int:
        """How many axes it has."""
        return len(self.symbol.shape)

    @property
    def T(self) -> RecordedArray:  # noqa: N802 - NumPy's name
        """The transpose."""
        return self._apply("transpose", self)

    def __len__(self) -> int:
        return self.symbol.shape[0]

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
        if tuple(wanted) != self.symbol.shape:
            raise UntraceableError("reshape")
        return self

    def __getitem__(self, key: Any) -> RecordedArray:
        """Return a first or last row, alone or as a matrix of one row."""
        if key == (slice(None), None):
            return self._apply("column", self)
        if self.ndim != 2 or key not in (0, -1, slice(-1, None)):
            raise UntraceableError(f"the index {key!r}")
        place = len(self) - 1 if key != 0 else 0
        row = self._apply("matmul", _chosen(place, len(self)), self)
        return row if isinstance(key, slice) else row.sum(axis=0)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name) if name.startswith("_") else UntraceableError(name)


def recorded_beside(array: Any, numbers: Any) -> Any:
    """Return numbers as they are, or as a recorded array where `array` is one."""
    if not isinstance(array, RecordedArray):
        return numbers
    return RecordedArray(array.symbol.trace.given(numbers))


def symbol_of(value: Any) -> Any:
    """Return a recorded array's symbol; anything else as it is."""
    return value.symbol if isinstance(value, RecordedArray) else value


def _broadcast_to(array: Any, shape: Any) -> Any:
    if not isinstance(array, RecordedArray):
        array = np.asarray(array)
        return array if array.shape == tuple(shape) else _filled(shape, array)
    return array if array.symbol.shape == tuple(shape) else _filled(shape, array)


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
