"""Displays, files and the terminal's pictures."""

import sys

import numpy as np
import pytest
from PIL import Image

import clearprop as cp
from clearprop.descent import race, terminal
from clearprop.descent.movie import LIFTING

matplotlib = pytest.importorskip("matplotlib")
pyplot = pytest.importorskip("matplotlib.pyplot")
matplotlib.use("Agg")

from clearprop.descent.display import (  # noqa: E402 - once the backend is chosen
    BasinDisplay,
    SurfaceDisplay,
    WalkDisplay,
)

island = cp.landscapes.island


@pytest.fixture(autouse=True)
def closed():
    yield
    pyplot.close("all")


@pytest.fixture
def walk():
    return cp.descend(island, 0.3, cp.SGD(0.1), steps=6)


def test_a_display_shows_the_walk_itself(walk):
    display = WalkDisplay.from_walk(walk)
    x, y = display.lines_[0].get_data()
    np.testing.assert_array_equal(x, walk.positions[:, 0])
    np.testing.assert_array_equal(y, walk.heights)
    assert display.figure_ is display.ax_.figure
    assert "SGD, η 0.1" in display.ax_.get_title()


def test_a_display_draws_on_given_axes(walk):
    _, ax = pyplot.subplots()
    assert walk.plot(ax=ax).ax_ is ax


def test_what_left_the_landscape_is_not_drawn():
    walk = cp.descend(cp.landscapes.bowl(10.0), (0.0, 1.9), cp.SGD(0.21), steps=100)
    x, y = WalkDisplay.from_walk(walk).lines_[0].get_data()
    outside = np.abs(walk.positions[:, 1]) > 2
    assert outside.any()
    assert np.isnan(y[outside]).all()
    assert np.isnan(x[outside]).all()


def test_a_race_has_a_legend():
    race = cp.race(cp.landscapes.beale, (0, 0), {"one": cp.SGD(0.01), "two": cp.Adam(0.1)})
    legend = WalkDisplay.from_walks(race.walks).ax_.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["one", "two"]


def test_basins_and_surfaces_are_displayed():
    found = cp.basin_map(cp.landscapes.saddle, resolution=6)
    image = BasinDisplay.from_map(found).image_
    np.testing.assert_array_equal(image.get_array(), found.basins + 2)
    BasinDisplay.from_map(cp.basin_map(island, resolution=6))
    from tests.descent.test_surface import LOSS, NET, rows

    params = NET.init(np.random.default_rng(0))
    loss = cp.descent.NetworkLoss.of(NET, LOSS, params, *rows())
    paths = cp.descent.train_paths(NET, LOSS, params, *rows(), epochs=4, engine="numpy", seed=0)
    for dimensions in (1, 2):
        surface = cp.descent.path_surface(loss, paths, points=5, dimensions=dimensions)
        assert "plane of training" in SurfaceDisplay.from_surface(surface).ax_.get_title()
    surface = cp.descent.random_surface(loss, paths[0].weights[-1], points=5)
    assert surface.plot().ax_.get_xlabel() == "random direction 1"


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_pictures_are_files_and_the_same_again(walk, ending, tmp_path):
    walk.save(tmp_path / f"a.{ending}", dpi=50)
    content = (tmp_path / f"a.{ending}").read_bytes()
    start = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[ending]
    assert content.startswith(start)
    if ending != "svg":  # its element names are random
        walk.save(tmp_path / f"b.{ending}", dpi=50)
        assert (tmp_path / f"b.{ending}").read_bytes() == content


@pytest.mark.parametrize("ending", ["gif", "webp"])
@pytest.mark.parametrize("landscape", [island, cp.landscapes.saddle], ids=["1-D", "2-D"])
def test_the_walk_in_the_fog(landscape, ending, tmp_path):
    start = 0.3 if landscape is island else (1.5, 0.2)
    walk = cp.descend(landscape, start, cp.SGD(0.1), steps=4)
    path = tmp_path / f"walk.{ending}"
    walk.save(path, dpi=50)
    with Image.open(path) as movie:
        assert movie.n_frames == walk.steps + 1 + LIFTING
        movie.seek(0)
        first = np.asarray(movie.convert("RGB"), float)
        movie.seek(movie.n_frames - 1)
        last = np.asarray(movie.convert("RGB"), float)
    # The ground, a blue line or low greys: hardly any in the fog, much when the fog has lifted.
    if landscape is island:
        ground = [(picture[..., 2] - picture[..., 0] > 40).sum() for picture in (first, last)]
    else:
        ground = [(np.abs(picture.mean(axis=-1) - 160) < 20).sum() for picture in (first, last)]
    assert 3 * ground[0] < ground[1]


