"""Each step of a walk as an equation with its numbers: the optimizer's own, traced.

The optimizer that takes the steps is run once more, coordinate by coordinate, on values that
remember how they were made; there is no second formula of it here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.explaining.formula import formula_of
from clearprop.explaining.names import Name
from clearprop.explaining.record import Quantity, Record, state_leaves
from clearprop.explaining.render import Writer
from clearprop.explaining.render_text import Text
from clearprop.readings import numpy as xp
from clearprop.readings.symbol import Symbol, TracingNamespace
from clearprop.writing.numbers import equals

if TYPE_CHECKING:
    from clearprop.descent.walk import Walk

STEPS_TOLD = 200
"""The most steps whose equations are written out: the first of a longer walk."""


@dataclass(frozen=True)
class Equations:
    """What every step computes, and for each step and coordinate the same with numbers."""

    symbols: tuple[str, ...]
    numbers: tuple[tuple[tuple[str, ...], ...], ...]


def equations_of(walk: Walk, most: int = STEPS_TOLD) -> Equations:
    """Return the equations of a walk's steps, at most `most` of them with numbers."""
    optimizer, letters = walk.plan.optimizer, coordinates(walk.landscape.dimensions)
    state = optimizer.init(walk.positions[0])
    told = []
    for step in range(min(walk.steps, most)):
        position, slope, rate = walk.positions[step], walk.felt[step], float(walk.rates[step])
        told.append(
            tuple(
                _lines(optimizer, _of(state, place), letter, position[place], slope[place], rate)
                for place, letter in enumerate(letters)
            )
        )
        _, state = optimizer.update(xp, slope, state, position, rate)
    first = optimizer.init(walk.positions[0])
    symbols = _lines(optimizer, _of(first, 0), "x", 1.0, 1.0, 1.0, numbers=False)
    return Equations(symbols, tuple(told))


def coordinates(dimensions: int) -> tuple[str, ...]:
    """Return what coordinates are called: x; x and y; x1, x2, x3."""
    if dimensions <= 2:
        return ("x", "y")[:dimensions]
    return tuple(f"x{place}" for place in range(1, dimensions + 1))


def _of(state: Mapping[str, Any], place: int) -> dict[str, Any]:
    """Return one coordinate's part of an optimizer's state."""
    return {
        name: _of(branch, place)
        if isinstance(branch, Mapping)
        else float(branch[place])
        if np.ndim(branch)
        else branch
        for name, branch in state.items()
    }


def _lines(
    optimizer: Any,
    state: Mapping[str, Any],
    letter: str,
    position: float,
    slope: float,
    rate: float,
    numbers: bool = True,
) -> tuple[str, ...]:
    """Return the averages after the step and the new position, each as an equation."""
    trace, record = TracingNamespace(), Record()
    names = {"x": Name(letter), "g": Name("g"), "rate": Name("η"), "new": Name(letter, mark="new")}
    given = {
        "x": trace.given(float(position)),
        "g": trace.given(float(slope)),
        "rate": trace.given(rate),
    }
    for path, symbol in given.items():
        record.add(path, symbol, "given")
    before = _symbols(trace, record, names, state)
    moved, after = optimizer.update(trace, given["g"], before, given["x"], given["rate"])
    made = [("step" if name == "t" else name, symbol) for name, symbol in state_leaves(after)]
    made.append(("new", moved))
    for path, symbol in made:
        names.setdefault(path, Name(path))
        record.add(path, symbol, "update")

    def name_of(quantity: Quantity) -> Name:
        return names[quantity.path]

    lines = []
    for path, symbol in made:
        if record.of(symbol) is None or symbol.op == "given":
            continue
        formula = Writer(Text(), name_of, False).write(formula_of(record, symbol))
        if numbers:
            formula = _with_numbers(record, symbol, name_of)
            formula = f"{formula} {equals(symbol.value)}"
        lines.append(f"{Text().name(names[path])} = {formula}")
    return tuple(lines)


def _with_numbers(record: Record, symbol: Symbol, name_of: Any) -> str:
    from clearprop.explaining.cells import cell_formula

    return Writer(Text(), name_of, True).write(cell_formula(record, symbol, ()))


def _symbols(
    trace: TracingNamespace, record: Record, names: dict[str, Name], state: Mapping[str, Any]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in state.items():
        if isinstance(value, Mapping):
            found[name] = _symbols(trace, record, names, value)
        elif name == "penalised":
            found[name] = 1.0
        else:
            letter = "step" if name == "t" else name
            names[f"{letter}.before"] = Name(letter, mark="old")
            found[name] = trace.given(value)
            record.add(f"{letter}.before", found[name], "given")
    return found
