"""One namespace that the right step and every slip are traced in, and no number computed.

What is equal in two of them is one symbol, so that a slip is what differs from the right step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from clearprop.explaining.work.recorded import RecordedArray, chosen_rows
from clearprop.readings.symbol import Symbol, TracingNamespace
from clearprop.readings.table import PrimitiveTable

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
    def value(self) -> Any:
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


class SlipTrace(TracingNamespace):
    """The namespace that the right step and every slip are traced in: what is equal is one symbol.

    Arrays that stand at the same place of memory are one given array; single numbers are counted
    from the beginning of each run. Some rows of `rows`, arrays of the batch, are a matrix of zeros
    and ones times that array.
    """

    def __init__(self, *rows: np.ndarray) -> None:
        super().__init__()
        self._rows = rows
        self._batch: tuple[np.ndarray, ...] = ()
        self.computed: list[LazySymbol] = []
        self.plain = False
        self._arrays: dict[tuple[Any, ...], Symbol] = {}
        self._scalars: dict[tuple[Any, ...], Symbol] = {}
        self._kept: list[np.ndarray] = []
        self._count = 0

    @contextmanager
    def running(self, *batch: np.ndarray, plain: bool = False) -> Iterator[None]:
        """Begin another run of the step, on a batch that may be some of the rows.

        With `plain` formulas are given arrays, not symbols.
        """
        self._count, self.plain, self._batch = 0, plain, batch
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
        is_of_batch = any(array is one for one in self._batch)
        chosen = self._chosen(array) if is_of_batch else None
        return self._array(array) if chosen is None else chosen

    def _array(self, array: np.ndarray) -> Symbol:
        """Return the symbol of an array: the same for the same memory."""
        place = array.__array_interface__["data"][0]
        key = (place, array.shape, array.strides, array.dtype.str)
        if key not in self._arrays:
            self._kept.append(array)  # while it is kept, no other array stands at its place
            self._arrays[key] = super().given(array)
        return self._arrays[key]

    def _chosen(self, array: np.ndarray) -> Symbol | None:
        """Return some rows of an array of the batch as chosen from it; None for other arrays."""
        for whole in self._rows:
            if array.shape[1:] == whole.shape[1:] and len(array) < len(whole):
                same = (array[:, None] == whole[None]).all(axis=2)
                if same.any(axis=1).all():
                    places = tuple(int(place) for place in same.argmax(axis=1))
                    chooser = self._array(chosen_rows(places, len(whole)))
                    return self.apply("matmul", chooser, self._array(whole))
        return None

    def _chooses(self, symbol: Symbol) -> bool:
        """Return whether a symbol is the matrix that chooses rows of the batch."""
        if symbol.op != "given" or not self._rows or symbol.shape[1:] != (len(self._rows[0]),):
            return False
        places = tuple(int(place) for place in symbol.value.argmax(axis=1))
        return symbol.value is chosen_rows(places, symbol.shape[1])

    def apply(self, op: str, *args: Any, **attributes: Any) -> Symbol:
        """Return the symbol of a primitive applied to symbols and numbers, not yet computed."""
        symbols = tuple(self._symbol(arg) for arg in args)
        if op == "matmul" and symbols[0].op == "matmul" and self._chooses(symbols[0].args[0]):
            # Rows of a matrix times another are rows of their product, which the step has.
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
