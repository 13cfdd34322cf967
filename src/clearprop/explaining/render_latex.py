"""Formulas in LaTeX, for amsmath."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from clearprop.explaining.names import Name
from clearprop.explaining.render import ATOM, MULTIPLIED, Style
from clearprop.writing.numbers import constant, shown

SIGNS = {"−": "-", "·": r"\cdot", "⊙": r"\odot", "": r"\,", "≤": r"\le", "≠": r"\ne"}
LETTERS = {
    "η": r"\eta", "δ": r"\delta", "γ": r"\gamma", "β": r"\beta", "μ": r"\mu", "x̂": r"\hat{x}",
    "α": r"\alpha", "ε": r"\varepsilon", "θ": r"\theta", "λ": r"\lambda", "ρ": r"\rho", "π": r"\pi",
}  # fmt: skip
FUNCTIONS = {
    "exp": r"\exp", "ln": r"\ln", "tanh": r"\tanh", "max": r"\max", "min": r"\min",
    "σ": r"\sigma", "Φ": r"\Phi", "": "", "ln softmax": r"\ln \operatorname{softmax}",
}  # fmt: skip
FENCES = {"()": ("(", ")"), "||": ("|", "|"), "‖‖": (r"\|", r"\|"), "⌊⌋": (r"\lfloor", r"\rfloor")}
PMATRIX_COLUMNS = 10
"""So many columns a ``pmatrix`` of amsmath has at most, unless a document says otherwise."""

SPECIAL = re.compile(r"([&%$#_{}])")


class Latex(Style):
    r"""LaTeX: \delta_{1} = ..."""

    def number(self, value: float, whole: bool) -> str:
        """Write a number, a power of ten as one."""
        text = constant(value) if whole else shown(value)
        text = text.replace("−", "-").replace("∞", r"\infty").replace("½", r"\tfrac{1}{2}")
        if "e" in text:
            digits, exponent = text.split("e")
            return rf"{digits} \cdot 10^{{{int(exponent)}}}"
        return rf"\mathrm{{{text}}}" if text == "NaN" else text

    def number_binds(self, text: str) -> int:
        r"""Return that a power of ten is a product: (1 \cdot 10^{-5})^2 needs parentheses."""
        return MULTIPLIED if r"\cdot" in text else ATOM

    def name(self, name: Name) -> str:
        """Write W_{1}, y_{\text{layernorm1}}, m_{W_{1}}^{\text{old}}."""
        letter = LETTERS.get(name.letter, name.letter)
        stem = letter if len(name.letter) == 1 or name.letter in LETTERS else words(letter)
        if isinstance(name.index, Name):
            stem += f"_{{{self.name(name.index)}}}"
        elif isinstance(name.index, int) or name.index == "n":
            stem += f"_{{{name.index}}}"
        elif name.index:
            stem += f"_{{{words(name.index)}}}"
        if name.mark:
            stem += f"^{{{words(name.mark)}}}"
        if name.before.startswith("∂"):
            return rf"\frac{{\partial {name.before[1:-2]}}}{{\partial {stem}}}"
        return rf"\Delta {stem}" if name.before else stem

    def indexed(self, name: str, index: list[str]) -> str:
        """Write a cell: W_{1}[3,2]."""
        return f"{name}[{','.join(index)}]"

    def infix(self, sign: str, left: str, right: str) -> str:
        """Write a + b."""
        return f"{left} {SIGNS.get(sign, sign)} {right}"

    def fraction(self, top: str, bottom: str) -> str:
        """Write a over b."""
        return rf"\frac{{{top}}}{{{bottom}}}"

    def power(self, base: str, exponent: str) -> str:
        """Write a power."""
        return f"{{{base}}}^{{{exponent}}}"

    def root(self, inside: str, fenced: bool) -> str:
        """Write a root."""
        return rf"\sqrt{{{inside}}}"

    def transposed(self, matrix: str) -> str:
        """Write a transpose."""
        return rf"{{{matrix}}}^{{\top}}"

    def negated(self, inside: str) -> str:
        """Write -a."""
        return f"-{inside}"

    def fence(self, inside: str, kind: str = "()") -> str:
        """Write (a), |a|, ‖a‖."""
        left, right = FENCES[kind]
        return rf"\left{left} {inside} \right{right}"

    def call(self, function: str, args: list[str], over: str = "") -> str:
        """Write f(a, b)."""
        name = FUNCTIONS.get(function, rf"\operatorname{{{function}}}")
        return rf"{name}{f'_{{{over}}}' if over else ''}\left( {', '.join(args)} \right)"

    def big_sum(self, letter: str, body: str) -> str:
        """Write a sum."""
        return rf"\sum{f'_{{{letter}}}' if letter else ''} {body}"

    def where(self, condition: str, yes: str, no: str) -> str:
        """Write both cases."""
        return (
            rf"\begin{{cases}} {yes} & \text{{where }} {condition} \\ {no} & \text{{else}} "
            r"\end{cases}"
        )

    def more(self, count: int, rest: str) -> str:
        """Write (10 more: 0.1)."""
        return rf"(\text{{{count} more: }} {rest})"


def matrix(array: Any) -> str:
    """Return numbers as a ``pmatrix``, or an ``array`` if it has too many columns for that."""
    rows = np.atleast_2d(np.asarray(array))
    body = r" \\ ".join(
        " & ".join(Latex().number(float(number), False) for number in row) for row in rows
    )
    columns = rows.shape[1]
    if columns <= PMATRIX_COLUMNS:
        return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"
    return rf"\left( \begin{{array}}{{{'r' * columns}}} {body} \end{{array}} \right)"


def words(text: str) -> str:
    r"""Return \text{...} with what LaTeX takes for commands escaped."""
    plain = SPECIAL.sub(r"\\\1", text).replace("\\\\", r"\textbackslash{}")
    return rf"\text{{{plain}}}"
