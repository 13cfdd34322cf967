"""Equations of the items, from the definitions: those of a training step, in three notations."""

from __future__ import annotations

from collections.abc import Sequence

from clearprop.chapter.page import Equation, Equations
from clearprop.explaining.opened import Step
from clearprop.explaining.provenance import Why
from clearprop.explaining.render import Style
from clearprop.explaining.render_latex import Latex
from clearprop.explaining.render_mathml import MathML
from clearprop.explaining.render_text import Text
from clearprop.writing.numbers import is_rounded

APPROXIMATELY = {Text: "≈", Latex: r"\approx", MathML: "≈"}


def equations_of(step: Step, paths: Sequence[str]) -> Equations:
    """Return the equations of a step's quantities; of one number, filled in with its numbers.

    >>> import clearprop as cp, numpy as np
    >>> net = cp.Chain(cp.Dense(1, 1, bias=False))
    >>> params = {"dense1": {"W": np.array([[0.5]])}}
    >>> step = cp.explain(net, cp.SquaredError(), params, [[2]], [[3]])
    >>> for one in equations_of(step, ["dW1", "dW1[0,0]"]).each:
    ...     print(one.text)
    ∂E/∂W₁ = xᵀ δ₁
    ∂E/∂W₁[0,0] = x[0,0] · δ₁[0,0] = 2 · (−2) = −4
    """
    return Equations(tuple(_equation(step, path) for path in paths))


def _equation(step: Step, path: str) -> Equation:
    return Equation(*(_written(step, path, style) for style in (Text(), Latex(), MathML())))


def _written(step: Step, path: str, style: Style) -> str:
    if "[" not in path:
        quantity, _ = step.find(path)
        sides = [style.name(step.name_of(quantity)), step.formula(quantity.symbol, style)]
        return _joined(sides, ["="], style)
    why = Why.of(step, path)
    sides = [why.name(style), why.symbols(style), why.numbers(style)]
    sign = APPROXIMATELY[type(style)] if is_rounded(why.value) else "="
    return _joined([*sides, style.number(float(why.value), False)], ["=", "=", sign], style)


def _joined(sides: Sequence[str], signs: Sequence[str], style: Style) -> str:
    text = sides[0]
    for sign, side in zip(signs, sides[1:], strict=True):
        text = style.infix(sign, text, side)
    return text
