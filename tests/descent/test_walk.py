"""Walks: closed forms, Optax, the island, and everything that can go wrong on the way."""

import json

import jax
import numpy as np
import optax
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clearprop as cp
from clearprop.descent import numbers
from clearprop.descent.choose import OPTIMIZERS, choose_optimizer
from clearprop.descent.words import told

island, bowl = cp.landscapes.island, cp.landscapes.bowl(10.0)

RATES = st.floats(0.001, 0.15)
STARTS = st.tuples(st.floats(-2, 2), st.floats(-2, 2))


def two_roots(trace, determinant, first, second, steps):
    """Return x_0 ... x_n of x_{k+2} = trace x_{k+1} - determinant x_k."""
    root = np.sqrt(complex(trace**2 / 4 - determinant))
    r, s = trace / 2 + root, trace / 2 - root
    k = np.arange(steps + 1)
    if abs(r - s) < 1e-3:  # the closed form divides by r - s
        x = [first, second]
        for _ in range(steps - 1):
            x.append(trace * x[-1] - determinant * x[-2])
        return np.array(x)
    a, b = (second - s * first) / (r - s), (r * first - second) / (r - s)
    return (a * r**k + b * s**k).real


@settings(deadline=None, max_examples=40)
@given(RATES, STARTS)
def test_sgd_on_a_bowl_is_its_closed_form(rate, start):
    walk = cp.descend(bowl, start, cp.SGD(rate), steps=60)
    k = np.arange(walk.steps + 1)
    for axis, steepness in enumerate((1.0, 10.0)):
        expected = (1 - rate * steepness) ** k * start[axis]
        np.testing.assert_allclose(walk.positions[:, axis], expected, atol=1e-12)


@settings(deadline=None, max_examples=40)
@given(RATES, STARTS, st.floats(0.1, 0.95), st.booleans())
def test_momentum_and_nesterov_on_a_bowl_are_their_closed_forms(rate, start, mu, nesterov):
    walk = cp.descend(bowl, start, cp.SGD(rate, momentum=mu, nesterov=nesterov), steps=60)
    if not walk.steps:
        return  # it began on the bottom
    for axis, steepness in enumerate((1.0, 10.0)):
        pull = rate * steepness
        trace = 1 + mu - pull * (1 + mu * nesterov)
        determinant = mu * (1 - pull * nesterov)
        second = (1 - pull * (1 + mu * nesterov)) * start[axis]
        expected = two_roots(trace, determinant, start[axis], second, walk.steps)
        np.testing.assert_allclose(walk.positions[:, axis], expected, atol=1e-12)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (cp.RMSProp(0.02, decay=0.9), optax.rmsprop(0.02, 0.9, eps=1e-8, eps_in_sqrt=False)),
        (cp.Adam(0.05), optax.adam(0.05)),
        (cp.AdamW(0.05, 0.1), optax.adamw(0.05, weight_decay=0.1)),
    ],
    ids=["rmsprop", "adam", "adamw"],
)
@pytest.mark.parametrize("landscape", [bowl, cp.landscapes.beale], ids=["bowl", "beale"])
def test_adaptive_walks_are_optax_walks(ours, theirs, landscape):
    walk = cp.descend(landscape, (1.0, -1.5), ours, steps=60)
    with jax.enable_x64(True):
        x = jax.numpy.asarray(walk.positions[0])
        state = theirs.init(x)
        for step in range(walk.steps):
            np.testing.assert_allclose(walk.positions[step], np.asarray(x), rtol=1e-11, atol=1e-12)
            gradient = jax.grad(lambda at: landscape.height(jax.numpy, at))(x)
            change, state = theirs.update(gradient, state, x)
            x = optax.apply_updates(x, change)


def test_from_the_right_to_the_sea_from_the_left_to_the_basin():
    right, left = (cp.descend(island, start, cp.SGD(0.1)) for start in (0.3, -0.3))
    assert right.reached_lowest
    assert right.minimum.point == (1.5,)
    assert right.kind == left.kind == "minimum"
    assert not left.reached_lowest
    assert left.minimum.point == (-1.0,)
    np.testing.assert_allclose(right.positions[-1], 1.5, atol=1e-6)
    np.testing.assert_allclose(left.positions[-1], -1.0, atol=1e-6)
    assert (np.diff(right.heights) < 0).all()


