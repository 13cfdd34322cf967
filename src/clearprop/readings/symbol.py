"""Reading with symbols: every value remembers how it was made.

A `TracingNamespace` is a namespace like the other readings. It computes with `Symbol`: a value, the
primitive that made it and the primitive's arguments. Running the layers' own definitions on it
therefore gives the numbers that training computes, to the last bit, and their formulas; nothing
here knows a layer.

Equal expressions are one symbol: the softmax in the loss's gradient *is* the prediction.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np

from clearprop.definitions.clipping import length
from clearprop.readings import numpy as reading


def pack(*arrays: Any) -> Any:
    """Return the arrays' values as one vector."""
    return np.concatenate([np.ravel(array) for array in arrays])


PRIMITIVES: dict[str, Callable[..., Any]] = {
    "negative": operator.neg,
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "power": operator.pow,
    "greater": operator.gt,
    "matmul": operator.matmul,
    "transpose": np.transpose,
    "column": lambda vector: vector[:, None],
    "pack": pack,
    "norm": length,
    **{
        name: getattr(reading, name)
        for name in (
            "exp", "expm1", "log", "sqrt", "tanh", "absolute", "sign", "maximum", "minimum",
            "where", "ones_like", "sum", "mean", "expit", "softplus", "ndtr", "softmax",
            "log_softmax",
        )
    },
}  # fmt: skip
"""What each primitive computes. The operators are Python's, so that a number stays a number.

Every other reading of the primitives is a `PrimitiveTable` with a row for each of these names.
"""

NEUTRAL = {"add": 0.0, "subtract": 0.0, "multiply": 1.0, "divide": 1.0}
"""The right argument that leaves the left one as it is."""

COMMUTES = ("add", "multiply")


class Symbol:
    """A value that remembers the operation and the arguments it came from. Never changes.

    `op` is "given", "constant" or a name of `PRIMITIVES`; `attributes` are its keywords (axis,
    keepdims) and do not count as arguments. `serial` numbers the symbols of a namespace in the
    order they were made: an argument has a smaller one than the result.
    """

    __slots__ = ("args", "attributes", "op", "serial", "trace", "value")
    __array_ufunc__ = None  # an ndarray on the left of an operator leaves it to the symbol

    def __init__(
        self,
        trace: TracingNamespace,
        op: str,
        args: tuple[Symbol, ...],
        attributes: tuple[tuple[str, Any], ...],
        value: Any,
    ) -> None:
        self.trace, self.op, self.args = trace, op, args
        self.attributes, self.value = attributes, value
        self.serial = next(trace.serials)

    @property
    def shape(self) -> tuple[int, ...]:
        """The value's shape."""
        return np.shape(self.value)

    @property
    def T(self) -> Symbol:  # noqa: N802 - NumPy's name
        """The transpose."""
        return self.trace.apply("transpose", self)

    def attribute(self, name: str) -> Any:
        """Return one attribute, None where the operation has none of the name."""
        return dict(self.attributes).get(name)

    def __neg__(self) -> Symbol:
        return self.trace.apply("negative", self)

    def __add__(self, other: Any) -> Symbol:
        return self.trace.apply("add", self, other)

    def __radd__(self, other: Any) -> Symbol:
        return self.trace.apply("add", other, self)

    def __sub__(self, other: Any) -> Symbol:
        return self.trace.apply("subtract", self, other)

    def __rsub__(self, other: Any) -> Symbol:
        return self.trace.apply("subtract", other, self)

    def __mul__(self, other: Any) -> Symbol:
        return self.trace.apply("multiply", self, other)

    def __rmul__(self, other: Any) -> Symbol:
        return self.trace.apply("multiply", other, self)

    def __truediv__(self, other: Any) -> Symbol:
        return self.trace.apply("divide", self, other)

    def __rtruediv__(self, other: Any) -> Symbol:
        return self.trace.apply("divide", other, self)

    def __pow__(self, other: Any) -> Symbol:
        return self.trace.apply("power", self, other)

    def __rpow__(self, other: Any) -> Symbol:
        return self.trace.apply("power", other, self)

    def __matmul__(self, other: Any) -> Symbol:
        return self.trace.apply("matmul", self, other)

    def __rmatmul__(self, other: Any) -> Symbol:
        return self.trace.apply("matmul", other, self)

    def __gt__(self, other: Any) -> Symbol:
        return self.trace.apply("greater", self, other)

    def __lt__(self, other: Any) -> Symbol:
        return self.trace.apply("greater", other, self)

    def __getitem__(self, key: Any) -> Symbol:
        if key == (slice(None), None):
            return self.trace.apply("column", self)
        raise TypeError(
            f"a definition may index an array only as v[:, None], not with {key!r}: "
            "clearprop.readings lists what layers, losses and optimizers may use"
        )

    def __bool__(self) -> bool:
        if self.shape:
            raise TypeError(
                "a definition may not branch on an array; use xp.where. "
                "Which branch a number takes is decided by the number recorded"
            )
        return bool(self.value)

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise TypeError(
            "a definition must compute with xp's functions, not NumPy's: what NumPy does to a "
            "traced value could not be shown"
        )

    def __repr__(self) -> str:
        made = self.op if not self.args else f"{self.op} of {len(self.args)}"
        return f"Symbol({made}, shape {self.shape})"


