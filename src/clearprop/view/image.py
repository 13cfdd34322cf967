"""The still picture of a step, drawn by matplotlib in the page's colours."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

import numpy as np

from clearprop.view.picture import Picture, Units, largest, picture_of
from clearprop.writing.numbers import shown

WIDTH, SCALE = 800, 1.25
"""The picture's width in CSS pixels, and device pixels per CSS pixel."""

PAPER, INK, QUIET, ACCENT, ZERO, UNKNOWN = (
    "#fdfdfc", "#1b1d20", "#5b6068", "#6a2fb0", "#f4f4f2", "#c9cac8",
)  # fmt: skip
PLUS = ("#e1edf9", "#bfd9f1", "#93c0e6", "#62a1d8", "#3a81c3", "#1f64a8", "#104478")
MINUS = ("#fdeedc", "#fad8b0", "#f5b877", "#eb9440", "#d3731a", "#ac560c", "#7f3c06")
LINE_COLOURS = (1, 2, 3, 3, 4, 5, 6)
LINE_WIDTHS = (0.6, 0.8, 1.1, 1.5, 1.9, 2.4, 3.0)
LEVELS, BAD = 7, 8
BLENDS = 4
"""Shades between the paper and each colour, for the edges of letters and lines."""
STRONGEST = 120
"""The most lines drawn between two columns; more could not be told apart."""

LEFT, RIGHT, MARGIN, TOP, BOTTOM = 150, 170, 24, 150, 92
SPACING = ((6, 54), (10, 42), (16, 30), (1_000, 21))
"""Pairs: a number of units, and the distance of units in columns of at most that many."""


def png(step: Mapping[str, Any]) -> bytes | None:
    """Return the picture of a step (given as data) as PNG bytes; None without matplotlib."""
    if find_spec("matplotlib") is None:
        return None
    import matplotlib

    # Ignore the notebook's settings, such as text set by LaTeX.
    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()
        warnings.filterwarnings("ignore", "Glyph", UserWarning)  # drawn as a box
        return _file(_drawn(picture_of(step)))


