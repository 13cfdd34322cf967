"""What the page of a descent tells: who came first, what is drawn, scales and names."""

import re

import numpy as np
import pytest

import clearprop as cp
from clearprop.descent import landscapes, race
from clearprop.descent.viewed import race_headline
from clearprop.writing.numbers import read
from tests.browser import opening

MAIN = ".clearprop main"


@pytest.fixture
def opened(browser, tmp_path):
    with opening(browser, tmp_path, lambda result, path: result.to_html(path), MAIN) as open_:
        yield open_


def headline(ground, start, optimizers, steps):
    return race_headline(race(ground, start, optimizers, steps).walks)


def test_a_race_in_one_minimum_is_told_by_who_rests_first():
    both = [cp.SGD(0.1), cp.SGD(0.3)]
    steps = [cp.descend(landscapes.island, 0.5, one, steps=200).steps for one in both]
    assert steps[1] < steps[0]
    assert headline(landscapes.island, 0.5, both, 200) == (
        f"both rest in one minimum; SGD, η 0.3 rests first, after {steps[1]} steps"
    )
    told = headline(landscapes.himmelblau, [0, 0], [cp.SGD(0.002), cp.RMSProp(0.1)], 200)
    assert told == "both reach one minimum; RMSProp, η 0.1 rests first, after 26 steps"


def test_a_race_that_parts_says_how_many_arrive():
    optimizers = [cp.SGD(0.1), cp.SGD(0.1, 0.9), cp.SGD(30.0)]
    told = headline(landscapes.island, -0.3, optimizers, 300)
    assert told.startswith("2 of 3 rest in ")
    assert "lowest at the end" not in told


def test_where_nobody_arrives_heights_are_compared_to_the_rounding():
    told = headline(landscapes.plateau, [6.9, 6.9], [cp.SGD(0.01), cp.SGD(0.02)], 3)
    assert told.startswith("none is in a known minimum; lowest at the end, at 1: SGD, η 0.01, SGD")


def test_it_says_how_many_walkers_are_drawn_and_each_has_its_own_line(opened):
    page = opened(cp.descend(landscapes.island, starts=20, optimizer=cp.SGD(0.1), seed=0))
    assert page.inner_text(".drawn") == (
        "12 of the 20 walkers are drawn with their path and can be followed; all are dots."
    )
    looks = page.eval_on_selector_all(
        ".walk .trail",
        "all => all.map(getComputedStyle).map((one) => one.stroke + one.strokeDasharray)",
    )
    assert len(looks) == len(set(looks)) == 12
    numbers = page.locator(".number-of").all_text_contents()
    assert numbers == [str(place) for place in range(1, 13)]
    assert page.locator("rect.fog").count() == 1
    page.keyboard.press("f")
    assert page.locator("rect.fog").count() == 0


def arrow(page):
    """Return the length of the arrow's shaft in pixels."""
    found = re.search(r"l([-\d.e]+) ([-\d.e]+)m", page.locator("path.slope").get_attribute("d"))
    return np.hypot(*map(float, found.groups()))


def test_the_arrow_is_as_long_as_the_slope_and_its_scale_is_told(opened):
    walk = cp.descend(landscapes.himmelblau, [0, 0], cp.SGD(0.002), steps=30)
    page = opened(walk)
    ratios = []
    for step in range(12):
        ratios.append(arrow(page) / np.linalg.norm(walk.slopes[step]))
        told = page.inner_text("p.arrow")
        here = read(re.search(r"here it is (\S+)\.$", told)[1])
        assert here == pytest.approx(np.linalg.norm(walk.slopes[step]), rel=1e-3)
        page.keyboard.press("ArrowRight")
    assert np.ptp(ratios) < 1e-6 * ratios[0]
    bar = page.locator(".arrow-scale").bounding_box()["width"]
    assert bar == pytest.approx(
        ratios[0] * read(re.search(r"a slope of (\S+);", told)[1]), rel=0.02
    )


def test_a_map_has_a_scale_contours_names_and_its_marks_explained(opened):
    page = opened(cp.descend(landscapes.himmelblau, [0, 0], cp.SGD(0.002), steps=9))
    assert page.locator(".heights").count() == 0  # in the fog nothing is known
    page.keyboard.press("f")
    told = page.inner_text(".heights")
    heights = landscapes.himmelblau.heights(
        np.stack(np.meshgrid(*[np.linspace(-6, 6, 81)] * 2), axis=-1)
    )
    low, high = (read(one) for one in re.search(r"height (\S+)\s+(\S+);", told).groups())
    assert (low, high) == (float(f"{heights.min():.3g}"), float(f"{heights.max():.0f}"))
    assert "⟂ marks a known minimum" in told
    assert page.locator(".grey").count() == 12
    assert page.locator("path.contour").count() == 5
    assert page.locator(".tick.name").all_text_contents() == ["x", "y"]


def test_contours_are_where_the_height_is_theirs(opened):
    page = opened(cp.descend(landscapes.saddle, [0.5, 0.5], cp.SGD(0.1), steps=2))
    page.keyboard.press("f")
    for contour in page.locator("path.contour").all():
        height = read(contour.locator("title").text_content().removeprefix("height "))
        d = contour.get_attribute("d")
        points = np.array(
            [[float(n) for n in one.split()] for one in re.findall(r"[ML]([^ML]+)", d)]
        )
        box = page.locator("svg.picture")
        wide, tall = (float(box.get_attribute(name)) for name in ("width", "height"))
        x = -2 + (points[:, 0] - 56) / (wide - 72) * 4
        y = -1.7 + (tall - 32 - points[:, 1]) / (tall - 48) * 3.4
        np.testing.assert_allclose(
            landscapes.saddle.heights(np.stack([x, y], axis=-1)), height, atol=0.02
        )


def test_the_sea_has_its_zero_and_steps_are_counted_in_one_way(opened):
    found = race(landscapes.island, 0.3, [cp.SGD(0.1), cp.SGD(0.3)], 200)
    page = opened(found)
    assert "0" in page.locator(".tick:not(.name)").all_text_contents()
    assert page.locator(".tick.name").all_text_contents() == ["x", "height h"]
    first, second = (walk.steps for walk in found.walks.values())
    page.keyboard.press("ArrowRight")
    assert page.inner_text(".moment").startswith(f"step 1 of {first} ")
    assert page.inner_text(".steps .mono") == f"step 1 of {first}"
    page.locator(".walkers button").nth(1).click()
    page.keyboard.press("End")
    assert page.inner_text(".moment").startswith(f"step {second} of {second} ")
    assert page.inner_text(".steps .mono") == (
        f"step {second} of {second}, the longest walk {first}"
    )


def test_the_speed_is_chosen(opened):
    page = opened(cp.descend(landscapes.island, 0.3, cp.SGD(0.1), steps=60))
    page.clock.install()
    walked = []
    for speed in ("slow", "normal", "fast"):
        page.keyboard.press("Home")
        page.select_option(".steps select", speed)
        page.get_by_role("button", name="play").click()
        page.clock.run_for(1300)
        walked.append(int(page.inner_text(".steps .mono").split()[1]))
        page.get_by_role("button", name="stop").click()
        page.evaluate("document.activeElement.blur()")
    assert walked[0] < walked[1] < walked[2]
