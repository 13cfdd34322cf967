"""A formula becomes writing: one walk for all styles, with symbols or with their numbers.

A `Style` knows how one notation writes each form (a fraction, a sum, a name); this walk knows which
primitive has which form, and where parentheses are needed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from clearprop.explaining.cells import evaluated, terms_of
from clearprop.explaining.formula import Applied, Cell, Constant, Every, Formula, Total, Whole
from clearprop.explaining.names import Name
from clearprop.explaining.record import Quantity

COMPARED, ADDED, SUMMED, MULTIPLIED, JOINED, ATOM = range(6)
"""How tightly forms bind, loosest first."""

INFIX = {
    "add": ADDED, "subtract": ADDED, "multiply": MULTIPLIED, "hadamard": MULTIPLIED,
    "matmul": JOINED, "greater": COMPARED,
}  # fmt: skip
CALLS = {
    "exp": "exp", "expm1": "expm1", "log": "ln", "tanh": "tanh", "sign": "sign", "expit": "σ",
    "softplus": "softplus", "ndtr": "Φ", "softmax": "softmax", "log_softmax": "ln softmax",
    "maximum": "max", "minimum": "min", "pack": "",
}  # fmt: skip

TERMS_SHOWN = 6
"""A longer sum is shown by its largest terms and the rest's."""

ROW_SHOWN = 12
"""The numbers of a longer row are not written into a softmax."""


class Style(ABC):
    """One notation: how each form is written, from parts that are written already."""

    fraction_binds: ClassVar[int] = ATOM
    """A fraction with a bar needs no parentheses; one on a line does."""

    @abstractmethod
    def number(self, value: float, whole: bool) -> str:
        """Write a number; `whole` with all its digits."""

    def number_binds(self, text: str) -> int:
        """Return how tightly a written number without a sign binds: ATOM where it is one thing."""
        return ATOM

    @abstractmethod
    def name(self, name: Name) -> str:
        """Write a name."""

    @abstractmethod
    def indexed(self, name: str, index: list[str]) -> str:
        """Write one cell of a named array."""

    @abstractmethod
    def infix(self, op: str, left: str, right: str) -> str:
        """Write two operands and what is between them."""

    @abstractmethod
    def fraction(self, top: str, bottom: str) -> str:
        """Write a quotient."""

    @abstractmethod
    def power(self, base: str, exponent: str) -> str:
        """Write a power."""

    @abstractmethod
    def root(self, inside: str, fenced: bool) -> str:
        """Write a square root; `fenced` where the inside is more than one thing."""

    @abstractmethod
    def transposed(self, matrix: str) -> str:
        """Write a transpose."""

    @abstractmethod
    def negated(self, inside: str) -> str:
        """Write a minus before something."""

    @abstractmethod
    def fence(self, inside: str, kind: str = "()") -> str:
        """Write something between parentheses, or bars."""

    @abstractmethod
    def call(self, function: str, args: list[str], over: str = "") -> str:
        """Write a function of something; `over` is the index it runs over."""

    @abstractmethod
    def big_sum(self, letter: str, body: str) -> str:
        """Write a sum over an index."""

    @abstractmethod
    def where(self, condition: str, yes: str, no: str) -> str:
        """Write a choice."""

    @abstractmethod
    def more(self, count: int, rest: str) -> str:
        """Write what stands for the terms not shown."""