def _file(figure: Any) -> bytes:
    """Return a figure as a PNG with a palette, which keeps it small."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    pixels = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    image = Image.fromarray(pixels[..., :3])
    palette = Image.new("P", (1, 1))
    palette.putpalette(_palette())
    file = io.BytesIO()
    image.quantize(palette=palette, dither=Image.Dither.NONE).save(file, "PNG", compress_level=6)
    return file.getvalue()


def _palette() -> bytes:
    """Return the palette: all colours of the picture, each blended with the background."""
    from matplotlib.colors import to_rgb

    paper = np.array(to_rgb(PAPER))
    own = [to_rgb(colour) for colour in (INK, QUIET, ACCENT, ZERO, UNKNOWN, *PLUS, *MINUS)]
    shades = [
        paper + (np.array(c) - paper) * at / BLENDS for c in own for at in range(1, BLENDS + 1)
    ]
    return np.rint(np.array([paper, *shades]) * 255).astype(np.uint8).tobytes()


def _drawn(picture: Picture) -> Any:
    from matplotlib.figure import Figure

    side = 160 if picture.image else 0
    most = max(len(column.places) for column in picture.columns[1 if side else 0 :])
    spacing = next(space for units, space in SPACING if most <= units)
    tall = max(side, most * spacing, 216)
    height = TOP + tall + BOTTOM
    # One unit of the axes, and one typographic point, is one CSS pixel.
    figure = Figure((WIDTH / 72, height / 72), dpi=72 * SCALE, facecolor=PAPER)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(height, 0), autoscale_on=False)
    axes.set_axis_off()
    _words(axes, picture)
    count = len(picture.columns)
    gap = (WIDTH - LEFT - RIGHT) / max(1, count - 1)
    spots = []
    for place, column in enumerate(picture.columns):
        middle, x = TOP + tall / 2, LEFT + gap * place
        units = len(column.places)
        space = min(tall / units, 64)
        spots.append([(x, middle + space * (at - (units - 1) / 2)) for at in range(units)])
        radius = max(4.0, min(11.0, space * 0.34))
        text = _Text(axes, gap)
        text.head(x, TOP - 18, column.head)
        if place == 0 and side:
            _image(axes, column.values, picture.image, (x - side / 2, middle - side / 2), side)
        else:
            if place == 1 and side:
                _thumbnails(axes, column, picture.image, spots[1], radius, min(space - 3, 40))
            elif place:
                _lines(axes, column, spots[place - 1], spots[place])
            _discs(axes, column, spots[place], radius)
            text.captions(column, spots[place], space, radius, place == 0, place == count - 1)
            left_out = _width(column) - units
            if left_out > 0:
                text.end(x, height - BOTTOM + 22, f"+ {left_out:,} more")
        if column.values is not None:
            text.end(x, height - BOTTOM + 38, f"±{shown(column.value_end)}")
        if column.weights is not None and gap >= 60:
            text.end(x - gap / 2, height - BOTTOM + 38, f"±{shown(column.weight_end)}")
            if column.weights.size > STRONGEST and not (place == 1 and side):
                text.end(x - gap / 2, height - BOTTOM + 22, f"{STRONGEST} strongest")
    _scale(axes, height - 22, bool(side))
    return figure


def _width(column: Units) -> int:
    return len(column.places) if column.values is None else len(column.values)


# -- words ---------------------------------------------------------------------------------------


def _words(axes: Any, picture: Picture) -> None:
    """Write the title and facts, then the loss."""
    write = _Text(axes, 0).write
    write(MARGIN, 34, clipped(picture.title, 60), size=20, weight="bold")
    write(MARGIN, 56, clipped("     ".join(picture.facts), 100), size=13)
    before, words = picture.loss
    loss = write(MARGIN, 84, before, size=17, weight="bold")
    axes.annotate(
        words, (1, 84), (16, 0), xycoords=(loss, "data"), textcoords="offset points",
        size=13, color=QUIET, parse_math=False,
    )  # fmt: skip
    write(MARGIN, 104, clipped(picture.convention, 116), size=11, color=QUIET)
    write(WIDTH - MARGIN, 56, clipped(picture.row, 60), size=12, ha="right")


class _Text:
    """Write texts on axes. They may come from users, so none is parsed as a formula."""

    def __init__(self, axes: Any, gap: float) -> None:
        self.axes, self.gap = axes, gap

    def write(self, x: float, y: float, text: str, **style: Any) -> Any:
        style = {"color": INK, "size": 12, "va": "baseline", "parse_math": False, **style}
        return self.axes.text(x, y, plain(text), **style)

    def head(self, x: float, y: float, text: str) -> None:
        letters = max(6, int(self.gap / 7.5) - 1)
        self.write(x, y, clipped(text, letters), size=13, ha="center", color=QUIET)

    def end(self, x: float, y: float, text: str) -> None:
        self.write(x, y, text, size=11, ha="center", color=QUIET)

    def captions(
        self, column: Units, spots: list[tuple[float, float]], space: float, radius: float,
        is_first: bool, is_last: bool,
    ) -> None:  # fmt: skip
        """Write each unit's name, its value, and whether it is the target."""
        from matplotlib.patheffects import Normal, Stroke

        for at, (x, y) in enumerate(spots):
            unit = column.places[at]
            number = "" if column.values is None else shown(column.values[unit])
            if is_first or is_last:
                sign = -1 if is_first else 1
                side, beside = ("right" if is_first else "left"), x + sign * (radius + 8)
                name = clipped(column.names[at], 14 if space < 30 else 17)
                aim = f" {column.targets[at]}" if is_last and column.targets[at] else ""
                if space < 30:
                    order = (name, number) if is_first else (number, name)
                    self.write(beside, y + 4, "  ".join(order) + aim, ha=side, size=11)
                    continue
                self.write(beside, y - 3, name + aim, ha=side)
                self.write(beside, y + 12, number, ha=side, size=11.5)
            elif space >= 42:
                halo = [Stroke(linewidth=3, foreground=PAPER), Normal()]
                self.write(x, y + radius + 13, number, ha="center", size=11.5, path_effects=halo)


def _scale(axes: Any, y: float, has_images: bool) -> None:
    """Draw the colour scale and the legend."""
    from matplotlib.patches import Rectangle

    text = _Text(axes, 0)
    text.write(MARGIN, y, "−", size=11, color=QUIET)
    for at in range(-LEVELS, LEVELS + 1):
        colour = fill(float(at), LEVELS)
        axes.add_patch(
            Rectangle((MARGIN + 14 + 9 * (at + LEVELS), y - 8), 9, 9, color=colour, lw=0)
        )
    right = MARGIN + 14 + 9 * (2 * LEVELS + 1)
    images = "Small images and lines" if has_images else "Lines"
    words = f"discs: values of this row. {images}: weights, dashed where negative."
    text.write(right + 5, y, f"+   {words}", size=11, color=QUIET)


