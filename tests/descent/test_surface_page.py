"""A network's loss as a page: every number that of the surface, by keyboard, pointer and slider."""

import json
from dataclasses import replace

import numpy as np
import pytest

from clearprop.descent.plane import ALL
from clearprop.descent.surface_viewed import MOST_NORMS, count_of, headline, unseen
from clearprop.view.page import asset
from clearprop.writing.numbers import exact, read, shown
from tests.browser import check_from_start_to_end, opening, reopened
from tests.descent.surfaces import SURFACES, around, line, overflowing, plane
from tests.node import Program
from tests.view.test_hostile import STRINGS
from tests.view.test_look import SETTINGS

PICTURE = ".ground svg.picture"


@pytest.fixture
def opened(browser, tmp_path):
    """Open a surface's page from disk; afterwards nothing may have gone wrong in it."""
    with opening(browser, tmp_path, lambda found, path: found.to_html(path), PICTURE) as open_:
        yield open_


READ = """rows => Object.fromEntries(rows.map(row => [
  row.querySelector("th").textContent,
  [...row.querySelectorAll("td")].map(one => [one.textContent, one.title])]))"""


def facts(page, part):
    """Return a column of the table: text and all digits of each number, by name."""
    told = page.eval_on_selector_all(".both tbody tr", READ)
    place = {".on-path": 0, ".at-point": -1}[part]
    return {name: cells[place] for name, cells in told.items() if cells[place][0]}


def is_told(told, value):
    text, digits = told
    return text.removeprefix("≈ ") == shown(value) and digits == exact(float(value))


def test_every_epoch_on_the_page_is_the_path_s(opened):
    surface = plane()
    page = opened(surface)
    assert page.url.endswith("#epoch-25")  # it begins with what happened
    page.keyboard.press("Home")
    path = surface.paths[0]
    for epoch in range(26):
        told = facts(page, ".on-path")
        assert f"epoch {epoch} of 25" in page.inner_text(".moment")
        assert page.url.endswith(f"#epoch-{epoch}")
        assert is_told(told["loss"], path.losses[epoch])
        assert is_told(told["loss of the plane below"], path.below[epoch])
        for letter, value in zip("ab", path.coordinates[epoch].round(12) + 0.0, strict=True):
            assert is_told(told[letter], value)
        assert is_told(told["slope, all directions"], path.steepness[epoch])
        assert is_told(told["slope in the plane"], path.in_plane[epoch])
        assert is_told(told["‖θ‖"], path.norms["θ"][epoch])
        assert is_told(told["‖dense2.W‖"], path.norms["dense2.W"][epoch])
        part = shown(100 * (path.off_plane[epoch] / surface.unit).round(12), 3)
        assert told["off the plane"][0] == f"{part} % of the way"
        voice = page.locator("main > [role=status]").text_content()
        assert voice == f"path 1, epoch {epoch} of 25, loss {shown(path.losses[epoch])}"
        page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert "epoch 25 of 25" in page.inner_text(".moment")


def test_other_restarts_are_followed_and_their_shadows_told(opened):
    surface = plane()
    page = opened(surface, "#epoch-3")
    assert page.locator(".walk").count() == 3
    page.click(".walkers button:has-text('path 3')")
    assert is_told(facts(page, ".on-path")["loss"], surface.paths[2].losses[3])
    off = surface.paths[2].off_plane.max() / surface.unit
    assert f"at most {shown(100 * off, 3)} % of the way" in page.inner_text(".walkers")
    (a, b) = surface.paths[2].coordinates[3]
    outside = not (surface.a[0] <= a <= surface.a[-1] and surface.b[0] <= b <= surface.b[-1])
    assert ("outside the picture" in page.inner_text(".both")) == outside


