"""Markdown pages as they stand in docs/: examples become code, links find the site's pages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

ELSEWHERE = (
    (re.compile(r"\]\((?:\.\./)*benchmarks/results/(\w[\w-]*\.md)\)"), r"](/_made/benchmarks/\1)"),
    (re.compile(r"\]\((?:\.\./)*examples/(\w+)/?\)"), r"](/_made/examples/\1.md)"),
    (re.compile(r"\[([^\]]*)\]\((?:\.\./)*(?:src/|tests/|benchmarks/)[^)]*\)"), r"\1"),
    (re.compile(r"\]\(docs/decisions\)"), r"](/site/decisions.md)"),
    (re.compile(r"\]\(docs/([\w/.-]+)\)"), r"](/\1)"),
)
"""Links to other places of the repository: to the page that shows them here, or to nothing."""

NAMED = re.compile(r"(?<!\[)`docs/([\w/-]+\.md)`")


def prepared(text: str, docs: Path) -> str:
    """Return a page as the site shows it."""
    for pattern, instead in ELSEWHERE:
        text = pattern.sub(instead, text)

    def linked(match: re.Match[str]) -> str:
        name = match.group(1)
        return f"[{match.group()}](/{name})" if (docs / name).exists() else match.group()

    return fenced(NAMED.sub(linked, text))


def fenced(text: str) -> str:
    """Return a page whose examples stand between fences.

    On the pages an example ends at an empty line, as :mod:`doctest` has it; a fence behind it
    would be taken for its output.
    """
    lines: list[str] = []
    inside = within_fence = False
    for line in text.split("\n"):
        if line.startswith("```"):
            within_fence = not within_fence
        if not within_fence and not inside and line.startswith(">>>"):
            lines.append("```pycon")
            inside = True
        elif inside and not line:
            lines.append("```")
            inside = False
        lines.append("" if inside and line == "<BLANKLINE>" else line)
    return "\n".join([*lines, "```"] if inside else lines)


def _read(app: Sphinx, name: str, content: list[str]) -> None:
    if app.env.doc2path(name).suffix == ".md":
        content[0] = prepared(content[0], Path(app.srcdir))


def setup(app: Sphinx) -> dict[str, Any]:
    """Prepare each page before it is read."""
    app.connect("source-read", _read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
