"""What a raw column becomes on its way into the networks, and what it does to their outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.data.columns import REASONS, LeftOutColumn
from clearprop.files.errors import DataError
from clearprop.readings import numpy as xp
from clearprop.tables.codes.number import NumberCode
from clearprop.tables.inputs import coded, no_column
from clearprop.writing.numbers import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from clearprop.data.values import Column
    from clearprop.definitions.layer import Layer, Tree
    from clearprop.tables.inputs import TableInputs


@dataclass(frozen=True, eq=False)
class ColumnOrigin:
    """One cell of a raw table, the inputs it becomes, and the derivatives of the output.

    Attributes
    ----------
    column
        The column's name.
    cell
        What stands in the table.
    names
        The names of its D inputs.
    code, inputs
        Each input before centring and scaling (D,), and as the networks get it (D,).
    gradients
        ∂output/∂input (D, K).
    slope
        ∂output/∂cell (K,); None where the cell is no number.
    outputs
        What each output is called, such as "the log-odds of yes" (K,).
    """

    column: str
    cell: Any
    names: tuple[str, ...]
    code: NDArray[np.float64]
    inputs: NDArray[np.float64]
    gradients: NDArray[np.float64]
    slope: NDArray[np.float64] | None
    outputs: tuple[str, ...]

    def __str__(self) -> str:
        """Return the inputs, a line each, and the derivative by the cell below."""
        heads = [f"o{k}" if len(self.outputs) > 1 else "o" for k in range(len(self.outputs))]
        lines = [["input", "code", "as given", *(f"∂{head}" for head in heads)]]
        for name, code, value, gradient in zip(
            self.names, self.code, self.inputs, self.gradients, strict=True
        ):
            lines.append([name, *map(shown, (code, value, *gradient))])
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        text = "\n".join(
            "  ".join(
                cell.ljust(width) if place == 0 else cell.rjust(width)
                for place, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in lines
        )
        slopes = self.slope if self.slope is not None else [None] * len(heads)
        ends = [
            f"{head} is {name}" + ("" if slope is None else f"; ∂{head}/∂cell = {shown(slope)}")
            for head, name, slope in zip(heads, self.outputs, slopes, strict=True)
        ]
        return "\n".join([f"{self.column} = {self.cell}", text, *ends])


def input_gradients(network: Layer, params: Tree, x: NDArray[Any]) -> NDArray[np.float64]:
    """Return ∂output/∂input of each row, (N, K, D), by the network's own pullback."""
    output, saved = network.forward(xp, params, x)
    rows, outputs = output.shape
    found = np.empty((rows, outputs, x.shape[1]))
    for k in range(outputs):
        one = np.zeros_like(output)
        one[:, k] = 1
        found[:, k] = network.pullback(xp, params, saved, one)[0]
    return found


def column_gradients(
    inputs: TableInputs, columns: Mapping[str, Column], gradients: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return ∂output/∂column (N, K, columns) from ∂output/∂input (N, K, D)."""
    rows, outputs, _ = gradients.shape
    found = np.full((rows, outputs, len(inputs.columns)), np.nan)
    for place, code in enumerate(inputs.columns):
        if isinstance(code, NumberCode):
            at = np.flatnonzero(inputs.input_columns == code.name)
            slopes = code.slopes(code.read(columns[code.name], code.name)) * inputs.factor[at]
            found[:, :, place] = (gradients[:, :, at] * slopes[:, None]).sum(axis=2)
    return found


def origin_of(
    inputs: TableInputs,
    columns: Mapping[str, Column],
    column: str,
    row: int,
    encoded: Any,
    gradients: NDArray[np.float64],
    outputs: tuple[str, ...],
) -> ColumnOrigin:
    """Return what one cell becomes, for the inputs (1, D) and gradients (K, D) of its row."""
    at = np.flatnonzero(inputs.input_columns == column)
    if not len(at):
        for code in inputs.columns:
            if code.name == column and isinstance(code, LeftOutColumn):
                why = REASONS[code.reason]
                raise DataError(f"the column {column!r} has no inputs: it was left out ({why}).")
        raise no_column(column, dict.fromkeys(inputs.input_columns))
    given = encoded.toarray() if hasattr(encoded, "toarray") else np.asarray(encoded)
    value = given[0, at].astype(np.float64)
    kind: Any = next(one for one in inputs.columns if one.name == column)
    cells, read = np.asarray(columns[column], dtype=object), kind.read(columns[column], column)
    code = value if kind in inputs.texts else coded([kind], {column: read}, len(cells))[row]
    slope = None
    cell = cells[row]
    if isinstance(kind, NumberCode):
        cell = read[row]
        if np.isnan(cell):
            cell = "missing"
        else:
            slope = gradients[:, at] @ (kind.slopes(read[[row]])[0] * inputs.factor[at])
    names = tuple(np.array(inputs.input_names, dtype=object)[at])
    return ColumnOrigin(column, cell, names, code, value, gradients[:, at].T, slope, outputs)
