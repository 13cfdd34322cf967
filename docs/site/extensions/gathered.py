"""Pages of the site that are files elsewhere: results, programs, the changelog, the architecture.

They are written into `docs/_made/`, which git ignores, before Sphinx looks for pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

MADE = "_made"
TEXTS = {
    "CHANGELOG.md": "changelog.md",
    "ARCHITECTURE.md": "architecture.md",
    "CONTRIBUTING.md": "contributing.md",
    "benchmarks/README.md": "benchmarks/how.md",
}
"""Files of the repository, and what their pages are called."""


def gather(docs: Path) -> None:
    """Write the pages."""
    root, made = docs.parent, docs / MADE
    pages = dict(_pages(root))
    for name, text in pages.items():
        _write(made / name, text)
    if not (docs / "gallery").exists():
        _write(made / "gallery" / "index.rst", "Examples\n========\n\nThere are none yet.\n")


def _pages(root: Path) -> Iterator[tuple[str, str]]:
    for source, name in TEXTS.items():
        yield name, (root / source).read_text(encoding="utf-8")
    for result in sorted((root / "benchmarks" / "results").glob("*.md")):
        yield f"benchmarks/{result.name}", _result(result)
    for folder in sorted(one for one in (root / "examples").iterdir() if one.is_dir()):
        yield f"examples/{folder.name}.md", _programs(folder)


def _result(path: Path) -> str:
    """Return a page of results whose title also names its file: several have the same."""
    text = path.read_text(encoding="utf-8")
    first, _, rest = text.partition("\n")
    if not first.startswith("# "):
        return f"# {path.stem}\n\n{text}"
    return f"{first} ({path.stem})\n{rest}"


def _programs(folder: Path) -> str:
    """Return a page with every program of a folder."""
    parts = [f"# examples/{folder.name}"]
    for program in sorted(folder.glob("*.py")):
        parts += [f"## {program.name}", f"```python\n{program.read_text(encoding='utf-8')}```"]
    return "\n\n".join(parts) + "\n"


def _write(path: Path, text: str) -> None:
    """Write a page if it is not there as it is: Sphinx reads again what is newer."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
