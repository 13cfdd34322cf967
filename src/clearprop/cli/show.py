"""Numbers, tables and paragraphs as text, and where they are printed."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.text import Text

from clearprop.estimators.scores import ClassFigures, NumberFigures
from clearprop.estimators.shares import decimals_of
from clearprop.writing.columns import GAP, aligned
from clearprop.writing.numbers import NONE, fixed
from clearprop.writing.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

NOTHING = "·"
"""No rows."""
PREDICTED = "predicted"
WIDEST_LABEL = 24
WIDEST_LOG = 120
MOST_CLASSES = 50
MOST_CONFUSIONS = 10


class Page:
    """Prints lines on stdout; paragraphs are folded where it is a terminal."""

    def __init__(self, silent: bool = False) -> None:
        self._console = Console(highlight=False, quiet=silent)
        self.width: int | None = self._console.width if self._console.is_terminal else None

    def line(self, text: str = "", style: str = "") -> None:
        """Print one line as it is, its control characters escaped."""
        self._console.print(Text(printable(text), style=style), soft_wrap=True)

    def lines(self, lines: Sequence[str]) -> None:
        """Print lines as they are."""
        for line in lines:
            self.line(line)

    def note(self, sentence: str) -> None:
        """Print a sentence of second importance, indented."""
        for line in textwrap.wrap(
            sentence,
            self.width or 10**6,
            initial_indent="  ",
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        ):
            self.line(line, "dim")


def ratio(value: float, decimals: int = 4) -> str:
    """Return an accuracy or an R², with a dash where there is none."""
    return fixed(value, decimals) if math.isfinite(value) else NONE


def rows_of(count: int) -> str:
    """Return how many rows.

    >>> rows_of(1), rows_of(1437)
    ('1 row', '1,437 rows')
    """
    return f"{count:,} row" if count == 1 else f"{count:,} rows"


def short(value: float) -> str:
    """Return two digits or three of a large number.

    >>> short(870), short(8_750), short(67_966), short(2_212_868)
    ('870', '8.8k', '68k', '2.2M')
    """
    for size, unit in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.{0 if value >= 10 * size else 1}f}{unit}"
    return f"{value:.0f}"


def size_of(size: int) -> str:
    """Return a number of bytes in a unit that suits it.

    >>> size_of(812), size_of(43_512), size_of(5_400_000)
    ('812 bytes', '44 kB', '5.4 MB')
    """
    if size < 1000:
        return f"{size} bytes"
    return f"{size / 1e3:.0f} kB" if size < 1e6 else f"{size / 1e6:.1f} MB"


def duration(seconds: float) -> str:
    """Return minutes and seconds, with hours where there are any.

    >>> duration(4.2), duration(3725)
    ('0:04', '1:02:05')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def shortened(label: str, width: int = WIDEST_LABEL) -> str:
    """Return a label that is no wider than `width`, and of one line."""
    label = printable(" ".join(label.split())) or repr(label)
    return label if len(label) <= width else label[: width - 1] + "…"


def in_column(values: Sequence[float]) -> list[str]:
    """Return numbers with as many decimals as the largest needs for four digits.

    >>> in_column([53.8512, 7.3])
    ['53.85', ' 7.30']
    """
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    decimals = 4 if largest < 1 else max(0, 3 - math.floor(math.log10(largest)))
    texts = [fixed(value, decimals) for value in values]
    width = max(map(len, texts), default=0)
    return [text.rjust(width) for text in texts]


