"""The health of a table estimator: that of its networks, and columns that decide the target."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from clearprop.estimators.health import ADVICE, DECIDING, NORM, SOURCE
from clearprop.health.checks import Health
from clearprop.health.finding import Finding

SHARE = 0.03
"""The part of a training's time that its checks may take, where nobody has asked for them."""

if TYPE_CHECKING:
    from clearprop.tables.findings import Finding as ColumnFinding
    from clearprop.tables.task import Member


def health_of(members: Sequence[Member], columns: Sequence[ColumnFinding]) -> Health:
    """Return what is wrong with the networks, then the columns that decide the target alone."""
    return Health((*of_members(members), *_of_columns(columns)))


def of_members(members: Sequence[Member], seconds: float = math.inf) -> tuple[Finding, ...]:
    """Return the findings of networks, the first of each kind, with the number of networks.

    Networks are looked at, one after another, until so many seconds are spent; one at least.
    """
    by_check: dict[str, list[Finding]] = {}
    began, looked_at = time.monotonic(), 0
    for member in members:
        looked_at += 1
        for check, finding in {one.check: one for one in reversed(member.health)}.items():
            by_check.setdefault(check, []).append(finding)
        if time.monotonic() - began > seconds:
            break
    return tuple(
        replace(found[0], what=f"{found[0].what} (in {len(found)} of {looked_at} networks)")
        for found in by_check.values()
    )


def _of_columns(columns: Sequence[ColumnFinding]) -> Iterator[Finding]:
    for one in columns:
        if one.kind == "decides":
            what = f"{one.column} alone decides the target: {one.measure}"
            yield Finding(DECIDING, one.column, what, float("nan"), NORM, SOURCE, ADVICE)