@dataclass(frozen=True)
class Writer:
    """Writes formulas in a style; with `numbers`, the recorded number in place of each cell."""

    style: Style
    name_of: Callable[[Quantity], Name]
    numbers: bool = False

    def write(self, formula: Formula) -> str:
        """Return the formula as this style writes it."""
        return self._write(formula)[0]

    def _write(self, formula: Formula) -> tuple[str, int]:
        style = self.style
        if isinstance(formula, Constant):
            return self._number(formula.value, whole=True)
        if isinstance(formula, Whole):
            return self._whole(formula.quantity)
        if isinstance(formula, Cell):
            if self.numbers:
                return self._number(formula.value, whole=False)
            index = [str(place) for place in formula.index]
            name, binds = self._whole(formula.quantity)
            return (style.indexed(name, index) if index else name), binds
        if isinstance(formula, Total):
            return self._total(formula)
        if isinstance(formula, Every):
            text, binds = self._terms(formula.values, formula.term)
            return (self.style.root(text, True), ATOM) if formula.kind == "norm" else (text, binds)
        return self._applied(formula)

    def _whole(self, quantity: Quantity) -> tuple[str, int]:
        if quantity.path == "constant":
            return self._number(quantity.value, whole=True)
        name = self.name_of(quantity)
        return self.style.name(name), MULTIPLIED if name.before.startswith("∂") else ATOM

    def _number(self, value: float, whole: bool) -> tuple[str, int]:
        text = self.style.number(value, whole)
        return text, ADDED if value < 0 else self.style.number_binds(text)

    def _tight(self, formula: Formula, binding: int) -> str:
        """Write something that stands where only what binds at least so tightly may."""
        text, binds = self._write(formula)
        return text if binds >= binding else self.style.fence(text)

    def _applied(self, formula: Applied) -> tuple[str, int]:
        style, op, args = self.style, formula.op, formula.args
        if op in INFIX:
            binding = INFIX[op]
            left = self._tight(args[0], binding)
            return style.infix(op, left, self._tight(args[1], _right(op, binding))), binding
        if op in FORMS:
            return FORMS[op](self, formula)
        if op in ("sum", "mean"):
            return self._whole_total(formula)
        texts = [self._write(arg)[0] for arg in args]
        if op in ("softmax", "log_softmax") and formula.attributes and self._is_pick(formula):
            return self._picked(formula, texts), ATOM
        return style.call(CALLS[op], texts), ATOM

    def _is_pick(self, formula: Applied) -> bool:
        return formula.attribute("pick") is not None

    def _picked(self, formula: Applied, texts: list[str]) -> str:
        place = formula.attribute("pick")
        first = formula.args[0]
        if isinstance(first, Cell) and (not self.numbers or len(texts) > ROW_SHOWN):
            row = self.style.indexed(
                self._whole(first.quantity)[0], [*map(str, first.index[:-1]), ":"]
            )
            texts = [row]
        return self.style.indexed(self.style.call(CALLS[formula.op], texts), [str(place)])

    def _whole_total(self, formula: Applied) -> tuple[str, int]:
        """Write a sum or mean of a whole array."""
        style, op = self.style, formula.op
        over = {0: "n", 1: "j"}.get(formula.attribute("axis"), "")
        if op == "sum":
            return style.big_sum(over, self._tight(formula.args[0], MULTIPLIED)), SUMMED
        return style.call("mean", [self._write(formula.args[0])[0]], over), ATOM

    def _total(self, total: Total) -> tuple[str, int]:
        if self.numbers:
            terms = terms_of(total)
            values = np.array([evaluated(term) for term in terms])
            text, binds = self._terms(values, lambda place: terms[place])
            if total.kind == "sum":
                return text, binds
            return self.style.fraction(
                self.style.fence(text) if self.style.fraction_binds != ATOM else text,
                self.style.number(total.size, True),
            ), self.style.fraction_binds
        if total.kind == "mean":
            return self.style.call("mean", [self._write(total.body)[0]], total.letter), ATOM
        return self.style.big_sum(total.letter, self._tight(total.body, MULTIPLIED)), SUMMED

    def _terms(self, values: np.ndarray, term: Callable[[int], Formula]) -> tuple[str, int]:
        """Write a sum term by term; of a long one the largest terms, in their order."""
        chosen = _worth_writing(values)
        text = self._tight(term(chosen[0]), ADDED)
        for place in chosen[1:]:
            text = self.style.infix("add", text, self._tight(term(place), MULTIPLIED))
        left_out = len(values) - len(chosen)
        if left_out:
            rest = float(np.sum(np.delete(values, chosen)))
            more = self.style.more(left_out, self.style.number(rest, False))
            text = self.style.infix("add", text, more)
        return text, ADDED if len(values) > 1 else MULTIPLIED


def _worth_writing(values: np.ndarray) -> list[int]:
    """Return the places of the terms that are written: not the zeros, not the small of many."""
    places = np.flatnonzero(values != 0)
    if not places.size:
        places = np.array([0])
    if len(values) - len(places) == 1:
        places = np.arange(len(values))  # a single zero is shorter than a word about it
    if len(places) > TERMS_SHOWN:
        order = np.argsort(-np.abs(values[places]), kind="stable")
        places = places[order[: TERMS_SHOWN - 2]]
    return sorted(int(place) for place in places)


def _right(op: str, binding: int) -> int:
    """Return how tightly the right operand must bind: a - (b - c), a + (-b)."""
    return MULTIPLIED if op in ("add", "subtract") else min(binding + (op == "matmul"), ATOM)


def _fraction(writer: Writer, formula: Applied) -> tuple[str, int]:
    top, bottom = formula.args
    if writer.style.fraction_binds == ATOM:
        return writer.style.fraction(writer.write(top), writer.write(bottom)), ATOM
    return (
        writer.style.fraction(writer._tight(top, MULTIPLIED), writer._tight(bottom, JOINED)),
        MULTIPLIED,
    )


def _power(writer: Writer, formula: Applied) -> tuple[str, int]:
    base, exponent = formula.args
    if exponent == Constant(0.5):
        return _root(writer, Applied("sqrt", (base,)))
    return writer.style.power(writer._tight(base, ATOM), writer.write(exponent)), ATOM


def _root(writer: Writer, formula: Applied) -> tuple[str, int]:
    text, binds = writer._write(formula.args[0])
    return writer.style.root(text, binds < ATOM), ATOM


def _negated(writer: Writer, formula: Applied) -> tuple[str, int]:
    return writer.style.negated(writer._tight(formula.args[0], SUMMED)), SUMMED


def _bars(writer: Writer, formula: Applied) -> tuple[str, int]:
    return writer.style.fence(writer.write(formula.args[0]), "||"), ATOM


def _length(writer: Writer, formula: Applied) -> tuple[str, int]:
    return writer.style.fence(writer.write(formula.args[0]), "‖‖"), ATOM


def _where(writer: Writer, formula: Applied) -> tuple[str, int]:
    condition, yes, no = (writer.write(arg) for arg in formula.args)
    return writer.style.where(condition, yes, no), COMPARED


def _transposed(writer: Writer, formula: Applied) -> tuple[str, int]:
    return writer.style.transposed(writer._tight(formula.args[0], ATOM)), ATOM


FORMS: dict[str, Callable[[Writer, Applied], tuple[str, int]]] = {
    "divide": _fraction,
    "power": _power,
    "sqrt": _root,
    "negative": _negated,
    "absolute": _bars,
    "norm": _length,
    "where": _where,
    "transpose": _transposed,
}
"""Primitives that are written neither between their arguments nor before them."""
