"""Displays of walks, basin maps and surfaces, like scikit-learn's; they need matplotlib.

``WalkDisplay.from_walk(walk)`` makes a display and plots it; `ax_` and `figure_` are its Axes and
its Figure. Maps are grey, as the page's are; walkers are orange, and differ in lightness too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.descent.document import ground_of, levels_of
from clearprop.descent.landscape import Landscape
from clearprop.descent.words import how
from clearprop.writing.numbers import shown

if TYPE_CHECKING:
    from clearprop.descent.basins import BasinMap
    from clearprop.descent.surface import Surface
    from clearprop.descent.walk import Walk, Walks

INK, GROUND, WALKER, MINIMUM = "#333333", "#2b5c8a", "#d9690f", "#ffffff"
BASINS = (
    "#2b5c8a", "#f0a35e", "#9ec5e8", "#b8560b", "#5f8fbd", "#fbd3ae", "#16324d", "#e07b1f",
)  # fmt: skip
ELSEWHERE, LOST = "#dddddd", "#555555"
GREYS = ["#8d9296", "#c2c5c6", "#f2f3f3"]
"""The ends and the middle of the greys in `view/src/ground/ground.css`."""


def new_axes(ax: Any, figsize: tuple[float, float] = (6.4, 4.0)) -> Any:
    """Return `ax`, or new axes made by pyplot, which a notebook shows."""
    if ax is not None:
        return ax
    pyplot = drawing("matplotlib.pyplot")
    return pyplot.subplots(figsize=figsize, layout="constrained")[1]


def drawing(module: str) -> Any:
    """Import a module of matplotlib or Pillow and return it.

    Raises
    ------
    ModuleNotFoundError
        If the package of the module is not installed, with the command that installs it.
    """
    from importlib import import_module

    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in _PACKAGES:
            raise
        raise ModuleNotFoundError(
            f"pictures need {_PACKAGES[missing]}, which is not installed: "
            "pip install 'clearprop[plot]'",
            name=missing,
        ) from None


_PACKAGES = {"matplotlib": "matplotlib", "PIL": "Pillow"}


class WalkDisplay:
    """One or several walks, drawn on their landscape of one or two dimensions.

    Attributes
    ----------
    ax_, figure_ : Axes, Figure
        Those of matplotlib that it is drawn on.
    lines_ : list of Line2D
        One for each walk.
    """

    def __init__(self, walks: Sequence[Walk], labels: Sequence[str] | None = None) -> None:
        if not walks:
            raise ValueError("there is no walk to draw")
        if walks[0].landscape.dimensions > 2:
            raise ValueError("only landscapes of one or two dimensions can be drawn")
        self.walks, self.labels = list(walks), list(labels or [])

    @classmethod
    def from_walk(cls, walk: Walk, *, ax: Any = None) -> WalkDisplay:
        """Return the display of one walk, plotted."""
        return cls([walk]).plot(ax=ax)

    @classmethod
    def from_walks(cls, walks: Walks | dict[str, Walk], *, ax: Any = None) -> WalkDisplay:
        """Return the display of many walks, or of a race's walks by name, plotted."""
        if isinstance(walks, dict):
            return cls(list(walks.values()), list(walks)).plot(ax=ax)
        return cls(walks.kept).plot(ax=ax)

    def plot(self, ax: Any = None) -> WalkDisplay:
        """Draw on `ax`, or on new axes; return the display."""
        landscape = self.walks[0].landscape
        self.ax_ = new_axes(ax)
        self.figure_ = self.ax_.figure
        draw_ground(self.ax_, landscape)
        self.lines_ = []
        for index, walk in enumerate(self.walks):
            colour = (WALKER, INK, "#f0a35e", "#7a7a7a")[index % 4] if self.labels else WALKER
            label = self.labels[index] if self.labels else None
            self.lines_ += draw_walk(self.ax_, walk, colour, label, faint=len(self.walks) > 5)
        if self.labels:
            self.ax_.legend(frameon=False)
        first = self.walks[0]
        ended = f"{first.steps:,} steps, {first.kind}" if len(self.walks) == 1 else ""
        parts = [landscape.name, "" if self.labels else how(first.plan), ended]
        self.ax_.set_title(": ".join(filter(None, parts)), fontsize=11)
        return self


