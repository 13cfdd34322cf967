"""Write a formula, in any style, with symbols or with their numbers.

A `Style` knows how one notation writes each form (a fraction, a sum, a name); `WRITING_RULES` says
which form each primitive has, and where parentheses are needed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import numpy as np

from clearprop.explaining.cells import evaluated, terms_of
from clearprop.explaining.formula import (
    Applied,
    Cell,
    Formula,
    FullReduction,
    IndexedReduction,
    LiteralNumber,
    WholeArray,
)
from clearprop.explaining.names import Name
from clearprop.explaining.record import Quantity
from clearprop.readings.table import PrimitiveTable

COMPARED, ADDED, SUMMED, MULTIPLIED, JOINED, ATOM = range(6)
"""How tightly forms bind, loosest first."""

TERMS_SHOWN = 6
"""Of a longer sum only the largest terms are written, and the sum of the others."""

ROW_SHOWN = 12
"""A softmax of a longer row is written without the row's numbers."""


class Style(ABC):
    """One notation: writes each form from parts that are text already."""

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
    def infix(self, sign: str, left: str, right: str) -> str:
        """Write two operands and the sign between them; "" for a product without a sign."""

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
        """Write how many terms are not shown, and their sum."""


WritingRule: TypeAlias = "Callable[[Writer, Applied], tuple[str, int]]"
"""Writes a primitive applied to formulas; returns the text, and how tightly it binds."""


@dataclass(frozen=True)
class Writer:
    """Writes formulas in a style; with `numbers`, each cell as its recorded number."""

    style: Style
    name_of: Callable[[Quantity], Name]
    numbers: bool = False

    def write(self, formula: Formula) -> str:
        """Return the formula as this style writes it."""
        return self._write(formula)[0]

    def _write(self, formula: Formula) -> tuple[str, int]:
        style = self.style
        if isinstance(formula, LiteralNumber):
            return self._number(formula.value, whole=True)
        if isinstance(formula, WholeArray):
            return self._whole(formula.quantity)
        if isinstance(formula, Cell):
            if self.numbers:
                return self._number(formula.value, whole=False)
            index = [str(place) for place in formula.index]
            name, binds = self._whole(formula.quantity)
            return (style.indexed(name, index) if index else name), binds
        if isinstance(formula, IndexedReduction):
            return self._total(formula)
        if isinstance(formula, FullReduction):
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
        """Write a formula, in parentheses if it binds less tightly than `binding`."""
        text, binds = self._write(formula)
        return text if binds >= binding else self.style.fence(text)

    def _applied(self, formula: Applied) -> tuple[str, int]:
        return WRITING_RULES[formula.op](self, formula)

    def _total(self, total: IndexedReduction) -> tuple[str, int]:
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
        """Write a sum term by term; of a long sum only the largest terms, in order."""
        chosen = _worth_writing(values)
        text = self._tight(term(chosen[0]), ADDED)
        for place in chosen[1:]:
            text = self.style.infix("+", text, self._tight(term(place), MULTIPLIED))
        left_out = len(values) - len(chosen)
        if left_out:
            rest = float(np.sum(np.delete(values, chosen)))
            more = self.style.more(left_out, self.style.number(rest, False))
            text = self.style.infix("+", text, more)
        return text, ADDED if len(values) > 1 else MULTIPLIED


def _worth_writing(values: np.ndarray) -> list[int]:
    """Return the places of the terms to write: without zeros; of many terms the largest."""
    places = np.flatnonzero(values != 0)
    if not places.size:
        places = np.array([0])
    if len(values) - len(places) == 1:
        places = np.arange(len(values))  # a single zero is shorter than a word about it
    if len(places) > TERMS_SHOWN:
        order = np.argsort(-np.abs(values[places]), kind="stable")
        places = places[order[: TERMS_SHOWN - 2]]
    return sorted(int(place) for place in places)


def infix(sign: str, binding: int, right: int | None = None) -> WritingRule:
    """Return how a primitive with a sign between its arguments is written.

    `right` is how tightly the right argument must bind, where that is not `binding`.
    """

    def write(writer: Writer, formula: Applied) -> tuple[str, int]:
        left = writer._tight(formula.args[0], binding)
        behind = writer._tight(formula.args[1], binding if right is None else right)
        return writer.style.infix(sign, left, behind), binding

    return write


def call(function: str) -> WritingRule:
    """Return how a function before its arguments is written; of a picked one, with its place."""

    def write(writer: Writer, formula: Applied) -> tuple[str, int]:
        texts = [writer.write(arg) for arg in formula.args]
        place = formula.attribute("pick")
        if place is None:
            return writer.style.call(function, texts), ATOM
        first = formula.args[0]
        if isinstance(first, Cell) and (not writer.numbers or len(texts) > ROW_SHOWN):
            row = [*map(str, first.index[:-1]), ":"]
            texts = [writer.style.indexed(writer._whole(first.quantity)[0], row)]
        return writer.style.indexed(writer.style.call(function, texts), [str(place)]), ATOM

    return write


def _multiplied(writer: Writer, formula: Applied) -> tuple[str, int]:
    sign = "⊙" if formula.attribute("arrays") else "·"
    return infix(sign, MULTIPLIED)(writer, formula)


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
    if exponent == LiteralNumber(0.5):
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


def _summed(writer: Writer, formula: Applied) -> tuple[str, int]:
    body = writer._tight(formula.args[0], MULTIPLIED)
    return writer.style.big_sum(_over(formula), body), SUMMED


def _mean(writer: Writer, formula: Applied) -> tuple[str, int]:
    return writer.style.call("mean", [writer.write(formula.args[0])], _over(formula)), ATOM


def _over(formula: Applied) -> str:
    """Return the letter of the axis that a whole array is summed over."""
    return {0: "n", 1: "j"}.get(formula.attribute("axis"), "")


def _unmarked(writer: Writer, formula: Applied) -> tuple[str, int]:
    return writer._write(formula.args[0])


def _one(writer: Writer, formula: Applied) -> tuple[str, int]:
    return writer._write(LiteralNumber(1.0))


WRITING_RULES: PrimitiveTable[WritingRule] = PrimitiveTable(
    "clearprop.explaining.render.WRITING_RULES",
    {
        "negative": _negated,
        "add": infix("+", ADDED, MULTIPLIED),
        "subtract": infix("−", ADDED, MULTIPLIED),
        "multiply": _multiplied,
        "divide": _fraction,
        "power": _power,
        "greater": infix(">", COMPARED),
        "matmul": infix("", JOINED, ATOM),
        "transpose": _transposed,
        "column": _unmarked,
        "pack": call(""),
        "norm": _length,
        "exp": call("exp"),
        "expm1": call("expm1"),
        "log": call("ln"),
        "sqrt": _root,
        "tanh": call("tanh"),
        "absolute": _bars,
        "sign": call("sign"),
        "maximum": call("max"),
        "minimum": call("min"),
        "where": _where,
        "ones_like": _one,
        "sum": _summed,
        "mean": _mean,
        "expit": call("σ"),
        "softplus": call("softplus"),
        "ndtr": call("Φ"),
        "softmax": call("softmax"),
        "log_softmax": call("ln softmax"),
    },
)
"""How each primitive is written, in every style."""
