"""Which products of a training left out zeros, and why, in sentences."""

from __future__ import annotations

import numpy as np

from clearprop.definitions.parameters import Layout
from clearprop.engines.compiled import codes as c
from clearprop.engines.compiled.kernels.masks import MOST_IN_TEN, MOST_IN_TEN_OF_SMALL
from clearprop.engines.compiled.tables import Data

NAMES = {c.FORWARD: "x W", c.WEIGHTS: "xᵀ dE/dz", c.BACK: "dE/dz Wᵀ"}

UNMARKED = {
    c.FORWARD: "nothing before it makes zeros, no ReLU and no dropout",
    c.WEIGHTS: "nothing before it makes zeros, no ReLU and no dropout",
    c.BACK: "neither a ReLU nor a dropout behind it makes zeros",
}


def report_of(ops: np.ndarray, layout: Layout, data: Data, choices: np.ndarray) -> tuple[str, ...]:
    """Return a sentence for each product of each Dense layer.

    Parameters
    ----------
    ops : (operations, COLUMNS)
        The plan's operations.
    layout : Layout
        Names of the parameters.
    data : Data
        The rows, in the form they were used in.
    choices : (rooms, operations * products, 4)
        As `MaskRoom` has them.
    """
    names = {part.start: path.rpartition(".")[0] for path, part in layout.slices().items()}
    counts = choices.sum(axis=0).reshape(len(ops), len(c.PRODUCTS), 4)
    return tuple(
        f"{names[op[c.WEIGHT]] or 'the layer'}, {op[c.IN_WIDTH]:,} to {op[c.OUT_WIDTH]:,}, "
        f"{name}: {_told(op, product, data, *counts[index, product].tolist())}."
        for index, op in enumerate(ops)
        if op[c.KIND] == c.DENSE
        for product, name in NAMES.items()
        if not (op[c.FIRST] and product == c.BACK)
    )


def _told(
    op: np.ndarray, product: int, data: Data, asked: int, taken: int, seen: int, there: int
) -> str:
    if op[c.FIRST] and data.starts.size:
        return "by the numbers of the sparse rows, as they were given"
    if min(op[c.IN_WIDTH], op[c.OUT_WIDTH]) < c.FEWEST_UNITS:
        return f"dense, since it has fewer than {c.FEWEST_UNITS} inputs or units"
    if op[c.IN_WIDTH] * op[c.OUT_WIDTH] < c.FEWEST_WEIGHTS:
        return f"dense, since it has fewer than {c.FEWEST_WEIGHTS:,} weights"
    if not op[c.ZEROS_BACK if product == c.BACK else c.ZEROS_IN]:
        return f"dense, since {UNMARKED[product]}"
    if not asked:
        return "never computed"
    part = f"{100 * there / seen:.0f} % of the numbers"
    differ = "differ from the common values" if op[c.FIRST] and data.common.size else "are not 0"
    return (
        f"zeros left out in {taken:,} of {asked:,} pieces of batches, since {part} {differ}; at "
        f"most {MOST_IN_TEN * 10} % may, {MOST_IN_TEN_OF_SMALL * 10} % in small products"
    )
