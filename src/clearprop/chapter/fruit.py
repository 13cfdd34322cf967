"""Data of the chapter's kind: two sorts of fruit told apart by two measurements."""

from __future__ import annotations

import numpy as np

KINDS = ("plum", "lime")
CENTRES = np.array([[0.65, 0.35], [0.35, 0.65]])
SPREAD = 0.13


def fruit(rows: int = 200, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return sweetness and sourness of `rows` fruits, (rows, 2), and 0 for plum or 1 for lime.

    Half are plums, sweet, half limes, sour, in random order; each is scattered about its kind's
    centre by a normal distribution of sd 0.13, so that a few lie on the other side.

    Examples
    --------
    >>> x, kind = fruit(200)
    >>> x.shape, int(kind.sum())
    ((200, 2), 100)
    >>> float(((x[:, 1] > x[:, 0]) == kind).mean())     # a straight line tells most apart
    0.95
    """
    rng = np.random.default_rng(seed)
    kind = rng.permutation(np.arange(rows) % 2)
    return CENTRES[kind] + SPREAD * rng.standard_normal((rows, 2)), kind
