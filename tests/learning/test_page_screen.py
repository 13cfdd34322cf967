"""How the page fits on screens in Chromium, and how keys reach everything on it."""

import json

import numpy as np
import pytest

import clearprop as cp
from tests.browser import COLOURS, axe, serious_faults

SETTINGS = {
    "wide": {},
    "phone": {"viewport": {"width": 390, "height": 844}},
    "dark": {"color_scheme": "dark"},
    "dark phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
}


WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("shape", SETTINGS)
def test_nothing_scrolls_sideways_and_nobody_is_barred(opened, toys, shape):
    page = opened(toys, **SETTINGS[shape])
    page.evaluate(axe())
    if "phone" not in shape:
        page.click("[data-key=more]")
        page.click("text=your own table")
        page.click("text=ways of sending the error back")
    for tab in ("Data", "Network", "This weight"):
        if "phone" in shape:
            page.click(f".tabs button:text-is('{tab}')")
        elif tab != "Data":
            break
        assert page.evaluate(WIDER) <= 0
        assert serious_faults(page, rules=COLOURS if "dark" in shape else None) == []


def test_hostile_words_are_shown_as_words(opened):
    evil = "<img src=x onerror=alert(1)>"
    x = np.random.default_rng(0).normal(size=(12, 2))
    net = cp.Chain(cp.Dense(2, 2))
    page = opened(cp.learn(net, cp.CrossEntropy(), x, x[:, 0] > 0, inputs=(evil, "b"), title=evil))
    assert page.locator("img").count() == 0
    assert json.dumps(evil)[1:-1] in page.locator("h1").text_content()


SIZES = """() => [...new Set([...document.querySelectorAll(".learn *")]
  .filter((one) => !one.closest("math") && one.getClientRects().length
    && [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
  .map((one) => getComputedStyle(one).fontSize))].sort()"""


TOPS = """() => [".bench", ".data-panel", ".network-panel", ".number-panel", ".fog-panel",
    ".curve-panel"]
  .map((name) => Math.round(document.querySelector(name).getBoundingClientRect().top))"""


def test_the_first_screen_holds_every_panel_and_nothing_moves(opened, toys):
    page = opened(toys, viewport={"width": 1280, "height": 720})
    tops = page.evaluate(TOPS)
    assert tops[0] <= 192
    assert max(tops) <= 640
    assert len(page.evaluate(SIZES)) == 3
    page.click("[data-key='lesson 2']")
    assert page.evaluate(TOPS) == tops
    page.evaluate("clearprop.lab.turn({ loss: 'SquaredError' })")
    page.evaluate("clearprop.lab.setRate(30)")
    page.evaluate("clearprop.lab.goTo(400)")
    assert page.locator(".diagnosis").text_content()
    assert page.evaluate(TOPS) == tops


def test_the_page_is_small(toys):
    assert len(toys.to_html().encode()) < 400_000


FOCUSED = "() => document.activeElement.getAttribute('aria-label')"


def test_lines_and_units_are_reached_by_arrow_keys(opened, toys):
    page = opened(toys, viewport={"width": 1280, "height": 720})
    stops = page.evaluate("[...document.querySelectorAll('.net [tabindex=\"0\"]')].length")
    assert stops == 1
    page.locator(".net [tabindex='0']").focus()
    assert page.evaluate(FOCUSED) == "follow the strongest weight of unit 0 of dense1"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    weight = page.evaluate("clearprop.lab.trainer.numbers.get('dense1.W')[1]")
    assert page.evaluate(FOCUSED).startswith("dense1.W[0,1] = ")
    assert float(page.evaluate(FOCUSED).split("= ")[1].replace("−", "-")) == pytest.approx(
        weight, abs=1e-3
    )
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.evaluate("clearprop.lab.followed") == {"path": "dense1.W", "index": [1, 1]}
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(FOCUSED) == "follow the strongest weight of x2"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(FOCUSED) == "follow the strongest weight of unit 0 of dense1"
    assert page.evaluate("clearprop.lab.trainer.step") == 0
    assert page.evaluate("document.querySelectorAll('.net [tabindex=\"0\"]').length") == 1


def test_a_ladder_of_four_scales_on_the_same_keys(opened, toys):
    page = opened(toys, viewport={"width": 1280, "height": 720})
    now = lambda: page.evaluate(  # noqa: E731
        "[clearprop.lab.trainer.step, clearprop.lab.followed.path + clearprop.lab.followed.index,"
        " clearprop.lab.opened?.path ?? null]"
    )
    page.evaluate("clearprop.lab.follow({ path: 'dense1.W', index: [1, 3] })")
    page.keyboard.press("ArrowRight")
    assert now() == [1, "dense1.W1,3", None]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert now()[0] == 18
    page.keyboard.press("ArrowLeft")
    assert now()[0] == 0
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert page.locator(".ladder [aria-pressed=true]").text_content() == "moment"
    page.keyboard.press("ArrowRight")
    assert now() == [0, "dense1.W1,3", "dense1.db"]
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowLeft")
    assert now() == [0, "dense1.W1,3", "dense1.dy"]
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    assert now()[2] == "dense1.dy"
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    assert now() == [0, "dense1.b0", None]