def draw_ground(ax: Any, landscape: Landscape) -> None:
    """Draw a landscape as a curve or as filled contours, with its lowest minima."""
    axes, heights = ground_of(landscape)
    lowest = [one for one in landscape.minima if one.lowest]
    if landscape.dimensions == 1:
        ax.plot(axes[0], np.where(np.isfinite(heights), heights, np.nan), color=GROUND, lw=2)
        ax.set(xlabel="x", ylabel="height", xlim=landscape.box[0])
        for one in lowest:
            ax.plot(one.point[0], one.height, "v", color=GROUND, ms=8, zorder=2)
        ax.spines[["top", "right"]].set_visible(False)
        return
    draw_heights(ax, axes[0], axes[1], heights)
    for one in lowest:
        ax.plot(*one.point, "*", color=MINIMUM, mec=INK, ms=11, zorder=4)
    ax.set(xlabel="x", ylabel="y", xlim=landscape.box[0], ylim=landscape.box[1])


def draw_heights(ax: Any, x: np.ndarray, y: np.ndarray, heights: np.ndarray) -> Any:
    """Draw heights in the page's greys, dark where low, with lines of equal height.

    Each grey covers about equal area, so that steep and flat parts are both seen.
    """
    levels = np.unique(levels_of(heights))
    if not levels.size:
        raise ValueError("no height is finite: there is nothing to draw")
    if len(levels) < 2:
        levels = levels[0] + np.array([-0.5, 0.5])
    masked = np.ma.masked_invalid(heights)
    colours = drawing("matplotlib.colors").ListedColormap(
        drawing("matplotlib.colors").LinearSegmentedColormap.from_list("ground", GREYS)(
            np.linspace(0, 1, len(levels) - 1)
        )
    )
    norm = drawing("matplotlib.colors").BoundaryNorm(levels, len(levels) - 1)
    shades = ax.contourf(x, y, masked, levels, cmap=colours, norm=norm)
    ax.contour(x, y, masked, levels[1:-1], colors=INK, linewidths=0.4, alpha=0.5)
    ax.set_facecolor(ELSEWHERE)
    return shades


def draw_walk(
    ax: Any, walk: Walk, colour: str = WALKER, label: str | None = None, faint: bool = False
) -> list[Any]:
    """Draw a walk, a dot for each step, hollow at the start, large at the end; return its lines."""
    x = walk.positions[:, 0]
    y = walk.heights if walk.landscape.dimensions == 1 else walk.positions[:, 1]
    low, high = np.array(walk.landscape.box).T
    inside = ((walk.positions >= low) & (walk.positions <= high)).all(axis=1) & np.isfinite(y)
    x, y = np.where(inside, x, np.nan), np.where(inside, y, np.nan)
    size, alpha = (2, 0.45) if faint else (3.5, 1.0)
    lines = ax.plot(x, y, "o-", color=colour, ms=size, lw=1, alpha=alpha, label=label, zorder=3)
    ax.plot(x[:1], y[:1], "o", color="white", mec=colour, ms=2 * size, zorder=4)
    ax.plot(x[-1:], y[-1:], "o", color=colour, mec="white", ms=2.4 * size, zorder=5)
    return lines


