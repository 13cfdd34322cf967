"""Print the update: shared equations, then the largest change of each parameter."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from clearprop.explaining.formula import formula_of
from clearprop.explaining.names import Name
from clearprop.explaining.provenance import Why
from clearprop.explaining.record import Quantity
from clearprop.explaining.render import Writer
from clearprop.explaining.render_text import Text
from clearprop.writing.columns import aligned_in_blocks, pointed
from clearprop.writing.numbers import equals, shown

if TYPE_CHECKING:
    from clearprop.explaining.step import StepData

THETA = Name("θ")


INDENT = 6


def update_lines(step: StepData, width: int | None = None) -> list[str]:
    """Return the update phase: shared numbers, equations, and the largest change of each.

    A table wider than `width`, if it is given, is printed in parts below one another.
    """
    lines = [f"  {line}" for line in _shared(step)]
    for equations, paths in _groups(step).items():
        every = len(paths) == len(step.task.layout.paths)
        names = ", ".join(_name(step, path) for path in paths)
        lines.append(f"  for every parameter θ{'' if every else f' of {names}'}")
        lines += [f"      {equation}" for equation in equations]
    lines.append("  largest change of each parameter")
    room = None if width is None else width - INDENT
    lines += [f"{'':<{INDENT}}{line}" for line in _largest_changes(step, room)]
    return lines


def _shared(step: StepData) -> list[str]:
    """Return the numbers that all parameters share: the step's count, clipping."""
    lines = []
    for quantity in step.record.quantities.values():
        if quantity.phase == "update" and not quantity.layer and not np.ndim(quantity.value):
            why = Why.of(step, quantity.path)
            equation = step.equation(quantity.path)
            numbers = why.numbers(Text())
            short = quantity.path != "length"
            lines.append(f"{equation} = {numbers} {equals(why.value)}" if short else
                         f"{equation} {equals(why.value)}")  # fmt: skip
    return lines


def _groups(step: StepData) -> dict[tuple[str, ...], list[str]]:
    """Return the parameters grouped by their update equations; most often one group."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for path in step.task.layout.paths:
        own = [
            quantity
            for quantity in step.record.quantities.values()
            if quantity.phase == "update"
            and quantity.path.startswith(f"{path}.")
            and ".part." not in quantity.path
            and not quantity.path.endswith(".change")
        ]
        equations = tuple(_general(step, quantity, path) for quantity in own)
        groups.setdefault(equations, []).append(path)
    return groups


def _general(step: StepData, quantity: Quantity, path: str) -> str:
    """Return a quantity's equation with θ for the parameter."""
    parameter = step.name_of(step.record.quantities[path])

    def name_of(other: Quantity) -> Name:
        return _with_theta(step.name_of(other), parameter)

    writer = Writer(Text(), name_of)
    left = Text().name(name_of(quantity))
    return f"{left} = {writer.write(formula_of(step.record, quantity.symbol))}"


def _with_theta(name: Name, parameter: Name) -> Name:
    if (name.letter, name.index) == (parameter.letter, parameter.index):
        return replace(name, letter="θ", index=None)
    if isinstance(name.index, Name):
        return replace(name, index=_with_theta(name.index, parameter))
    return name


def _largest_changes(step: StepData, width: int | None) -> list[str]:
    """Return one row for each parameter: its largest change and the parts that sum to it."""
    parts = list(dict.fromkeys(part.name for each in step.record.parts.values() for part in each))
    labels, rows = [""], []
    for path in step.task.layout.paths:
        change = np.asarray(step[f"{path}.change"])
        sizes = np.where(np.isfinite(change), np.abs(change), np.inf)
        cell = np.unravel_index(int(np.argmax(sizes)), change.shape)
        own = {part.name: part.symbol.value for part in step.record.parts[path]}
        shares = [
            shown(np.broadcast_to(own[name], change.shape)[cell]) if name in own else ""
            for name in parts
        ]
        labels.append(f"{_name(step, path)}[{','.join(str(int(i)) for i in cell)}]")
        rows.append([shown(step[path][cell]), *shares, shown(step[f"{path}.new"][cell])])
    names = [part.replace("decay", "weight decay") for part in parts]
    return _with_head(["before", *names, "after"], labels, rows, width)


def _with_head(
    head: list[str], labels: list[str], rows: list[list[str]], width: int | None
) -> list[str]:
    numbers = [pointed([[cell] for cell in column]) for column in zip(*rows, strict=True)]
    table = [labels, *([name, *column] for name, column in zip(head, numbers, strict=True))]
    return aligned_in_blocks(list(zip(*table, strict=True)), width, len(table), gap="   ")


def _name(step: StepData, path: str) -> str:
    return Text().name(step.name_of(step.record.quantities[path]))
