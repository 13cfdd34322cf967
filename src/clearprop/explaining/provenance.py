"""The origin of one number: its equation, with symbols and with numbers, and its sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.explaining.cells import sources_of
from clearprop.explaining.formula import Cell, Formula
from clearprop.explaining.render import Style, Writer
from clearprop.explaining.render_latex import Latex
from clearprop.explaining.render_text import Text
from clearprop.writing.numbers import constant, equals, exact, is_rounded, shown

if TYPE_CHECKING:
    from clearprop.explaining.step import StepData

SOURCES_SHOWN = 8


@dataclass(frozen=True)
class Why:
    """One number of a step and its origin; ``step.why(path)`` makes it.

    Attributes
    ----------
    path : str
        The number's address.
    value : float
        The number itself, as the step used it.
    sources : tuple of str
        Addresses of the numbers it was computed from, each one to ask about; empty if given.
    """

    step: StepData
    cell: Cell
    formula: Formula

    @classmethod
    def of(cls, step: StepData, path: str) -> Why:
        """Return the origin of the number at `path`."""
        quantity, index, formula = step.cell(path)
        return cls(step, Cell(quantity, index), formula)

    @property
    def path(self) -> str:
        """The number's address."""
        return self.cell.path

    @property
    def value(self) -> Any:
        """The number itself, as the step used it: of the network's dtype."""
        array = self.cell.quantity.value
        return array[self.cell.index] if np.ndim(array) else array

    @property
    def is_given(self) -> bool:
        """Whether the number was not computed: an input, a parameter, a setting."""
        return self.cell.quantity.symbol.op == "given"

    @property
    def sources(self) -> tuple[str, ...]:
        """The addresses of the numbers it was computed from."""
        return () if self.is_given else tuple(cell.path for cell in sources_of(self.formula))

    def ask(self, place: int) -> Why:
        """Return where one of the sources came from."""
        return Why.of(self.step, self.sources[place])

    def name(self, style: Style) -> str:
        """Return the number's name."""
        return Writer(style, self.step.name_of).write(self.cell)

    def symbols(self, style: Style) -> str:
        """Return the formula with symbols."""
        return Writer(style, self.step.name_of).write(self.formula)

    def numbers(self, style: Style) -> str:
        """Return the formula with the numbers recorded."""
        return Writer(style, self.step.name_of, numbers=True).write(self.formula)

    def to_latex(self) -> str:
        """Return the equation, numbers and value as a LaTeX ``aligned``."""
        style = Latex()
        name, value = self.name(style), style.number(self.value, False)
        sign = r"\approx" if is_rounded(self.value) else "="
        if self.is_given:
            return f"{name} {sign} {value}"
        lines = [f"{name} &= {self.symbols(style)}", f"&= {self.numbers(style)}"]
        body = " \\\\\n".join([*lines, f"&{sign} {value}"])
        return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"

    def __str__(self) -> str:
        style = Text()
        name, value = self.name(style), self._value()
        if self.is_given:
            meaning = self.step.meaning_of(self.cell.quantity)
            return f"{name} {value}\ngiven: {meaning}"
        symbols, numbers = self.symbols(style), self.numbers(style)
        lines = [f"{name} = {symbols}"]
        indent = " " * len(name)
        if numbers not in (symbols, constant(self.value), shown(self.value)):
            lines.append(f"{indent} = {numbers}")
        lines += [f"{indent} {value}", *self._parts(), f"from {self._from()}"]
        return "\n".join(lines)

    def _value(self) -> str:
        rounded = f"   exactly {exact(self.value)}" if is_rounded(self.value) else ""
        return f"{equals(self.value)}{rounded}"

    def _parts(self) -> list[str]:
        """Return the parts of a parameter's change; empty for other numbers."""
        path = self.cell.quantity.path
        if not path.endswith(".change"):
            return []
        parts = self.step.record.parts[path.removesuffix(".change")]
        index = self.cell.index
        width = max(len(part.name) for part in parts)
        return [f"  {part.name:<{width}}  {shown(part.symbol.value[index]):>11}" for part in parts]

    def _from(self) -> str:
        sources = self.sources
        listed = ", ".join(sources[:SOURCES_SHOWN])
        rest = len(sources) - SOURCES_SHOWN
        return f"{listed} and {rest:,} more" if rest > 0 else listed

    def __repr__(self) -> str:
        return f"<Why {self.path} {equals(self.value)}>"
