"""A report in one clause: the main figure, and the rows it was measured on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clearprop.estimators.shares import FEW_ROWS, interval_told, share_told
from clearprop.writing.numbers import figure


def headline(document: Mapping[str, Any]) -> str:
    """Return the accuracy or the RMSE of a report's document, with the number of rows.

    Examples
    --------
    >>> headline({"figures": {"accuracy": 0.98, "rows": 1500}, "measured_on": "test"})
    'accuracy 0.9800 on 1,500 test rows (95 %: 0.9716 to 0.9860)'
    >>> headline({"figures": {"accuracy": 1.0, "rows": 30}, "measured_on": "test"})
    '30 of 30 test rows right (95 %: 0.89 to 1)'
    """
    figures = document["figures"]
    count, of = figures["rows"], document["measured_on"]
    rows = f"{count:,} {of} {'row' if count == 1 else 'rows'}"
    if "accuracy" not in figures:
        return f"RMSE {figure(figures['rmse'])} on {rows}"
    accuracy, interval = figures["accuracy"], interval_told(figures["accuracy"], count)
    if count < FEW_ROWS:
        return f"{round(accuracy * count)} of {rows} right ({interval})"
    return f"accuracy {share_told(accuracy, count)} on {rows} ({interval})"
