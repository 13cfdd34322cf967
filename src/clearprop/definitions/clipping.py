"""Clipping: a gradient that is too long is shortened, its direction kept."""

from __future__ import annotations

from typing import Any

import numpy as np


def length(gradient: np.ndarray) -> float:
    """Return ‖g‖; in float64, as the squares of a float32 gradient may overflow."""
    return float(np.linalg.norm(gradient.astype(np.float64, copy=False)))


def clip_factor(size: Any, norm: Any) -> Any:
    """Return the factor c that shortens a gradient of this size to `norm`; None if it is short.

    c = norm / ‖g‖ where ‖g‖ > norm, with ‖g‖ over all parameters. Source: Pascanu, Mikolov and
    Bengio 2013, algorithm 1.

    >>> clip_factor(10.0, 5.0), clip_factor(4.0, 5.0)
    (0.5, None)
    """
    return norm / size if size > norm else None