@pytest.mark.parametrize("surface", [plane, around], ids=["path", "random"])
def test_sliders_go_to_every_point_of_the_grid(opened, surface):
    surface = surface()
    page = opened(surface)
    a, b = (page.locator(f"[data-key='point {letter}']") for letter in "ab")
    for column, row in ((0, 0), (len(surface.a) - 1, 2), (4, len(surface.b) - 1)):
        a.fill(str(column))
        b.fill(str(row))
        told = facts(page, ".at-point")
        assert is_told(told["a"], surface.a[column])
        assert is_told(told["b"], surface.b[row])
        assert is_told(told["loss"], surface.heights[row, column])
        for name, lengths in surface.norms.items():
            assert is_told(told[f"‖{name}‖"], lengths[row, column])
        spoken = f"{shown(surface.a[column], 3)}, loss {shown(surface.heights[row, column])}"
        assert a.get_attribute("aria-valuetext") == spoken
    a.press("ArrowLeft")  # a key in a slider is the slider's
    assert is_told(facts(page, ".at-point")["a"], surface.a[3])


def test_the_pointer_shows_the_nearest_point_and_a_click_keeps_it(opened):
    surface = plane()
    page = opened(surface)
    box = page.locator(PICTURE).bounding_box()
    left, right, top, low = 56, box["width"] - 16, 16, box["height"] - 32

    def move(a, b):
        x = left + (a - surface.a[0]) / np.ptp(surface.a) * (right - left)
        y = low - (b - surface.b[0]) / np.ptp(surface.b) * (low - top)
        page.mouse.move(box["x"] + x, box["y"] + y)

    def seen():
        told = facts(page, ".at-point")
        return read(told["a"][1]), read(told["b"][1]), read(told["loss"][1])

    end = surface.a.tolist().index(1.0), surface.b.tolist().index(0.0)
    assert seen() == (1.0, 0.0, surface.heights[end[::-1]])
    near = 0.3 * np.diff(surface.a)[7]
    move(surface.a[7] + near, surface.b[20])
    assert seen() == (surface.a[7], surface.b[20], surface.heights[20, 7])
    page.mouse.move(1, 1)
    assert seen()[:2] == (1.0, 0.0)
    move(surface.a[9], surface.b[3] - near / 2)
    page.mouse.down()
    page.mouse.up()
    page.mouse.move(1, 1)
    assert seen() == (surface.a[9], surface.b[3], surface.heights[3, 9])


def test_the_page_and_the_picture_have_the_same_levels(opened):
    pytest.importorskip("matplotlib").use("Agg")
    surface = plane()
    display = surface.plot()
    levels = surface.page_document()["levels"]
    np.testing.assert_array_equal(display.ax_.collections[0].levels, np.unique(levels))
    page = opened(surface)
    titles = page.eval_on_selector_all(".contour title", "all => all.map(one => one.textContent)")
    assert titles == [f"loss {shown(level)}" for level in levels[1:-1]]
    assert page.locator(".band").count() == len(levels) - 1
    labels = page.eval_on_selector_all(".level", "all => all.map(one => one.textContent)")
    assert labels
    assert set(labels) <= {shown(level, 3) for level in levels}


def test_a_line_shows_the_losses_of_the_path_over_it(opened):
    surface = line()
    page = opened(surface)
    assert page.locator(".band").count() == 0
    assert page.locator("[data-key='point b']").count() == 0
    page.locator("[data-key='point a']").fill("0")
    assert is_told(facts(page, ".at-point")["loss"], surface.heights[0])
    assert is_told(facts(page, ".on-path")["loss on the line there"], surface.paths[0].below[-1])
    # A higher loss is higher in the picture.
    start, end = (
        float(page.locator(f".{name}").get_attribute("cy")) for name in ("begin", "close")
    )
    assert start < end


def test_random_directions_have_no_path_and_no_steps(opened):
    surface = around()
    page = opened(surface)
    assert page.locator(".steps, .walkers, .moment").count() == 0
    assert page.locator(".walker").count() == 1
    assert facts(page, ".at-point")["loss"][1] == exact(float(surface.heights[7, 7]))


