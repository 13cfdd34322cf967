"""``print(step)``: title, loss, and the quantities of each phase with equation and numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from clearprop.explaining.provenance import Why
from clearprop.explaining.record import PHASES, Quantity
from clearprop.explaining.render_text import Text
from clearprop.explaining.render_update import update_lines
from clearprop.writing.columns import aligned, pointed
from clearprop.writing.numbers import equals, shown

if TYPE_CHECKING:
    from clearprop.explaining.step import StepData

WIDTH = 100
ROWS_SHOWN, COLUMNS_SHOWN = 6, 10
"""A larger array is summarised: norm, smallest and largest number."""


def step_text(step: StepData) -> str:
    """Return the whole step as text, at most about a hundred columns wide."""
    lines = [step.title, step.task.loss.convention, _loss_line(step), *_row_lines(step)]
    for phase in PHASES[1:]:
        moments = moments_of(step, phase)
        if moments:
            lines += ["", phase]
            lines += update_lines(step) if phase == "update" else _told(step, moments)
    return "\n".join(line.rstrip() for line in lines)


def _told(step: StepData, moments: list[Quantity]) -> list[str]:
    return [line for quantity in moments for line in moment_lines(step, quantity)]


def moments_of(step: StepData, phase: str) -> list[Quantity]:
    """Return the quantities shown for a phase; in the update without parts and changes."""
    found = [q for q in step.record.quantities.values() if q.phase == phase]
    if phase != "update":
        return found
    beside = (".change", ".descended")
    return [q for q in found if ".part." not in q.path and not q.path.endswith(beside)]


def _row_lines(step: StepData) -> list[str]:
    """Return a table of each row's target, prediction and loss, if there are few rows."""
    labels, losses = step.labels, np.ravel(step["row_loss"])
    if not labels.targets or len(losses) > ROWS_SHOWN:
        return []
    each = zip(labels.rows, labels.targets, labels.predictions, losses, strict=True)
    cells = [
        ["", "target", "predicted", "loss"],
        *([*map(str, row[:3]), shown(row[3])] for row in each),
    ]
    return ["", *aligned(cells, left=len(cells[0]), gap="   ")]


def _loss_line(step: StepData) -> str:
    before = step.loss_before
    name = "E" if "penalty" not in step else "E + R"
    if step.loss_after is None or step.loss_predicted is None:
        return f"{name} {equals(before)}"
    change = step.loss_after - before
    return (
        f"{name}  {shown(before)} → {shown(step.loss_after)}   "
        f"({shown(change)}; straight-line estimate {shown(step.loss_predicted)})"
    )


def moment_lines(step: StepData, quantity: Quantity) -> list[str]:
    """Return one quantity: equation, meaning, numbers, and the calculation of the largest."""
    style = Text()
    equation = step.equation(quantity.path)
    size = " × ".join(map(str, np.shape(quantity.value)))
    meaning = step.meaning_of(quantity) + (f", {size}" if size else "")
    head = f"  {equation}"
    lines = [f"{head:<50}  {meaning}"] if len(head) <= 50 else [head, f"{'':<52}{meaning}"]
    if not size:
        why = Why.of(step, quantity.path)
        return [*lines, *_worked(why, style)]
    lines += [f"      {line}" for line in _values(quantity.value)]
    largest = np.unravel_index(int(np.nanargmax(_sizes(quantity.value))), np.shape(quantity.value))
    why = Why.of(step, f"{quantity.path}[{','.join(str(int(i)) for i in largest)}]")
    return lines + _worked(why, style)


def _sizes(array: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(array), np.abs(array), np.inf)


def _worked(why: Why, style: Text) -> list[str]:
    """Return the calculation of one number, with its result unless it is a single number."""
    name, numbers = why.name(style), why.numbers(style)
    if numbers == shown(why.value):
        return [f"      {name} = {numbers}"]
    return worked_lines(f"      {name} = ", numbers, equals(why.value))


def worked_lines(head: str, numbers: str, result: str) -> list[str]:
    """Return a calculation on as many lines as it needs, broken before a plus or a comma."""
    indent = " " * (len(head) - 2)
    lines, line = [], head
    for piece in re.split(r"(?<= )(?=\+ )|(?<=, )(?=[\d−])", numbers):
        if len(line) + len(piece.rstrip()) > WIDTH and line != head:
            lines.append(line)
            line = indent + "  "
        line += piece
    if len(line) + len(result) + 1 <= WIDTH:
        return [*lines, f"{line} {result}"]
    return [*lines, line, f"{indent}{result}"]


def _values(array: np.ndarray) -> list[str]:
    """Return a small array as an aligned table, a large one in a line."""
    table = np.atleast_2d(array)
    if table.shape[0] > ROWS_SHOWN or table.shape[1] > COLUMNS_SHOWN:
        return [summary(array)]
    return pointed([[shown(value) for value in row] for row in table])


def summary(array: np.ndarray) -> str:
    """Return norm, smallest and largest number of an array in one line."""
    finite = array[np.isfinite(array)]
    if not finite.size:
        return "no finite numbers"
    low, high = (np.unravel_index(int(pick(array)), array.shape) for pick in _EXTREMES)
    where = [f"[{','.join(str(int(i)) for i in place)}]" for place in (low, high)]
    strange = array.size - finite.size
    norm = float(np.linalg.norm(finite.astype(np.float64)))
    return (
        f"norm {shown(norm)}, from {shown(array[low])} at {where[0]} "
        f"to {shown(array[high])} at {where[1]}" + (f"; {strange:,} not finite" if strange else "")
    )


_EXTREMES = (np.nanargmin, np.nanargmax)
