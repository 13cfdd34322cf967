"""Order contenders by the deciding score, and tell how far each is behind the best."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clearprop.tables.compare.scores import SCORES
from clearprop.tables.compare.statistics import differences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clearprop.data.dataset import Task
    from clearprop.tables.compare.row import ContenderResult


def ranked(
    rows: Sequence[ContenderResult], task: Task, test_to_train: float
) -> tuple[ContenderResult, ...]:
    """Return the rows: those that are done, the best first, then the others in their order.

    Of equal ones the cheaper comes first.
    """
    kind = SCORES[task][0]
    done = [row for row in rows if row.done]
    done.sort(key=lambda row: kind.sign * row.scores[kind.name].mean)
    losses = [[kind.sign * value for value in row.values[kind.name]] for row in done]
    found = differences(losses, 0, test_to_train) if done else []
    with_differences = [
        replace(row, difference=difference) for row, difference in zip(done, found, strict=True)
    ]
    return (*with_differences, *(row for row in rows if not row.done))
