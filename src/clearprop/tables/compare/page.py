"""The page of a comparison: one file, offline, without a script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clearprop.tables.compare.markup import Element, element
from clearprop.tables.compare.picture import picture
from clearprop.tables.compare.text import head, heading, megabytes, remarks_of, seconds
from clearprop.tables.compare.verdict import number, p_text, with_error
from clearprop.view.notebook import frame
from clearprop.view.page import still_page
from clearprop.writing.numbers import NONE
from clearprop.writing.sentences import count

if TYPE_CHECKING:
    from clearprop.tables.compare.result import Comparison
    from clearprop.tables.compare.row import ContenderResult

GLUE = "\u00a0"

ROW_HEIGHT, REST = 60, 620
"""Of the frame in a notebook, in pixels: for each contender, and for all else."""


def page_of(comparison: Comparison) -> str:
    """Return the page of a comparison as one HTML text."""
    sections = [_dots(comparison), _scores(comparison), _not_done(comparison), _how(comparison)]
    body = element("main", _header(comparison), *filter(None, sections), class_="report")
    return still_page(body, "compare", title=f"{comparison.source}: models compared")


def framed(comparison: Comparison) -> str:
    """Return the page within a frame, for a notebook."""
    height = REST + ROW_HEIGHT * len(comparison.table)
    return frame(page_of(comparison), height, title="clearprop: models compared")


def _header(comparison: Comparison) -> Element:
    facts = [
        "models compared",
        f"{comparison.rows:,} rows",
        count(comparison.columns, "column"),
        *([f"{len(comparison.classes)} classes"] if comparison.classes else []),
        comparison.splits,
        f"seed {comparison.seed}",
    ]
    early = "It was ended early, before all models were scored."
    verdict = comparison.verdict.replace(" %", f"{GLUE}%").replace(" ± ", f"{GLUE}±{GLUE}")
    return element(
        "header",
        element("p", *(element("span", fact) for fact in facts), class_="facts quiet"),
        element("h1", f"{comparison.source} → {comparison.target}"),
        element("p", verdict, class_="verdict"),
        element("p", early, class_="quiet") if comparison.interrupted else None,
    )


def _dots(comparison: Comparison) -> Element | None:
    if not comparison.done:
        return None
    several = len(comparison.done) > 1
    told = (
        "A dot is the mean over the splits, its line the 95 % interval of that mean. "
        "± is the standard error."
    )
    behind = (
        " An empty dot is really behind the best (p below 0.05); a full one may be as good, "
        "and the splits cannot tell. The dashed line is the best one's mean."
    )
    return element(
        "section",
        element("h2", "Which model is best"),
        element("p", told + (behind if several else ""), class_="quiet small"),
        picture(comparison),
    )


def _scores(comparison: Comparison) -> Element | None:
    if not comparison.done:
        return None
    deciding, *others = comparison.kinds
    heads = [f"{heading(deciding)} ± s.e.", "behind", "p", *map(heading, others)]
    heads += ["fit s", "predict s", "MB"]
    table = element(
        "table",
        element(
            "thead",
            element("tr", element("td"), *(element("th", one, scope="col") for one in heads)),
        ),
        element("tbody", *(_line(comparison, row) for row in comparison.done)),
        class_="plain scores",
    )
    scroll = element(
        "div", table, class_="scroll", tabindex=0, role="region", aria_label="all scores"
    )
    told = "Means over the splits; seconds are medians; MB is by how much the process grew."
    return element(
        "section", element("h2", "All scores"), element("p", told, class_="quiet small"), scroll
    )


def _line(comparison: Comparison, row: ContenderResult) -> Element:
    deciding, *others = comparison.kinds
    difference = row.difference
    cells = [
        with_error(row, deciding, comparison).replace(" %", ""),
        NONE if difference is None else number(difference.mean, deciding, comparison),
        NONE if difference is None else p_text(difference.p_holm),
        *(number(row.scores[kind.name].mean, kind, comparison) for kind in others),
        seconds(row.fit_seconds),
        seconds(row.predict_seconds),
        megabytes(row.memory),
    ]
    return element(
        "tr",
        element("th", row.title, scope="row"),
        *(element("td", cell, class_="figure mono") for cell in cells),
        class_="ours" if row.ours else None,
    )


def _not_done(comparison: Comparison) -> Element | None:
    rows = [row for row in comparison.table if not row.done]
    if not rows:
        return None
    parts = [
        part
        for row in rows
        for part in (element("dt", row.title), element("dd", f"{row.status}: {row.reason}"))
    ]
    return element(
        "section", element("h2", "Not scored"), element("dl", *parts, class_="not-scored")
    )


def _how(comparison: Comparison) -> Element:
    about_rows = {f"{row.title}: {row.status}: {row.reason}" for row in comparison.table}
    remarks = [each for each in remarks_of(comparison) if each not in about_rows]
    versions = ", ".join(f"{name} {number}" for name, number in comparison.versions.items())
    limit = "" if comparison.time_limit is None else f" of at most {comparison.time_limit:g} s"
    took = f"It took {comparison.seconds:.3g} s{limit}. {versions}."
    return element(
        "section",
        element("h2", "How it was measured"),
        element("p", f"{head(comparison)}.", class_="small"),
        element("ul", *(element("li", remark) for remark in remarks), class_="remarks small"),
        element("p", took, class_="quiet small"),
    )
