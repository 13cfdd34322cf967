"""A comparison in one sentence: who is best, and where clearprop stands."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from clearprop.tables.compare.row import DONE
from clearprop.writing.numbers import fixed

if TYPE_CHECKING:
    from clearprop.tables.compare.result import Comparison
    from clearprop.tables.compare.row import ContenderResult
    from clearprop.tables.compare.scores import ScoreKind
    from clearprop.tables.compare.statistics import Difference

DUMMY = "dummy"
OURS = "clearprop"
"""The name of clearprop's default."""


def verdict_of(comparison: Comparison) -> str:
    """Return who is best, and by how much clearprop is ahead or behind."""
    best, kind = comparison.best, comparison.kinds[0]
    if best is None:
        return "No model was scored on all splits."
    is_best = f"{_capital(best.title)} is best: {kind.title} {with_error(best, kind, comparison)}"
    if best.name == DUMMY and len(comparison.done) > 1:
        is_best = (
            "No model is better than always saying the same: "
            f"{kind.title} {with_error(best, kind, comparison)}"
        )
    other = _other(comparison, best)
    if other is None:
        return f"{is_best}."
    if not other.done:
        return f"{is_best}; {other.title} was {_not_done(other)}."
    name = f"the next, {other.title}," if best.ours else other.title
    return f"{is_best}; {name} is {_behind(other, kind, comparison)}."


def _other(comparison: Comparison, best: ContenderResult) -> ContenderResult | None:
    """Return the contender that the sentence compares with the best."""
    if best.ours:
        return next((row for row in comparison.done if not row.ours), None)
    ours = sorted((row for row in comparison.table if row.ours), key=lambda row: row.name != OURS)
    return next((row for row in ours if row.status == DONE), next(iter(ours), None))


def _not_done(row: ContenderResult) -> str:
    return {"failed": "not scored: it failed"}.get(row.status, row.status)


def _behind(row: ContenderResult, kind: ScoreKind, comparison: Comparison) -> str:
    difference = row.difference
    if difference is None or not difference.mean:
        return "as good"
    return f"{amount(difference.mean, kind, comparison)} behind, {judged(difference)}"


def judged(difference: Difference) -> str:
    """Return whether a difference is real, in words."""
    if math.isnan(difference.p_holm):
        return "and one split cannot tell whether that is chance"
    if difference.real:
        return f"a real difference ({p_text(difference.p_holm, '=')})"
    return "a difference that could be chance"


def p_text(p: float, sign: str = "") -> str:
    """Return a p value with three decimals.

    >>> p_text(0.01234), p_text(0.00001), p_text(0.5, "=")
    ('0.012', '<0.001', 'p = 0.500')
    """
    small = 0 <= p < 0.001
    number = "0.001" if small else fixed(p, 3)
    if not sign:
        return f"<{number}" if small else number
    return f"p {'<' if small else sign} {number}"


def number(value: float, kind: ScoreKind, comparison: Comparison) -> str:
    """Return a score as it is written, without a unit.

    Two decimals of a percentage, four of a number near one; of a quantity as many as give the
    largest one of the comparison four digits.
    """
    decimals = 2 if kind.percent else 4
    if kind.quantity:
        largest = max((abs(row.scores[kind.name].mean) for row in comparison.done), default=0.0)
        decimals = max(0, 3 - math.floor(math.log10(largest))) if largest > 0 else 4
    return fixed(kind.shown(value), decimals)


def amount(value: float, kind: ScoreKind, comparison: Comparison) -> str:
    """Return a difference with its unit: points of percentages."""
    return f"{number(value, kind, comparison)}{' points' if kind.percent else ''}"


def with_error(row: ContenderResult, kind: ScoreKind, comparison: Comparison) -> str:
    """Return a score with its unit and its standard error: 2.13 % ± 0.34."""
    score = row.scores[kind.name]
    mean = f"{number(score.mean, kind, comparison)}{' %' if kind.percent else ''}"
    if math.isnan(score.error):
        return mean
    return f"{mean} ± {number(score.error, kind, comparison)}"


def _capital(text: str) -> str:
    """Return a title at the beginning of a sentence; clearprop and scikit-learn stay small."""
    return text if text.startswith(("clearprop", "scikit-learn")) else text[:1].upper() + text[1:]
