"""The health of a table estimator: that of its networks, and columns that decide the target."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from clearprop.estimators.health import ADVICE, DECIDING, NORM, SOURCE
from clearprop.health.checks import Health
from clearprop.health.finding import Finding

if TYPE_CHECKING:
    from clearprop.tables.findings import Finding as ColumnFinding
    from clearprop.tables.task import Member


def health_of(members: Sequence[Member], columns: Sequence[ColumnFinding]) -> Health:
    """Return what is wrong with the networks, then the columns that decide the target alone."""
    return Health((*of_members(members), *_of_columns(columns)))


def of_members(members: Sequence[Member]) -> tuple[Finding, ...]:
    """Return the findings of networks, the first of each kind, with the number of networks."""
    by_check: dict[str, list[Finding]] = {}
    for member in members:
        for check, finding in {one.check: one for one in reversed(member.health)}.items():
            by_check.setdefault(check, []).append(finding)
    return tuple(
        replace(found[0], what=f"{found[0].what} (in {len(found)} of {len(members)} networks)")
        for found in by_check.values()
    )


def _of_columns(columns: Sequence[ColumnFinding]) -> Iterator[Finding]:
    for one in columns:
        if one.kind == "decides":
            what = f"{one.column} alone decides the target: {one.measure}"
            yield Finding(DECIDING, one.column, what, float("nan"), NORM, SOURCE, ADVICE)
