"""Where the first number is that is not finite: asked only after training has stopped for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from clearprop.definitions.layer import NOTHING, Array, Layer, Tree
from clearprop.definitions.layers.combine import Chain
from clearprop.engines.base import TrainingTask
from clearprop.readings import numpy as xp


def first_not_finite(
    task: TrainingTask, params: Tree, x: Array, given: Any, quantity: str, numbers: Any
) -> str:
    """Return in words which layer or parameter holds the first number that is not finite."""
    with np.errstate(all="ignore"):
        for name, output in _outputs(task.network, params, x, given):
            if not np.isfinite(output).all():
                row, unit = np.argwhere(~np.isfinite(output))[0]
                return (
                    f"the first such value is {name}'s output, {output[row, unit]} at row {row} "
                    f"of the batch, unit {unit}"
                )
    if quantity == "loss":
        return "every layer's output is finite, the loss computed from them is not"
    index = int(np.flatnonzero(~np.isfinite(numbers))[0])
    return f"first in {task.layout.locate(index)}, which is {numbers[index]}"


def _outputs(
    layer: Layer, params: Tree, x: Array, given: Any, path: str = ""
) -> Iterator[tuple[str, Array]]:
    """Yield path and output (N, units) of every layer in order, and of a chain's layers."""
    if not isinstance(layer, Chain):
        yield path or type(layer).__name__, layer.forward(xp, params, x, given)[0]
        return
    given = given or NOTHING
    for name, child in layer.children.items():
        output = x
        inside = f"{path}.{name}" if path else name
        for place, output in _outputs(child, params.get(name, NOTHING), x, given.get(name), inside):
            yield place, output
        x = output
