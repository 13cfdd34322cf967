"""The reference: complete, of the package's own members, with docstrings as they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

ROOMS = (
    "clearprop", "clearprop.credit", "clearprop.descent", "clearprop.readings", "clearprop.view",
    "clearprop.data", "clearprop.doors", "clearprop.explaining", "clearprop.learning",
    "clearprop.plotting", "clearprop.reporting", "clearprop.chapter", "clearprop.tables.compare",
)  # fmt: skip
"""The packages whose names in `__all__` are public."""

LISTED = re.compile(r"^   (clearprop(?:\.\w+)+)$", re.MULTILINE)


def public() -> Iterator[tuple[str, Any]]:
    """Yield every public name with what it is."""
    for room in ROOMS:
        module = import_module(room)
        for name in module.__all__:
            yield f"{room}.{name}", getattr(module, name)


@cache
def listed(docs: Path) -> list[str]:
    """Return the names that the pages of the reference list."""
    pages = sorted((docs / "site" / "reference").glob("*.rst"))
    return [name for page in pages for name in LISTED.findall(page.read_text(encoding="utf-8"))]


def missing(docs: Path) -> list[str]:
    """Return the public names that the reference lists neither themselves nor by another name."""
    names = listed(docs)
    things = [_thing(name) for name in names]
    return [
        name
        for name, thing in public()
        if name not in names and not any(thing is one for one in things)
    ]


def _thing(name: str) -> Any:
    for split in range(name.count("."), 0, -1):
        parts = name.split(".")
        try:
            found: Any = import_module(".".join(parts[:split]))
        except ModuleNotFoundError:
            continue
        for part in parts[split:]:
            found = getattr(found, part)
        return found
    raise ExtensionError(f"the reference lists {name}, which is not there")


def _complete(app: Sphinx, *_: Any) -> None:
    left_out = missing(Path(app.srcdir))
    if left_out:
        raise ExtensionError(
            f"the reference lacks {', '.join(left_out)}: name them in docs/site/reference"
        )


def _own(app: Sphinx, what: str, name: str, member: Any, skip: bool, options: Any) -> bool | None:
    """Leave out what a class has from other packages: their own pages tell of it."""
    function = getattr(member, "fget", None) or getattr(member, "__func__", member)
    module = getattr(function, "__module__", None) or "clearprop"
    return None if module.startswith("clearprop") else True


def _by_another_name(app: Sphinx, env: Any, node: Any, content: Any) -> Any:
    """Lead a reference to where a thing is defined to the page of its public name.

    What is there without a page of its own stays as text; what is not there is a warning.
    """
    target = node.get("reftarget", "")
    if node.get("refdomain") != "py" or not target.startswith("clearprop."):
        return None
    try:
        thing = _thing(target)
    except (AttributeError, ExtensionError):
        return None
    for name in listed(Path(app.srcdir)):
        if _thing(name) is thing:
            domain = env.get_domain("py")
            start, builder = node["refdoc"], app.builder
            return domain.resolve_xref(env, start, builder, "obj", name, node, content)
    return content


BACK = re.compile(r"(_made/reference/([\w.]+)\.html)#([\w.]+)")


def _way_back(app: Sphinx, page: str, template: str, context: dict[str, Any], _: Any) -> None:
    """Mend links from sources to the reference: viewcode names one public room for each file."""

    def mended(match: re.Match[str]) -> str:
        address, name, anchor = match.groups()
        _, found, inside = f"{anchor}.".partition(f".{name.rpartition('.')[2]}.")
        return f"{address}#{f'{name}.{inside}'.rstrip('.')}" if found else address

    if page.startswith("_modules/") and "body" in context:
        context["body"] = BACK.sub(mended, context["body"])


BAR = re.compile(r"(?<![`\\])\|")
STAR = re.compile(r"(?<=[\wᵀ₁₂])\*(?=\()")


def _plain(app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Keep bars and stars of formulas as they are: in docstrings they are no markup."""
    for place, line in enumerate(lines):
        if not line.lstrip().startswith((">>>", "...")):
            lines[place] = STAR.sub(r"\\*", BAR.sub(r"\\|", line))


def setup(app: Sphinx) -> dict[str, Any]:
    """Check that the reference is complete; prepare docstrings."""
    app.connect("env-before-read-docs", _complete)
    app.connect("missing-reference", _by_another_name)
    app.connect("html-page-context", _way_back)
    app.connect("autodoc-skip-member", _own)
    app.connect("autodoc-process-docstring", _plain)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
