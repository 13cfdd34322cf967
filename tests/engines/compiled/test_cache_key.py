"""Machine code is found again only by the sources, versions and processor it was made from."""

import shutil
from pathlib import Path

import pytest

from clearprop.engines.compiled import cache

SOURCES = Path(cache.__file__).parent


@pytest.fixture
def folder_of_copy(tmp_path, monkeypatch):
    """Return a copy of the sources, and what names the folder that belongs to it."""
    copy = tmp_path / "compiled"
    shutil.copytree(SOURCES, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(cache, "__file__", str(copy / "cache.py"))
    return copy, cache.cache_folder.__wrapped__


def test_a_change_in_any_source_file_asks_for_another_folder(folder_of_copy):
    copy, folder = folder_of_copy
    before = folder()
    assert before == cache.cache_folder()
    for source in sorted(copy.rglob("*.py")):
        text = source.read_bytes()
        source.write_bytes(text + b"#")
        assert folder() != before, source.relative_to(copy)
        source.write_bytes(text)
    assert folder() == before


@pytest.mark.parametrize(
    ("owner", "name", "value"),
    [
        (cache.nb, "__version__", "0.0"),
        (cache.llvm, "get_host_cpu_name", lambda: "another"),
    ],
)
def test_another_numba_or_processor_asks_for_another_folder(
    folder_of_copy, monkeypatch, owner, name, value
):
    _, folder = folder_of_copy
    before = folder()
    monkeypatch.setattr(owner, name, value)
    assert folder() != before
