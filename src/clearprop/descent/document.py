"""Results as documents: plain values that JSON can hold, for a view, a file or another program."""

from __future__ import annotations

from typing import Any

import numpy as np

from clearprop.descent.landscape import Landscape
from clearprop.descent.stepping import WalkPlan
from clearprop.descent.words import told, told_schedule
from clearprop.version import __version__
from clearprop.writing.json_safe import json_safe

VERSION = 1
GROUND_1D, GROUND_2D = 401, 81
LEVELS = 13
"""Levels of a map: as many greys are between them, less one, in pages and in pictures."""


def document(kind: str, content: dict[str, Any]) -> dict[str, Any]:
    """Return a document of this kind: its format and version, who made it, and the content."""
    made_by = f"clearprop {__version__}"
    head = {"format": f"clearprop.{kind}", "version": VERSION, "made_by": made_by}
    return {**head, **json_safe(content)}


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
        levels = {"levels": levels_of(heights)} if landscape.dimensions == 2 else {}
        content["ground"] = {"axes": axes, "heights": heights, **levels}
    return content


def plan_document(plan: WalkPlan) -> dict[str, Any]:
    """Return how a walk is walked, as plain values."""
    return {
        "optimizer": {"text": told(plan.optimizer), "learning_rate": plan.optimizer.learning_rate},
        "schedule": told_schedule(plan.schedule) or "Constant()",
        "planned_steps": plan.steps,
        "noise": plan.noise,
        "level": plan.level,
        "seed": plan.seed,
    }


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


def levels_of(heights: np.ndarray) -> np.ndarray:
    """Return the levels of a map, from lowest to highest, with equal area between each two.

    So steep and flat parts are both seen. Each is one of the heights; none where no height is
    finite.

    >>> levels_of(np.array([[0.0, 10.0], [np.inf, 3.0]]))[[0, 6, -1]]
    array([ 0.,  3., 10.])
    """
    finite = np.sort(heights[np.isfinite(heights)])
    return finite[np.arange(LEVELS) * (finite.size - 1) // (LEVELS - 1)] if finite.size else finite
