"""Chunks of the parameters: panels of weights whose gradients take all rows, and what is between.

A panel is some rows of a Dense layer's W. Its gradient is a sum over all rows of the batch, in
whichever pieces they went forward and back; the panel is updated while that is in the cache. All
other parameters have a gradient from each piece, and a chunk of them sums these.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from clearprop.engines.compiled import codes as c
from clearprop.engines.compiled.division import Division
from clearprop.engines.compiled.kernels.vectors import VECTOR_BYTES
from clearprop.engines.compiled.tables import Data

TILE_ROWS = 6
"""Panels have so many rows, or twice that and so on: as tiles have."""

PANEL_NUMBERS, MOST_PANEL_ROWS = 16_384, 48
"""Numbers and rows of a panel: its gradient, weights and averages fit into a second cache."""

ALIGNED = 16
"""Other chunks begin at multiples of this many numbers, a cache line or two."""


def with_panels(ops: np.ndarray, division: Division, data: Data, rows: int) -> np.ndarray:
    """Return the operations with those marked whose dE/dW is summed panel by panel.

    They are Dense layers with more weights than rows, roughly: the inputs and errors of the rows
    are read once more, and a gradient for each piece is neither written nor read. Layers narrower
    than a vector have none, nor first layers of rows in sparse form or about common values.
    """
    ops, (width, units) = ops.copy(), ops[:, [c.IN_WIDTH, c.OUT_WIDTH]].T
    elsewhere = (ops[:, c.FIRST] == 1) & bool(data.starts.size or data.common.size)
    ops[:, c.PANELS] = (
        (ops[:, c.KIND] == c.DENSE)
        & (division.pieces > 1)
        & (division.pieces * width * units > division.panels_from * rows * (width + units))
        & (units * data.x.itemsize >= VECTOR_BYTES)
        & ~elsewhere
    )
    return ops


def chunks_of(ops: np.ndarray, division: Division, parameters: int) -> np.ndarray:
    """Return the chunks of the parameters, (chunks, 3), in their order; columns as in codes.py."""
    weights = [
        (int(op[c.WEIGHT]), int(op[c.IN_WIDTH]), int(op[c.OUT_WIDTH]), index)
        for index, op in enumerate(ops)
        if op[c.PANELS] == 1
    ]
    chunks, reached = [], 0
    for start, width, units, index in [*sorted(weights), (parameters, 0, 1, -1)]:
        chunks += _between(reached, start, division.chunks * (start - reached) // parameters)
        ends = [*range(0, width, rows_of_panel(units)), width]
        chunks += [(start + a * units, start + b * units, index) for a, b in pairwise(ends)]
        reached = start + width * units
    return np.array(chunks, np.int64).reshape(-1, 3)


def rows_of_panel(units: int) -> int:
    """Return how many rows of W a panel has."""
    rows = min(PANEL_NUMBERS // units, MOST_PANEL_ROWS)
    return max(rows // TILE_ROWS, 1) * TILE_ROWS


def _between(start: int, stop: int, parts: int) -> list[tuple[int, int, int]]:
    """Return chunks of the parameters from `start` to `stop`, one or more."""
    lines, parts = -(-(stop - start) // ALIGNED), max(parts, 1)
    ends = [min(start + part * lines // parts * ALIGNED, stop) for part in range(parts + 1)]
    return [(a, b, -1) for a, b in pairwise(ends) if a < b]
