"""Tests on the real data sets, which may lie beside the project and are never part of it."""

import pytest

from benchmarks import real_sets


@pytest.fixture(scope="session", autouse=True)
def real_data():
    """The folder of the sets; without it every test here is skipped."""
    if not real_sets.FOLDER.is_dir():
        pytest.skip(real_sets.ABSENT)
    return real_sets.FOLDER
