"""The built site: whole, offline, and readable by everybody."""

from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest

from tests.browser import axe, serious_faults

pytestmark = pytest.mark.slow  # a browser goes through all pages

LOADED = {"link": "href", "script": "src", "img": "src", "iframe": "src", "source": "src"}
"""What a browser fetches by itself."""
PASSIVE = {"canonical", "next", "prev", "index", "search", "author"}
"""Relations of a page that are not fetched."""


class Page(HTMLParser):
    """The names in a page, the links out of it, and what it loads."""

    def __init__(self, path):
        super().__init__()
        self.names, self.links, self.loaded = set(), [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.names |= {given[name] for name in ("id", "name") if given.get(name)}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        passive = tag == "link" and given.get("rel") in PASSIVE
        if tag in LOADED and given.get(LOADED[tag]) and not passive:
            self.loaded.append(given[LOADED[tag]])


@pytest.fixture(scope="module")
def pages(site):
    """Every page of the site by its path, but for the live ones, which have tests of their own."""
    others = ("live", "_static")
    paths = sorted(site.rglob("*.html"))
    return {path: Page(path) for path in paths if path.relative_to(site).parts[0] not in others}


def test_nothing_is_fetched_from_elsewhere(pages):
    fetched = {
        (path.name, address)
        for path, page in pages.items()
        for address in page.loaded
        if urlsplit(address).scheme not in ("", "data") or address.startswith("//")
    }
    assert fetched == set()


def test_every_link_inside_leads_somewhere(site, pages):
    broken, checked = [], 0
    for path, page in pages.items():
        for link in page.links + page.loaded:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            checked += 1
            known = pages.get(target)
            anchor = unquote(parts.fragment)
            if not target.exists() or (known and anchor and anchor not in known.names):
                broken.append((str(path.relative_to(site)), link))
    assert broken == []
    assert checked > 1000


LOOKED_AT = (
    "index", "site/start/bug", "site/guide", "site/mathematics", "site/reference/networks",
    "_made/reference/clearprop.MLPClassifier", "_made/benchmarks/tables", "_made/gallery/index",
)  # fmt: skip
SHAPES = {
    "wide": {"viewport": {"width": 1280, "height": 800}},
    "phone, dark": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_pages_are_offline_readable_and_no_wider_than_the_window(browser, site, shape):
    """One window for all pages: a request that is not for a file is a fault."""
    context = browser.new_context(**SHAPES[shape])
    page, problems = context.new_page(), []
    page.on("console", lambda m: m.type in ("error", "warning") and problems.append(m.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda r: r.url.startswith("http") and problems.append(r.url))
    for name in LOOKED_AT:
        page.goto((site / f"{name}.html").as_uri())
        over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(over) == 0, name
        page.evaluate("document.querySelector('iframe')?.remove()")  # it has tests of its own
        page.evaluate(axe())
        assert serious_faults(page, within="body") == [], name
    assert problems == []
    context.close()


def test_the_first_page_has_a_network_that_trains(browser, site):
    page = browser.new_page()
    page.goto((site / "index.html").as_uri())
    learner = page.frame_locator("iframe.live")
    learner.get_by_role("button", name="train").first.click()
    learner.get_by_text("epoch 2").first.wait_for()
    page.close()


def test_the_network_of_the_first_page_is_light_or_dark_as_the_site(browser, site):
    """Without an emulated system: that would colour every frame, whatever the site has chosen."""
    context = browser.new_context(color_scheme="null")
    page = context.new_page()
    page.goto((site / "index.html").as_uri())
    paper = page.frame_locator("iframe.live").locator("body")
    seen = {}
    for mode in ("Dark", "Light"):
        page.locator(".theme-switch-button:visible").click()
        page.get_by_text(mode, exact=True).locator("visible=true").click()
        page.wait_for_selector(f"html[data-theme={mode.lower()}]")
        dark = "() => matchMedia('(prefers-color-scheme: dark)').matches"
        assert paper.evaluate(dark) is (mode == "Dark")
        seen[mode] = paper.evaluate("body => getComputedStyle(body).backgroundColor")
    assert seen["Dark"] != seen["Light"]
    context.close()
