"""An item of the chapter: a title, text, lines of output, and the numbers behind them.

An item is data. Each view shows it in its own way: the terminal, ``print``, HTML, Markdown.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from clearprop.writing.columns import aligned
from clearprop.writing.numbers import fixed

WIDTH = 79
INDENT = "    "
GLUE = "\u00a0"
_WITHIN_FORMULA = re.compile(r" [−·=+@/] | (?=\(1 −)")


@dataclass(frozen=True)
class Words:
    """A paragraph."""

    text: str

    def lines(self, width: int) -> list[str]:
        """Return the paragraph folded to `width`, no line ending within a formula."""
        glued = _WITHIN_FORMULA.sub(lambda found: found[0].replace(" ", GLUE), self.text)
        folded = textwrap.wrap(glued, width, break_long_words=False, break_on_hyphens=False)
        return [line.replace(GLUE, " ") for line in folded]


@dataclass(frozen=True)
class Shown:
    """Lines that stay as they are: an equation, a table, a matrix."""

    rows: tuple[str, ...]

    def lines(self, width: int) -> list[str]:
        """Return the lines, indented."""
        return [f"{INDENT}{row}".rstrip() for row in self.rows]


@dataclass(frozen=True)
class Table:
    """Rows of cells, the first row their headings; the first `left` columns stand to the left."""

    rows: tuple[tuple[str, ...], ...]
    left: int

    def lines(self, width: int) -> list[str]:
        """Return the rows as aligned lines, indented."""
        return [f"{INDENT}{row}".rstrip() for row in aligned(self.rows, left=self.left)]


@dataclass(frozen=True, eq=False)
class Product:
    """Matrices and signs beside each other; each matrix with a number of decimals."""

    parts: tuple[str | tuple[np.ndarray, int], ...]

    def lines(self, width: int) -> list[str]:
        """Return the matrices as lines, indented."""
        blocks = [[part] if isinstance(part, str) else matrix(*part) for part in self.parts]
        return [f"{INDENT}{row}".rstrip() for row in beside(*blocks)]


@dataclass(frozen=True)
class Equation:
    """One equation in three notations."""

    text: str
    latex: str
    mathml: str


@dataclass(frozen=True)
class Equations:
    """Equations that were generated from the definitions that train networks."""

    each: tuple[Equation, ...]

    def lines(self, width: int) -> list[str]:
        """Return the equations as text, indented."""
        return [f"{INDENT}{one.text}" for one in self.each]


Block: TypeAlias = Words | Shown | Table | Product | Equations


@dataclass(frozen=True)
class Item:
    """One item of the chapter.

    Attributes
    ----------
    name : str
        What it is asked for by: "3".
    title : str
    blocks : tuple of Block
    numbers : Any
        The computed results that the blocks tell, as a dataclass.
    """

    name: str
    title: str
    blocks: tuple[Block, ...]
    numbers: Any

    @property
    def heading(self) -> str:
        """Name and title in one line."""
        return f"{self.name}  {self.title}"

    @property
    def section(self) -> str:
        """The heading of the item's section in a document."""
        return f"{self.name.capitalize()}. {self.title}"

    def body(self, width: int = WIDTH) -> list[str]:
        """Return everything below the heading, as lines of at most `width` where words allow."""
        lines: list[str] = []
        for block in self.blocks:
            lines += ["", *block.lines(width)]
        return lines[1:]

    def __str__(self) -> str:
        return "\n".join([self.heading, "", *self.body()])


def table(rows: Sequence[Sequence[str]], left: int = 1) -> Table:
    """Return rows of cells as a table, the first `left` columns to the left."""
    return Table(tuple(tuple(row) for row in rows), left)


def shown(text: str) -> Shown:
    """Return the lines of a text as they are."""
    return Shown(tuple(text.splitlines()))


def matrix(values: np.ndarray, decimals: int = 4) -> list[str]:
    """Return a matrix as aligned rows between bars.

    >>> print("\\n".join(matrix(np.array([[1.0, -2.0], [0.5, 10.0]]), 1)))
    | 1.0  −2.0 |
    | 0.5  10.0 |
    """
    rows = aligned([[fixed(value, decimals) for value in row] for row in values], left=0)
    width = max(map(len, rows))
    return [f"| {row.rjust(width)} |" for row in rows]


def beside(*columns: Sequence[str], gap: str = "   ") -> list[str]:
    """Return blocks of lines side by side, each centred on the tallest.

    >>> print("\\n".join(beside(["a", "b", "c"], ["="], ["x", "y", "z"])))
    a       x
    b   =   y
    c       z
    """
    height = max(map(len, columns))
    padded = []
    for column in columns:
        above = (height - len(column)) // 2
        width = max(map(len, column))
        lines = [""] * above + list(column) + [""] * (height - len(column) - above)
        padded.append([line.ljust(width) for line in lines])
    return [gap.join(cells).rstrip() for cells in zip(*padded, strict=True)]
