"""clearprop descend and clearprop surface."""

import pytest

import clearprop as cp


def test_the_island_from_both_sides(run):
    done = run("descend", "island")
    assert done.code == 0, done.err
    assert "from 0.3: at rest in the lowest minimum at 1.5" in done.out
    assert "from −0.3: at rest in a local minimum at −1" in done.out
    assert "x ← x − η g" in done.out
    assert "0.3 − 0.1 · (−0.468) = 0.3468" in done.out


def test_a_formula_with_many_starts(run):
    done = run("descend", "x**4 - 3*x**2 + x", "--starts", 20, "--optimizer", "adam")
    assert done.code == 0, done.err
    assert "slope: 4x³ − 6x + 1" in done.out
    assert "in the lowest minimum found at −1.301" in done.out


def test_json_is_the_walk(run):
    done = run("descend", "himmelblau", "--start=-1,2", "--learning-rate", 0.01, "--json")
    assert done.json["format"] == "clearprop.walk"
    walk = cp.descend(cp.landscapes.himmelblau, (-1, 2), cp.SGD(0.01))
    assert done.json["positions"] == walk.positions.tolist()
    assert done.out.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("9**9**9*x",), "a power larger than 20"),
        (("9" * 500,), "the formula has 500 characters"),
        (("__import__('os')",), "a formula has only the functions"),
        (("x^2",), "a power is written **"),
        (("matterhorn",), "there is no landscape 'matterhorn'"),
        (("island", "--start", "1,2"), "island has 1 coordinates, not 2"),
        (("island", "--start", "a"), "is not of the form"),
        (("island", "--start", "1", "--starts", "3"), "not both"),
        (("island", "--box", "0,1"), "is for formulas"),
        (("x**2", "--box", "1,0"), "is LOW,HIGH"),
        (("island", "--steps", "0"), "must be at least 1"),
        (("island", "--noise=-1"), "must be at least 0"),
        (("island", "--learning-rate", "0"), "must be above 0"),
        (("island", "--out", "walk.jpg"), "must end in one of"),
        (("island", "--out", "nowhere/walk.png"), "there is no folder nowhere"),
        (("x", "--reach"), "no minimum of x is known"),
        (("island", "--race", "--reach"), "two commands"),
        (("island", "--starts", "3", "--race"), "two commands"),
    ],
)
def test_wrong_usage_is_one_line(run, arguments, message):
    done = run("descend", *arguments)
    assert done.code == 2
    assert done.out == ""
    assert message in done.err
    assert done.err.count("\n") == 1


def test_race_and_reach(run):
    done = run("descend", "beale", "--race", "--start", "1,1")
    assert done.code == 0, done.err
    assert "5 optimizers from (1, 1)" in done.out
    done = run("descend", "island", "--reach", "--starts", 20, "--steps", 50)
    assert done.code == 0, done.err
    assert "share of 20 starts in a lowest minimum, 50 steps at most" in done.out


def test_divergence_is_said(run):
    done = run("descend", "island", "--start", 0.5, "--learning-rate", 1.5, "--quiet")
    assert done.out.startswith("from 0.5: diverged at step 5")


@pytest.mark.parametrize("name", ["walk.png", "walk.gif"])
def test_a_picture(run, folder, name):
    done = run("descend", "island", "--start", 0.5, "--steps", 5, "--out", name, "-q")
    assert done.code == 0, done.err
    assert f"saved {name} (" in done.out
    assert (folder / name).stat().st_size > 1000


def test_the_surface_of_a_saved_model(run, model, table, folder):
    done = run("surface", model, table, "--points", 7, "--out", "surface.png")
    assert done.code == 0, done.err
    assert "E = mean over rows of BinaryCrossEntropy, without penalty" in done.out
    assert "gradient descent is stable here up to η ≈" in done.out
    assert (folder / "surface.png").exists()
    done = run("surface", model, table, "--points", 7, "--out", "surface.html")
    assert done.code == 0, done.err
    assert "saved surface.html (" in done.out
    page = (folder / "surface.html").read_text(encoding="utf-8")
    assert "gradient descent is stable here up to η ≈" in page
    assert "default-src 'none'" in page
    done = run("surface", model, table, "--points", 7, "--json")
    heights = done.json["surface"]["heights"]
    assert len(heights) == 7
    assert heights[3][3] == done.json["sharpness"]["loss"]


def test_the_surface_of_a_regression_is_in_the_networks_units(run):
    assert run("train", "diabetes", "--epochs", 5, "-q", "--no-check-gradients").code == 0
    done = run("surface", "diabetes.clearprop", "diabetes", "--points", 5, "--json")
    assert done.code == 0, done.err
    assert 0 < done.json["sharpness"]["loss"] < 2  # ½ of a variance of about 1, or less


def test_a_surface_that_cannot_be(run, model, table):
    assert (
        "must end in one of .png, .svg, .pdf, .html, .htm."
        in run("surface", model, table, "--out", "a.gif").err
    )
    assert run("surface", "nothing.clearprop", table).code in (3, 4)
    assert run("surface", model, table, "--points", 2).code == 2
