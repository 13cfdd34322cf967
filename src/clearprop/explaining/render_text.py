"""Formulas in plain Unicode: for terminals, logs and docstrings."""

from __future__ import annotations

from clearprop.explaining.names import Name
from clearprop.explaining.render import MULTIPLIED, Style
from clearprop.writing.numbers import constant, shown

SUBSCRIPTS = str.maketrans("0123456789n", "₀₁₂₃₄₅₆₇₈₉ₙ")
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
MARKS = {"new": "ⁿᵉʷ", "old": "ᵒˡᵈ"}


class Text(Style):
    """Unicode on one line: δ₁ = ∂E/∂a₁ ⊙ (1 − a₁²)."""

    fraction_binds = MULTIPLIED

    def number(self, value: float, whole: bool) -> str:
        """Write a number."""
        return constant(value) if whole else shown(value)

    def name(self, name: Name) -> str:
        """Write W₁, layernorm1.y, m(W₁)ᵒˡᵈ."""
        if isinstance(name.index, Name):
            stem = f"{name.letter}({self.name(name.index)})"
        elif isinstance(name.index, int) or name.index == "n":
            stem = f"{name.letter}{str(name.index).translate(SUBSCRIPTS)}"
        else:
            stem = f"{name.index}.{name.letter}" if name.index else name.letter
        mark = MARKS.get(name.mark, f"({name.mark})" if name.mark else "")
        return f"{name.before}{stem}{mark}"

    def indexed(self, name: str, index: list[str]) -> str:
        """Write W₁[3,2]."""
        return f"{name}[{','.join(index)}]"

    def infix(self, sign: str, left: str, right: str) -> str:
        """Write a + b."""
        return f"{left} {sign} {right}" if sign else f"{left} {right}"

    def fraction(self, top: str, bottom: str) -> str:
        """Write a / b."""
        return f"{top} / {bottom}"

    def power(self, base: str, exponent: str) -> str:
        """Write a²."""
        if exponent.isdigit():
            return f"{base}{exponent.translate(SUPERSCRIPTS)}"
        return f"{base}^{exponent}"

    def root(self, inside: str, fenced: bool) -> str:
        """Write √a."""
        return f"√({inside})" if fenced else f"√{inside}"

    def transposed(self, matrix: str) -> str:
        """Write aᵀ."""
        return f"{matrix}ᵀ"

    def negated(self, inside: str) -> str:
        """Write −a."""
        return f"−{inside}"

    def fence(self, inside: str, kind: str = "()") -> str:
        """Write (a), |a|, ‖a‖."""
        return f"{kind[0]}{inside}{kind[1]}"

    def call(self, function: str, args: list[str], over: str = "") -> str:
        """Write f(a, b)."""
        return f"{function}{f'_{over}' if over else ''}({', '.join(args)})"

    def big_sum(self, letter: str, body: str) -> str:
        """Write Σ_n a."""
        return f"Σ{f'_{letter}' if letter else ''} {body}"

    def where(self, condition: str, yes: str, no: str) -> str:
        """Write a where c, else b."""
        return f"{yes} where {condition}, else {no}"

    def more(self, count: int, rest: str) -> str:
        """Write (10 more: 0.1)."""
        return f"({count} more: {rest})"
