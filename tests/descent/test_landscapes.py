"""Landscapes: slopes by complex step and by JAX, minima by published values."""

from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import clearprop as cp
from clearprop.descent.ending import ground_kinds
from clearprop.descent.landscape import Minimum
from tests.oracles import STEP

landscapes = cp.landscapes
ALL = {**landscapes.named, "bowl-5": landscapes.bowl(1000.0, 5), "bowl-1": landscapes.bowl(1.0, 1)}

# As printed by the sources, or in Surjanovic and Bingham's Virtual Library of Simulation
# Experiments and Jamil and Yang 2013: points and heights, and how many digits are printed.
PUBLISHED = {
    "rosenbrock": [((1.0, 1.0), 0.0)],
    "himmelblau": [
        ((3.0, 2.0), 0.0),
        ((-2.805118, 3.131312), 0.0),
        ((-3.779310, -3.283186), 0.0),
        ((3.584428, -1.848126), 0.0),
    ],
    "rastrigin": [((0.0, 0.0), 0.0)],
    "ackley": [((0.0, 0.0), 0.0)],
    "beale": [((3.0, 0.5), 0.0)],
}


def positions(landscape, count=200, seed=0):
    return landscape.drop(count, np.random.default_rng(seed))


@pytest.mark.parametrize("name", ALL)
def test_slope_is_the_complex_step_of_the_height(name):
    landscape = ALL[name]
    x = positions(landscape)
    for axis in range(landscape.dimensions):
        moved = x.astype(complex)
        moved[:, axis] += 1j * STEP
        expected = np.imag(landscape.height(np, moved)) / STEP
        error = np.abs(landscape.slopes(x)[:, axis] - expected)
        assert (error / np.maximum(np.abs(expected), 1e-3)).max() <= 1e-11


@pytest.mark.parametrize("name", ALL)
@pytest.mark.one_in(3)
def test_slope_is_what_jax_derives_from_the_height(name):
    landscape = ALL[name]
    with jax.enable_x64(True):
        gradient = jax.vmap(jax.grad(lambda x: landscape.height(jnp, x)))
        expected = np.asarray(gradient(jnp.asarray(positions(landscape, 50))))
    slopes = landscape.slopes(positions(landscape, 50))
    np.testing.assert_allclose(slopes, expected, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("name", PUBLISHED)
def test_minima_are_the_published_ones(name):
    minima = ALL[name].minima
    assert len(minima) == len(PUBLISHED[name])
    for minimum, (point, height) in zip(minima, PUBLISHED[name], strict=True):
        np.testing.assert_allclose(minimum.point, point, atol=6e-7)
        assert minimum.height == pytest.approx(height, abs=1e-12)


@pytest.mark.parametrize("name", ALL)
def test_minima_are_level_bend_up_and_have_their_height(name):
    landscape = ALL[name]
    for one in landscape.minima:
        point = np.array([one.point])
        assert landscape.heights(point)[0] == pytest.approx(one.height, abs=1e-14)
        assert np.abs(landscape.slopes(point)).max() < 1e-12
        assert ground_kinds(landscape, point) == ["minimum"]


@pytest.mark.parametrize("name", [name for name in ALL if ALL[name].lowest])
def test_nothing_in_the_box_is_lower_than_the_lowest(name):
    landscape = ALL[name]
    assert landscape.heights(positions(landscape, 20_000)).min() >= landscape.lowest.height


def test_the_island_is_exact():
    island = landscapes.island

    def height(x):
        x = Fraction(x)
        return x**4 / 4 - x**3 / 6 - 3 * x**2 / 4 + Fraction(63, 64)

    assert height(Fraction(3, 2)) == 0
    assert height(-1) == Fraction(125, 192)
    assert height(0) == Fraction(63, 64)
    assert island.heights([1.5]) == 0.0
    assert island.heights([-1.0]) == pytest.approx(125 / 192, rel=1e-15)
    assert island.slopes([[1.5], [-1.0], [0.0]]).tolist() == [[0.0], [0.0], [0.0]]
    assert ground_kinds(island, np.array([[1.5], [-1.0], [0.0]])).tolist() == [
        "minimum", "minimum", "summit",
    ]  # fmt: skip


def test_a_saddle_is_told_from_a_minimum():
    kinds = ground_kinds(landscapes.saddle, np.array([[0.0, 0.0], [0.0, 1.0]]))
    assert kinds.tolist() == ["saddle", "minimum"]


@given(arrays(float, (3, 2), elements=st.floats(-1e3, 1e3)))
def test_many_positions_are_as_each_alone(x):
    landscape = landscapes.beale
    for row in range(len(x)):
        # NumPy's powers of one number and of several may differ in the last bits.
        for found in (landscape.heights, landscape.slopes):
            np.testing.assert_allclose(found(x)[row], found(x[row]), rtol=1e-12)


@pytest.mark.parametrize("condition", [0.5, np.nan, np.inf])
def test_a_bowl_needs_a_condition(condition):
    with pytest.raises(ValueError, match="condition must be a number of at least 1"):
        landscapes.bowl(condition)


def test_names():
    assert landscapes.by_name("Double_Well") is landscapes.double_well
    with pytest.raises(ValueError, match="there is no landscape 'matterhorn'; there are island"):
        landscapes.by_name("matterhorn")


def test_own_function_with_a_gradient():
    ground = landscapes.own(
        lambda x: (x[0] - 1) ** 2 + x[1] ** 4,
        lambda x: [2 * (x[0] - 1), 4 * x[1] ** 3],
        box=[(-2, 2), (-2, 2)],
        minima=[Minimum((1.0, 0.0), 0.0)],
    )
    walk = cp.descend(ground, (0.0, 1.0), cp.SGD(0.05), steps=500)
    assert walk.reached_lowest is (walk.basin == 0)
    np.testing.assert_allclose(ground.slopes([3.0, 2.0]), [4.0, 32.0])


def test_a_wrong_gradient_is_refused_and_named():
    with pytest.raises(ValueError, match=r"not the slope of the function: at \(.*\), coordinate 1"):
        landscapes.own(
            lambda x: x[0] ** 2 + x[1] ** 2,
            lambda x: [2 * x[0], x[1]],
            box=[(-2, 2), (-2, 2)],
        )


def test_own_function_without_a_gradient_says_how_good_its_differences_are():
    ground = landscapes.own(np.sin, box=(-4, 7))
    x = np.linspace(-3.9, 6.9, 50)[:, None]
    np.testing.assert_allclose(ground.slopes(x), np.cos(x), atol=1e-8)
    assert "central difference; two step sizes agree" in ground.note
    np.testing.assert_allclose(
        sorted(one.point[0] for one in ground.minima), [-np.pi / 2, 1.5 * np.pi], atol=1e-6
    )


@pytest.mark.parametrize("box", [(1, 0), (0,), (0, np.inf), [(0, 1), (2, 2)], "ab"])
def test_a_box_that_is_none(box):
    with pytest.raises(ValueError):
        landscapes.own(lambda x: x, box=box)


def test_found_minima_are_the_known_ones():
    from clearprop.descent.search import with_found_minima

    for name in ("island", "double-well", "bowl", "rosenbrock", "himmelblau", "beale", "saddle"):
        known = sorted(one.point for one in ALL[name].minima)
        found = sorted(one.point for one in with_found_minima(ALL[name]).minima)
        np.testing.assert_allclose(found, known, atol=1e-6)
