"""The page of a comparison in a real browser: offline, light, dark, on a phone, hostile names."""

import re
from dataclasses import replace

import pytest

import clearprop as cp
from clearprop.tables.compare.markup import element
from clearprop.tables.compare.picture import Scale, scale_of
from clearprop.tables.compare.row import ContenderResult
from tests.browser import axe, opening, serious_faults
from tests.tables.compare.test_compare import made_up, row

HOSTILE = "</style><script>alert(1)</script><img src=x onerror=alert(1)>\ud800"
ROWS = (
    row("forest", 0.021),
    row("clearprop", 0.025, behind=0.004, ours=True),
    row("knn", 0.055, behind=0.034, p=0.001),
    row("dummy", 0.6, behind=0.58, p=1e-6),
    ContenderResult("svm", "SVM", False, "left out", "20 splits would take about 95 s"),
)
PHONE = {"viewport": {"width": 390, "height": 844}}


@pytest.fixture
def show(browser, tmp_path):
    with opening(browser, tmp_path, lambda found, path: found.to_html(path), "main") as open_:
        yield open_


def comparison(**more):
    return made_up(*ROWS, source="people", target="member", notes=("left out 1 column",), **more)


def test_everything_is_told(show):
    page = show(comparison())
    text = page.inner_text("body")
    assert page.title() == "people: models compared"
    assert page.inner_text("h1") == "people → member"
    assert page.inner_text(".verdict").replace("\u00a0", " ") == comparison().verdict
    for told in ("SVM", "left out: 20 splits would take about 95 s", "left out 1 column"):
        assert told in text
    assert page.locator(".scores tbody tr").count() == 4
    names = page.locator(".contender .name").all_inner_texts()
    assert names == ["forest", "clearprop", "knn", "dummy"]


def test_dots_stand_where_the_numbers_say(show):
    """Measured in the page, from the places of the scale's own numbers."""
    page = show(comparison())
    ticks = page.evaluate(
        """() => [...document.querySelectorAll('.tick')].map(
          (t) => {
            const r = t.getBoundingClientRect();
            return [t.textContent, r.x + r.width / 2];
          })"""
    )
    (first, at), (last, end) = ticks[0], ticks[-1]
    dots = page.evaluate(
        """() => [...document.querySelectorAll('.mark')].map(
          (t) => { const r = t.getBoundingClientRect(); return r.x + r.width / 2; })"""
    )
    unit = (end - at) / (float(last) - float(first))
    assert dots == pytest.approx(
        [at + unit * (value - float(first)) for value in (2.1, 2.5, 5.5)], abs=1
    )
    assert page.locator(".contender", has_text="dummy").locator(".off").count() == 1


def test_only_those_really_behind_are_empty_and_ours_is_marked(show):
    page = show(comparison())
    fills = page.evaluate(
        "() => [...document.querySelectorAll('.mark')].map((t) => getComputedStyle(t).fill)"
    )
    paper = page.evaluate(
        "() => getComputedStyle(document.querySelector('.clearprop')).backgroundColor"
    )
    assert [fill == paper for fill in fills] == [False, False, True]
    assert fills[0] != fills[1]


@pytest.mark.parametrize(
    "settings", [{}, {"color_scheme": "dark"}, PHONE], ids=["light", "dark", "phone"]
)
def test_nothing_is_wider_than_the_window_and_axe_finds_no_fault(show, settings):
    page = show(comparison(), **settings)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.evaluate(axe())
    assert serious_faults(page) == []


def test_names_of_users_are_texts(show):
    rows = (row("forest"), replace(row("x", behind=0.1), title=HOSTILE))
    page = show(made_up(*rows, source=HOSTILE, target=HOSTILE, notes=(HOSTILE,)))
    assert page.locator("img, script").count() == 0
    assert "<script>alert(1)</script>" in page.inner_text("h1")


def test_no_script_may_run_and_nothing_is_fetched():
    html = comparison().to_html()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert "<script" not in html
    assert "style=" not in html
    assert "http" not in html.replace("http-equiv", "")


def test_in_a_notebook_it_is_a_frame():
    html = comparison()._repr_html_()
    assert html.count("<iframe") == 1
    assert 'title="clearprop: models compared"' in html


def test_a_page_is_written_whole(tmp_path):
    path = tmp_path / "c.html"
    assert comparison().to_html(path) == path.read_text(encoding="utf-8")


def test_an_interrupted_one_says_so():
    assert "ended early" in comparison(interrupted=True).to_html()
    assert "ended early" not in comparison().to_html()


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [(0.0, 10.5, [0, 5, 10]), (1.9, 2.6, [2.0, 2.2, 2.4, 2.6]), (980, 1530, [1000, 1200, 1400])],
)
def test_ticks_are_round(low, high, ticks):
    assert Scale(low, high).ticks == pytest.approx(ticks)


def test_the_scale_holds_everyone_but_those_far_away():
    scale = scale_of(comparison())
    assert all(scale.holds(100 * each.scores["error"].mean) for each in ROWS[:3])
    assert not scale.holds(60)
    # Alone, and with no spread at all, there is a scale too.
    assert scale_of(made_up(row("dummy", 0.5, 0.0))).holds(50)
    assert scale_of(made_up(row("tree", 0.0, 0.0), row("lda", 0.0, 0.0, behind=0.0))).holds(0)


def test_elements_escape_what_is_no_element():
    assert element("p", "<b>", element("i", '"'), class_='"') == (
        '<p class="&quot;">&lt;b&gt;<i>&quot;</i></p>'
    )


def test_the_public_names():
    assert cp.Comparison is type(comparison())
    assert callable(cp.compare)
