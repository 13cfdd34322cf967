"""Pages opened from disk in a headless Chromium that may read their own file and nothing else."""

from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import IN_CI

WIDE = {"width": 1200, "height": 900}


class Opened:
    """A page opened from disk, and everything that went wrong in it."""

    def __init__(self, browser, path, hash_="", wait="svg.picture", **settings):
        self.problems, self.requests = [], []
        self.context = browser.new_context(**{"viewport": WIDE, **settings})
        self.context.route("**/*", lambda route: self._decide(route))
        self.page = self.context.new_page()
        self.page.on("console", lambda m: m.type in ("error", "warning") and self._note(m.text))
        self.page.on("pageerror", lambda error: self._note(str(error)))
        self.page.on("dialog", lambda dialog: (self._note("dialog"), dialog.dismiss()))
        self.path = path
        self.page.goto(f"{path.as_uri()}{hash_}")
        self.page.wait_for_selector(wait, state="attached")

    def _note(self, text):
        self.problems.append(text)

    def _decide(self, route):
        if route.request.url.split("#")[0] == self.path.as_uri():
            route.continue_()
        else:
            self.requests.append(route.request.url)
            route.abort()

    def check(self):
        assert self.problems == []
        assert self.requests == []


@contextmanager
def opening(browser, folder, save, wait="svg.picture"):
    """Give what opens a thing that `save(thing, path)` writes; nothing may have gone wrong then."""
    pages = []

    def open_(thing, hash_="", **settings):
        path = folder / f"page{len(pages)}.html"
        save(thing, path)
        pages.append(Opened(browser, path, hash_, wait, **settings))
        return pages[-1].page

    yield open_
    for page in pages:
        page.check()
        page.context.close()


def axe():
    """The accessibility checker's source, from the view's own locked packages."""
    path = Path(__file__).parents[1] / "view" / "node_modules" / "axe-core" / "axe.min.js"
    if not path.exists() and not IN_CI:
        pytest.skip("axe-core is not installed: cd view && npm ci")
    return path.read_text(encoding="utf-8")


def serious_faults(page, within="html"):
    """Return what axe-core finds on a page that bars somebody; its source runs there already."""
    run = "(within) => axe.run(within, {resultTypes: ['violations']})"
    found = page.evaluate(run, within)["violations"]
    return [
        (fault["id"], [node["html"][:160] for node in fault["nodes"]][:3])
        for fault in found
        if fault["impact"] in ("serious", "critical")
    ]
