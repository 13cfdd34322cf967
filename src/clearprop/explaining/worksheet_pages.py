"""A worksheet's pages: Markdown, LaTeX and notebook, all from the same items."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.explaining.cells import EVERY_SOURCE, sources_of
from clearprop.explaining.formula import Applied, Cell, Formula
from clearprop.explaining.provenance import Why
from clearprop.explaining.render import ADDED, MULTIPLIED, Style, Writer
from clearprop.explaining.render_latex import Latex, matrix, words
from clearprop.explaining.render_text import Text
from clearprop.writing.numbers import is_rounded

if TYPE_CHECKING:
    from clearprop.explaining.step import StepData

LISTED = 12
"""So many given numbers are listed; an equation of more is written with its numbers in it."""

ARRAY_LISTED = 40
"""Larger arrays that an array is computed from are not listed."""

LINE = "\\_" * 12
BLANK_LATEX = r"\underline{\hspace{6em}}"

RULES = (
    "Compute the numbers in order. A number that an earlier item asks for is yours. Give four "
    "significant digits."
)


class Blanks(Writer):
    """Writes an equation with its numbers, but keeps the names of those that are asked for."""

    hidden: frozenset[str] = frozenset()

    @classmethod
    def of(cls, step: StepData, style: Style, hidden: frozenset[str]) -> Blanks:
        """Return a writer that keeps these addresses as names."""
        writer = cls(style, step.name_of, numbers=True)
        object.__setattr__(writer, "hidden", hidden)
        return writer

    def _write(self, formula: Formula) -> tuple[str, int]:
        if isinstance(formula, Cell) and _is_hidden(formula, self.hidden):
            return Writer(self.style, self.name_of)._write(formula)
        return super()._write(formula)

    def _terms(self, values: np.ndarray, term: Any) -> tuple[str, int]:
        """Write the terms that have names, as they must not be in the sum of the others."""
        if len(values) > EVERY_SOURCE:
            return super()._terms(values, term)
        named = np.array([self._is_named(term(place)) for place in range(len(values))])
        if not named.any():
            return super()._terms(values, term)
        others = np.flatnonzero(~named)
        places = [int(place) for place in np.flatnonzero(named)]
        text = self._tight(term(places[0]), ADDED)
        for place in places[1:]:
            text = self.style.infix("+", text, self._tight(term(place), MULTIPLIED))
        if (values[others] != 0).any():
            rest = super()._terms(values[others], lambda place: term(int(others[place])))[0]
            text = self.style.infix("+", text, rest)
        return text, ADDED

    def _is_named(self, term: Formula) -> bool:
        """Return whether a term has a number that is asked for, and is not 0 for any."""
        factors = term.args if isinstance(term, Applied) and term.op == "multiply" else ()
        if any(isinstance(f, Cell) and self._is_zero(f) for f in factors):
            return False
        return any(_is_hidden(cell, self.hidden) for cell in sources_of(term))

    def _is_zero(self, cell: Cell) -> bool:
        return cell.value == 0 and not _is_hidden(cell, self.hidden)


def _is_hidden(cell: Cell, hidden: frozenset[str]) -> bool:
    return cell.path in hidden or cell.quantity.path in hidden


@dataclass(frozen=True)
class Item:
    """One number to compute, or one array.

    Attributes
    ----------
    number, address, meaning
        Its number from 1, its address, and what it is in words.
    value
        The right number, or array.
    """

    step: StepData
    number: int
    address: str
    meaning: str
    value: Any
    hidden: frozenset[str]
    numbers_of: dict[str, int]

    @property
    def why(self) -> Why | None:
        """The origin of the number; None for an array."""
        return Why.of(self.step, self.address) if np.ndim(self.value) == 0 else None

    def equation(self, style: Style) -> tuple[str, str]:
        """Return both sides of the equation in symbols."""
        if self.why is not None:
            return self.why.name(style), self.why.symbols(style)
        quantity, _ = self.step.find(self.address)
        return style.name(self.step.name_of(quantity)), self.step.formula(quantity.symbol, style)

    def given(self, style: Style) -> list[str]:
        """Return what is given for it, and which items it needs."""
        if self.why is None:
            return [self._array(path, style) for path in self._arrays() if self._is_told(path)]
        cells = sources_of(self.why.formula)
        writer = Writer(style, self.step.name_of)
        if len(cells) > LISTED:
            return [Blanks.of(self.step, style, self.hidden).write(self.why.formula)]
        sign = {True: r"\approx" if isinstance(style, Latex) else "≈", False: "="}
        return [
            f"{writer.write(cell)} {sign[is_rounded(cell.value)]} {style.number(cell.value, False)}"
            for cell in cells
            if not _is_hidden(cell, self.hidden) and cell.quantity.path != "constant"
        ]

    def needed(self) -> list[int]:
        """Return the numbers of the items that it is computed from."""
        if self.why is None:
            named = [self.numbers_of.get(path) for path in self._arrays()]
            return sorted(number for number in named if number is not None)
        cells = sources_of(self.why.formula)
        found = {self.numbers_of.get(c.path, self.numbers_of.get(c.quantity.path)) for c in cells}
        return sorted(number for number in found if number is not None)

    def _arrays(self) -> list[str]:
        """Return the paths of the quantities that an array is made of."""
        record, found = self.step.record, list[str]()
        waiting = list(self.step.find(self.address)[0].symbol.args)
        while waiting:
            one = waiting.pop(0)
            quantity = record.of(one)
            if quantity is None:
                waiting = [*one.args, *waiting]
            elif quantity.path not in found:
                found.append(quantity.path)
        return found

    def _is_told(self, path: str) -> bool:
        """Return whether an array is shown: a small one of which nothing is asked for."""
        asked = {address.partition("[")[0] for address in self.hidden}
        return path not in asked and np.size(self.step[path]) <= ARRAY_LISTED

    def _array(self, path: str, style: Style) -> str:
        name = style.name(self.step.name_of(self.step.find(path)[0]))
        return f"{name} = {array_text(self.step[path], style)}"

    def with_numbers(self, style: Style) -> str:
        """Return the equation with its numbers; empty for an array."""
        return "" if self.why is None else self.why.numbers(style)

    def answer(self, style: Style) -> str:
        """Return the value with the digits shown."""
        if self.why is not None:
            return style.number(float(self.value), False)
        return array_text(self.value, style)

    def sign(self, style: Style) -> str:
        """Return "=" where the digits shown are all there are."""
        rounded = any(is_rounded(float(number)) for number in np.ravel(self.value))
        approx = r"\approx" if isinstance(style, Latex) else "≈"
        return approx if rounded else "="


def array_text(array: Any, style: Style) -> str:
    """Return an array row by row: a matrix in LaTeX, (1, 2; 3, 4) in text."""
    if isinstance(style, Latex):
        return matrix(array)
    rows = np.atleast_2d(np.asarray(array))
    cells = [[style.number(float(number), False) for number in row] for row in rows]
    return f"({'; '.join(', '.join(row) for row in cells)})"


def item_of(step: StepData, blanks: Sequence[str], number: int) -> Item:
    """Return one item of a sheet, numbered from 1."""
    address = blanks[number - 1]
    quantity, _ = step.find(address)
    value, numbers = step[address], {one: place for place, one in enumerate(blanks, 1)}
    if np.size(value) == 1:
        value = float(np.ravel(value)[0])
    return Item(step, number, address, step.meaning_of(quantity), value, frozenset(blanks), numbers)


def markdown_page(title: str, convention: str, items: Sequence[Item], key: bool) -> str:
    """Return the sheet, or its key, in Markdown."""
    head = "Answer key" if key else "Worksheet"
    lines = [f"# {head}", "", f"`{title}`", "", f"`{convention}`", *([] if key else ["", RULES])]
    for item in items:
        lines += ["", *_markdown_item(item, key)]
    return "\n".join(lines).rstrip() + "\n"


def _markdown_item(item: Item, key: bool) -> Iterator[str]:
    style = Text()
    name, symbols = item.equation(style)
    yield f"**{item.number}.** {item.meaning}, `{item.address}`"
    yield ""
    yield f"    {name} = {symbols}"
    if key:
        numbers = item.with_numbers(style)
        if numbers:
            yield f"    {' ' * len(name)} = {numbers}"
        yield f"    {' ' * len(name)} {item.sign(style)} {item.answer(style)}"
        return
    yield ""
    told = _told(item, style)
    if told:
        yield f"Given: {told}"
        yield ""
    yield f"`{name}` = {LINE}"


def _told(item: Item, style: Style) -> str:
    """Return what is given, in Markdown."""
    given = [f"`{text}`" for text in item.given(style)]
    return "; ".join([*given, *_earlier(item)])


def _earlier(item: Item) -> list[str]:
    needed = [str(number) for number in item.needed()]
    if not needed:
        return []
    return [f"your answer{'s' if len(needed) > 1 else ''} to {', '.join(needed)}"]


def latex_page(items: Sequence[Item], key: bool) -> str:
    """Return the items as one ``align*``."""
    style = Latex()
    lines: list[str] = []
    for item in items:
        name, symbols = item.equation(style)
        title = words(f"{item.number}. {item.meaning}, {item.address}")
        lines += [f"&{title}", f"{name} &= {symbols}"]
        numbers = item.with_numbers(style)
        if key:
            lines += [f"&= {numbers}"] * bool(numbers)
            lines.append(f"&{item.sign(style)} {item.answer(style)}")
            continue
        lines += [rf"&\text{{given: }} {one}" for one in _in_lines(item.given(style))]
        lines += [f"&{words(text)}" for text in _earlier(item)]
        lines.append(f"{name} &= {BLANK_LATEX}")
    body = " \\\\\n".join(lines)
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"


def _in_lines(given: list[str]) -> list[str]:
    """Return the given numbers, four a line."""
    return [r", \quad ".join(given[at : at + 4]) for at in range(0, len(given), 4)]


def latex_document(title: str, body: str) -> str:
    """Return a document that LaTeX compiles; non-ASCII signs of the title in plain letters."""
    signs = {"→": "to", "η": "eta", "−": "-", "β": "beta", "μ": "mu", "ε": "eps", "λ": "lambda"}
    for sign, word in signs.items():
        title = title.replace(sign, word)
    return (
        "\\documentclass{article}\n\\usepackage[margin=2cm]{geometry}\n\\usepackage{amsmath}\n"
        "\\allowdisplaybreaks\n\\begin{document}\n"
        f"$\\displaystyle {words(title)}$\n{body}\n\\end{{document}}\n"
    )


def notebook_page(
    title: str, convention: str, code: str, items: Sequence[Item], blanks: Sequence[str], key: bool
) -> dict[str, Any]:
    """Return the sheet as a notebook, version 4.5; `code` makes the step, as ``step``."""
    head = "Answer key" if key else "Worksheet"
    begin = f"sheet = cp.worksheet(step, blanks={json.dumps(list(blanks))})\nanswers = {{}}"
    texts = [
        ("markdown", f"# {head}\n\n`{title}`\n\n`{convention}`\n\n{RULES}"),
        ("code", f"# The step of this sheet: run this cell and leave it as it is.\n{code}"),
        ("code", begin),
    ]
    for item in items:
        told = "\n".join(_markdown_item(item, key)).removesuffix(LINE).rstrip()
        told = told if key else told.rpartition("\n\n")[0]
        texts.append(("markdown", told))
        value = repr(np.asarray(item.value).tolist()) if key else "None"
        texts.append(("code", f"answers[{item.number}] = {value}"))
    texts.append(("code", "print(sheet.mark(answers))"))
    return {
        "cells": [_notebook_cell(place, kind, text) for place, (kind, text) in enumerate(texts)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _notebook_cell(place: int, kind: str, text: str) -> dict[str, Any]:
    cell = {"id": f"cell-{place}", "cell_type": kind, "metadata": {}, "source": text}
    return {**cell, "execution_count": None, "outputs": []} if kind == "code" else cell


def notebook_text(notebook: dict[str, Any]) -> str:
    """Return a notebook as the text of its file."""
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"
