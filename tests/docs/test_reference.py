"""The reference has every public name."""

from pathlib import Path

import pytest

pytest.importorskip("sphinx", reason="the extra [docs] is not installed: make docs")

from extensions import reference

DOCS = Path(__file__).parents[2] / "docs"


def test_every_public_name_is_listed():
    assert len(list(reference.public())) > 150
    assert reference.missing(DOCS) == []


def test_a_name_that_is_not_listed_is_told(tmp_path, monkeypatch):
    pages = tmp_path / "site" / "reference"
    pages.mkdir(parents=True)
    for page in (DOCS / "site" / "reference").glob("*.rst"):
        text = page.read_text(encoding="utf-8").replace("   clearprop.Dense\n", "")
        (pages / page.name).write_text(text, encoding="utf-8")
    assert reference.missing(tmp_path) == ["clearprop.Dense"]


def test_a_listed_name_is_listed_once():
    names = reference.listed(DOCS)
    assert len(names) == len(set(names))
