"""Descents as a page: walked by keyboard in a browser without a network; its numbers the walk's."""

import json
import re
from dataclasses import replace

import pytest

import clearprop as cp
from clearprop.descent import basin_map, race
from clearprop.writing.numbers import read, shown
from tests.browser import check_from_start_to_end, opening, reopened
from tests.view.test_hostile import STRINGS
from tests.view.test_look import SETTINGS

MAIN = ".clearprop main"

OPTIMIZERS = {
    "sgd": cp.SGD(0.01),
    "momentum": cp.SGD(0.005, 0.9),
    "nesterov": cp.SGD(0.005, 0.9, nesterov=True),
    "rmsprop": cp.RMSProp(0.05),
    "adam": cp.Adam(0.1),
    "adamw": cp.AdamW(0.1, 0.1),
}


@pytest.fixture
def opened(browser, tmp_path):
    """Open a result's page from disk; afterwards nothing may have gone wrong in it."""
    with opening(browser, tmp_path, lambda result, path: result.to_html(path), MAIN) as open_:
        yield open_


def last_number(line):
    """Return what stands behind the last = or ≈ of an equation."""
    return read(re.split("[=≈]", line)[-1])


def is_in_fog(page):
    return page.eval_on_selector(".ground-line", "one => one.closest('[clip-path]') !== null")


EQUATIONS = "all => all.map((one) => one.textContent.replaceAll('\\u2062', ''))"


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_each_step_s_equation_ends_at_the_next_position(opened, name):
    walk = cp.descend(
        cp.landscapes.himmelblau, start=[0.5, -1.0], optimizer=OPTIMIZERS[name], steps=12
    )
    page = opened(walk)
    for step in range(walk.steps):
        for place, letter in enumerate("xy"):
            lines = page.eval_on_selector_all(f".reckoned:nth-of-type({place + 1}) math", EQUATIONS)
            assert lines[-1].startswith(f"{letter}new=")
            assert last_number(lines[-1]) == read(shown(walk.positions[step + 1, place]))
        page.keyboard.press("ArrowRight")


def test_gradient_descent_s_numbers_can_be_computed_again(opened):
    walk = cp.descend(cp.landscapes.island, start=0.3, optimizer=cp.SGD(0.1), steps=10)
    page = opened(walk)
    pattern = r"xnew=(\S+?)−(\S+?)·\(?(\S+?)\)?[=≈]\S+"
    for step in range(walk.steps):
        (line,) = page.eval_on_selector_all(".reckoned math", EQUATIONS)
        first, rate, slope = map(read, re.fullmatch(pattern, line).groups())
        assert first - rate * slope == pytest.approx(walk.positions[step + 1, 0], rel=1e-3)
        page.keyboard.press("ArrowRight")


def test_every_step_on_the_page_is_the_walk_s(opened):
    walk = cp.descend(cp.landscapes.island, start=0.3, optimizer=cp.Adam(0.1), steps=25)
    page = opened(walk)
    for step in range(walk.steps + 1):
        told = page.eval_on_selector_all(
            ".facts dd", "all => all.map(one => [one.textContent, one.title])"
        )
        values = walk.positions[step, 0], walk.heights[step], walk.slopes[step, 0]
        for (text, exact), value in zip(told, values, strict=True):
            assert text.removeprefix("≈ ") == shown(value)
            assert read(exact) == value
        page.keyboard.press("ArrowRight")
    assert page.inner_text(".ending") == walk.ending
    assert page.url.endswith(f"#step-{walk.steps}")


def test_the_fog_hides_the_ground_and_the_end_until_it_lifts(opened):
    walk = cp.descend(cp.landscapes.island, start=0.3, optimizer=cp.SGD(0.1), steps=60)
    page = opened(walk)
    assert is_in_fog(page)
    assert walk.ending not in page.inner_text("main")
    page.keyboard.press("f")
    assert not is_in_fog(page)
    assert walk.ending in page.inner_text("main")
    page.keyboard.press("f")
    assert is_in_fog(page)
    page.keyboard.press("End")  # at the end it lifts by itself
    assert not is_in_fog(page)


def test_a_link_to_a_step_is_a_link_to_that_step(opened):
    walk = cp.descend(cp.landscapes.island, start=0.3, optimizer=cp.SGD(0.1), steps=20)
    page = opened(walk, "#step-7")
    assert read(page.locator(".facts dd").first.get_attribute("title")) == walk.positions[7, 0]


