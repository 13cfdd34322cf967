"""The report as one page: its data, reduced to what is shown, and the program that shows it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from clearprop.estimators.shares import (
    FEW_ROWS,
    MOST_DECIMALS,
    decimals_of,
    interval_told,
    share_told,
)
from clearprop.reporting.headline import headline
from clearprop.view.page import page
from clearprop.view.payload import payload_of
from clearprop.writing.numbers import fixed

MOST_EPOCHS = 2_000
MOST_ROWS_A_CELL = 200
MOST_STEP_BYTES = 6_000_000
"""The most bytes of all steps in a page; the worst row's step is always included."""


_NEEDS_JAVASCRIPT = "The curves need JavaScript, which is part of this file."


def page_of(document: Mapping[str, Any]) -> str:
    """Return the page of a report's document (``report.to_dict()``) as one HTML text."""
    title = document["title"]
    name = title["source"] or title["network"]
    parts = (title["source"], title["network"], headline(document))
    return page(
        payload(document),
        "report",
        title=f"{name}: training report",
        without=f"{': '.join(filter(None, parts))}. {_NEEDS_JAVASCRIPT}",
    )


def payload(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the page's data: the document without what a page cannot show."""
    confusion = document["confusion"]
    if confusion is not None:
        cells = [{**cell, "rows": cell["rows"][:MOST_ROWS_A_CELL]} for cell in confusion["cells"]]
        confusion = {**confusion, "cells": cells}
    figures = {key: value for key, value in document["figures"].items() if "matrix" not in key}
    return {
        **document,
        "figures": figures,
        "told": told(document),
        "curves": _thinned(document["curves"]),
        "confusion": confusion,
        "rows": _drawn(document["rows"]),
        "steps": _steps(document["steps"]),
    }


def told(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the main figure in words, and the decimals of the validation figure.

    They depend on the numbers of rows; the page only shows them.
    """
    figures, rows = document["figures"], document["figures"]["rows"]
    validation = document["data"]["rows"].get("validation")
    decimals = decimals_of(validation) if validation else MOST_DECIMALS
    if "accuracy" not in figures:
        r2 = "–" if figures["r2"] is None else fixed(figures["r2"], figures["decimals"])
        return {"figure": r2, "name": "R²", "interval": "", "validation_decimals": decimals}
    accuracy = figures["accuracy"]
    few = rows < FEW_ROWS
    return {
        "figure": f"{round(accuracy * rows)} of {rows}" if few else share_told(accuracy, rows),
        "name": "right" if few else "accuracy",
        "interval": interval_told(accuracy, rows),
        "validation_decimals": decimals,
    }


def _thinned(curves: dict[str, Any]) -> dict[str, Any]:
    """Return the curves, at evenly spaced epochs if there are more than a page can show."""
    epochs = curves["epochs"]
    if not epochs:
        return {**curves, "at": []}
    wanted = np.linspace(1, epochs, min(epochs, MOST_EPOCHS)).round().astype(int).tolist()
    marked = [curves[key] for key in ("kept_epoch", "best_epoch") if curves[key]]
    at = sorted({*wanted, *marked})

    def some(value: Any) -> Any:
        if isinstance(value, list):
            return [value[epoch - 1] for epoch in at if epoch <= len(value)]
        return value

    gradients = curves["gradient_norm"]
    if gradients is not None:
        layers = [{**layer, "values": some(layer["values"])} for layer in gradients["layers"]]
        gradients = {**gradients, "layers": layers}
    return {**{key: some(value) for key, value in curves.items()}, "gradient_norm": gradients,
            "at": at}  # fmt: skip


def _drawn(rows: dict[str, Any]) -> dict[str, Any]:
    """Return the rows with images as one byte per value: 0 for the lowest, 255 for the highest."""
    if rows["image"] is None:
        return rows
    low, high = (float(end) for end in rows["range"])
    found = {}
    for number, row in rows["by_number"].items():
        values = np.array([low if value is None else float(value) for value in row["inputs"]])
        part = np.clip((np.nan_to_num(values) - low) / ((high - low) or 1.0), 0, 1)
        grey = np.rint(part * 255).astype(np.uint8)
        found[number] = {**row, "inputs": base64.b64encode(grey.tobytes()).decode("ascii")}
    return {**rows, "by_number": found}


def _steps(steps: Mapping[str, Any]) -> dict[str, Any]:
    """Return the steps' payloads, the worst row's first, as many as fit into a page."""
    found: dict[str, Any] = {}
    total = 0
    for number, step in steps.items():
        one = payload_of(step)
        total += len(json.dumps(one, ensure_ascii=False))
        if found and total > MOST_STEP_BYTES:
            break
        found[number] = one
    return found
