"""Refuse a table of text whose rows are not all as wide as its first one, and say what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from clearprop.files.errors import DataError
from clearprop.writing.sentences import count

if TYPE_CHECKING:
    from clearprop.data.records import Records


def require_rectangle(found: Records, name: str) -> None:
    """Raise a DataError where a record has not as many cells as the first one."""
    other = np.flatnonzero(found.widths != found.widths[0])
    if other.size:
        row = other[0]
        raise DataError(
            f"{name}, line {found.lines[row]}: {count(int(found.widths[row]), 'cell')}, "
            f"where line {found.lines[0]} has {found.widths[0]}.{_advice(found, int(row))}"
        )


def _advice(found: Records, row: int) -> str:
    """Return what to do about a row of another width than the first one's."""
    widths = found.widths
    if len(widths) > 2 and row == 1 and (widths[1:] == widths[1]).all():
        if widths[1] == widths[0] + 1:
            return (
                " So has every row below: name the first column if it names the rows, or take the "
                "separators at the ends of the rows away."
            )
        if widths[1] == widths[0] - 1:
            return " So has every row below: take a separator away where the columns are named."
        return f" If the table begins there, take the lines above line {found.lines[1]} away."
    if widths[row] > widths[0] > 1:
        return " A cell that holds the separator must stand in quotes."
    if (widths[row + 1 :] == widths[row]).all() and len(widths) > row + 2:
        return f" If the table begins there, take the lines above line {found.lines[row]} away."
    return " Fill the row up, or take it away."
