"""``step.to_latex()``: the equations of a step with their numbers, as one ``align*``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.explaining.provenance import Why
from clearprop.explaining.record import PHASES, Quantity
from clearprop.explaining.render_latex import Latex, matrix
from clearprop.explaining.render_step import COLUMNS_SHOWN, ROWS_SHOWN, moments_of
from clearprop.writing.numbers import is_rounded

if TYPE_CHECKING:
    from clearprop.explaining.step import StepData


def latex_of(step: StepData) -> str:
    """Return the whole step as one ``align*``, phase by phase.

    Of each quantity: its equation, its numbers where they are few, and the equation of its largest
    number filled in. Only environments and commands that LaTeX with amsmath, MathJax, KaTeX and
    pandoc all know.
    """
    lines: list[str] = []
    for phase in PHASES[1:]:
        moments = moments_of(step, phase)
        if moments:
            lines.append(rf"&\textbf{{{phase}}}")
            lines += [line for quantity in moments for line in _told(step, quantity)]
    body = " \\\\\n".join(lines)
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"


def _told(step: StepData, quantity: Quantity) -> Iterator[str]:
    """Yield the lines of one quantity."""
    style = Latex()
    name = style.name(step.name_of(quantity))
    yield f"{name} &= {step.formula(quantity.symbol, style)}"
    if not np.ndim(quantity.value):
        yield _worked(Why.of(step, quantity.path), "")
        return
    table = np.atleast_2d(quantity.value)
    if table.shape[0] <= ROWS_SHOWN and table.shape[1] <= COLUMNS_SHOWN:
        sign = r"\approx" if any(is_rounded(value) for value in table.ravel()) else "="
        yield f"&{sign} {matrix(table)}"
    why = Why.of(step, f"{quantity.path}[{','.join(map(str, _largest(quantity.value)))}]")
    yield _worked(why, f"{why.name(style)} ")


def _largest(array: Any) -> tuple[int, ...]:
    sizes = np.where(np.isfinite(array), np.abs(array), np.inf)
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(sizes)), np.shape(array)))


def _worked(why: Why, name: str) -> str:
    """Return the equation of one number, filled in, with its result."""
    style = Latex()
    numbers, value = why.numbers(style), style.number(float(why.value), False)
    if numbers == value:
        return f"{name}&= {value}"
    sign = r"\approx" if is_rounded(why.value) else "="
    return rf"{name}&= {numbers} {sign} {value}"
