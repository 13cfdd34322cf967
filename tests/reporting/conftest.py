"""A headless Chromium for the report's page."""

import os
import shutil

import pytest

CHROMIUM = os.environ.get("CLEARPROP_CHROMIUM") or shutil.which("chromium")
IN_CI = os.environ.get("CI") == "true"


@pytest.fixture(scope="session")
def browser():
    if not CHROMIUM and not IN_CI:
        pytest.skip("no chromium here: apt install chromium, or set CLEARPROP_CHROMIUM to its path")
    assert CHROMIUM, "CI must have chromium: the page's tests may not be skipped there"
    if not IN_CI:
        pytest.importorskip("playwright.sync_api")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()
