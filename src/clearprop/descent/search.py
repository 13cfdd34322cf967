"""Find the minima of a landscape for which none are given."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from clearprop.descent.landscape import Landscape, Minimum

GRID_1D, STARTS, ROUNDS = 4001, 400, 60
SAME = 1e-4
"""Distance, as part of the box's diagonal, below which two minima count as one."""

ROUNDING = 1e-12
"""A coordinate this small, as part of the box's diagonal, may be 0 and a rounding error."""


def with_found_minima(landscape: Landscape) -> Landscape:
    """Return the landscape with the minima found in its box; there may be others.

    In several dimensions, only minima with a smooth slope are found: Newton's method does not
    find the tip of a cone.
    """
    points = _where_slope_turns(landscape) if landscape.dimensions == 1 else _by_newton(landscape)
    points = _with_zeros(landscape, points)
    heights = landscape.heights(points)
    points, heights = points[np.isfinite(heights)], heights[np.isfinite(heights)]
    order = np.argsort(heights, kind="stable")
    kept: list[Minimum] = []
    for point, height in zip(points[order], heights[order].tolist(), strict=True):
        distances = [np.linalg.norm(point - one.point) for one in kept]
        if min(distances, default=np.inf) > SAME * landscape.size:
            scale = max(abs(height), abs(kept[0].height) if kept else 0.0, 1e-9)
            lowest = not kept or height - kept[0].height <= 1e-9 * scale
            kept.append(Minimum(tuple(point.tolist()), height, lowest))
    return replace(landscape, minima=tuple(kept), all_known=False, searched=True)


def _with_zeros(landscape: Landscape, points: np.ndarray) -> np.ndarray:
    """Return points (n, D) with 0 for coordinates that are rounding's, where that is no higher."""
    rounded = np.where(np.abs(points) < ROUNDING * landscape.size, 0.0, points)
    no_higher = landscape.heights(rounded) <= landscape.heights(points)
    return np.where(no_higher[:, None], rounded, points)


def _where_slope_turns(landscape: Landscape) -> np.ndarray:
    """Return where the slope changes from down to up, (n, 1), by bisection."""
    grid = np.linspace(*landscape.box[0], GRID_1D)
    slope = landscape.slopes(grid[:, None])[:, 0]
    down, up = slope[:-1] < 0, slope[1:] >= 0
    turns = np.flatnonzero(down & up)
    left, right = grid[turns], grid[turns + 1]
    # How steep it is two points away: a pole may lie on one of the points.
    beside = np.stack([np.clip(turns - 2, 0, None), np.clip(turns + 3, None, len(grid) - 1)])
    steepest = np.abs(slope[beside]).max(axis=0)
    for _ in range(ROUNDS):
        middle = 0.5 * (left + right)
        still_down = landscape.slopes(middle[:, None])[:, 0] < 0
        left, right = np.where(still_down, middle, left), np.where(still_down, right, middle)
    points = 0.5 * (left + right)[:, None]
    # At a kink the slope stays what it is beside it; at a pole it grows beyond all bounds.
    return points[np.abs(landscape.slopes(points)[:, 0]) <= 2 * steepest]


def _by_newton(landscape: Landscape) -> np.ndarray:
    """Return level points (n, D) where the ground bends up in every direction."""
    low, high = np.array(landscape.box).T
    x = landscape.drop(STARTS, np.random.default_rng(0))
    for _ in range(ROUNDS):
        slopes, bends = landscape.slopes(x), landscape.curvatures(x)
        finite = np.isfinite(slopes).all(axis=1) & np.isfinite(bends).all(axis=(1, 2))
        x, slopes, bends = x[finite], slopes[finite], bends[finite]
        if not len(x):
            return x
        values, axes = np.linalg.eigh(bends)
        # Along directions of negative curvature the step is reversed, so that it leads downhill.
        firm = np.maximum(np.abs(values), 1e-9 * np.abs(values).max() + 1e-12)
        along = np.einsum("kij,ki->kj", axes, slopes) / firm
        step = -np.einsum("kij,kj->ki", axes, along)
        length = np.linalg.norm(step, axis=1, keepdims=True)
        longest = 0.1 * landscape.size
        x = x + step * np.minimum(1.0, longest / np.maximum(length, 1e-300))
    steepness = np.linalg.norm(landscape.slopes(x), axis=1)
    inside = ((x >= low) & (x <= high)).all(axis=1)
    bends = landscape.curvatures(x)
    finite = inside & np.isfinite(bends).all(axis=(1, 2)) & (steepness < 1e-7)
    x, bends = x[finite], bends[finite]
    return x[np.linalg.eigvalsh(bends)[:, 0] > 1e-7] if len(x) else x
