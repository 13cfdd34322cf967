"""``print(step)``: title, loss, and the quantities of each phase with equation and numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from clearprop.explaining.axes import names_along
from clearprop.explaining.provenance import Why
from clearprop.explaining.record import PHASES, Quantity
from clearprop.explaining.render_text import Text
from clearprop.explaining.render_update import update_lines
from clearprop.writing.columns import GAP, aligned_in_blocks, in_blocks, named_table, pointed
from clearprop.writing.folding import folded
from clearprop.writing.numbers import equals, shown

if TYPE_CHECKING:
    from clearprop.explaining.step import StepData

WIDTH = 100
MEANINGS_AT, NARROWEST_MEANINGS_AT = 52, 24
"""The column at which the meanings of quantities begin; further left where lines are short."""
LEAST_WIDTH = 40
ROWS_SHOWN, COLUMNS_SHOWN = 6, 10
"""A larger array is summarised: norm, smallest and largest number."""


class Fit(NamedTuple):
    """The room that the lines of a step have.

    Attributes
    ----------
    width
        The most characters of a line; without it equations and tables are printed whole.
    meanings_at
        The column at which meanings begin; None where they stand on lines of their own.
    """

    width: int | None = None
    meanings_at: int | None = MEANINGS_AT


WHOLE = Fit()


def step_text(step: StepData, width: int | None = None) -> str:
    """Return the whole step as text, in lines of at most `width` characters if it is given.

    Without it lines have about a hundred characters; more are not used even if there is room.
    Numbers are never broken.
    """
    whole = _lines(step, WHOLE)
    if width is None or max(map(len, whole)) <= width:
        return "\n".join(whole)
    width = max(LEAST_WIDTH, min(width, WIDTH))
    lines = _lines(step, Fit(width, _meanings_at(step, width)))
    return "\n".join(part.rstrip() for line in lines for part in folded(line, width))


def _lines(step: StepData, fit: Fit) -> list[str]:
    head = [step.title, step.task.loss.convention, _loss_line(step)]
    lines = [*head, *_row_lines(step, fit)]
    for phase in PHASES[1:]:
        moments = moments_of(step, phase)
        if moments:
            lines += ["", phase]
            lines += update_lines(step, fit.width) if phase == "update" else [
                line for quantity in moments for line in moment_lines(step, quantity, fit)
            ]  # fmt: skip
    return [line.rstrip() for line in lines]


def _meanings_at(step: StepData, width: int) -> int | None:
    """Return the column at which every meaning fits, None if it would be too far left."""
    moments = [q for phase in PHASES[1:-1] for q in moments_of(step, phase)]
    room = width - max((len(_meaning(step, quantity)) for quantity in moments), default=0)
    return min(room, MEANINGS_AT) if room >= NARROWEST_MEANINGS_AT else None


def moments_of(step: StepData, phase: str) -> list[Quantity]:
    """Return the quantities shown for a phase; in the update without parts and changes."""
    found = [q for q in step.record.quantities.values() if q.phase == phase]
    if phase != "update":
        return found
    beside = (".change", ".descended")
    return [q for q in found if ".part." not in q.path and not q.path.endswith(beside)]


def _row_lines(step: StepData, fit: Fit) -> list[str]:
    """Return a table of each row's target, prediction and loss, if there are few rows."""
    labels, losses = step.labels, np.ravel(step["row_loss"])
    if not labels.targets or len(losses) > ROWS_SHOWN:
        return []
    each = zip(labels.rows, labels.targets, labels.predictions, losses, strict=True)
    cells = [
        ["", "target", "predicted", "loss"],
        *([*map(str, row[:3]), shown(row[3])] for row in each),
    ]
    return ["", *aligned_in_blocks(cells, fit.width, left=len(cells[0]), gap="   ")]


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


