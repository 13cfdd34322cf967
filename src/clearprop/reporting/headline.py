"""A report in one clause: the main figure, and the rows it was measured on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clearprop.writing.numbers import figure


def headline(document: Mapping[str, Any]) -> str:
    """Return the accuracy or the RMSE of a report's document, with the number of rows.

    Examples
    --------
    >>> headline({"figures": {"accuracy": 0.98, "rows": 1500}, "measured_on": "test"})
    'accuracy 0.9800 on 1,500 test rows'
    """
    figures = document["figures"]
    good = (
        f"accuracy {figures['accuracy']:.4f}"
        if "accuracy" in figures
        else f"RMSE {figure(figures['rmse'])}"
    )
    rows = "row" if figures["rows"] == 1 else "rows"
    return f"{good} on {figures['rows']:,} {document['measured_on']} {rows}"