def test_what_does_not_move_is_not_filmed(tmp_path):
    with pytest.raises(ValueError, match="shows one walk"):
        cp.descend(island, starts=3, seed=0).save(tmp_path / "walks.gif")
    with pytest.raises(ValueError, match=r"must end in one of \.png"):
        cp.descend(island, 1.0).save(tmp_path / "walk.jpg")
    assert list(tmp_path.iterdir()) == []


def test_three_dimensions_are_not_drawn():
    walk = cp.descend(cp.landscapes.bowl(3.0, 3), (1, 1, 1))
    with pytest.raises(ValueError, match="one or two dimensions"):
        WalkDisplay.from_walk(walk)
    assert terminal.picture([walk]) == ["(3 dimensions: no picture)"]


@pytest.mark.parametrize(
    ("missing", "name"),
    [
        ("matplotlib", "walk.png"),
        ("matplotlib", "walk.gif"),
        ("PIL", "walk.gif"),
        ("PIL", "walk.webp"),
    ],
)
def test_what_is_not_installed_is_named_and_how_to_get_it(
    walk, monkeypatch, tmp_path, missing, name
):
    for module in [name for name in sys.modules if name.partition(".")[0] == missing]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, missing, None)
    package = {"PIL": "Pillow"}.get(missing, missing)
    with pytest.raises(ModuleNotFoundError, match=rf"{package}.*pip install 'clearprop\[plot\]'"):
        walk.save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_the_curve_in_the_terminal(walk):
    lines = terminal.picture([walk], columns=40, rows=10)
    text = "\n".join(lines)
    assert len(lines) == 11
    assert max(map(len, lines)) <= 40 + 8
    assert text.count(terminal.START) == 1
    assert text.count(terminal.END) == 1
    # The start is right of the middle of the box, and higher than the end.
    start = next(row for row, line in enumerate(lines) if terminal.START in line)
    end = next(row for row, line in enumerate(lines) if terminal.END in line)
    assert start < end
    assert lines[start].index(terminal.START) < lines[end].index(terminal.END)


def test_the_map_in_the_terminal_is_darker_where_it_is_higher():
    landscape = cp.landscapes.bowl(1.0)
    walk = cp.descend(landscape, (-1.5, 1.5), cp.SGD(0.1), steps=3)
    lines = terminal.picture([walk], columns=41, rows=15)
    middle, corner = lines[10], lines[0]
    assert corner.strip().startswith("2 ▓")
    assert "▓" not in middle[12:30]
    row = next(row for row, line in enumerate(lines) if terminal.START in line)
    assert row < 10  # y = 1.5 is in the upper half


def test_heights_that_are_not_finite_leave_a_gap():
    walk = cp.descend(cp.landscapes.formula("log(x) + x", box=(-2, 2)), 0.5, cp.SGD(0.01))
    lines = terminal.picture([walk], columns=20, rows=6)
    left = len(lines[-1]) - len(lines[-1].lstrip())
    assert all(not line[left : left + 9].strip() for line in lines[:-1])
    assert all(line[left + 10 :].strip() for line in lines[:-1])


def test_a_race_shows_the_path_of_each_walker():
    found = race(cp.landscapes.himmelblau, [0, 0], [cp.SGD(0.002), cp.SGD(0.004, 0.9)], 40)
    walks = list(found.walks.values())
    lines = terminal.picture(walks, numbered=True)
    for walk, sign in zip(walks, "12", strict=True):
        seen = {
            (row, column - 3)
            for row, line in enumerate(lines[:-1])
            for column, one in enumerate(line)
            if one == sign
        }
        stepped = {
            (int((6 - y) / 12 * 20), int((x + 6) / 12 * 64))
            for x, y in walk.positions[1:-1].tolist()
        }
        assert seen
        assert seen <= stepped
    assert "1 to 2 steps" in terminal.legend(walks[0].landscape, 2, numbered=True)
    flat = race(cp.landscapes.island, 0.3, [cp.SGD(0.1), cp.SGD(0.05)], 9)
    lines = terminal.picture(list(flat.walks.values()), numbered=True)
    assert {"1", "2"} <= set("".join(line[5:] for line in lines[:-1]))


def test_maps_are_drawn_in_the_page_s_greys():
    walk = cp.descend(cp.landscapes.himmelblau, [0, 0], cp.SGD(0.002), steps=5)
    colours = walk.plot().ax_.collections[0].get_facecolor()[:, :3]
    assert np.ptp(colours, axis=1).max() < 0.04
    assert (np.diff(colours.mean(axis=1)) > 0).all()  # low ground is dark
