"""Pages opened from disk in a headless Chromium that may read their own file and nothing else."""

from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import IN_CI

WIDE = {"width": 1200, "height": 900}


class Opened:
    """A page opened from disk, and everything that went wrong in it."""

    def __init__(self, browser, path, hash_="", wait="svg.picture", **settings):
        self.context = browser.new_context(**{"viewport": WIDE, **settings})
        self.context.route("**/*", lambda route: self._decide(route))
        self.page = self.context.new_page()
        self.page.on("console", lambda m: m.type in ("error", "warning") and self._note(m.text))
        self.page.on("pageerror", lambda error: self._note(str(error)))
        self.page.on("crash", lambda _: self._note("the page's process ended"))
        self.page.on("dialog", lambda dialog: (self._note("dialog"), dialog.dismiss()))
        self.show(path, hash_, wait)

    def show(self, path, hash_="", wait="svg.picture"):
        """Open another file in the same page."""
        self.problems, self.requests, self.path = [], [], path
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
        assert self.problems == [], self.problems
        assert self.requests == [], self.requests


FREE = defaultdict(list)
"""Pages that no test uses now, by their settings: a new page is a new process."""


@contextmanager
def opening(browser, folder, save, wait="svg.picture", shared=True):
    """Give what opens a thing that `save(thing, path)` writes; nothing may have gone wrong then.

    A shared page is used by other tests afterwards: only what a new file resets may be changed.
    """
    pages = []

    def open_(thing, hash_="", **settings):
        path = folder / f"page{len(pages)}.html"
        save(thing, path)
        free = FREE[repr(sorted(settings.items()))] if shared else []
        if free:
            opened = free.pop()
            opened.page.mouse.move(0, 0)
            opened.show(path, hash_, wait)
        else:
            opened = Opened(browser, path, hash_, wait, **settings)
        pages.append((opened, free))
        return opened.page

    yield open_
    for opened, free in pages:
        opened.check()
        if shared:
            free.append(opened)
        else:
            opened.context.close()


REOPEN = """(text) => {
  const file = new DOMParser().parseFromString(text, "text/html");
  const data = file.getElementById("clearprop-data").textContent;
  document.getElementById("clearprop-data").textContent = data;
  const program = document.createElement("script");
  program.textContent = file.scripts[file.scripts.length - 1].textContent;
  document.body.append(program);
  program.remove();
  const forbidden = "iframe, img, object, embed, link, base, video, a, plaintext, form, svg";
  return {
    title: file.title, scripts: file.scripts.length,
    forbidden: file.querySelectorAll(forbidden).length, data: JSON.parse(data),
  };
}"""


def reopened(page, html):
    """Show another page's data in a page with the same program, and say what the file holds.

    The browser's parser reads the whole file. The program runs again as a script of the page: its
    policy allows it only while it is the program that the page was opened with.
    """
    return page.evaluate(REOPEN, html)


def axe():
    """The accessibility checker's source, from the view's own locked packages."""
    path = Path(__file__).parents[1] / "view" / "node_modules" / "axe-core" / "axe.min.js"
    if not path.exists() and not IN_CI:
        pytest.skip("axe-core is not installed: cd view && npm ci")
    return path.read_text(encoding="utf-8")


COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules of axe-core that see a colour: the others find in dark what they find in light."""


def serious_faults(page, within="html", rules=None):
    """Return what axe-core finds on a page that bars somebody; its source runs there already."""
    run = """async ([within, rules]) => {
      const options = { resultTypes: ['violations'], preload: false };
      if (rules) options.runOnly = rules;
      return (await axe.run(within, options)).violations;
    }"""
    found = page.evaluate(run, [within, rules])
    return [
        (fault["id"], [node["html"][:160] for node in fault["nodes"]][:3])
        for fault in found
        if fault["impact"] in ("serious", "critical")
    ]


def check_from_start_to_end(page):
    """Check at the first, the second and the last step: nothing scrolls sideways or bars anyone."""
    page.evaluate(axe())
    for key in ("Home", "ArrowRight", "End"):
        page.keyboard.press(key)
        wide, seen = page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert wide <= seen
        assert serious_faults(page) == []
