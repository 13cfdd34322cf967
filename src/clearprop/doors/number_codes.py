"""The code of a column of numbers for any namespace, so that a graph can compute it.

:mod:`clearprop.tables.codes.number` computes it with NumPy on whole columns; tests compare the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from clearprop.tables.codes.number import SQUASH, windows

if TYPE_CHECKING:
    from clearprop.definitions.layer import Array, Namespace
    from clearprop.tables.codes.number import NumberCode

MOST = 1e150
"""No squared number is larger, as in `NumberCode.write`."""


def number_blocks(xp: Namespace, x: Array, code: NumberCode) -> list[Array]:
    """Return the inputs of a number (N, 1), in blocks: as `NumberCode` has them."""
    known = x > -np.inf
    value = xp.where(known, x, code.median)
    z = xp.minimum(xp.maximum((value - code.median) / code.scale, -MOST), MOST)
    blocks = [z / xp.sqrt(1 + (z / SQUASH) ** 2)]
    if len(code.edges) > 1:
        edges = np.array(code.edges) / 2
        pieces = (value / 2 - edges[:-1]) / (edges[1:] - edges[:-1])
        pieces = xp.minimum(xp.maximum(pieces, 0.0), 1.0)
        blocks.append(xp.where(known, pieces, 0.5))
    if code.repeated:
        low, high = windows(code.repeated)
        own = xp.where(x < low, 0.0, xp.where(x > high, 0.0, 1.0))
        blocks.append(xp.where(known, own, 0.0))
    if code.missing:
        blocks.append(xp.where(known, 0.0, 1.0))
    return blocks