def test_a_thousand_random_starts_reach_both():
    walks = cp.descend(island, starts=1000, seed=0)
    assert set(walks.basins.tolist()) == {0, 1}
    # The summit, at 0, parts them: uniform starts divide as the box does.
    expected = (walks.starts[:, 0] > 0).mean()
    assert walks.share == expected
    assert ((walks.starts[:, 0] > 0) == walks.reached_lowest).all()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_many_walkers_walk_as_each_alone(name):
    landscape = cp.landscapes.himmelblau
    optimizer = choose_optimizer(name, landscape)
    walks = cp.descend(landscape, None, optimizer, steps=50, starts=7, seed=1)
    for k, walk in enumerate(walks):
        alone = cp.descend(landscape, walks.starts[k], optimizer, steps=50)
        for part in ("positions", "heights", "slopes", "felt", "rates"):
            np.testing.assert_array_equal(getattr(walk, part), getattr(alone, part))
        assert (walk.kind, walk.basin, walk.ending) == (alone.kind, alone.basin, alone.ending)
        assert (walks.ends[k] == alone.positions[-1]).all()


def test_what_is_kept_is_true():
    walk = cp.descend(island, 0.3, cp.SGD(0.1, momentum=0.5), cp.Cosine(), steps=30)
    np.testing.assert_array_equal(walk.heights, island.heights(walk.positions))
    np.testing.assert_array_equal(walk.slopes, island.slopes(walk.positions))
    np.testing.assert_array_equal(walk.felt, walk.slopes[:-1])
    np.testing.assert_array_equal(walk.updates, walk.positions[1:] - walk.positions[:-1])
    assert walk.rates[0] == 0.1
    assert walk.rates[-1] < 1e-12
    assert walk.kind == "steps"


def test_a_schedule_changes_the_rate_step_by_step():
    walk = cp.descend(bowl, (1, 1), cp.SGD(0.1), cp.StepDecay(every=5, by=0.5), steps=12)
    np.testing.assert_allclose(walk.rates, [0.1] * 5 + [0.05] * 5 + [0.025] * 2)


def test_noise_is_seeded_and_felt_and_never_rests():
    first, again, other = (
        cp.descend(island, 1.5, cp.SGD(0.05), steps=40, noise=0.3, seed=seed) for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first.positions, again.positions)
    assert (first.positions[1:] != other.positions[1:]).all()
    assert first.steps == 40
    assert (first.felt != first.slopes[:-1]).all()
    many = cp.descend(bowl, None, steps=1, noise=2.0, starts=20_000, seed=0, keep=20_000)
    felt = np.array([walk.felt[0] - walk.slopes[0] for walk in many])
    assert felt.std() == pytest.approx(2.0, rel=0.02)


def test_divergence_is_named_with_its_step():
    walk = cp.descend(bowl, (0.0, 1.0), cp.SGD(0.21), steps=200)  # 2 / 10 is the limit
    assert walk.kind == "diverged"
    factor = abs(1 - 0.21 * 10)
    assert walk.steps == int(np.ceil(np.log(40) / np.log(factor)))
    assert walk.ending.startswith(f"diverged at step {walk.steps}, at (0, ")
    assert np.isfinite(walk.positions).all()
    assert np.isfinite(walk.heights).all()
    assert cp.descend(bowl, (0.0, 1.0), cp.SGD(0.19), steps=200).kind == "minimum"


def test_divergence_of_many_is_counted_and_the_first_named():
    walks = cp.descend(bowl, None, cp.SGD(0.3), steps=100, starts=50, seed=0)
    assert (walks.kinds == "diverged").all()
    assert walks.counts() == {"diverged": 50}
    assert walks.first("diverged") == (0, walks.steps[0])
    assert "the first that diverged began at" in str(walks)


def test_overflow_at_once_is_not_finite_and_is_not_kept():
    walk = cp.descend(cp.landscapes.rosenbrock, (2.0, -1.0), cp.SGD(1e300))
    assert walk.kind == "not finite"
    assert walk.steps == 0
    assert np.isfinite(walk.positions).all()
    assert "step 1, from (2, −1), leads to where" in walk.ending


