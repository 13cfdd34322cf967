"""Files to read: written on the fly, and the real sets beside the project."""

import gzip
from pathlib import Path

import pytest

REAL_DATA = Path(__file__).parents[2].parent / "shared" / "data"


@pytest.fixture(scope="session")
def real_data():
    """The folder of real data sets."""
    if not REAL_DATA.is_dir():
        pytest.skip(f"real data sets are not beside the project: {REAL_DATA}")
    return REAL_DATA


@pytest.fixture
def write(tmp_path):
    """Write a file and return its path; a name that ends in .gz is packed."""

    def write_file(name, content):
        data = content.encode() if isinstance(content, str) else content
        path = tmp_path / name
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return write_file
