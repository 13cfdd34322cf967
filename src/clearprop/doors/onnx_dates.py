"""A column of dates in an ONNX graph: the calendar and the clock of moments, in whole numbers.

A moment is given as the seconds since 1970-01-01 00:00, as the clock there shows them: ONNX has no
operator that reads a date, and integer arithmetic is all that a calendar needs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from clearprop.data.date_column import DateColumn
from clearprop.doors.onnx_nodes import Nodes

TOLD = "seconds since 1970-01-01 00:00 on the same clock, NaN where missing"
"""What a graph's input of dates holds."""

DAY = 86_400
FIRST, LAST = -62_135_596_800, 253_402_300_799
"""The first second of year 1 and the last of year 9999: others are taken for these."""

MARCH_OF_YEAR_0 = -719_468
"""The days from 1970-01-01 to 0000-03-01, from where eras of 400 years are counted."""

CYCLE_LENGTHS = {"month": 12, "day of month": 31, "day of week": 7, "hour": DAY}
"""Of each cycle of `clearprop.data.date_column.CYCLES` its length, in the unit of `Moment.pair`."""


class Moment:
    """What a calendar and a clock show of a column of moments (N, 1), each result a node's name.

    Years begin in March here, so that the day that some years lack is their last.
    Source: Hinnant 2013, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
    """

    def __init__(self, nodes: Nodes, seconds: str) -> None:
        self.nodes = nodes
        self.missing = nodes.add("IsNaN", seconds)
        known = nodes.add("Where", self.missing, self._real(0), seconds)
        whole = nodes.add("Max", nodes.add("Min", known, self._real(LAST)), self._real(FIRST))
        self.seconds = nodes.cast(nodes.add("Floor", whole), np.int64)
        since_march = self._add(self.seconds, -MARCH_OF_YEAR_0 * DAY)  # never negative
        self.second_of_day = self._mod(since_march, DAY)
        days = self._div(since_march, DAY)
        self.day_of_week = self._mod(self._add(days, MARCH_OF_YEAR_0 % 7 + 3), 7)  # Monday is 0
        self._read_calendar(days)

    def _read_calendar(self, days: str) -> None:
        era = self._div(days, 146_097)
        day_of_era = self._mod(days, 146_097)
        leap_days = self._sum(
            (-1, self._div(day_of_era, 1_460)), (1, self._div(day_of_era, 36_524)),
            (-1, self._div(day_of_era, 146_096)),
        )  # fmt: skip
        year_of_era = self._div(self._sum((1, day_of_era), (1, leap_days)), 365)
        day_of_year = self._sum(
            (1, day_of_era), (-365, year_of_era), (-1, self._div(year_of_era, 4)),
            (1, self._div(year_of_era, 100)),
        )  # fmt: skip
        month = self._div(self._add(self._mul(day_of_year, 5), 2), 153)  # March is 0
        month_begins = self._div(self._add(self._mul(month, 153), 2), 5)
        self.day_of_month = self._add(self._sum((1, day_of_year), (-1, month_begins)), 1)
        self.month = self._add(self._mod(self._add(month, 2), 12), 1)
        next_year = self._div(month, 10)  # January and February
        self.year = self._sum((400, era), (1, year_of_era), (1, next_year))

    def parts(self) -> dict[str, str]:
        """Return the numbers of `clearprop.tables.codes.date.PARTS` (N, 1), NaN where missing."""
        minutes = self._div(self.second_of_day, 60)
        found = {
            "days": self._scaled(self.seconds, DAY),
            "year": self._scaled(self.year, 1),
            "month": self._scaled(self.month, 1),
            "day of month": self._scaled(self.day_of_month, 1),
            "day of week": self._scaled(self.day_of_week, 1),
            "hour": self._scaled(minutes, 60),
        }
        nothing = self._real(np.nan)
        return {
            name: self.nodes.add("Where", self.missing, nothing, value)
            for name, value in found.items()
        }

    def pair(self, cycle: str) -> list[str]:
        """Return the sine and the cosine (N, 1) of a cycle's angle, 0 where missing."""
        places = {
            "month": self._add(self.month, -1),
            "day of month": self._add(self.day_of_month, -1),
            "day of week": self.day_of_week,
            "hour": self.second_of_day,
        }
        part = self._scaled(places[cycle], CYCLE_LENGTHS[cycle])
        angle = self.nodes.add("Mul", part, self._real(2 * np.pi))
        # cos a = sin(a + π/2): older versions of onnxruntime have no cosine in float64.
        turned = self.nodes.add("Add", angle, self._real(np.pi / 2))
        zero = self._real(0)
        return [
            self.nodes.add("Where", self.missing, zero, self.nodes.add("Sin", one))
            for one in (angle, turned)
        ]

    def _real(self, value: float) -> str:
        return self.nodes.constant(value, np.float64)

    def _scaled(self, number: str, unit: int) -> str:
        return self.nodes.add("Div", self.nodes.cast(number, np.float64), self._real(unit))

    def _whole(self, op: str, number: str, other: int) -> str:
        return self.nodes.add(op, number, self.nodes.constant(other, np.int64))

    def _add(self, number: str, other: int) -> str:
        return self._whole("Add", number, other)

    def _mul(self, number: str, other: int) -> str:
        return self._whole("Mul", number, other)

    def _div(self, number: str, other: int) -> str:
        return self._whole("Div", number, other)

    def _mod(self, number: str, other: int) -> str:
        return self._whole("Mod", number, other)

    def _sum(self, *terms: tuple[int, str]) -> str:
        """Return Σ factor · number."""
        scaled = [self._mul(number, factor) for factor, number in terms]
        total = scaled[0]
        for one in scaled[1:]:
            total = self.nodes.add("Add", total, one)
        return total


def standardised_dates(nodes: Nodes, seconds: str, column: DateColumn, dtype: Any) -> list[str]:
    """Return the inputs of a column of dates of one network, as `DateColumn.write` makes them."""
    moment = Moment(nodes, seconds)
    parts = moment.parts()
    found = [_standardised(nodes, parts["days"], column.start + column.mean, column.sd)]
    if column.year_sd:
        found.append(_standardised(nodes, parts["year"], column.year_mean, column.year_sd))
    zero = nodes.constant(0, np.float64)
    found = [nodes.add("Where", moment.missing, zero, one) for one in found]
    pairs = [half for cycle in column.cycles for half in moment.pair(cycle)]
    return [nodes.cast(one, dtype) for one in (*found, *pairs)]


def _standardised(nodes: Nodes, value: str, mean: float, sd: float) -> str:
    centred = nodes.add("Sub", value, nodes.constant(mean, np.float64))
    return nodes.add("Div", centred, nodes.constant(sd, np.float64))
