"""One headless Chromium for tests of pages; Hypothesis without a clock; Ctrl-C as in a shell."""

import os
import shutil
import signal
from collections import Counter

import pytest
from hypothesis import settings

CHROMIUM = os.environ.get("CLEARPROP_CHROMIUM") or shutil.which("chromium")
IN_CI = os.environ.get("CI") == "true"

# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile("without a clock", deadline=None)
settings.load_profile("without a clock")

# A program in the background of a shell ignores SIGINT, one under nohup SIGHUP, and their children
# inherit that; a handler, unlike that, is not inherited.
HANDLERS = {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: lambda *_: None}
for number in HANDLERS:
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, HANDLERS[number])


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Of a test marked `one_in(k)`, keep the first of every k cases fast; the others are slow."""
    met = Counter()
    for item in items:
        mark = item.get_closest_marker("one_in")
        if mark is not None:
            if met[item.function] % mark.args[0]:
                item.add_marker(pytest.mark.slow)
            met[item.function] += 1


@pytest.fixture(scope="session")
def browser():
    if not CHROMIUM and not IN_CI:
        pytest.skip("no chromium here: apt install chromium, or set CLEARPROP_CHROMIUM to its path")
    assert CHROMIUM, "CI must have chromium: the view's tests may not be skipped there"
    sync_api = pytest.importorskip("playwright.sync_api") if not IN_CI else None
    if sync_api is None:
        from playwright import sync_api
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()
