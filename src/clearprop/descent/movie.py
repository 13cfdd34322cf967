"""Pictures in files: PNG, SVG or PDF of a walk, and as GIF or WebP the walk in the fog."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.descent.display import (
    INK,
    WALKER,
    draw_ground,
    draw_walk,
    drawing,
)
from clearprop.descent.numbers import one_step, states
from clearprop.files.atomic import write_atomically

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from clearprop.descent.walk import Walk

PICTURES, MOVIES = (".png", ".svg", ".pdf"), (".gif", ".webp")
FOG = "#d9dde1"
SIGHT = 0.07
"""Range of a walker's sight, as part of the landscape's width."""

MOST_FRAMES = 60
MOST_WORDS = 88
LIFTING = 8
"""Number of frames in which the fog lifts at the end."""


def check_ending(
    path: str | os.PathLike[str], *, movies: bool = True, others: Sequence[str] = ()
) -> str:
    """Return the ending of a picture's file name.

    Parameters
    ----------
    path : path-like
        The file's name.
    movies : bool
        Whether the picture may be animated.
    others : sequence of str
        Other endings that will do.

    Raises
    ------
    ValueError
        If it ends in anything else: says in what it may.
    """
    ending = Path(path).suffix.lower()
    endings = (*PICTURES, *(MOVIES if movies else ()), *others)
    if ending not in endings:
        raise ValueError(f"{path} must end in one of {', '.join(endings)}")
    return ending


def save(
    what: Any,
    path: str | os.PathLike[str],
    *,
    size: tuple[float, float] = (6.4, 4.0),
    dpi: int = 100,
    milliseconds: int = 200,
) -> None:
    """Write a picture of walks or of a surface, or one walk in the fog as GIF or WebP.

    Parameters
    ----------
    what : Walk, Walks, OptimizerRace or Surface
        A GIF or WebP needs a Walk.
    path : path-like
        Ends in .png, .svg, .pdf, .gif or .webp; replaced as a whole or not at all.
    size, dpi : inches, and dots in one
        Of the picture.
    milliseconds : int
        How long a step is seen.
    """
    ending = check_ending(path)
    if ending in MOVIES:
        if not hasattr(what, "felt"):
            raise ValueError(f"{ending} shows one walk; save many walks or a surface as .png")
        content = _movie(what, ending, size, dpi, milliseconds)
    else:
        content = _picture(what, ending, size, dpi)
    write_atomically(path, [content])


def _figure(size: tuple[float, float], dpi: int) -> Any:
    # A figure of its own, that pyplot does not know: nothing to close, no window.
    figure = drawing("matplotlib.figure").Figure(figsize=size, dpi=dpi, layout="constrained")
    drawing("matplotlib.backends.backend_agg").FigureCanvasAgg(figure)
    return figure


def _picture(what: Any, ending: str, size: tuple[float, float], dpi: int) -> bytes:
    figure = _figure(size, dpi)
    ax = figure.subplots()
    what.plot(ax=ax)
    buffer = io.BytesIO()
    # A date in the file would make every run's file another one.
    stamp = (
        {"CreationDate": None} if ending == ".pdf" else {"Date": None} if ending == ".svg" else {}
    )
    figure.savefig(buffer, format=ending[1:], metadata=stamp)
    return buffer.getvalue()


def _movie(
    walk: Walk, ending: str, size: tuple[float, float], dpi: int, milliseconds: int
) -> bytes:
    """Return the walk's frames as an animated image."""
    frames = frames_of(walk, size, dpi)
    durations = [milliseconds] * len(frames)
    durations[0], durations[-1] = 4 * milliseconds, 20 * milliseconds
    buffer = io.BytesIO()
    if ending == ".gif":
        # One palette for all frames, so that the file stays small; half of what it is chosen from
        # is fog, ground and the walker's own colour, of which a frame has little.
        sample = frames[-1].copy()
        sample.paste(frames[0].resize((sample.width // 2, sample.height // 2)), (0, 0))
        sample.paste(WALKER, (0, 0, sample.width // 8, sample.height // 8))
        sample.paste(
            frames[-LIFTING // 2].resize((sample.width // 2, sample.height // 2)),
            (0, sample.height // 2),
        )
        palette = sample.quantize(96)
        frames = [frame.quantize(palette=palette, dither=0) for frame in frames]
    frames[0].save(
        buffer, format=ending[1:].upper(), save_all=True, append_images=frames[1:],
        duration=durations, loop=0,
    )  # fmt: skip
    return buffer.getvalue()


def frames_of(walk: Walk, size: tuple[float, float], dpi: int) -> list[Any]:
    """Return the frames: steps in the fog, evenly chosen where there are many; then it lifts."""
    image = drawing("PIL.Image")
    shown = np.unique(np.linspace(0, walk.steps, min(walk.steps + 1, MOST_FRAMES)).astype(int))
    equations = [one_step(walk, step, state) for step, state in enumerate(states(walk, walk.steps))]
    moments = [(step, 1.0, [*equations, walk.ending][step]) for step in shown.tolist()]
    moments += [(walk.steps, 1.0 - k / LIFTING, walk.ending) for k in range(1, LIFTING + 1)]

    figure = _figure(size, dpi)
    ax = figure.subplots()
    draw_ground(ax, walk.landscape)
    ax.set(xlim=walk.landscape.box[0], ylim=ax.get_ylim(), xlabel=" ", ylabel="", title=" ")
    ax.set_autoscale_on(False)
    figure.canvas.draw()
    figure.set_layout_engine("none")
    ground = figure.canvas.copy_from_bbox(figure.bbox)
    renderer = figure.canvas.get_renderer()
    images = []
    for step, fog, words in moments:
        # The ground is drawn once; a frame draws only what is over it.
        figure.canvas.restore_region(ground)
        artists = moment(ax, walk, step, fog, words)
        for artist in sorted(artists, key=lambda one: one.get_zorder()):
            artist.draw(renderer)
        for artist in artists:
            artist.remove()
        images.append(image.fromarray(np.asarray(figure.canvas.buffer_rgba())[..., :3].copy()))
    return images


def moment(ax: Any, walk: Walk, step: int, fog: float, words: str) -> list[Any]:
    """Return what is over the ground at a step: fog, footprints, slope, walker, words."""
    over = _fog_1d if walk.landscape.dimensions == 1 else _fog_2d
    artists = over(ax, walk, step, fog)
    if fog < 0.5:
        artists += draw_walk(ax, walk)
    short = words if len(words) <= MOST_WORDS else f"{words[: MOST_WORDS - 1]}…"
    look = {"color": INK, "fontsize": 9, "zorder": 10}
    look |= {"xycoords": "axes fraction", "textcoords": "offset points"}
    count = f"step {step:,} of {walk.steps:,}"
    artists.append(ax.annotate(count, (0, 1), xytext=(0, 5), **look))
    artists.append(ax.annotate(short, (0.5, 0), xytext=(0, -20), ha="center", va="top", **look))
    return artists


def _fog_1d(ax: Any, walk: Walk, step: int, fog: float) -> list[Any]:
    low, high = walk.landscape.box[0]
    at, height = float(walk.positions[step, 0]), float(walk.heights[step])
    sight = SIGHT * (high - low)
    artists = [
        ax.axvspan(left, right, color=FOG, alpha=fog, zorder=6, lw=0)
        for left, right in ((low, at - sight), (at + sight, high))
        if left < right
    ]
    footprints = walk.positions[: step + 1, 0], walk.heights[: step + 1]
    artists += ax.plot(*footprints, "o", color=WALKER, ms=3, alpha=0.6, zorder=7)
    if fog == 1.0:
        across = np.array([-sight, sight])
        tangent = height + float(walk.slopes[step, 0]) * across
        artists += ax.plot(at + across, tangent, "--", color=INK, lw=1.2, zorder=8)
    return artists + ax.plot(at, height, "o", color=WALKER, mec="white", ms=10, zorder=9)


def _fog_2d(ax: Any, walk: Walk, step: int, fog: float) -> list[Any]:
    low, high = np.array(walk.landscape.box).T
    point, radius = walk.positions[step], 1.3 * SIGHT * (high - low)
    # Fog everywhere, with a hole around the walker: an ellipse, as the box is stretched.
    path = drawing("matplotlib.path").Path
    turn = np.linspace(0, 2 * np.pi, 61)
    hole = point + radius * np.column_stack([np.cos(turn), -np.sin(turn)])
    sheet = low + (high - low) * np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]])
    codes = [path.MOVETO, *[path.LINETO] * 4, path.MOVETO, *[path.LINETO] * 60]
    patch = drawing("matplotlib.patches").PathPatch(
        path(np.vstack([sheet, hole]), codes), facecolor=FOG, alpha=fog, lw=0, zorder=6
    )
    artists = [ax.add_patch(patch)]
    footprints = walk.positions[: step + 1].T
    artists += ax.plot(*footprints, "o-", color=WALKER, ms=3, lw=0.8, alpha=0.6, zorder=7)
    downhill = -walk.slopes[step] / (high - low)
    length = float(np.linalg.norm(downhill))
    if fog == 1.0 and length * walk.landscape.size > walk.plan.level:
        ahead = point + radius * downhill / length
        arrow = {"arrowstyle": "->", "color": INK, "lw": 1.4}
        artists.append(ax.annotate("", ahead, point, arrowprops=arrow, zorder=8))
    return artists + ax.plot(*point, "o", color=WALKER, mec="white", ms=10, zorder=9)
