"""The report of a training as a page of its own, from the report as data.

`clearprop.report`, version 1, is described in ``docs/view.md``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from clearprop.atomicfile import write_atomically
from clearprop.view.page import page_of

FORMAT, VERSIONS = "clearprop.report", (1,)
KEYS = ("made_by", "title", "summary", "curves", "confusion", "rows", "settings")


def report_to_html(report: Mapping[str, Any]) -> str:
    """Return the page of a training's report given as data, whole in one text.

    Raises
    ------
    ValueError
        If `report` is not a report, of another version, or lacks a part.
    """
    if report.get("format") != FORMAT:
        raise ValueError(f"this is not a report: its format is {report.get('format')!r}")
    if report.get("version") not in VERSIONS:
        raise ValueError(
            f"this report has version {report.get('version')!r}; this clearprop shows version "
            f"{', '.join(map(str, VERSIONS))}"
        )
    missing = [key for key in KEYS if key not in report]
    if missing:
        raise ValueError(f"the report lacks {', '.join(missing)}")
    title = report["title"]
    name = title["model"] or title["network"]
    summary = "; ".join(f"{entry['name']} {entry['value']}" for entry in report["summary"])
    return page_of(report, f"{name}: training report", f"{name}. {summary}.")


def save_report(report: Mapping[str, Any], path: str | os.PathLike[str]) -> None:
    """Write the page of a training's report to a file, as a whole or not at all.

    Raises
    ------
    ValueError
        If `report` is not a report.
    OSError
        If the file cannot be written.
    """
    write_atomically(path, [report_to_html(report).encode("utf-8")])