def clipped(text: str, letters: int) -> str:
    """Return a text cut to at most `letters` characters."""
    text = plain(text)
    return text if len(text) <= letters else f"{text[: letters - 1].rstrip()}…"


def plain(text: str) -> str:
    """Return a text in one line without lone surrogates and control characters."""
    known = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(letter if letter.isprintable() else " " for letter in known)


# -- numbers -------------------------------------------------------------------------------------


def level(value: float, end: float) -> int:
    """Return a number's level on the scale that ends at ±`end`: -7 … 7; BAD if not finite."""
    if not np.isfinite(value):
        return BAD
    if value == 0 or end == 0:
        return 0
    size = int(np.ceil(min(abs(value), end) / end * LEVELS))
    return max(1, size) if value > 0 else -max(1, size)


def fill(value: float, end: float) -> str:
    """Return the colour of a number; one that is not finite has a colour of its own."""
    step = level(value, end)
    if step in (0, BAD):
        return ACCENT if step else ZERO
    return PLUS[step - 1] if step > 0 else MINUS[-step - 1]


def _discs(axes: Any, column: Units, spots: list[tuple[float, float]], radius: float) -> None:
    from matplotlib.patches import Circle

    for unit, spot in zip(column.places, spots, strict=True):
        value = None if column.values is None else float(column.values[unit])
        style: dict[str, Any] = {"facecolor": PAPER, "edgecolor": UNKNOWN, "linestyle": (0, (2, 2))}
        if value is not None:
            dashed = value < 0
            style = {"facecolor": fill(value, column.value_end), "edgecolor": QUIET}
            style["linestyle"] = (0, (3, 2)) if dashed else "solid"
        axes.add_patch(Circle(spot, radius, linewidth=1, zorder=3, **style))


def _lines(
    axes: Any,
    column: Units,
    sources: list[tuple[float, float]],
    targets: list[tuple[float, float]],
) -> None:
    """Draw lines for the weights, the largest on top; thin grey lines if there are none."""
    from matplotlib.collections import LineCollection

    ends = [(source, target) for source in sources for target in targets]
    if column.weights is None:
        axes.add_collection(LineCollection(ends, colors=UNKNOWN, linewidths=0.5, alpha=0.35))
        return
    weights = column.weights.ravel()
    strongest = np.argsort(-np.abs(np.nan_to_num(weights, nan=np.inf)), kind="stable")[:STRONGEST]
    levels = {at: level(weights[at], column.weight_end) for at in strongest}
    finer = 0.5 if len(ends) > STRONGEST else 1.0
    for step in sorted(set(levels.values()), key=abs):
        own = [ends[at] for at in strongest if levels[at] == step]
        axes.add_collection(LineCollection(own, **_stroke(step, finer)))


def _stroke(step: int, finer: float) -> dict[str, Any]:
    if step in (0, BAD):
        return {"colors": ACCENT if step else ZERO, "linewidths": finer}
    width = LINE_WIDTHS[abs(step) - 1] * finer
    shade = LINE_COLOURS[abs(step) - 1]
    if step > 0:
        return {"colors": PLUS[shade], "linewidths": width}
    # matplotlib counts dashes in widths of the line.
    return {
        "colors": MINUS[shade],
        "linewidths": width,
        "linestyles": [(0, (5 / width, 3 / width))],
    }


def _pixels(values: np.ndarray, end: float) -> np.ndarray:
    from matplotlib.colors import to_rgb

    colours = {value: to_rgb(fill(value, end)) for value in np.unique(values)}
    return np.array([[colours[value] for value in row] for row in values])


def _image(
    axes: Any, values: np.ndarray | None, shape: tuple[int, int] | None,
    corner: tuple[float, float], side: float, end: float | None = None,
) -> None:  # fmt: skip
    if values is None or shape is None:
        return
    x, y = corner
    pixels = _pixels(values.reshape(shape), largest(values) if end is None else end)
    axes.imshow(pixels, extent=(x, x + side, y + side, y), aspect="auto", interpolation="nearest")


def _thumbnails(
    axes: Any, column: Units, shape: tuple[int, int] | None, spots: list[tuple[float, float]],
    radius: float, side: float,
) -> None:  # fmt: skip
    """Draw the weights of each unit as an image of the inputs' shape."""
    if column.weights is None:
        return
    for weights, (x, y) in zip(column.weights.T, spots, strict=True):
        corner = (x - radius - 6 - side, y - side / 2)
        _image(axes, weights, shape, corner, side, column.weight_end)
