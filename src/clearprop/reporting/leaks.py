"""Columns of a report's rows that may give the target away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from clearprop.tables.findings import Finding, findings_in

if TYPE_CHECKING:
    from clearprop.data.dataset import Task
    from clearprop.reporting.measured import EvaluatedRows


def findings_of(model: Any, rows: EvaluatedRows) -> tuple[Finding, ...]:
    """Return what should be looked at in the columns.

    A table estimator judged its own training rows. Of any other model the report's rows are
    judged, by the same function; pictures and sparse rows have no such columns.
    """
    estimator = getattr(model, "estimator", model)
    known: tuple[Finding, ...] | None = getattr(estimator, "findings_", None)
    if known is not None:
        return known
    if rows.image is not None or hasattr(rows.table, "toarray"):
        return ()
    task: Task = "regression" if rows.names is None else "classification"
    return findings_in(_columns(rows), rows.true, task)


def _columns(rows: EvaluatedRows) -> Mapping[str, Any]:
    """Return the columns by name: of a pandas table, or of an array (N, D)."""
    table = rows.table
    framed = hasattr(table, "iloc")
    return {
        name: table.iloc[:, place] if framed else table[:, place]
        for place, name in enumerate(rows.columns)
    }
