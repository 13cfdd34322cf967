"""Values as strict JSON can hold them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def json_safe(value: Any) -> Any:
    """Return a value for strict JSON: arrays as lists, NaN and the infinities as words.

    >>> json_safe({"h": np.array([0.5, np.nan]), "steps": np.int64(3), "far": -np.inf})
    {'h': [0.5, 'NaN'], 'steps': 3, 'far': '-Infinity'}
    """
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, dict):
        return {str(name): json_safe(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [json_safe(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value
