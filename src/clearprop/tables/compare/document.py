"""A comparison as plain data for strict JSON, and back; and as a pandas table."""

from __future__ import annotations

import math
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from clearprop.data.optional import require
from clearprop.files.document import a_count, a_list, a_number, a_text, checked
from clearprop.files.errors import DataError
from clearprop.tables.compare.row import ContenderResult
from clearprop.tables.compare.scores import SCORES
from clearprop.tables.compare.statistics import Difference, MeanOverSplits
from clearprop.version import __version__
from clearprop.writing.json_safe import json_safe

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from clearprop.files.document import Check
    from clearprop.tables.compare.result import Comparison

FORMAT, VERSION = "clearprop.comparison", 1

_NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def document_of(comparison: Comparison) -> dict[str, Any]:
    """Return everything as plain data; NaN and the infinities are words."""
    own = {each.name: getattr(comparison, each.name) for each in fields(comparison)}
    best = comparison.best
    document = {
        "format": FORMAT,
        "version": VERSION,
        "made_by": f"clearprop {__version__}",
        "verdict": comparison.verdict,
        "best": None if best is None else best.name,
        **own,
        "table": [_row(row) for row in comparison.table],
    }
    plain: dict[str, Any] = json_safe(document)
    return plain


def _row(row: ContenderResult) -> dict[str, Any]:
    found = asdict(row)
    if row.difference is not None:
        found["difference"]["real"] = row.difference.real
    return found


def fields_of(document: object) -> dict[str, Any]:
    """Return the fields of the comparison that a document describes.

    Raises
    ------
    DataError
        If the document is not one of :func:`document_of`, or of a newer version.
    """
    where = "the comparison"
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise DataError(f"this is not the data of a comparison: its format is not {FORMAT}")
    if document.get("version") != VERSION:
        raise DataError(
            f"{where} is of version {document.get('version')!r:.20}, and this clearprop reads "
            f"{VERSION}"
        )
    found = checked(document, where, _COMPARISON)
    for name in ("format", "version", "made_by", "verdict", "best"):
        del found[name]
    return found


def _a_float(value: object, where: str) -> float:
    if isinstance(value, str) and value in _NOT_FINITE:
        return _NOT_FINITE[value]
    return a_number(value, where)


def _a_truth(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise DataError(f"{where} must be true or false, not {value!r:.40}")
    return value


def _or_none(check: Check) -> Check:
    return lambda value, where: None if value is None else check(value, where)


def _texts(value: object, where: str) -> tuple[str, ...]:
    return tuple(a_text(each, where) for each in a_list(value, where))


def _by_name(check: Check) -> Callable[[object, str], dict[str, Any]]:
    def each(value: object, where: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise DataError(f"{where} must be an object, not {value!r:.40}")
        return {name: check(one, f"{where}: {name}") for name, one in value.items()}

    return each


def _task(value: object, where: str) -> str:
    if value not in SCORES:
        raise DataError(f"{where} must be one of {', '.join(SCORES)}, not {value!r:.40}")
    return str(value)


def _mean(value: object, where: str) -> MeanOverSplits:
    names = ("mean", "error", "low", "high")
    return MeanOverSplits(**checked(value, where, dict.fromkeys(names, _a_float)))


def _difference(value: object, where: str) -> Difference:
    names = ("mean", "error", "low", "high", "p", "p_holm")
    found = checked(value, where, {**dict.fromkeys(names, _a_float), "real": _a_truth})
    del found["real"]
    return Difference(**found)


def _numbers(value: object, where: str) -> tuple[float, ...]:
    return tuple(_a_float(each, where) for each in a_list(value, where))


def _contender(value: object, where: str) -> ContenderResult:
    return ContenderResult(**checked(value, where, _ROW))


def _contenders(value: object, where: str) -> tuple[ContenderResult, ...]:
    return tuple(
        _contender(each, f"{where}: row {number}")
        for number, each in enumerate(a_list(value, where), start=1)
    )


_ROW: dict[str, Check] = {
    "name": a_text,
    "title": a_text,
    "ours": _a_truth,
    "status": a_text,
    "reason": _or_none(a_text),
    "scores": _by_name(_mean),
    "values": _by_name(_numbers),
    "fit_seconds": _or_none(_a_float),
    "predict_seconds": _or_none(_a_float),
    "memory": _or_none(a_count),
    "difference": _or_none(_difference),
    "notes": _texts,
}

_COMPARISON: dict[str, Check] = {
    "format": a_text,
    "version": a_count,
    "made_by": a_text,
    "verdict": a_text,
    "best": _or_none(a_text),
    "source": a_text,
    "target": a_text,
    "task": _task,
    "rows": a_count,
    "columns": a_count,
    "classes": _texts,
    "folds": a_count,
    "repeats": a_count,
    "seed": a_count,
    "test_to_train": _a_float,
    "table": _contenders,
    "notes": _texts,
    "seconds": _a_float,
    "time_limit": _or_none(_a_float),
    "interrupted": _a_truth,
    "versions": _by_name(a_text),
}


def frame_of(comparison: Comparison) -> pd.DataFrame:
    """Return the table as a pandas table, a row a contender, indexed by its name."""
    require("pandas", "a comparison as a pandas table")
    import pandas as pd

    rows = {}
    for row in comparison.table:
        found: dict[str, Any] = {"title": row.title, "status": row.status, "reason": row.reason}
        for kind in comparison.kinds:
            score = row.scores.get(kind.name)
            found[kind.name] = math.nan if score is None else score.mean
            found[f"{kind.name}_error"] = math.nan if score is None else score.error
        behind = row.difference
        found["behind"] = math.nan if behind is None else behind.mean
        found["p_holm"] = math.nan if behind is None else behind.p_holm
        found["fit_seconds"] = row.fit_seconds
        found["predict_seconds"] = row.predict_seconds
        found["memory"] = row.memory
        rows[row.name] = found
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("model")
