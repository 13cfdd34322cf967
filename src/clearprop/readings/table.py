"""One reading of the primitives: a table with one row for each of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

Row = TypeVar("Row")


class MissingRowError(LookupError):
    """A primitive that a reading has no row for; the message says where to add the row."""


class PrimitiveTable(dict[str, Row]):
    """What one reading does with each primitive, by the primitive's name.

    A new primitive of :data:`clearprop.readings.symbol.PRIMITIVES` needs one row in each of these
    tables. `place` names the table in the error that a missing row raises.
    """

    def __init__(self, place: str, rows: Mapping[str, Row]) -> None:
        super().__init__(rows)
        self.place = place

    def __missing__(self, primitive: str) -> Row:
        raise MissingRowError(
            f"{self.place} has no row for the primitive {primitive!r}; add one, as for every name "
            "in clearprop.readings.symbol.PRIMITIVES"
        )
