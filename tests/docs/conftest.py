"""The site that `make docs` has built, and what its extensions know."""

import sys
from pathlib import Path

import pytest

from tests.conftest import IN_CI

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "build" / "site"
sys.path.insert(0, str(ROOT / "docs" / "site"))


@pytest.fixture(scope="session")
def site():
    """The folder of the built site; without it the tests are skipped, but never in CI."""
    if not (BUILT / "index.html").exists() and not IN_CI:
        pytest.skip("the site is not built here: make docs")
    assert (BUILT / "index.html").exists(), "CI builds the site before the tests: make docs"
    return BUILT
