"""Provenance: the formula of one number, and the numbers it came from.

`CELL_RULES` says for each primitive which cells of its arguments make one cell of its result: the
same cell for an elementwise primitive (broadcasting undone), a row and a column for a matrix
product, a row for a softmax.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from clearprop.explaining.formula import (
    Applied,
    Cell,
    Formula,
    FullReduction,
    IndexedReduction,
    LiteralNumber,
    holds_pack,
)
from clearprop.explaining.record import Quantity, Record
from clearprop.readings.symbol import PRIMITIVES, Symbol
from clearprop.readings.table import PrimitiveTable

Index = tuple[int | str, ...]
Letters = tuple[str, ...]
"""The running indices that are taken already."""

EVERY_SOURCE = 1000
"""The most sources named for one number: the largest terms of a sum over all parameters."""


def cell_formula(record: Record, symbol: Symbol, index: Index) -> Formula:
    """Return the formula of one number of a symbol, in terms of numbers of named quantities."""
    return _made(record, symbol, index, ())


def _cell(record: Record, symbol: Symbol, index: Index, letters: Letters) -> Formula:
    quantity = record.of(symbol)
    if quantity is not None:
        return Cell(quantity, index)
    return _made(record, symbol, index, letters)


def _made(record: Record, symbol: Symbol, index: Index, letters: Letters) -> Formula:
    if symbol.op == "constant":
        return LiteralNumber(symbol.value)
    if symbol.op == "given":
        return Cell(record.of(symbol) or Quantity("constant", symbol, "given"), index)
    return CELL_RULES[symbol.op](record, symbol, index, letters)


def elementwise(record: Record, symbol: Symbol, index: Index, letters: Letters) -> Formula:
    """Return the primitive applied to the same cell of each argument, broadcasting undone."""
    parts = (_cell(record, arg, _aligned(arg, index), letters) for arg in symbol.args)
    return Applied(symbol.op, tuple(parts))


def _multiplied(record: Record, symbol: Symbol, index: Index, letters: Letters) -> Formula:
    """Return a product of two numbers, a square where they are the same."""
    left, right = (_cell(record, arg, _aligned(arg, index), letters) for arg in symbol.args)
    if left == right:
        return Applied("power", (left, LiteralNumber(2)))
    return Applied("multiply", (left, right))


def _aligned(arg: Symbol, index: Index) -> Index:
    """Return the cell of an argument that broadcasting brings to `index`."""
    shape = arg.shape
    last = index[len(index) - len(shape) :] if shape else ()
    return tuple(0 if size == 1 else place for size, place in zip(shape, last, strict=True))


def _product(record: Record, symbol: Symbol, index: Index, letters: Letters) -> Formula:
    left, right = symbol.args
    letter = _letter("n" if left.op == "transpose" else "i", letters)
    inner = (*letters, letter)
    row, column = index
    body = Applied(
        "multiply",
        (
            _cell(record, left, (row, letter), inner),
            _cell(record, right, (letter, column), inner),
        ),
    )
    return _shortened(IndexedReduction("sum", letter, left.shape[1], body))


def _one(record: Record, symbol: Symbol, index: Index, letters: Letters) -> Formula:
    return LiteralNumber(1.0)


def _column(record: Record, symbol: Symbol, index: Index, letters: Letters) -> Formula:
    return _cell(record, symbol.args[0], index[:1], letters)


def _transposed(record: Record, symbol: Symbol, index: Index, letters: Letters) -> Formula:
    return _cell(record, symbol.args[0], index[::-1], letters)


def _picked(record: Record, symbol: Symbol, index: Index, letters: Letters) -> Formula:
    """Return one number of a function of a whole row."""
    row = tuple(
        _cell(record, symbol.args[0], (*index[:-1], place), letters)
        for place in range(symbol.shape[-1])
    )
    return Applied(symbol.op, row, (("pick", index[-1]),))


def _length(record: Record, symbol: Symbol, index: Index, letters: Letters) -> Formula:
    return _every(record, symbol.args[0], "norm")


def _total(record: Record, symbol: Symbol, index: Index, letters: Letters) -> Formula:
    (arg,) = symbol.args
    axis = symbol.attribute("axis")
    if axis is None and (len(arg.shape) == 2 or holds_pack(arg)):
        return _every(record, arg, "sum")
    if len(arg.shape) == 1:
        letter = _letter("n", letters)
        place: Index = (letter,)
    elif axis == 0:
        letter = _letter("n", letters)
        place = (letter, index[-1])
    else:
        letter = _letter("j", letters)
        place = (index[0], letter)
    size = arg.shape[0 if axis is None else axis]
    body = _cell(record, arg, place, (*letters, letter))
    return _shortened(IndexedReduction(symbol.op, letter, size, body))


def _shortened(total: IndexedReduction) -> Formula:
    """Return the one term of a sum of one."""
    return bound(total.body, total.letter, 0) if total.size == 1 else total


def _every(record: Record, symbol: Symbol, kind: str) -> Formula:
    """Return the sum of all numbers of an array, or their root sum of squares ("norm")."""
    values = np.ravel(np.asarray(symbol.value, np.float64))

    def term(place: int) -> Formula:
        index = tuple(int(i) for i in np.unravel_index(place, symbol.shape))
        cell = _cell(record, symbol, index, ())
        return Applied("power", (cell, LiteralNumber(2))) if kind == "norm" else cell

    return FullReduction(kind, values**2 if kind == "norm" else values, term)


def _packed(record: Record, symbol: Symbol, index: Index, letters: Letters) -> Formula:
    """Return the cell that stands at one place of a packed vector."""
    place = int(index[0])
    for arg in symbol.args:
        if place < arg.value.size:
            inside = np.unravel_index(place, arg.shape)
            return _cell(record, arg, tuple(int(i) for i in inside), letters)
        place -= arg.value.size
    raise IndexError(f"the vector has {symbol.value.size} numbers, no number {index[0]}")


CELL_RULES: PrimitiveTable[Callable[[Record, Symbol, Index, Letters], Formula]] = PrimitiveTable(
    "clearprop.explaining.cells.CELL_RULES",
    {
        "negative": elementwise,
        "add": elementwise,
        "subtract": elementwise,
        "multiply": _multiplied,
        "divide": elementwise,
        "power": elementwise,
        "greater": elementwise,
        "matmul": _product,
        "transpose": _transposed,
        "column": _column,
        "pack": _packed,
        "norm": _length,
        "exp": elementwise,
        "expm1": elementwise,
        "log": elementwise,
        "sqrt": elementwise,
        "tanh": elementwise,
        "absolute": elementwise,
        "sign": elementwise,
        "maximum": elementwise,
        "minimum": elementwise,
        "where": elementwise,
        "ones_like": _one,
        "sum": _total,
        "mean": _total,
        "expit": elementwise,
        "softplus": elementwise,
        "ndtr": elementwise,
        "softmax": _picked,
        "log_softmax": _picked,
    },
)
"""Which cells of its arguments make one cell of a primitive's result."""