def test_what_is_not_finite_is_named_and_not_drawn(opened):
    surface = overflowing()
    missing = int((~np.isfinite(surface.heights)).sum())
    assert missing
    page = opened(surface)
    assert f"At {count_of(missing, 'point')} the loss is not finite" in page.inner_text(".told")
    page.locator("[data-key='point a']").fill("0")
    assert facts(page, ".at-point")["loss"][0] in ("∞", "NaN")
    assert "NaN" not in page.inner_html(PICTURE)
    assert "Infinity" not in page.inner_html(PICTURE)


def test_what_the_plane_does_not_show_is_said_with_its_numbers():
    surface = plane()
    told = "\n".join(unseen(surface))
    path = surface.paths[0]
    far = int(path.off_plane.argmax())
    assert f"{surface.weights - 2} directions" in told
    assert (
        f"{shown(100 * surface.off_plane, 3)} % of the way from start to end, at epoch {far}"
        in told
    )
    worst = int(np.abs(path.losses - path.below).argmax())
    assert f"at epoch {worst}: {shown(path.losses[worst])} and {shown(path.below[worst])}" in told
    assert "path 2 by" in told
    assert "31 × 31 points" in told
    assert f"{shown(path.losses[0])} → {shown(path.losses[-1])} in 25 epochs" in headline(surface)
    document = surface.page_document()
    shares = [axis["explained"] for axis in document["axes"]]
    assert shares == list(surface.explained)
    assert f"{shown(100 * shares[1], 3)} % of the path's variance" in document["axes"][1]["about"]
    assert document["bends"][1:] == str(surface.sharpness).splitlines()


def test_a_payload_is_strict_json_and_names_few_lengths():
    for surface in SURFACES.values():
        json.dumps(surface().page_document(), allow_nan=False)
    assert len(plane().to_html()) < 200_000
    assert len(asset("surface.js")) + len(asset("surface.css")) < 60_000
    many = {name: plane().norms[ALL] for name in [ALL, *map(str, range(MOST_NORMS + 1))]}
    path = replace(plane().paths[0], norms={name: plane().paths[0].norms[ALL] for name in many})
    document = replace(plane(), norms=many, paths=(path,)).page_document()
    assert [one["name"] for one in document["norms"]] == [ALL]
    assert [one["name"] for one in document["paths"][0]["norms"]] == [ALL]


def test_hostile_names_are_text(opened):
    """Of the reader's own loss and layers."""
    surface = around(points=5)
    page = opened(surface)
    for text in STRINGS:
        lengths = {text: surface.norms[ALL]}
        file = reopened(page, replace(surface, convention=text, norms=lengths).to_html())
        assert (file["scripts"], file["forbidden"]) == (2, 0), text
        assert file["data"]["norms"][0]["name"] == text
        assert page.evaluate(TEXTS) == [f"‖{text}‖", True], text
        assert page.evaluate("window.stolen === undefined")
        assert page.locator("img, iframe, object, a").count() == 0


TEXTS = """() => [
  document.querySelector(".both tbody tr:last-child th").textContent,
  document.querySelector("header .quiet").textContent.endsWith(
    JSON.parse(document.getElementById("clearprop-data").textContent).how)]"""


def test_a_notebook_gets_the_page_and_the_text():
    bundle = around()._repr_mimebundle_()
    assert bundle["text/plain"] == str(around())
    assert 'sandbox="allow-scripts"' in bundle["text/html"]


SHAPES = {**SETTINGS, "390": {"viewport": {"width": 390, "height": 844}}}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", SURFACES)
@pytest.mark.one_in(9)
def test_nothing_scrolls_sideways_and_nothing_bars_anyone(opened, name, shape):
    page = opened(SURFACES[name](), **SHAPES[shape])
    check_from_start_to_end(page)


