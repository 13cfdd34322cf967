"""The code of a column of numbers for any namespace, so that a graph can compute it.

:mod:`clearprop.tables.codes.number` computes it with NumPy on whole columns; tests compare the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from clearprop.tables.codes.number import SQUASH, windows

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    if code.edges:
        blocks.append(xp.where(known, _pieces(xp, value, code.edges), 0.5))
    if code.hats:
        blocks.append(xp.where(known, _hats(xp, value, code.hats), 0.0))
    if code.repeated:
        low, high = windows(code.repeated)
        own = xp.where(x < low, 0.0, xp.where(x > high, 0.0, 1.0))
        blocks.append(xp.where(known, own, 0.0))
    if code.missing:
        blocks.append(xp.where(known, 0.0, 1.0))
    return blocks


def _pieces(xp: Namespace, value: Array, edges: Sequence[float]) -> Array:
    """Return the share of each piece between two edges that lies below the value."""
    ends = np.array(edges) / 2
    return _within_one(xp, (value / 2 - ends[:-1]) / (ends[1:] - ends[:-1]))


def _hats(xp: Namespace, value: Array, knots: Sequence[float]) -> Array:
    """Return the hats: the piece before a knot less the piece after it; 1 and 0 at both ends."""
    ends, one = np.array(knots) / 2, np.ones(1)
    lengths, inner = np.diff(ends), np.ones(len(ends) - 1)
    starts, first = np.concatenate([ends[:1], ends[:-1]]), np.concatenate([one, 0 * inner])
    before = _within_one(xp, (value / 2 - starts) / np.concatenate([one, lengths]))
    after = _within_one(xp, (value / 2 - ends) / np.concatenate([lengths, one]))
    return before * (1 - first) + first - after * np.concatenate([inner, 0 * one])


def _within_one(xp: Namespace, share: Array) -> Array:
    return xp.minimum(xp.maximum(share, 0.0), 1.0)