class BasinDisplay:
    """A map that shows, for each start, the minimum that a walk from there reaches."""

    def __init__(self, basins: BasinMap) -> None:
        self.basins = basins

    @classmethod
    def from_map(cls, basins: BasinMap, *, ax: Any = None) -> BasinDisplay:
        """Return the display of a basin map, plotted."""
        return cls(basins).plot(ax=ax)

    def plot(self, ax: Any = None) -> BasinDisplay:
        """Draw on `ax`, or on new axes; return the display."""
        found = self.basins
        self.ax_ = new_axes(ax, (5.4, 4.6))
        self.figure_ = self.ax_.figure
        colours = drawing("matplotlib.colors").ListedColormap(
            [
                LOST,
                ELSEWHERE,
                *(BASINS[i % len(BASINS)] for i in range(len(found.landscape.minima))),
            ]
        )
        values = np.atleast_2d(found.basins) + 2
        (west, east), *rest = found.landscape.box
        south, north = rest[0] if rest else (0.0, 1.0)
        self.image_ = self.ax_.imshow(
            values, origin="lower", extent=(west, east, south, north), cmap=colours, vmin=-0.5,
            vmax=colours.N - 0.5, aspect="auto", interpolation="nearest",
        )  # fmt: skip
        for one in found.landscape.minima if rest else ():
            self.ax_.plot(*one.point, "*", color=MINIMUM, mec=INK, ms=11)
        self.ax_.set(
            xlabel="x", ylabel="y" if rest else "", title=f"{found.landscape.name}: basins"
        )
        if not rest:
            self.ax_.set_yticks([])
        return self


class SurfaceDisplay:
    """A slice of a network's loss, with the training paths projected onto it."""

    def __init__(self, surface: Surface) -> None:
        self.surface = surface

    @classmethod
    def from_surface(cls, surface: Surface, *, ax: Any = None) -> SurfaceDisplay:
        """Return the display of a surface, plotted."""
        return cls(surface).plot(ax=ax)

    def plot(self, ax: Any = None) -> SurfaceDisplay:
        """Draw on `ax`, or on new axes; return the display."""
        surface = self.surface
        self.ax_ = new_axes(ax, (6.0, 4.8))
        self.figure_ = self.ax_.figure
        if surface.b is None:
            heights = np.where(np.isfinite(surface.heights), surface.heights, np.nan)
            self.ax_.plot(surface.a, heights, color=GROUND, lw=2)
            self.ax_.set(ylabel="loss")
            self.ax_.spines[["top", "right"]].set_visible(False)
        else:
            shades = draw_heights(self.ax_, surface.a, surface.b, surface.heights)
            bar = self.figure_.colorbar(shades, ax=self.ax_, label="loss")
            ticks = bar.get_ticks()
            bar.set_ticks(ticks, labels=[shown(float(tick)) for tick in ticks])
            self._paths()
        self._words()
        return self

    def _paths(self) -> None:
        surface = self.surface
        assert surface.b is not None
        low, high = ([float(axis[0]), float(axis[-1])] for axis in (surface.a, surface.b))
        for index, path in enumerate(surface.paths):
            colour = WALKER if index == 0 else INK
            x, y = path.coordinates.T
            self.ax_.plot(x, y, "o-", color=colour, ms=2.5, lw=1.2, zorder=4 - (index > 0))
            self.ax_.plot(x[:1], y[:1], "o", color="white", mec=colour, ms=7, zorder=5)
            self.ax_.plot(x[-1:], y[-1:], "o", color=colour, mec="white", ms=8, zorder=5)
        if surface.kind == "random":
            self.ax_.plot(0, 0, "o", color=WALKER, mec="white", ms=8)
        self.ax_.set(xlim=low, ylim=high)

    def _words(self) -> None:
        surface = self.surface
        if surface.kind == "random":
            self.ax_.set(xlabel="random direction 1", title="loss around the trained weights")
            if surface.b is not None:
                self.ax_.set_ylabel("random direction 2")
            return
        self.ax_.set(
            xlabel="from start (0) to end (1)",
            title=f"plane of training; the path is off it by at most {surface.off_plane:.1%}",
        )
        if surface.b is not None:
            self.ax_.set_ylabel("direction of largest deviation")