def class_table(figures: ClassFigures, target: str, width: int | None) -> list[str]:
    """Return precision, recall and rows of each class, and the confusion matrix.

    The confusion matrix stands beside them where there is room, under numbers in place of names
    where there is only room for that, or else below them; and where it is too wide even there,
    its largest entries are told.
    """
    limit = width or WIDEST_LOG
    names = [shortened(name) for name in figures.names]
    shown = _weakest(figures)
    if len(shown) < len(names):
        per_class = _per_class(figures, names, target, shown)
        of_all = f"(the {len(shown)} of {len(names)} classes with the lowest recall)"
        return [*per_class, of_all, "", *_confusions(figures, names)]
    numbers = [str(index) for index in range(1, len(names) + 1)]
    numbered = [f"{number} {name}" for number, name in zip(numbers, names, strict=True)]
    plain, marked = (_per_class(figures, left, target, shown) for left in (names, numbered))
    layouts = (
        _beside(plain, _matrix(figures, names)),
        _beside(plain, _matrix(figures, names, gap=" ")),
        _beside(marked, _matrix(figures, numbers)),
        _beside(marked, _matrix(figures, numbers, gap=" ")),
        [*plain, "", *_matrix(figures, names, gap=" ", rows=True)],
    )
    for layout in layouts:
        if max(map(len, layout)) <= limit:
            return layout
    return [*plain, "", *_confusions(figures, names)]


def _weakest(figures: ClassFigures) -> list[int]:
    """Return the classes to show: all, or of very many those with the lowest recall."""
    count = len(figures.names)
    if count <= MOST_CLASSES:
        return list(range(count))
    order = np.argsort(np.nan_to_num(figures.recall, nan=2.0), kind="stable")
    return sorted(order[:20].tolist())


def _per_class(figures: ClassFigures, names: list[str], target: str, shown: list[int]) -> list[str]:
    head = [shortened(target), "precision", "recall", "rows"]
    ratios = zip(names, figures.precision, figures.recall, figures.support, strict=True)
    decimals = figures.class_decimals
    rows = [
        [name, ratio(precision, decimals), ratio(recall, decimals), f"{support:,}"]
        for name, precision, recall, support in ratios
    ]
    return aligned([head, *(rows[index] for index in shown)])


def _matrix(
    figures: ClassFigures, names: list[str], gap: str = GAP, rows: bool = False
) -> list[str]:
    """Return the confusion matrix, its columns under their names, its rows named if wanted."""
    cells = [[f"{n:,}" if n else NOTHING for n in row] for row in figures.matrix]
    lefts = names if rows else [""] * len(names)
    body = [[left, *row] for left, row in zip(lefts, cells, strict=True)]
    head = ["" if rows else PREDICTED, *names]
    lines = aligned([head, *body], gap=gap)
    return ["true by row, predicted by column:", *lines] if rows else lines


def _beside(left: list[str], right: list[str]) -> list[str]:
    width = max(map(len, left))
    return [f"{a.ljust(width)}    {b}".rstrip() for a, b in zip(left, right, strict=True)]


def _confusions(figures: ClassFigures, names: list[str]) -> list[str]:
    """Return the pairs of classes that were most often taken for each other."""
    wrong = figures.matrix - np.diag(np.diag(figures.matrix))
    order = np.argsort(-wrong, axis=None, kind="stable")[:MOST_CONFUSIONS]
    pairs = [np.unravel_index(int(index), wrong.shape) for index in order]
    rows = [[names[t], "as", names[p], f"{wrong[t, p]:,}"] for t, p in pairs if wrong[t, p]]
    if not rows:
        return []
    return ["most often taken for another:", *(f"  {line}" for line in aligned(rows, left=3))]


def number_table(figures: NumberFigures, unit: str, of_one: bool = True) -> list[str]:
    """Return R², RMSE and MAE beside those of always saying the mean."""
    constant: Any = figures.baseline
    decimals = decimals_of(figures.rows)
    r2 = [ratio(figures.r2, decimals), ratio(constant.r2, decimals)]
    rmse, mae = (
        in_column([getattr(figures, name), getattr(constant, name)]) for name in ("rmse", "mae")
    )
    head = ["", "R²", "RMSE", "MAE"]
    rows = zip(["network" if of_one else "networks", "always the mean"], r2, rmse, mae, strict=True)
    lines = aligned([head, *(list(row) for row in rows)])
    return [*lines[:1], f"{lines[1]}  {shortened(unit)}", *lines[2:]]
