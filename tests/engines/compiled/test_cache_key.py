"""Machine code is found again only by the sources it was made from, whichever of them changed."""

import shutil
from pathlib import Path

import pytest

from clearprop.engines.compiled import cache

SOURCES = Path(cache.__file__).parent


@pytest.fixture
def copy_and_key(tmp_path, monkeypatch):
    """Return a copy of the sources, and what makes the key that belongs to it."""
    copy = tmp_path / "compiled"
    shutil.copytree(SOURCES, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(cache, "__file__", str(copy / "cache.py"))
    return copy, getattr(cache._digest, "__wrapped__", cache._digest)


def test_a_change_in_any_source_file_is_another_key(copy_and_key):
    copy, key = copy_and_key
    before = key()
    for source in sorted(copy.rglob("*.py")):
        text = source.read_bytes()
        source.write_bytes(text + b"#")
        assert key() != before, source.relative_to(copy)
        source.write_bytes(text)
    assert key() == before
