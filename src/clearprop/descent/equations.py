"""The step of a walk as equations and as a program: the optimizer's own, traced.

The optimizer that takes the steps is run once more on values that remember how they were made;
there is no second formula of it here. The page runs the program for each coordinate and puts its
numbers into the equations.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.descent.traced import program
from clearprop.explaining.formula import formula_of
from clearprop.explaining.names import Name
from clearprop.explaining.record import Quantity, Record, state_leaves
from clearprop.explaining.render import Writer
from clearprop.explaining.render_mathml import MathML
from clearprop.readings.symbol import Symbol, TracingNamespace

if TYPE_CHECKING:
    from clearprop.definitions.optimizers import Optimizer

SLOT = "{{{}}}"
"""The place of a number in an equation, by the name of the quantity."""


def step_document(optimizer: Optimizer) -> dict[str, Any]:
    """Return one coordinate's step: its program, its memories' start, and its equations.

    `lines` has for each quantity that the step computes its name, and in MathML the equation in
    letters and with slots for numbers.
    """
    trace, record = TracingNamespace(), Record()
    names = {"x": Name("x"), "g": Name("g"), "rate": Name("η"), "new": Name("x", mark="new")}
    given = {name: trace.given(1.0) for name in ("x", "g", "rate")}
    for path, symbol in given.items():
        record.add(path, symbol, "given")
    start: dict[str, float] = {}
    before = _memories(trace, record, names, given, start, optimizer.init(np.zeros(1)))
    moved, after = optimizer.update(trace, given["g"], before, given["x"], given["rate"])
    made = [("step" if name == "t" else name, symbol) for name, symbol in state_leaves(after)]
    made.append(("new", moved))
    for path, symbol in made:
        names.setdefault(path, Name(path))
        record.add(path, symbol, "update")
    kept = {path: symbol for path, symbol in made if symbol.op != "given"}
    lines = [
        {
            "path": path,
            "name": MathML().name(names[path]),
            "symbols": _written(record, symbol, names),
            "numbers": _written(record, symbol, {name: _slot(name) for name in names}),
        }
        for path, symbol in kept.items()
        if record.of(symbol) is not None
    ]
    return {**program(given, kept), "start": start, "lines": lines}


def coordinates(dimensions: int) -> tuple[str, ...]:
    """Return what coordinates are called: x; x and y; x1, x2, x3."""
    if dimensions <= 2:
        return ("x", "y")[:dimensions]
    return tuple(f"x{place}" for place in range(1, dimensions + 1))


def _written(record: Record, symbol: Symbol, names: Mapping[str, Name]) -> str:
    def name_of(quantity: Quantity) -> Name:
        return names[quantity.path]

    return Writer(MathML(), name_of, False).write(formula_of(record, symbol))


def _slot(path: str) -> Name:
    return Name(SLOT.format(path))


def _memories(
    trace: TracingNamespace,
    record: Record,
    names: dict[str, Name],
    given: dict[str, Symbol],
    start: dict[str, float],
    state: Mapping[str, Any],
) -> dict[str, Any]:
    """Return an optimizer's state as symbols; note their names and what they start with."""
    found: dict[str, Any] = {}
    for name, value in state.items():
        if isinstance(value, Mapping):
            found[name] = _memories(trace, record, names, given, start, value)
        elif name == "penalised":
            found[name] = 1.0
        else:
            letter = "step" if name == "t" else name
            first = float(np.ravel(value)[0])
            path = f"{letter}.before"
            names[path], start[letter] = Name(letter, mark="old"), first
            found[name] = given[path] = trace.given(first)
            record.add(path, given[path], "given")
    return found