def _letter(wanted: str, taken: tuple[str, ...]) -> str:
    return next(letter for letter in (wanted, *"jkiluvwqrs") if letter not in taken)


def bound(formula: Formula, letter: str, place: int) -> Formula:
    """Return the formula with a running index replaced by a number."""
    if isinstance(formula, Cell):
        return Cell(formula.quantity, tuple(place if i == letter else i for i in formula.index))
    if isinstance(formula, IndexedReduction):
        body = bound(formula.body, letter, place)
        return IndexedReduction(formula.kind, formula.letter, formula.size, body)
    if isinstance(formula, Applied):
        attributes = tuple((k, place if v == letter else v) for k, v in formula.attributes)
        args = tuple(bound(arg, letter, place) for arg in formula.args)
        return Applied(formula.op, args, attributes)
    return formula


def terms_of(total: IndexedReduction) -> list[Formula]:
    """Return the terms of a sum, in order."""
    return [bound(total.body, total.letter, place) for place in range(total.size)]


def evaluated(formula: Formula) -> float:
    """Return the value of a number's formula on the recorded numbers, in float64."""
    if isinstance(formula, LiteralNumber | Cell):
        return float(formula.value)
    if isinstance(formula, IndexedReduction):
        terms = [evaluated(term) for term in terms_of(formula)]
        return float(np.sum(terms) if formula.kind == "sum" else np.mean(terms))
    if isinstance(formula, FullReduction):
        total = float(np.sum(formula.values))
        return total**0.5 if formula.kind == "norm" else total
    if not isinstance(formula, Applied):
        raise TypeError(f"{formula} is not the formula of one number")
    args = [evaluated(arg) for arg in formula.args]
    return _applied(formula, args)


def _applied(formula: Applied, args: list[float]) -> float:
    pick = formula.attribute("pick")
    if pick is not None:
        row: Any = PRIMITIVES[formula.op](np.array(args))
        return float(row[pick])
    with np.errstate(all="ignore"):
        return float(PRIMITIVES[formula.op](*map(np.float64, args)))


def sources_of(formula: Formula) -> list[Cell]:
    """Return the cells in a formula, each once, in order; of a very long sum the largest terms."""
    found: dict[str, Cell] = {}

    def visit(part: Formula) -> None:
        if isinstance(part, Cell):
            found.setdefault(part.path, part)
        elif isinstance(part, Applied):
            for arg in part.args:
                visit(arg)
        elif isinstance(part, IndexedReduction):
            for term in terms_of(part):
                visit(term)
        elif isinstance(part, FullReduction):
            for place in _largest(part.values):
                visit(part.term(place))

    visit(formula)
    return list(found.values())


def _largest(values: np.ndarray) -> list[int]:
    """Return the places of the largest terms, in order; all places if there are few."""
    if len(values) <= EVERY_SOURCE:
        return list(range(len(values)))
    order = np.argpartition(-np.abs(values), EVERY_SOURCE)[:EVERY_SOURCE]
    return sorted(int(place) for place in order)