def test_on_a_phone_what_is_pressed_is_large_enough(opened):
    page = opened(plane(), viewport={"width": 390, "height": 844})
    sizes = page.eval_on_selector_all(
        "button, select, input", "all => all.map(one => one.getBoundingClientRect().height)"
    )
    assert len(sizes) > 8
    assert min(sizes) >= 44


# -- lines at levels, beside contourpy's ----------------------------------------------------------


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    return Program(tmp_path_factory.mktemp("levels"), {"levels": "ground/levels"})


def grid_of(seed, shape=(9, 12)):
    rng = np.random.default_rng(seed)
    xs, ys = (np.sort(rng.uniform(-2, 2, size)) for size in shape[::-1])
    return {"xs": xs.tolist(), "ys": ys.tolist(), "rows": rng.uniform(0, 1, shape).tolist()}


def places(lines):
    points = np.concatenate([np.asarray(line) for line in lines])
    return np.unique(points.round(9), axis=0)


@pytest.mark.parametrize("seed", range(4))
def test_lines_at_a_level_cross_the_grid_where_contourpy_s_do(program, seed):
    contourpy = pytest.importorskip("contourpy")
    grid = grid_of(seed)
    other = contourpy.contour_generator(*(np.array(grid[name]) for name in ("xs", "ys", "rows")))
    for level, lines in zip(
        (0.2, 0.5, 0.8),
        program.call("levels.linesAt", *[(grid, at) for at in (0.2, 0.5, 0.8)]),
        strict=True,
    ):
        np.testing.assert_allclose(places(lines), places(other.lines(level)), atol=1e-9)
        for one in lines:  # each goes from edge to edge, or around
            ends = np.array([one[0], one[-1]])
            at_edge = [np.isin(ends[:, 0], (grid["xs"][0], grid["xs"][-1]))
                       | np.isin(ends[:, 1], (grid["ys"][0], grid["ys"][-1]))]  # fmt: skip
            assert one[0] == one[-1] or np.all(at_edge)


def area(polygon):
    x, y = np.asarray(polygon).T
    return 0.5 * abs((x * np.roll(y, -1) - y * np.roll(x, -1)).sum())


def test_the_ground_above_a_level_covers_what_it_should(program):
    """A tilted plane: the part above a level is known."""
    xs, ys = [0.0, 0.3, 1.0, 2.0], [0.0, 1.0, 1.5]
    grid = {"xs": xs, "ys": ys, "rows": [xs for _ in ys]}
    levels = (-1.0, 0.0, 0.65, 1.0, 1.9, 2.0)
    found = program.call("levels.above", *[(grid, level) for level in levels])
    for level, polygons in zip(levels, found, strict=True):
        assert sum(map(area, polygons)) == pytest.approx(1.5 * (2 - max(level, 0.0)))


def test_cells_with_a_height_that_is_not_finite_have_no_ground(program):
    grid = {"xs": [0, 1, 2], "ys": [0, 1], "rows": [[1, 1, None], [1, 1, 1]]}
    (polygons,) = program.call("levels.above", (grid, 0.5))
    assert sum(map(area, polygons)) == 1.0
    (lines,) = program.call("levels.linesAt", ({**grid, "rows": [[0, 1, None], [0, 1, 1]]}, 0.5))
    assert places(lines).tolist() == [[0.5, 0.0], [0.5, 1.0]]


def test_both_lines_through_a_cell_go_around_its_low_corners(program):
    """As the ground above the level does, which joins the high corners."""
    for rows, low in (([[1, 0], [0, 1]], {(1, 0), (0, 1)}), ([[0, 1], [1, 0]], {(0, 0), (1, 1)})):
        grid = {"xs": [0, 1], "ys": [0, 1], "rows": rows}
        (lines,) = program.call("levels.linesAt", (grid, 0.5))
        corners = {tuple(np.mean(one, axis=0).round().astype(int).tolist()) for one in lines}
        assert corners == low
        (polygons,) = program.call("levels.above", (grid, 0.5))
        assert sum(map(area, polygons)) == pytest.approx(0.75)
