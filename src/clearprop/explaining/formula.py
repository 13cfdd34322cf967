"""A formula: how a quantity was made, in terms of quantities that have names.

Two kinds of leaves make two kinds of formula. `WholeArray` leaves give the equation of an array,
∂E/∂W₁ = xᵀ δ₁; `Cell` leaves give that of one of its numbers, Σ_n x[n,3] · δ₁[n,2]. Both come
from the traced definitions, and both are printed by the same renderers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from clearprop.explaining.record import Quantity, Record
from clearprop.readings.symbol import Symbol


@dataclass(frozen=True)
class LiteralNumber:
    """A number that stands in a definition."""

    value: float


@dataclass(frozen=True)
class WholeArray:
    """A quantity as a whole."""

    quantity: Quantity


@dataclass(frozen=True)
class Cell:
    """One number of a quantity; a letter as index is that of an `IndexedReduction`."""

    quantity: Quantity
    index: tuple[int | str, ...]

    @property
    def path(self) -> str:
        """The address: ``dense1.dW[3,2]``."""
        where = f"[{','.join(map(str, self.index))}]" if self.index else ""
        return f"{self.quantity.path}{where}"

    @property
    def value(self) -> float:
        """The number recorded there."""
        array = self.quantity.value
        return float(array[self.index]) if self.index else float(array)


@dataclass(frozen=True)
class Applied:
    """A primitive applied to formulas.

    `attributes` are the primitive's (axis, keepdims); "pick" is the place in a function of a row,
    "arrays" marks a product of two arrays cell by cell.
    """

    op: str
    args: tuple[Formula, ...]
    attributes: tuple[tuple[str, Any], ...] = ()

    def attribute(self, name: str) -> Any:
        """Return one attribute, None where there is none of the name."""
        return dict(self.attributes).get(name)


@dataclass(frozen=True)
class IndexedReduction:
    """A sum or mean over a running index: Σ_n body, n from 0 to size - 1."""

    kind: str
    letter: str
    size: int
    body: Formula


@dataclass(frozen=True, eq=False)
class FullReduction:
    """The sum of all numbers of an array, or the root of the sum of their squares ("norm").

    The array may hold a million numbers: `values` has the terms, shape (size,), and `term` makes
    the formula of one of them.
    """

    kind: str
    values: np.ndarray
    term: Callable[[int], Formula]


Formula: TypeAlias = LiteralNumber | WholeArray | Cell | Applied | IndexedReduction | FullReduction


def formula_of(record: Record, symbol: Symbol, inside: bool = False) -> Formula:
    """Return the formula of a symbol in terms of quantities; of a quantity, how it was made."""
    quantity = record.of(symbol)
    if quantity is not None and (inside or not symbol.args):
        return WholeArray(quantity)
    if symbol.op == "constant":
        return LiteralNumber(symbol.value)
    if symbol.op == "given":
        return WholeArray(Quantity("constant", symbol, "given"))
    args = tuple(formula_of(record, arg, True) for arg in symbol.args)
    return SPECIAL.get(symbol.op, _applied)(symbol, args)


def _applied(symbol: Symbol, args: tuple[Formula, ...]) -> Formula:
    return Applied(symbol.op, args, symbol.attributes)


def _multiplied(symbol: Symbol, args: tuple[Formula, ...]) -> Formula:
    """Return a square, a product of two arrays cell by cell, or a product with a number."""
    if args[0] == args[1]:
        return Applied("power", (args[0], LiteralNumber(2)))
    arrays = all(arg.shape for arg in symbol.args)
    return Applied("multiply", args, (("arrays", True),) if arrays else ())


def _summed(symbol: Symbol, args: tuple[Formula, ...]) -> Formula:
    """Return a sum; that of a vector runs over the rows, but for one of whole parameters."""
    over_rows = len(symbol.args[0].shape) == 1 and not holds_pack(symbol)
    return Applied("sum", args, (("axis", 0),) if over_rows else symbol.attributes)


SPECIAL: dict[str, Callable[[Symbol, tuple[Formula, ...]], Formula]] = {
    "multiply": _multiplied,
    "sum": _summed,
}
"""The primitives whose equation depends on the shapes; all others stand as they are."""


def holds_pack(symbol: Symbol) -> bool:
    """Return whether the symbol contains parameters packed into one vector."""
    return symbol.op == "pack" or any(holds_pack(arg) for arg in symbol.args)
