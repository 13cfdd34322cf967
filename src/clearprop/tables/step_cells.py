"""The cells of a raw table beside the inputs that they become, for a step that is opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.explaining.labels import NumberInputs, TableCells
from clearprop.tables.codes.kinds import MISSING, PIECE, WORD
from clearprop.tables.codes.number import SQUASH, NumberCode, windows
from clearprop.writing.numbers import shown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clearprop.data.values import Column
    from clearprop.tables.inputs import TableInputs

MOST_LETTERS = 40


def cells_of(
    inputs: TableInputs, columns: Mapping[str, Column], rows: int, seen: NDArray[np.intp] | slice
) -> TableCells:
    """Return the cells of `rows` rows, for a network that sees some of the inputs."""
    places = np.arange(len(inputs.input_names))[seen]
    owners = inputs.input_columns[places]
    names = list(dict.fromkeys(owners))
    codes = {code.name: code for code in inputs.dense if isinstance(code, NumberCode)}
    return TableCells(
        tuple(names),
        tuple(names.index(owner) for owner in owners),
        tuple(zip(*(_texts(columns[name], rows) for name in names), strict=True)),
        tuple(
            _number(codes[name], inputs, places, np.flatnonzero(owners == name))
            if name in codes
            else None
            for name in names
        ),
    )


def _number(
    code: NumberCode, inputs: TableInputs, places: NDArray[np.intp], own: NDArray[np.intp]
) -> NumberInputs:
    kinds = inputs.input_kinds[places[own]]
    assert WORD not in kinds
    return NumberInputs(
        int(own[0]),
        code.median,
        code.scale,
        SQUASH,
        code.edges if PIECE in kinds else (),
        code.hats if PIECE in kinds else (),
        tuple((float(low), float(high)) for low, high in zip(*windows(code.repeated), strict=True)),
        MISSING in kinds,
        tuple(map(float, inputs.center[places[own]])),
        tuple(map(float, inputs.factor[places[own]])),
    )


def _texts(column: Column, rows: int) -> list[str]:
    """Return the cells of a column as they stand in the table, long texts cut."""
    import pandas as pd

    series = pd.Series(column)
    return [
        "(missing)" if missing else _text(cell)
        for cell, missing in zip(series[:rows], series.isna()[:rows], strict=True)
    ]


def _text(cell: Any) -> str:
    if isinstance(cell, float | np.floating):
        return shown(cell, 9)
    text = str(cell).removesuffix(" 00:00:00")  # a date without a time
    return text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 1]}…"
