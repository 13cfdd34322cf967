"""What the axes of a step's arrays count, and what each place along them is called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from clearprop.definitions.layer import Layer

if TYPE_CHECKING:
    from clearprop.explaining.record import Quantity
    from clearprop.explaining.step import StepData


def axes_of(step: StepData, quantity: Quantity) -> list[str]:
    """Return one word for each axis: rows of the batch, inputs, units."""
    shape = np.shape(quantity.value)
    last = quantity.path.rpartition(".")[2]
    per_row = bool(shape) and shape[0] == len(step["x"]) and quantity.phase != "update"
    if len(shape) == 2:
        of_parameter = any(
            quantity.path == path or last == f"d{path.rpartition('.')[2]}"
            for path in step.task.layout.paths
        )
        if of_parameter or quantity.phase == "update" or ".before" in quantity.path:
            return ["input", "unit"]
        return ["row", "input" if last in ("x", "dx") else "unit"]
    if len(shape) == 1:
        return ["row"] if per_row and not quantity.layer else ["unit"]
    return []


def names_along(step: StepData, quantity: Quantity) -> list[list[str]] | None:
    """Return the names of a matrix's rows and columns; None where the step knows none of them."""
    shape, labels = np.shape(quantity.value), step.labels
    if len(shape) != 2:
        return None
    first, last = _ends(step.task.network)
    found, is_known = [], False
    for axis, (word, size) in enumerate(zip(axes_of(step, quantity), shape, strict=True)):
        known: Sequence[str] = ()
        if word == "row":
            known = labels.rows
        elif word == "input" and (quantity.path == "x" or quantity.layer == first):
            known = labels.columns
        elif axis == 1 and word == "unit" and quantity.layer in (None, "", last):
            known = labels.classes
        fits = len(known) == size
        is_known = is_known or (fits and word != "row")
        found.append(list(known) if fits else [f"{_UNITS[word]} {at}" for at in range(size)])
    return found if is_known else None


_UNITS = {"row": "row", "input": "unit", "unit": "unit"}
"""What a place without a name is called: what enters a later layer are the units before it."""


def _ends(network: Layer) -> tuple[str, str]:
    """Return the paths of the first and the last layer that hold no others."""
    paths = list(_leaves(network, ""))
    return paths[0], paths[-1]


def _leaves(layer: Layer, path: str) -> Sequence[str]:
    if not layer.children:
        return [path]
    return [
        inside
        for name, child in layer.children.items()
        for inside in _leaves(child, f"{path}.{name}" if path else name)
    ]
