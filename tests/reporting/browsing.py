"""A page opened from disk in a headless Chromium, and everything that went wrong in it."""

import os
from pathlib import Path

import pytest

IN_CI = os.environ.get("CI") == "true"


class Opened:
    """A page that may read its own file and nothing else."""

    def __init__(self, browser, path, hash_="", **settings):
        self.problems = []
        self.context = browser.new_context(**{"viewport": {"width": 1200, "height": 900}, **settings})
        self.path = path
        self.context.route("**/*", self._decide)
        self.page = self.context.new_page()
        self.page.on(
            "console", lambda m: m.type in ("error", "warning") and self.problems.append(m.text)
        )
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.problems.append("dialog"), dialog.dismiss()))
        self.page.goto(f"{path.as_uri()}{hash_}")
        self.page.wait_for_selector(".clearprop main", state="attached")

    def _decide(self, route):
        if route.request.url.split("#")[0] == self.path.as_uri():
            route.continue_()
        else:
            self.problems.append(f"request {route.request.url}")
            route.abort()

    def check(self):
        assert self.problems == []


def axe():
    """The accessibility checker's source, from the view's own locked packages."""
    path = Path(__file__).parents[2] / "view" / "node_modules" / "axe-core" / "axe.min.js"
    if not path.exists() and not IN_CI:
        pytest.skip("axe-core is not installed: cd view && npm ci")
    return path.read_text(encoding="utf-8")
