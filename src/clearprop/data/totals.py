"""Find a last row that sums the rows above it, or gives their mean."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.data.records import BLANKS, RecordError, records

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from clearprop.data.layout import Layout

_WORDS = (
    frozenset(["total", "totals", "grand total", "sum", "subtotal", "average", "avg", "mean"])
    | frozenset(["summe", "gesamt", "gesamtsumme", "insgesamt", "mittelwert", "durchschnitt"])
    | frozenset(["somme", "moyenne", "total général", "totale", "somma", "media", "suma"])
    | frozenset(["promedio", "totaal", "итого", "всего", "合计", "合計", "总计"])
)
"""What stands in a row of totals, in lower case."""

FEWEST_ROWS = 3


def without_total(
    layout: Layout, frame: pd.DataFrame, name: str
) -> tuple[Layout, pd.DataFrame, str | None]:
    """Return a table without a last row of totals, and a note on it.

    Left out is a row with a word such as "Total" whose numbers are the sums, or the means, of the
    numbers above them. A row with such a word and other numbers stays, and the note asks.

    Parameters
    ----------
    layout, frame
        The table as text, and as pandas reads it.
    name
        The file's name.
    """
    if len(frame) <= FEWEST_ROWS:
        return layout, frame, None
    at = layout.data.rstrip(b"\r\n").rfind(b"\n") + 1
    word = _word_of_total(layout, layout.data[at:])
    if word is None:
        return layout, frame, None
    line = layout.lines[-1]
    what = _what(frame)
    if what is None:
        return layout, frame, (
            f"Line {line} of {name} has {word!r}: if it is no row like those above, take it away."
        )  # fmt: skip
    shorter = replace(layout, data=layout.data[:at], lines=layout.lines[:-1])
    return shorter, frame.iloc[:-1], f"Left out line {line} ({word!r}, {what} of the rows above)."


def _word_of_total(layout: Layout, last: bytes) -> str | None:
    """Return the cell of the last row that says what it is."""
    if layout.separator == BLANKS:
        return None
    try:
        found = [cells for _, cells in records(last.decode(), layout.separator, layout.literal)]
    except RecordError:
        return None
    if len(found) != 1 or len(found[0]) != len(layout.names):
        return None
    cells = (cell.strip() for cell in found[0])
    return next((cell for cell in cells if cell.rstrip(" :.").casefold() in _WORDS), None)


def _what(frame: pd.DataFrame) -> str | None:
    """Return what the numbers of the last row are of those above: "the sum" or "the mean"."""
    numbers = frame.select_dtypes("number").to_numpy(float)
    above, last = numbers[:-1], numbers[-1]
    there = ~np.isnan(last) & ~np.isnan(above).all(axis=0)
    if not there.any():
        return None
    above, last = above[:, there], last[there]
    if _close(np.nansum(above, axis=0), last, 1e-6):
        return "the sum"
    return "the mean" if _close(np.nanmean(above, axis=0), last, 1e-3) else None


def _close(found: NDArray[Any], expected: NDArray[Any], tolerance: float) -> bool:
    return bool(np.allclose(found, expected, rtol=tolerance, atol=1e-9))
