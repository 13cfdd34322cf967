"""Results as documents: plain values that JSON can hold, for a view, a file or another program."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import clearprop
from clearprop.descent.landscape import Landscape

VERSION = 1
GROUND_1D, GROUND_2D = 401, 81


def document(kind: str, content: dict[str, Any]) -> dict[str, Any]:
    """Return a document of this kind: its format and version, who made it, and the content."""
    made_by = f"clearprop {clearprop.__version__}"
    head = {"format": f"clearprop.{kind}", "version": VERSION, "made_by": made_by}
    return {**head, **plain(content)}


def plain(value: Any) -> Any:
    """Return a value as JSON has them: NaN and the infinities as texts, arrays as lists.

    >>> plain({"h": np.array([0.5, np.nan]), "steps": np.int64(3), "far": -np.inf})
    {'h': [0.5, 'NaN'], 'steps': 3, 'far': '-Infinity'}
    """
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, dict):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def landscape_document(landscape: Landscape, ground: bool = True) -> dict[str, Any]:
    """Return a landscape as plain values, with the heights of a grid over its box."""
    content: dict[str, Any] = {
        "name": landscape.name,
        "dimensions": landscape.dimensions,
        "box": landscape.box,
        "formula": landscape.formula,
        "gradient": landscape.gradient,
        "about": landscape.about,
        "source": landscape.source,
        "note": landscape.note,
        "minima": [
            {"point": one.point, "height": one.height, "lowest": one.lowest}
            for one in landscape.minima
        ],
        "all_known": landscape.all_known,
        "searched": landscape.searched,
    }
    if ground and landscape.dimensions <= 2:
        axes, heights = ground_of(landscape)
        content["ground"] = {"axes": axes, "heights": heights}
    return content


def ground_of(
    landscape: Landscape, points: int | None = None
) -> tuple[list[np.ndarray], np.ndarray]:
    """Return the axes of a grid over the box, and the heights on it: one axis each dimension.

    Of two coordinates x runs along the columns and y along the rows.
    """
    if landscape.dimensions > 2:
        raise ValueError(
            f"{landscape.name} has {landscape.dimensions} dimensions; two can be drawn"
        )
    count = points or (GROUND_1D if landscape.dimensions == 1 else GROUND_2D)
    axes = [np.linspace(low, high, count) for low, high in landscape.box]
    grid = np.stack(np.meshgrid(*axes), axis=-1)
    return axes, landscape.heights(grid)
