"""The columns of a raw table as inputs of an ONNX graph, and what becomes of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from clearprop.data.columns import CategoryColumn, LeftOutColumn, NumberColumn
from clearprop.data.date_column import DateColumn
from clearprop.data.encoder import TableEncoder
from clearprop.doors.number_codes import number_blocks
from clearprop.doors.onnx_dates import TOLD, Moment, standardised_dates
from clearprop.doors.onnx_nodes import ML, Nodes
from clearprop.doors.onnx_texts import text_weights
from clearprop.doors.program import program
from clearprop.doors.scaling import of_columns
from clearprop.tables.codes.category import CategoryCode
from clearprop.tables.codes.date import DateCode
from clearprop.tables.codes.number import NumberCode
from clearprop.tables.inputs import TableInputs

NEW = "\x00 a category that training had not \x00"
"""Stands for any category that is in no table of training."""


class ColumnInputs:
    """The inputs of the graph: one for each column that is used, or "X" where all are numbers.

    Attributes
    ----------
    inputs : dict
        Dtype and width of each input of the graph.
    told : dict
        What the file says of its inputs.
    """

    def __init__(self, nodes: Nodes, columns: Sequence[Any]) -> None:
        used = [column for column in columns if not isinstance(column, LeftOutColumn)]
        self.nodes = nodes
        self.names = [column.name for column in used]
        self.told = {"columns": "\n".join(self.names)}
        if dates := [column.name for column in used if column.kind == "date"]:
            self.told |= {"dates": "\n".join(dates), "a date is": TOLD}
        self.are_numbers = all(column.kind == "number" for column in used)
        if self.are_numbers:
            self.inputs: dict[str, tuple[Any, int]] = {"X": (np.float64, len(used))}
        else:
            self.inputs = {
                column.name: (np.float64 if column.kind in ("number", "date") else object, 1)
                for column in used
            }

    def column(self, name: str) -> str:
        """Return one column (N, 1)."""
        if not self.are_numbers:
            return name
        place = self.nodes.constant([self.names.index(name)], np.int64, "place")
        return self.nodes.add("Gather", "X", place, axis=1)


def encoded_columns(nodes: Nodes, columns: ColumnInputs, encoder: TableEncoder, dtype: Any) -> str:
    """Return the inputs (N, width) of one network, as `TableEncoder.encode` makes them."""
    blocks = []
    for column in encoder.columns:
        if isinstance(column, NumberColumn):
            blocks += _numbers(nodes, columns.column(column.name), column, dtype)
        elif isinstance(column, CategoryColumn):
            blocks.append(_categories(nodes, column.name, column, column.categories, dtype))
        elif isinstance(column, DateColumn):
            blocks += standardised_dates(nodes, column.name, column, dtype)
    return _joined(nodes, blocks)


def encoded_codes(nodes: Nodes, columns: ColumnInputs, inputs: TableInputs) -> str:
    """Return the inputs (N, D) of a table estimator's networks, as `TableInputs.encode` does."""
    blocks: list[str] = []
    for code in inputs.dense:
        if isinstance(code, NumberCode):
            blocks += _numbers(nodes, columns.column(code.name), code, np.float32)
        elif isinstance(code, DateCode):
            blocks += _dates(nodes, code)
        else:
            known = code.known or code.categories
            blocks.append(_categories(nodes, code.name, code, known, np.float32))
    if blocks:
        dense = nodes.add("Sub", _joined(nodes, blocks), nodes.constant(inputs.center, np.float32))
        blocks = [nodes.add("Mul", dense, nodes.constant(inputs.factor, np.float32))]
    return _joined(nodes, [*blocks, *(text_weights(nodes, code) for code in inputs.texts)])


def _dates(nodes: Nodes, code: DateCode) -> list[str]:
    """Return the inputs of a column of dates of a table estimator, as `DateCode.write` does."""
    moment = Moment(nodes, code.name)
    parts = moment.parts()
    numbers = [_numbers(nodes, parts[part.name], part, np.float32) for part in code.parts]
    pairs = [nodes.cast(half, np.float32) for cycle in code.cycles for half in moment.pair(cycle)]
    return [*(block for blocks in numbers for block in blocks), *pairs]


def _numbers(nodes: Nodes, column: str, code: NumberColumn | NumberCode, dtype: Any) -> list[str]:
    """Return the inputs of a column of numbers, in blocks."""

    def read(xp: Any, x: Any) -> list[Any]:
        if isinstance(code, NumberColumn):
            return [of_columns([code])(xp, x)]
        return number_blocks(xp, x, code)

    results = nodes.program(program(read, 1, np.float64), column, np.float64)
    return [nodes.cast(result, dtype) for result in results]


def _categories(
    nodes: Nodes, column: str, code: CategoryColumn | CategoryCode, known: Any, dtype: Any
) -> str:
    """Return the inputs of a column of categories: a row of a table that the code itself fills.

    The table has a row for each known category, one for a missing value and one for any other.
    """
    texts = [text for text in known if text is not None]
    if "" in texts:
        raise TypeError(
            f"column {column!r} has the empty text as a category, which ONNX cannot tell from a "
            "missing value: name the category, and train again"
        )
    import pandas as pd

    cells = pd.Series([*texts, None, NEW], dtype=object)
    rows = np.zeros((len(cells), len(code.input_names)), dtype)
    if isinstance(code, CategoryCode):
        code.write(rows, CategoryCode.read(cells, column))
    else:
        code.write(rows, cells)
    flat = nodes.add("Reshape", column, nodes.constant([-1], np.int64))
    place = nodes.add(
        "LabelEncoder", flat, domain=ML, keys_strings=[*texts, ""],
        values_int64s=list(range(len(texts) + 1)), default_int64=len(texts) + 1,
    )  # fmt: skip
    return nodes.add("Gather", nodes.constant(rows, dtype, "categories"), place, axis=0)


def _joined(nodes: Nodes, blocks: Sequence[str]) -> str:
    return blocks[0] if len(blocks) == 1 else nodes.add("Concat", *blocks, axis=1)
