"""Landscapes as text: a curve of braille dots with the walker on it, a map in shades."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from clearprop.descent.document import ground_of
from clearprop.descent.landscape import Landscape
from clearprop.descent.walk import Walk, Walks
from clearprop.writing.numbers import shown

START, STEP, END = "○", "•", "◉"
MOST = 40
FEW = 4
"""Largest number of walks whose steps are marked; of more, only starts and ends are."""

DIGITS = "123456789"
"""Marks of the steps of each walk where several are told apart."""

SHADES = "   ░▒▓"
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


def picture(
    walks: Sequence[Walk], columns: int = 64, rows: int = 14, numbered: bool = False
) -> list[str]:
    """Return a landscape of one or two dimensions with walks on it, as lines of text.

    The steps of `numbered` walks are marked with the number of their walk, 1 to 9.
    """
    landscape = walks[0].landscape
    if landscape.dimensions == 1:
        return curve(landscape, walks, columns, rows, numbered)
    if landscape.dimensions == 2:
        return shaded_map(landscape, walks, columns, rows + 6, numbered)
    return [f"({landscape.dimensions} dimensions: no picture)"]


def ends(walks: Walks, columns: int = 64, rows: int = 14) -> list[str]:
    """Return a landscape with the starts and ends of many walkers, and a legend."""
    shown = walks.kept[:MOST]
    if walks.landscape.dimensions > 2 or not shown:
        return []
    note = f"  ({len(shown)} of the {len(walks):,})" if len(shown) < len(walks) else ""
    return [*picture(shown, columns, rows), legend(walks.landscape, len(shown)) + note]


def curve(
    landscape: Landscape, walks: Sequence[Walk], columns: int, rows: int, numbered: bool = False
) -> list[str]:
    """Return the curve of a landscape of one dimension, and every step of the walks on it."""
    ((low, high),) = landscape.box
    _, heights = ground_of(landscape, 2 * columns)
    finite = np.isfinite(heights)
    if not finite.any():
        return ["(no finite height in the picture)"]
    bottom, top = float(heights[finite].min()), float(heights[finite].max())
    span = (top - bottom) or 1.0

    def dot(height: np.ndarray) -> np.ndarray:
        scaled = (4 * rows - 1) * (top - np.clip(height, bottom, top)) / span
        return np.rint(scaled).astype(int)

    canvas = np.zeros((rows, columns), int)
    dots = dot(np.where(finite, heights, top))
    for place in np.flatnonzero(finite):
        # The dots between this one and the last belong to the line too, half to each.
        before = dots[place - 1] if place and finite[place - 1] else dots[place]
        first, last = sorted((int(dots[place]), int(before)))
        for row in range(first + (last - first > 1 and dots[place] == last), last + 1):
            canvas[row // 4, place // 2] |= _DOTS[row % 4][place % 2]
    lines = [[chr(0x2800 + cell) if cell else " " for cell in row] for row in canvas.tolist()]

    def mark(x: float, sign: str) -> None:
        height = landscape.heights([x])
        if low <= x <= high and np.isfinite(height):
            column = min(int((x - low) / (high - low) * columns), columns - 1)
            lines[int(dot(np.asarray(height))) // 4][column] = sign

    _mark_walks(walks, lambda point, sign: mark(float(point[0]), sign), numbered)
    sides = _short(top, span), _short(bottom, span)
    return labelled(lines, sides, (shown(low), shown(high)))


def _short(value: float, span: float) -> str:
    """Return a height with as many decimals as can be seen on a picture of this span."""
    return shown(round(value, 2 - math.floor(math.log10(span))) + 0.0)


def shaded_map(
    landscape: Landscape, walks: Sequence[Walk], columns: int, rows: int, numbered: bool = False
) -> list[str]:
    """Return a landscape of two dimensions from above, denser where it is higher."""
    (west, east), (south, north) = landscape.box
    x = west + (np.arange(columns) + 0.5) / columns * (east - west)
    y = north - (np.arange(rows) + 0.5) / rows * (north - south)
    lines = shades_of(landscape.heights(np.stack(np.meshgrid(x, y), axis=-1)))

    def mark(point: np.ndarray, sign: str) -> None:
        column = int(np.floor((point[0] - west) / (east - west) * columns))
        row = int(np.floor((north - point[1]) / (north - south) * rows))
        if 0 <= column < columns and 0 <= row < rows:
            lines[row][column] = sign

    _mark_walks(walks, mark, numbered)
    return labelled(lines, (shown(north), shown(south)), (shown(west), shown(east)))


def shades_of(heights: np.ndarray) -> list[list[str]]:
    """Return a character for each height (rows, columns); each shade covers as much ground."""
    finite = np.isfinite(heights)
    if not finite.any():
        return [["?"] * heights.shape[1] for _ in heights]
    bounds = np.quantile(heights[finite], np.linspace(0, 1, len(SHADES) + 1)[1:-1])
    shade = np.searchsorted(bounds, np.where(finite, heights, np.inf))
    return [[SHADES[cell] for cell in row] for row in shade.tolist()]


def labelled(
    lines: Sequence[Sequence[str]], sides: tuple[str, str], ends: tuple[str, str]
) -> list[str]:
    """Return a picture with labels at its top and bottom, and at its left and right end."""
    labels = {0: sides[0], len(lines) - 1: sides[1]}
    width = max(map(len, sides))
    drawn = [
        f"{labels.get(row, ''):>{width}} {''.join(line)}".rstrip() for row, line in enumerate(lines)
    ]
    columns = len(lines[0])
    return [*drawn, f"{'':{width}} {ends[0]}{ends[1]:>{columns - len(ends[0])}}"]


def _mark_walks(
    walks: Sequence[Walk], mark: Callable[[np.ndarray, str], None], numbered: bool = False
) -> None:
    """Mark every step, then starts and ends, so that steps do not cover them.

    Of numbered walks the first steps are marked last: there the walks are apart.
    """
    if numbered:
        steps = [
            (place, point, sign)
            for walk, sign in zip(walks, DIGITS, strict=False)
            for place, point in enumerate(walk.positions[1:-1])
        ]
        for _, point, sign in sorted(steps, key=lambda step: -step[0]):
            mark(point, sign)
    for walk in walks if len(walks) <= FEW and not numbered else ():
        for point in walk.positions[1:-1]:
            mark(point, STEP)
    for walk in walks:
        mark(walk.positions[0], START)
    for walk in walks:
        mark(walk.positions[-1], END)


def legend(landscape: Landscape, walks: int = 1, numbered: bool = False) -> str:
    """Return the meaning of marks and shades on a picture of `walks` walks."""
    step = f"{STEP} step  " if walks <= FEW else ""
    if numbered:
        step = f"1 to {min(walks, len(DIGITS))} steps  "
    marks = f"{START} start  {step}{END} end"
    return f"{marks}  {density(ground_of(landscape)[1])}" if landscape.dimensions == 2 else marks


def density(heights: np.ndarray) -> str:
    """Return the meaning of shades; denser is true on dark and on light terminals."""
    finite = heights[np.isfinite(heights)]
    if not finite.size:
        return "no height is finite"
    return f"denser is higher: {shown(finite.min())} to {shown(finite.max())}"
