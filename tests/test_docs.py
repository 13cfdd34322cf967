"""What the pages in docs/ show is what happens."""

import doctest
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
PAGES = [page for page in sorted(DOCS.rglob("*.md")) if ">>>" in page.read_text(encoding="utf-8")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_example_of_a_page(page):
    done = doctest.testfile(
        str(page), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE, encoding="utf-8"
    )
    assert done.attempted > 0
    assert done.failed == 0


ROOT = Path(__file__).parents[1]
HIDDEN = {".venv", ".venv-doors", "node_modules", ".git"}
NAMED = re.compile(r"`([\w/.-]+\.(?:py|ts|md|json))`")
ELSEWHERE = {"test_mlp.py"}  # scikit-learn's own


def test_every_file_that_a_page_names_is_there():
    pages = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md"]
    files = {path.as_posix() for path in ROOT.rglob("*.*") if not HIDDEN & set(path.parts)}
    for page in [*pages, *DOCS.rglob("*.md"), ROOT / "benchmarks" / "README.md"]:
        for name in set(NAMED.findall(page.read_text(encoding="utf-8"))) - ELSEWHERE:
            assert any(path.endswith(f"/{name}") for path in files), f"{page.name}: {name}"