class TracingNamespace:
    """The namespace whose values are symbols; it returns the same symbol for equal expressions."""

    kind: type[Symbol] = Symbol

    def __init__(self) -> None:
        self._known: dict[Hashable, Symbol] = {}
        self.serials = itertools.count()
        self.nothing = self.kind(self, "constant", (), (), 0.0)

    def given(self, value: Any) -> Symbol:
        """Return a new symbol that was not computed: an input, a parameter, a setting."""
        return self.kind(self, "given", (), (), value)

    def constant(self, value: Any) -> Symbol:
        """Return the symbol of a number that stands in a definition."""
        key = ("constant", type(value), repr(value))
        if key not in self._known:
            self._known[key] = self.kind(self, "constant", (), (), value)
        return self._known[key]

    def apply(self, op: str, *args: Any, **attributes: Any) -> Symbol:
        """Return the symbol of a primitive applied to symbols and numbers."""
        symbols = tuple(self._symbol(arg) for arg in args)
        shorter = self._without_neutral(op, symbols)
        if shorter is not None:
            return shorter
        settings = tuple(sorted(attributes.items()))
        key = (op, tuple(map(id, symbols)), settings)
        if key not in self._known:
            value = self.compute(op, [symbol.value for symbol in symbols], attributes)
            self._known[key] = self.kind(self, op, symbols, settings, value)
        return self._known[key]

    def compute(self, op: str, values: list[Any], attributes: dict[str, Any]) -> Any:
        """Return the primitive's value."""
        return PRIMITIVES[op](*values, **attributes)

    def sum(self, z: Any, axis: int | None = None, keepdims: bool = False) -> Symbol:
        """Return the sum over rows (axis 0), within them (1) or of all."""
        return self.apply("sum", z, axis=axis, keepdims=keepdims)

    def mean(self, z: Any, axis: int | None = None, keepdims: bool = False) -> Symbol:
        """Return the mean over rows (axis 0), within them (1) or of all."""
        return self.apply("mean", z, axis=axis, keepdims=keepdims)

    def __getattr__(self, name: str) -> Callable[..., Symbol]:
        if name not in PRIMITIVES:
            raise AttributeError(
                f"xp has no {name!r}: clearprop.readings lists what definitions may use"
            )
        return lambda *args: self.apply(name, *args)

    def _symbol(self, arg: Any) -> Symbol:
        if isinstance(arg, Symbol):
            return arg
        return self.given(arg) if np.ndim(arg) else self.constant(arg)

    def _without_neutral(self, op: str, args: tuple[Symbol, ...]) -> Symbol | None:
        """Return x for x · 1, x / 1, x + 0 and x - 0, else None.

        Only the constants of a definition count, not values that happen to be 1 or 0. A product
        with `nothing` (the penalty of a parameter that has none) is `nothing`.
        """
        if op not in NEUTRAL:
            return None
        left, right = args
        if op == "multiply" and self.nothing in args:
            return self.nothing
        if _is(right, NEUTRAL[op]):
            return left
        if op in COMMUTES and _is(left, NEUTRAL[op]):
            return right
        return None


def _is(symbol: Symbol, number: float) -> bool:
    return symbol.op == "constant" and bool(symbol.value == number)
