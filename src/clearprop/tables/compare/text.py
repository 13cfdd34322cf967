"""A comparison as text: the table, and below it what it means and who is not in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clearprop.tables.compare.verdict import number, p_text, with_error
from clearprop.writing.columns import aligned
from clearprop.writing.numbers import NONE
from clearprop.writing.sentences import count, listed

if TYPE_CHECKING:
    from collections.abc import Callable

    from clearprop.tables.compare.result import Comparison
    from clearprop.tables.compare.row import ContenderResult
    from clearprop.tables.compare.scores import ScoreKind

    Column = tuple[str, Callable[[ContenderResult], str]]

LESS_NEEDED = ("predict s", "balanced %", "MB", "R²", "AUC", "fit s")
"""Columns that a narrow table goes without, the first one first."""

WIDEST_TITLE = 24


def text_of(comparison: Comparison, width: int | None = None) -> str:
    """Return head, verdict, table and remarks; a table no wider than `width` if possible."""
    remarks = [f"  {remark}" for remark in remarks_of(comparison)]
    lines = [head(comparison), *table(comparison, width), "", comparison.verdict, *remarks]
    return "\n".join(lines)


def head(comparison: Comparison) -> str:
    """Return what was compared on, in one line."""
    classes = f", {len(comparison.classes)} classes" if comparison.classes else ""
    return (
        f"{comparison.source} → {comparison.target}: {comparison.rows:,} rows, "
        f"{count(comparison.columns, 'column')}{classes}; {comparison.splits}, "
        f"seed {comparison.seed}"
    )


def table(comparison: Comparison, width: int | None = None) -> list[str]:
    """Return the contenders that are done as lines, the best first; no lines where none is."""
    done = comparison.done
    if not done:
        return []
    columns = _columns(comparison)
    left_out = []
    for name in ("", *LESS_NEEDED):
        if name in [title for title, _ in columns]:
            columns = [column for column in columns if column[0] != name]
            left_out.append(name)
        titles = [title for title, _ in columns]
        rows = [[write(row) for _, write in columns] for row in done]
        lines = aligned(
            [["", *titles], *([_title(one), *row] for one, row in zip(done, rows, strict=True))]
        )
        if width is None or max(map(len, lines)) <= width:
            break
    if left_out:
        lines.append(f"(a wider window shows {listed(left_out)} too)")
    return lines


def _title(row: ContenderResult) -> str:
    title = row.title
    return title if len(title) <= WIDEST_TITLE else f"{title[: WIDEST_TITLE - 1]}…"


def _columns(comparison: Comparison) -> list[Column]:
    deciding, *others = comparison.kinds

    def behind(row: ContenderResult) -> str:
        if row.difference is None:
            return NONE
        return number(row.difference.mean, deciding, comparison)

    def by_chance(row: ContenderResult) -> str:
        return NONE if row.difference is None else p_text(row.difference.p_holm)

    def plain(kind: ScoreKind) -> Callable[[ContenderResult], str]:
        return lambda row: number(row.scores[kind.name].mean, kind, comparison)

    several = len(comparison.done) > 1
    return [
        (heading(deciding), lambda row: with_error(row, deciding, comparison).replace(" %", "")),
        *([("behind", behind), ("p", by_chance)] if several else []),
        *((heading(kind), plain(kind)) for kind in others),
        ("fit s", lambda row: seconds(row.fit_seconds)),
        ("predict s", lambda row: seconds(row.predict_seconds)),
        ("MB", lambda row: megabytes(row.memory)),
    ]


def heading(kind: ScoreKind) -> str:
    """Return what a column of scores is called."""
    short = {"balanced_accuracy": "balanced"}.get(kind.name, kind.title)
    return f"{short} %" if kind.percent else short


def seconds(value: float | None) -> str:
    """Return seconds with three digits or so.

    >>> seconds(0.00321), seconds(1.234), seconds(25.67), seconds(None)
    ('0.003', '1.23', '25.7', '–')
    """
    if value is None:
        return NONE
    return f"{value:.{3 if value < 1 else 2 if value < 10 else 1}f}"


def megabytes(value: int | None) -> str:
    """Return bytes as whole megabytes.

    >>> megabytes(25_600_000), megabytes(None)
    ('26', '–')
    """
    return NONE if value is None else f"{value / 1e6:,.0f}"


def remarks_of(comparison: Comparison) -> list[str]:
    """Return what the table's numbers mean, who is not in it and why, and what was noted."""
    found = list(comparison.notes)
    found += [
        f"{row.title}: {row.status}: {row.reason}" for row in comparison.table if not row.done
    ]
    for row in comparison.table:
        found += [f"{row.title} warned: {note}" for note in row.notes]
    if comparison.done:
        found = [*meaning(comparison), *found]
    return found


def meaning(comparison: Comparison) -> list[str]:
    """Return what ±, p and the other columns are."""
    splits, several = comparison.splits, len(comparison.done) > 1
    error = f"± is the standard error over {splits}, corrected for training rows that they share"
    chance = (
        "p is how often chance alone gives a distance from the best at least as large, corrected "
        "for the number of models; below 0.05 it is taken for real"
    )
    measured = any(row.memory is not None for row in comparison.done)
    memory = ", MB by how much its process grew" if measured else ""
    cost = f"fit s is the median time of one fit{memory}"
    return [error, chance, cost] if several else [error, cost]