def test_level_ground_is_told_apart():
    flat = cp.descend(cp.landscapes.plateau, (6.0, 6.0))
    assert flat.kind == "flat"
    assert "no slope to follow" in flat.ending
    saddle = cp.descend(cp.landscapes.saddle, (1.0, 0.0), steps=500)
    assert saddle.kind == "saddle"
    assert "falls off to the side" in saddle.ending
    summit = cp.descend(island, 0.0)
    assert (summit.kind, summit.steps) == ("summit", 0)


def test_momentum_carries_a_walker_over_level_ground():
    """Over the bottom it is level, but the walker does not stand still there."""
    walk = cp.descend(island, -0.3, cp.SGD(0.05, momentum=0.9), steps=2000, level=1e-2)
    level = np.abs(walk.slopes[:, 0]) <= 1e-2
    assert level[:-1].any()
    assert (walk.kind, walk.minimum.point) == ("minimum", (-1.0,))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"start": (1, 2)}, "start must be one number on island"),
        ({"start": np.nan}, "start must be finite"),
        ({"start": 1, "starts": 3}, "give start, for one walker, or starts"),
        ({"starts": 0}, "starts must be at least 1"),
        ({"starts": [[1, 2]]}, "starts must be rows of one number"),
        ({"starts": [1, np.inf]}, "row 1 is not"),
        ({"steps": 0}, "steps must be at least 1"),
        ({"noise": -1}, "noise must be"),
        ({"noise": np.nan}, "noise must be"),
        ({"level": -1}, "level must be"),
        ({"schedule": cp.Adaptive()}, "Adaptive waits"),
    ],
)
def test_what_cannot_be_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        cp.descend(island, **options)


def test_lbfgs_takes_no_single_steps():
    with pytest.raises(TypeError, match="one step at a time"):
        cp.descend(island, 1.0, cp.LBFGS())


def test_walks_that_were_not_kept_say_so():
    walks = cp.descend(island, starts=5, keep=2, seed=0)
    assert len(walks) == 5
    assert len(list(walks)) == 2
    with pytest.raises(IndexError, match="keep=5"):
        _ = walks[4]


def test_documents_are_json_and_hold_what_is_not_finite_as_text():
    ground = cp.landscapes.own(lambda x: 1 / x if x else np.inf, box=(-1, 2))
    walk = cp.descend(ground, 0.0)
    told_of = json.loads(json.dumps(walk.to_dict(), allow_nan=False))
    assert (told_of["format"], told_of["version"]) == ("clearprop.walk", 1)
    assert told_of["heights"] == ["Infinity"]
    walks = cp.descend(island, starts=3, seed=0)
    told_of = json.loads(json.dumps(walks.to_dict(), allow_nan=False))
    assert told_of["format"] == "clearprop.walks"
    np.testing.assert_array_equal(told_of["ends"], walks.ends)
    np.testing.assert_array_equal(told_of["paths"][1]["positions"], walks[1].positions)
    ground = told_of["landscape"]["ground"]
    x = np.array(ground["axes"][0])[:, None]
    np.testing.assert_array_equal(island.heights(x), ground["heights"])


def test_the_printed_equation_has_the_numbers_of_the_step():
    walk = cp.descend(island, 0.3, cp.SGD(0.1), steps=3)
    assert numbers.rule(walk) == "x ← x − η g"
    slope = 0.3 * 1.3 * (0.3 - 1.5)
    assert numbers.in_numbers(walk)[0] == f"0.3 − 0.1 · (−{-slope:.4g}) = {0.3 - 0.1 * slope:.4g}"
    adam = cp.descend(island, 0.3, cp.Adam(0.1), steps=3)
    m, v = 0.1 * slope, 0.001 * slope**2
    assert (
        numbers.in_numbers(adam)[0] == f"g −{-slope:.4g}, m −{-m:.4g}, v {v:.4g}:  0.3 + 0.1 = 0.4"
    )
    assert len(numbers.in_numbers(adam, 1, 5)) == 2


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_has_words_and_numbers(name):
    optimizer = choose_optimizer(name, island)
    walk = cp.descend(island, 0.5, optimizer, steps=4)
    assert len(numbers.in_numbers(walk)) == 4
    assert f"η {optimizer.learning_rate:g}" in told(optimizer)
    assert numbers.rule(walk).startswith(("x ←", "v ←", "s ←", "m ←"))
