"""Walks taken in the page: by exported programs, with the numbers of Python's walks."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

import clearprop as cp
from clearprop.definitions.schedules import Cosine
from clearprop.descent import landscapes, race
from clearprop.descent.traced import FUNCTIONS, NotTracedError, traced_landscape
from clearprop.writing.numbers import shown
from tests.browser import opening
from tests.node import VIEW, Program

MAIN = ".clearprop main"
FORMULAS = ("x**4 - 3*x**2 + x", "sin(x)*y + abs(x - y)/3 + atan(x)", "exp(-x**2) + cosh(x)/9")
GROUNDS = {**landscapes.named, **{text: text for text in FORMULAS}}
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
    with opening(browser, tmp_path, lambda result, path: result.to_html(path), MAIN) as open_:
        yield open_


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    modules = {"program": "descent/program", "stroll": "descent/stroll"}
    return Program(tmp_path_factory.mktemp("trying"), modules)


def ground_of(name):
    found = GROUNDS[name]
    return landscapes.formula(found) if isinstance(found, str) else found


@pytest.mark.parametrize("name", GROUNDS)
def test_the_exported_landscape_is_the_landscape(program, name):
    if name in FORMULAS:
        pytest.importorskip("sympy")
    ground = ground_of(name)
    names = ("x", "y")[: ground.dimensions]
    traced = traced_landscape(ground, names)
    points = np.vstack([ground.drop(20, np.random.default_rng(0)), [[0.0] * len(names)]])
    given = [dict(zip(names, point, strict=True)) for point in points.tolist()]
    found = program.call("program.run", *[(traced, one) for one in given])
    heights = [one["height"] for one in found]
    slopes = [[one[f"slope.{letter}"] for letter in names] for one in found]
    np.testing.assert_allclose(heights, ground.heights(points), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(slopes, ground.slopes(points), rtol=1e-12, atol=1e-12)


def test_the_page_computes_the_functions_that_python_exports(program):
    source = (VIEW / "src" / "descent" / "program.ts").read_text()
    (body,) = re.findall(r"const FUNCTIONS.*?= \{(.*?)\};", source, re.DOTALL)
    assert set(re.findall(r"(\w+): Math", body)) == set(FUNCTIONS)


def strolled(program, recorded, *tries):
    """Return the walks that the page takes for starts and rates."""
    document = recorded.page_document()
    calls = [(document, document["walks"][0], list(start), rate) for start, rate in tries]
    return program.call("stroll.stroll", *calls)


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("ground", ["island", "himmelblau", "rosenbrock", "plateau", "saddle"])
def test_a_walk_taken_in_the_page_is_python_s(program, ground, name):
    """From other starts, with another rate: positions, number of steps, and how it ended."""
    landscape, optimizer = ground_of(ground), OPTIMIZERS[name]
    first = landscape.drop(1, np.random.default_rng(9))[0]
    recorded = cp.descend(landscape, first, optimizer, steps=120)
    tries = [
        (start, optimizer.learning_rate * factor)
        for start in landscape.drop(3, np.random.default_rng(1))
        for factor in (1.0, 3.0)
    ]
    for walk, (start, rate) in zip(strolled(program, recorded, *tries), tries, strict=True):
        again = cp.descend(landscape, start, with_rate(optimizer, rate), steps=120)
        assert len(walk["positions"]) == again.steps + 1
        np.testing.assert_allclose(walk["positions"], again.positions, rtol=1e-6, atol=1e-9)
        kinds = {"level": {"minimum", "saddle", "summit", "flat"}}
        assert again.kind in kinds.get(walk["kind"], {walk["kind"]})


def with_rate(optimizer, rate):
    inner = getattr(optimizer, "optimizer", None)
    if inner is not None:
        return replace(optimizer, optimizer=replace(inner, learning_rate=rate))
    return replace(optimizer, learning_rate=rate)


def test_schedules_go_on_where_a_walk_is_longer_than_the_recorded_one(program):
    recorded = cp.descend(landscapes.island, 1.45, cp.SGD(0.1), steps=60, schedule=Cosine())
    again = cp.descend(landscapes.island, -0.2, cp.SGD(0.05), steps=60, schedule=Cosine())
    (walk,) = strolled(program, recorded, ([-0.2], 0.05))
    np.testing.assert_allclose(walk["positions"], again.positions, rtol=1e-9)
    np.testing.assert_allclose(walk["rates"], again.rates)


def test_a_start_is_typed_moved_by_keys_clicked_and_put_back(opened):
    page = opened(cp.descend(landscapes.island, 0.3, cp.SGD(0.1), steps=60))
    page.fill("#start-x", "-0.3")
    page.keyboard.press("Enter")
    again = cp.descend(landscapes.island, -0.3, cp.SGD(0.1), steps=60)
    page.keyboard.press("Tab")
    assert f"step 0 of {again.steps}" in page.inner_text(".moment")
    assert "at rest in a local minimum at −1" in page.inner_text(".tried")
    page.focus("#start-x")
    page.keyboard.press("ArrowUp")
    assert float(page.input_value("#start-x")) == pytest.approx(-0.3 + 3.7 / 100)
    box = page.locator("svg.picture").bounding_box()
    page.mouse.click(box["x"] + 0.9 * box["width"], box["y"] + 50)
    assert float(page.input_value("#start-x")) > 1
    assert page.evaluate("document.activeElement.tagName") != "SELECT"
    page.click("text=as recorded")
    assert page.input_value("#start-x") == "0.3"
    assert page.locator("text=as recorded").is_disabled()


def test_dragging_on_the_map_moves_the_start_and_the_whole_walk_is_seen(opened):
    page = opened(cp.descend(landscapes.himmelblau, [0, 0], cp.Adam(0.1), steps=90))
    page.keyboard.press("f")
    box = page.locator("svg.picture").bounding_box()
    page.mouse.move(box["x"] + 150, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 250, steps=4)
    page.mouse.up()
    start = [float(page.input_value(f"#start-{letter}")) for letter in "xy"]
    again = cp.descend(landscapes.himmelblau, start, cp.Adam(0.1), steps=90)
    told = page.eval_on_selector_all(".facts dd", "all => all.map(one => one.textContent)")
    assert told[0].removeprefix("≈ ") == shown(again.positions[-1, 0])
    assert "90 of 90" in page.inner_text(".moment")


def test_the_rate_is_typed_and_dragged_and_its_equation_is_written(opened):
    page = opened(cp.descend(landscapes.island, 0.3, cp.SGD(0.1), steps=60))
    page.fill("#rate", "2")
    page.keyboard.press("Enter")
    assert "SGD, η 2" in page.inner_text(".moment")
    assert "·" in page.inner_text(".reckoned")
    assert page.eval_on_selector(".reckoned math", "one => one.textContent").startswith(
        "xnew=0.3−2·(−0.468)"
    )
    page.focus("[aria-label^='learning rate']")
    page.keyboard.press("Home")
    assert float(page.input_value("#rate")) == pytest.approx(0.001)
    page.fill("#rate", "-1")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert float(page.input_value("#rate")) == pytest.approx(0.001)  # no rate, and nothing is taken


def test_all_of_a_race_start_anew_and_one_gets_another_rate(opened):
    found = race(landscapes.himmelblau, [0.0, 0.0], [cp.SGD(0.002), cp.Adam(0.1)], 40)
    page = opened(found)
    page.fill("#start-x", "-1")
    page.keyboard.press("Enter")
    again = race(landscapes.himmelblau, [-1.0, 0.0], [cp.SGD(0.002), cp.Adam(0.1)], 40)
    page.evaluate("document.activeElement.blur()")
    for name, walk in again.walks.items():
        page.click(f".walkers button:has-text('{name}')")
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("End")
        told = page.eval_on_selector_all(
            ".facts dd", "all => all.map(one => Number(one.title.replace('−', '-')))"
        )
        np.testing.assert_allclose(told[:2], walk.positions[-1], rtol=1e-9)


def test_what_cannot_be_tried_says_why(opened):
    own = landscapes.own(lambda x: (x - 2) ** 2, lambda x: 2 * (x - 2), box=(0, 5))
    page = opened(cp.descend(own, 1.0, cp.SGD(0.1), steps=9))
    assert "cannot be tried here: of this landscape, it is a function that only Python" in (
        page.inner_text(".trying")
    )
    assert page.locator("#rate").count() == 0
    noisy = cp.descend(landscapes.island, 0.3, cp.SGD(0.1), steps=9, noise=0.1, seed=0)
    assert "random noise" in opened(noisy).inner_text(".trying")


def branching(xp, x):
    return x[..., 0] if x[..., 0] > 0 else -x[..., 0]


def unknown(xp, x):
    return xp.arcsin(x[..., 0])


@pytest.mark.parametrize(("height", "why"), [(branching, "branches"), (unknown, "uses arcsin")])
def test_what_is_no_program_is_refused(height, why):
    ground = replace(landscapes.island, height=height)
    with pytest.raises(NotTracedError, match=why):
        traced_landscape(ground, ("x",))


def test_a_payload_has_no_formula_of_a_large_walk_twice():
    walks = cp.descend(landscapes.island, starts=30, optimizer=cp.Adam(0.05), seed=0)
    document = json.loads(json.dumps(walks.page_document(), allow_nan=False))
    assert len(document["steps"]) == 1
    assert {walk["step"] for walk in document["walks"]} == {0}
