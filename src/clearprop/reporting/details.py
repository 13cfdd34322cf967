"""The rows a report shows, with inputs, target, prediction, probabilities and loss."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from clearprop.reporting.measured import EvaluatedRows
from clearprop.writing.json_safe import json_safe

MOST_VALUES = 250_000
"""The most input values in all rows of a report together; a page cannot hold more."""

ROWS_A_CELL = 12
LONGEST_TEXT = 200


def rows_worth_a_look(rows: EvaluatedRows, worst: Sequence[int]) -> list[int]:
    """Return the positions of the worst rows, and of the worst in each confusion-matrix cell.

    Cells off the diagonal come first: if there are too many values for a page, correctly predicted
    rows are left out.
    """
    chosen = dict.fromkeys(int(place) for place in worst)
    if rows.names is not None:
        taken: dict[tuple[int, int], int] = {}
        order = rows.worst()
        for places in (order[rows.wrong[order]], order[~rows.wrong[order]]):
            for place in places.tolist():
                cell = int(rows.true[place]), int(rows.predicted[place])
                taken[cell] = taken.get(cell, 0) + 1
                if taken[cell] <= ROWS_A_CELL:
                    chosen[place] = None
    most = max(len(worst), MOST_VALUES // max(1, len(rows.columns)))
    return list(chosen)[:most]


def details_of(rows: EvaluatedRows, places: Iterable[int]) -> dict[str, Any]:
    """Return the rows at the given positions by number, with the names of their columns."""
    return {
        "columns": list(rows.columns),
        "image": None if rows.image is None else list(rows.image),
        "range": _range(rows.table) if rows.image else None,
        "by_number": {str(rows.numbers[place]): _detail(rows, place) for place in places},
    }


def _detail(rows: EvaluatedRows, place: int) -> dict[str, Any]:
    names, probabilities = rows.names, rows.probabilities
    if names is None or probabilities is None:
        true, predicted = (json_safe(values[place]) for values in (rows.true, rows.predicted))
        outcome: dict[str, Any] = {"target": true, "prediction": predicted}
    else:
        outcome = {
            "target": names[rows.true[place]],
            "prediction": names[rows.predicted[place]],
            "probabilities": [json_safe(value) for value in probabilities[place]],
        }
    return {"inputs": _values(rows.table, place), **outcome, "loss": json_safe(rows.loss[place])}


def _values(table: Any, place: int) -> list[Any]:
    row = table.iloc[place] if hasattr(table, "iloc") else table[[place]]
    values = np.ravel(row.toarray() if hasattr(row, "toarray") else np.asarray(row, dtype=object))
    return [_plain(value) for value in values.tolist()]


def _plain(value: Any) -> Any:
    """Return a number, a text, or None for a missing value."""
    if value is None or value != value or str(value) in ("<NA>", "NaT"):
        return None
    if isinstance(value, bool | np.bool_):
        return "True" if value else "False"
    if isinstance(value, int | float | np.integer | np.floating):
        return json_safe(value)
    text = str(value)
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"


def _range(table: Any) -> list[Any]:
    values = table.to_numpy() if hasattr(table, "to_numpy") else table
    return [json_safe(values.min()), json_safe(values.max())]
