"""Formulas in MathML Core, which browsers draw by themselves."""

from __future__ import annotations

from html import escape

from clearprop.explaining.names import Name
from clearprop.explaining.render import Style
from clearprop.writing.numbers import constant, shown

NO_SIGN = "\u2062"
"""MathML's invisible times."""


class MathML(Style):
    """MathML: every form one element."""

    def number(self, value: float, whole: bool) -> str:
        """Write a number."""
        text = constant(value) if whole else shown(value)
        if text.startswith("−"):
            return f"<mrow><mo>−</mo><mn>{text[1:]}</mn></mrow>"
        return f"<mn>{text}</mn>"

    def name(self, name: Name) -> str:
        """Write a letter with its index and marks."""
        stem = _letter(name.letter)
        if isinstance(name.index, Name):
            index = self.name(name.index)
        elif isinstance(name.index, int):
            index = f"<mn>{name.index}</mn>"
        else:
            index = ""
            if name.index:
                index = _letter(name.index)
        mark = f"<mtext>{escape(name.mark)}</mtext>" if name.mark else ""
        if index and mark:
            stem = f"<msubsup>{stem}{index}{mark}</msubsup>"
        elif index:
            stem = f"<msub>{stem}{index}</msub>"
        elif mark:
            stem = f"<msup>{stem}{mark}</msup>"
        if name.before.startswith("∂"):
            top = f"<mrow><mo>∂</mo>{_letter(name.before[1:-2])}</mrow>"
            return f"<mfrac>{top}<mrow><mo>∂</mo>{stem}</mrow></mfrac>"
        return f"<mrow><mo>Δ</mo>{stem}</mrow>" if name.before else stem

    def indexed(self, name: str, index: list[str]) -> str:
        """Write a cell: W[3,2]."""
        places = "<mo>,</mo>".join(
            f"<mn>{i}</mn>" if i.isdigit() else f"<mi>{i}</mi>" for i in index
        )
        return f"<mrow>{name}<mo>[</mo>{places}<mo>]</mo></mrow>"

    def infix(self, sign: str, left: str, right: str) -> str:
        """Write a + b."""
        return f"<mrow>{left}<mo>{escape(sign or NO_SIGN)}</mo>{right}</mrow>"

    def fraction(self, top: str, bottom: str) -> str:
        """Write a over b."""
        return f"<mfrac>{top}{bottom}</mfrac>"

    def power(self, base: str, exponent: str) -> str:
        """Write a power."""
        return f"<msup>{base}{exponent}</msup>"

    def root(self, inside: str, fenced: bool) -> str:
        """Write a root."""
        return f"<msqrt>{inside}</msqrt>"

    def transposed(self, matrix: str) -> str:
        """Write a transpose."""
        return f"<msup>{matrix}<mi>⊤</mi></msup>"

    def negated(self, inside: str) -> str:
        """Write −a."""
        return f"<mrow><mo>−</mo>{inside}</mrow>"

    def fence(self, inside: str, kind: str = "()") -> str:
        """Write (a), |a|, ‖a‖."""
        return f"<mrow><mo>{kind[0]}</mo>{inside}<mo>{kind[1]}</mo></mrow>"

    def call(self, function: str, args: list[str], over: str = "") -> str:
        """Write f(a, b)."""
        name = _letter(function) if function else ""
        if over:
            name = f"<msub>{name}<mi>{over}</mi></msub>"
        inside = "<mo>,</mo>".join(args)
        return f"<mrow>{name}<mo>(</mo>{inside}<mo>)</mo></mrow>"

    def big_sum(self, letter: str, body: str) -> str:
        """Write a sum."""
        sign = f"<munder><mo>∑</mo><mi>{letter}</mi></munder>" if letter else "<mo>∑</mo>"
        return f"<mrow>{sign}{body}</mrow>"

    def where(self, condition: str, yes: str, no: str) -> str:
        """Write both cases."""
        return (
            "<mrow><mo>{</mo><mtable>"
            f"<mtr><mtd>{yes}</mtd><mtd><mtext>where </mtext>{condition}</mtd></mtr>"
            f"<mtr><mtd>{no}</mtd><mtd><mtext>else</mtext></mtd></mtr>"
            "</mtable></mrow>"
        )

    def more(self, count: int, rest: str) -> str:
        """Write (10 more: 0.1)."""
        return f"<mrow><mo>(</mo><mtext>{count} more: </mtext>{rest}<mo>)</mo></mrow>"


def _letter(text: str) -> str:
    return f"<mi>{escape(text)}</mi>" if len(text) <= 2 else f"<mtext>{escape(text)}</mtext>"