def test_a_race_is_followed_walker_by_walker(opened):
    found = race(cp.landscapes.rosenbrock, [-1.2, 1.0], [cp.SGD(1e-3), cp.Adam(0.05)], 40)
    page = opened(found)
    names = page.eval_on_selector_all(".walkers button", "all => all.map(one => one.textContent)")
    assert names == list(found.walks)
    page.click(f".walkers button:has-text('{names[1]}')")
    page.keyboard.press("End")
    told = page.eval_on_selector_all(".facts dd", "all => all.map(one => one.title)")
    assert [read(one) for one in told[:2]] == [*found.walks[names[1]].positions[-1]]


def test_dropped_walkers_and_basins_are_counted(opened):
    walks = cp.descend(
        cp.landscapes.himmelblau, starts=200, optimizer=cp.SGD(0.01), steps=200, seed=0
    )
    page = opened(walks)
    page.keyboard.press("End")
    assert page.locator(".dropped").count() == 200
    text = page.inner_text(".counts")
    assert all(where in text and str(count) in text for where, count in walks.counts().items())
    page = opened(basin_map(cp.landscapes.island, cp.SGD(0.1), resolution=20))
    assert page.locator("rect.basin").count() == 20


def test_what_is_not_finite_is_named_and_does_no_harm(opened):
    walk = cp.descend(cp.landscapes.rosenbrock, [-1.2, 1.0], cp.SGD(0.1), steps=20)
    assert walk.kind in ("diverged", "not finite")
    page = opened(walk)
    page.keyboard.press("End")
    assert walk.ending in page.inner_text("main")
    assert "NaN" not in page.inner_html("svg.picture")


RESULTS = {
    "a walk": lambda: cp.descend(cp.landscapes.island, 0.3, cp.SGD(0.1), steps=20),
    "a race": lambda: race(cp.landscapes.rosenbrock, [-1.2, 1.0], [cp.SGD(1e-3), cp.Adam(0.05)], 9),
    "dropped": lambda: cp.descend(
        cp.landscapes.himmelblau, starts=50, optimizer=cp.SGD(0.01), steps=50, seed=0
    ),
    "basins": lambda: basin_map(cp.landscapes.himmelblau, cp.SGD(0.01), resolution=8),
}


@pytest.mark.parametrize("shape", SETTINGS)
@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.one_in(9)
def test_nothing_scrolls_sideways_and_nothing_bars_anyone(opened, name, shape):
    page = opened(RESULTS[name](), **SETTINGS[shape])
    check_from_start_to_end(page)


HEADING_IS_THE_NAME = """() => {
  const data = JSON.parse(document.getElementById("clearprop-data").textContent);
  return document.querySelector("h1").textContent === data.landscape.name;
}"""


def test_hostile_names_are_text(opened):
    walk = cp.descend(cp.landscapes.island, 0.3, cp.SGD(0.1), steps=2)
    page = opened(walk)
    for text in STRINGS:
        words = dict.fromkeys(("name", "about", "source", "formula", "note"), text)
        hostile = replace(walk, landscape=replace(walk.landscape, **words))
        file = reopened(page, hostile.to_html())
        assert (file["scripts"], file["forbidden"]) == (2, 0), text
        assert file["title"].endswith(": gradient descent"), text
        assert file["data"]["landscape"]["name"] == text
        page.keyboard.press("End")
        assert page.evaluate(HEADING_IS_THE_NAME), text
        assert page.evaluate("window.stolen === undefined")
        assert page.locator("main").count() == 1
        assert page.locator("img, iframe, object, a").count() == 0
        assert page.locator(".facts dd").count() == 3


def test_payload_is_strict_json_and_refuses_what_cannot_be_drawn():
    walk = cp.descend(cp.landscapes.island, start=0.3, optimizer=cp.SGD(0.1), steps=3)
    told = json.loads(json.dumps(walk.page_document(), allow_nan=False))
    assert told["walks"][0]["ending"] == walk.ending
    assert len(walk.to_html()) < 200_000
    high = replace(cp.landscapes.island, box=((-1.0, 1.0),) * 3)
    with pytest.raises(ValueError, match="3 dimensions; two are drawn"):
        replace(walk, landscape=high).page_document()


def test_a_notebook_gets_the_page_and_the_text():
    walk = cp.descend(cp.landscapes.island, start=0.3, optimizer=cp.SGD(0.1), steps=3)
    bundle = walk._repr_mimebundle_()
    assert bundle["text/plain"] == str(walk)
    assert 'sandbox="allow-scripts"' in bundle["text/html"]
