"""What is said of walks: counted walkers, minima named as what they are, shades explained."""

import pytest

import clearprop as cp
from clearprop.descent import terminal
from clearprop.descent.viewed import of_walks


@pytest.mark.parametrize(
    ("landscape", "starts", "said"),
    [
        (cp.landscapes.island, [[0.3], [-0.3]], "1 of 2 walkers reached the lowest minimum"),
        (cp.landscapes.double_well, [[0.3], [-0.3]], "2 of 2 walkers reached a lowest minimum"),
        (cp.landscapes.formula("x"), [[0.3]], "1 walkers; no minimum is known"),
    ],
)
def test_walkers_that_reached_it_are_counted(landscape, starts, said):
    assert of_walks(cp.descend(landscape, starts=starts))["headline"] == said


def test_a_walk_that_takes_all_its_steps_is_not_settled():
    island = cp.landscapes.island
    near = cp.descend(island, 0.3, cp.SGD(0.1), steps=30)
    assert near.kind == "steps"
    assert near.ending.startswith("not settled after 30 steps; at 1.5, ")
    assert near.ending.endswith(", within 1 % of the lowest minimum")
    far = cp.descend(island, 0.3, cp.SGD(0.1), steps=3)
    assert far.ending == "not settled after 3 steps; at 0.4624, slope 0.7016"


def test_a_map_in_shades_says_what_they_mean_on_any_terminal():
    flat, deep = cp.landscapes.island, cp.landscapes.saddle
    assert "denser" not in terminal.legend(flat)
    assert terminal.legend(deep).endswith("denser is higher: −0.2496 to 2.643")
    walks = cp.descend(deep, starts=3, seed=0)
    assert "denser is higher" in terminal.ends(walks)[-1]
