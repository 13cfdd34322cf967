"""The picture of a comparison: for each contender a dot and its interval, on one scale.

Places along the scale are percentages, so that the picture is as wide as the page and its text
keeps its size.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clearprop.tables.compare.markup import Element, element
from clearprop.tables.compare.verdict import DUMMY, amount, p_text, with_error
from clearprop.writing.numbers import fixed

if TYPE_CHECKING:
    from clearprop.tables.compare.result import Comparison
    from clearprop.tables.compare.row import ContenderResult

HEIGHT, MIDDLE, RADIUS = 32, 16, 5
EDGE = 4.0
"""Percent of the width left of the scale and right of it."""

FAR, MULTIPLE = 5.0, 3.0
"""Off the scale is who is FAR times as far from the best as the one in the middle of the order,
and has MULTIPLE times the best one's score; and the constant prediction, if it is not near."""

MOST_TICKS = 6


@dataclass(frozen=True)
class Scale:
    """A scale from `low` to `high`, in the unit that numbers are written in."""

    low: float
    high: float

    def place(self, value: float) -> float:
        """Return where a value is, in percent of the width."""
        part = (value - self.low) / (self.high - self.low)
        return round(EDGE + (100 - 2 * EDGE) * part, 2)

    def holds(self, value: float) -> bool:
        """Return whether a value is on the scale."""
        return self.low <= value <= self.high

    def clipped(self, value: float) -> float:
        """Return the nearest value on the scale."""
        return min(max(value, self.low), self.high)

    @property
    def ticks(self) -> list[float]:
        """Round values on it, 3 to 6 of them."""
        step = _step((self.high - self.low) / (MOST_TICKS - 1))
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [number * step for number in range(first, last + 1)]


def _step(least: float) -> float:
    """Return the smallest of 1, 2 and 5 times a power of ten that is not below `least`."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= least * (1 - 1e-9))


def scale_of(comparison: Comparison) -> Scale:
    """Return the scale: all intervals but those of contenders far from the others."""
    kind = comparison.kinds[0]
    rows = [row for row in comparison.done if row.name != DUMMY] or list(comparison.done)
    means = sorted(kind.shown(row.scores[kind.name].mean) for row in rows)
    middle = means[len(means) // 2]
    reach = max(means[0] + FAR * (middle - means[0]), MULTIPLE * means[0])
    near = [row for row in rows if kind.shown(row.scores[kind.name].mean) <= reach] or rows
    ends = [
        kind.shown(end)
        for row in near
        for score in [row.scores[kind.name]]
        for end in (score.mean, score.low, score.high)
        if math.isfinite(end)
    ]
    low, high = max(0.0, min(ends)), max(ends)  # errors are never below 0
    if high - low < 1e-9 * max(abs(high), 1e-9):
        low, high = low - 0.5 * (abs(low) or 1.0), high + 0.5 * (abs(high) or 1.0)
    margin = 0.03 * (high - low)
    return Scale(max(0.0, low - margin) if low >= 0 else low, high + margin)


def picture(comparison: Comparison) -> Element:
    """Return the contenders that are done as a list, each with its dot; and the scale."""
    scale = scale_of(comparison)
    rows = [_row(comparison, row, scale) for row in comparison.done]
    return element("div", element("ol", *rows), _axis(comparison, scale), class_="dots")


def _row(comparison: Comparison, row: ContenderResult, scale: Scale) -> Element:
    kind = comparison.kinds[0]
    real = row.difference is not None and row.difference.real
    kinds = ["contender", *(["ours"] if row.ours else []), *(["behind"] if real else [])]
    return element(
        "li",
        element("span", row.title, class_="name"),
        _drawn(comparison, row, scale),
        element("span", with_error(row, kind, comparison), class_="mono score"),
        element("span", _distance(comparison, row), class_="quiet distance"),
        class_=" ".join(kinds),
    )


def _distance(comparison: Comparison, row: ContenderResult) -> str:
    if row.difference is None:
        return "best" if len(comparison.done) > 1 else ""
    behind = amount(row.difference.mean, comparison.kinds[0], comparison)
    p = row.difference.p_holm
    return f"{behind} behind" if math.isnan(p) else f"{behind} behind, {p_text(p, '=')}"


def _drawn(comparison: Comparison, row: ContenderResult, scale: Scale) -> Element:
    """Return the interval and the dot; an arrow where the dot is off the scale."""
    kind = comparison.kinds[0]
    score = row.scores[kind.name]
    mean, low, high = (kind.shown(value) for value in (score.mean, score.low, score.high))
    parts = [_tick(scale, tick) for tick in scale.ticks]
    best = comparison.best
    if best is not None:
        at = f"{scale.place(scale.clipped(kind.shown(best.scores[kind.name].mean)))}%"
        parts.append(element("line", x1=at, x2=at, y1=0, y2=HEIGHT, class_="best-line"))
    if not scale.holds(mean):
        parts.append(element("text", "off the scale →", x="100%", y=MIDDLE + 4, class_="off"))
        return _svg(*parts)
    if math.isfinite(low):
        ends = [f"{scale.place(scale.clipped(end))}%" for end in (low, high)]
        line = element("line", x1=ends[0], x2=ends[1], y1=MIDDLE, y2=MIDDLE, class_="interval")
        parts.append(line)
    parts.append(element("circle", cx=f"{scale.place(mean)}%", cy=MIDDLE, r=RADIUS, class_="mark"))
    return _svg(*parts)


def _tick(scale: Scale, value: float) -> Element:
    at = f"{scale.place(value)}%"
    return element("line", x1=at, x2=at, y1=0, y2=HEIGHT, class_="hair")


def _svg(*parts: Element) -> Element:
    return element(
        "svg", *parts, width="100%", height=HEIGHT, class_="lane", aria_hidden="true",
        focusable="false",
    )  # fmt: skip


def _axis(comparison: Comparison, scale: Scale) -> Element:
    kind = comparison.kinds[0]
    ticks = scale.ticks
    step = ticks[1] - ticks[0] if len(ticks) > 1 else 1.0
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    texts = [
        element("text", fixed(tick, decimals), x=f"{scale.place(tick)}%", y=14, class_="tick")
        for tick in ticks
    ]
    unit = " in %" if kind.percent else ""
    drawn = element(
        "svg", *texts, width="100%", height=20, class_="lane", aria_hidden="true", focusable="false"
    )
    caption = element("span", f"{kind.title}{unit}, less is better", class_="quiet caption")
    return element("div", caption, drawn, class_="axis-row")