def moment_lines(step: StepData, quantity: Quantity, fit: Fit = WHOLE) -> list[str]:
    """Return one quantity: equation, meaning, numbers, and the calculation of the largest."""
    lines = _head(step, quantity, fit)
    if not np.ndim(quantity.value):
        return [*lines, *_worked(Why.of(step, quantity.path), fit)]
    names = names_along(step, quantity)
    lines += [f"      {line}" for line in _values(quantity.value, fit, names)]
    largest = np.unravel_index(int(np.nanargmax(_sizes(quantity.value))), np.shape(quantity.value))
    why = Why.of(step, f"{quantity.path}[{','.join(str(int(i)) for i in largest)}]")
    return lines + _worked(why, fit)


def _head(step: StepData, quantity: Quantity, fit: Fit) -> list[str]:
    """Return a quantity's equation and meaning, on one line if there is room."""
    equation, meaning = f"  {step.equation(quantity.path)}", _meaning(step, quantity)
    if fit.meanings_at is None:
        return [equation, f"      {meaning}"]
    if len(equation) <= fit.meanings_at - 2:
        return [f"{equation:<{fit.meanings_at}}{meaning}"]
    return [equation, f"{'':<{fit.meanings_at}}{meaning}"]


def _meaning(step: StepData, quantity: Quantity) -> str:
    """Return what a quantity is, with its shape unless it is a single number."""
    size = " × ".join(map(str, np.shape(quantity.value)))
    return step.meaning_of(quantity) + (f", {size}" if size else "")


def _sizes(array: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(array), np.abs(array), np.inf)


def _worked(why: Why, fit: Fit) -> list[str]:
    """Return the calculation of one number, with its result unless it is a single number."""
    style = Text()
    name, numbers = why.name(style), why.numbers(style)
    if numbers == shown(why.value):
        return [f"      {name} = {numbers}"]
    return worked_lines(f"      {name} = ", numbers, equals(why.value), fit.width)


def worked_lines(head: str, numbers: str, result: str, width: int | None = None) -> list[str]:
    """Return a calculation on as many lines as it needs.

    Without a width it is broken at about a hundred characters, before a plus or after a comma.
    """
    *lines, line = _broken(head, numbers) if width is None else folded(head + numbers, width)
    if len(line) + len(result) + 1 <= (width or WIDTH):
        return [*lines, f"{line} {result}"]
    return [*lines, line, f"{'':<{len(head) - 2}}{result}"]


def _broken(head: str, numbers: str) -> list[str]:
    lines, line = [], head
    for piece in re.split(r"(?<= )(?=\+ )|(?<=, )(?=[\d−])", numbers):
        if len(line) + len(piece.rstrip()) > WIDTH and line != head:
            lines.append(line)
            line = " " * len(head)
        line += piece
    return [*lines, line]


def _values(array: np.ndarray, fit: Fit, names: list[list[str]] | None = None) -> list[str]:
    """Return a small array as an aligned table, a large one in a line.

    A table that is too wide is printed in blocks of columns below one another. `names` are those
    of its rows and columns.
    """
    table = np.atleast_2d(array)
    if table.shape[0] > ROWS_SHOWN or table.shape[1] > COLUMNS_SHOWN:
        return [summary(array)]
    cells = [[shown(value) for value in row] for row in table]
    if names is not None:
        room = None if fit.width is None else fit.width - 6
        return named_table(cells, names[0], names[1], room)
    lines = pointed(cells)
    if fit.width is None or max(map(len, lines)) <= fit.width - 6:
        return lines
    columns = [pointed([[cell] for cell in column]) for column in zip(*cells, strict=True)]
    widths = [len(GAP) + max(map(len, column)) for column in columns]
    what = "columns" if np.ndim(array) > 1 else "numbers"
    lines = []
    for block in in_blocks(widths, fit.width - 6 + len(GAP)):
        last = f" to {block[-1]}" if len(block) > 1 else ""
        lines.append(f"{what if last else what[:-1]} {block[0]}{last}")
        lines += pointed([[row[place] for place in block] for row in cells])
    return lines


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
