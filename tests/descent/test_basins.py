"""Basin maps, shares and races."""

import json

import numpy as np
import pytest

import clearprop as cp
from clearprop.descent.basins import with_rate
from clearprop.descent.landscape import Minimum

landscapes = cp.landscapes


def test_the_basins_of_the_double_well_are_its_halves():
    found = cp.basin_map(landscapes.double_well, resolution=40)
    np.testing.assert_array_equal(found.basins, [0] * 20 + [1] * 20)
    assert found.shares() == {0: 0.5, 1: 0.5}


def test_the_map_is_laid_out_as_the_axes_are():
    """Each start, walked alone, ends where the map says."""
    found = cp.basin_map(landscapes.himmelblau, cp.SGD(0.01), resolution=9)
    x, y = found.axes
    for row, column in [(0, 8), (8, 0), (2, 6), (5, 1)]:
        walk = cp.descend(landscapes.himmelblau, (x[column], y[row]), cp.SGD(0.01), steps=500)
        assert found.basins[row, column] == walk.basin
    assert set(found.basins.ravel().tolist()) == {0, 1, 2, 3}
    assert "to (3, 2)" in str(found)


def test_what_diverges_has_a_place_on_the_map():
    found = cp.basin_map(landscapes.bowl(10.0), cp.SGD(0.3), resolution=8)
    assert (found.basins == -2).all()
    assert "100.00% diverged, or not finite" in str(found)
    json.dumps(found.to_dict(), allow_nan=False)


def test_shares_by_optimizer_and_rate():
    bowl = landscapes.bowl(10.0)
    found = cp.reach(bowl, [cp.SGD(), cp.Adam()], (0.01, 0.1, 0.3), starts=100, steps=1000, seed=0)
    assert found.reached.shape == (2, 3)
    assert found.reached[0].tolist() == [1.0, 1.0, 0.0]
    assert found.diverged[0].tolist() == [0.0, 0.0, 1.0]  # 2 / 10 is the limit
    assert found.first_step[0, 2] > 0
    assert found.reached[1].tolist() == [1.0, 1.0, 1.0]
    assert "0.0% ✗100%" in str(found)
    json.dumps(found.to_dict(), allow_nan=False)


def test_shares_need_a_known_minimum():
    ground = landscapes.own(lambda x: x[0] + x[1], box=[(0, 1), (0, 1)])
    with pytest.raises(ValueError, match="no minimum"):
        cp.reach(ground)


def test_a_race_is_the_walks_of_each():
    rules = {"slow": cp.SGD(0.01), "fast": cp.SGD(0.1)}
    found = cp.race(landscapes.island, 0.5, rules, 300)
    assert list(found.walks) == ["slow", "fast"]
    alone = cp.descend(landscapes.island, 0.5, cp.SGD(0.1), steps=300)
    np.testing.assert_array_equal(found.walks["fast"].positions, alone.positions)
    assert found.walks["fast"].steps < found.walks["slow"].steps
    json.dumps(found.to_dict(), allow_nan=False)
    with pytest.raises(ValueError, match="needs an optimizer"):
        cp.race(landscapes.island, 0.5, [])


def test_three_dimensions_cannot_be_mapped():
    with pytest.raises(ValueError, match="two can be mapped"):
        cp.basin_map(landscapes.bowl(10.0, 3))


def test_another_rate_keeps_all_else():
    assert with_rate(cp.AdamW(0.1, 0.3), 0.2) == cp.AdamW(0.2, 0.3)
    assert with_rate(cp.SGD(0.1, 0.9, True), 0.2) == cp.SGD(0.2, 0.9, True)


def test_a_minimum_is_lowest_unless_told_otherwise():
    assert Minimum((0.0,), 1.0).lowest
