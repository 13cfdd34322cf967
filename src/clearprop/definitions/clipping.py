"""Clipping: a gradient that is too long is shortened, its direction kept."""

from __future__ import annotations

from typing import Any


def clip_factor(length: Any, norm: float) -> Any:
    """Return the factor c that shortens a gradient of this length to `norm`; None if it is short.

    c = norm / ‖g‖ where ‖g‖ > norm, with ‖g‖ over all parameters. Source: Pascanu, Mikolov and
    Bengio 2013, algorithm 1.

    >>> clip_factor(10.0, 5.0), clip_factor(4.0, 5.0)
    (0.5, None)
    """
    return float(norm) / length if length > norm else None
