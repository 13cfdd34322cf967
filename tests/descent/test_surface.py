"""Loss surfaces of networks: heights, directions, the plane of a path, sharpness."""

import itertools
import json

import jax
import numpy as np
import pytest

import clearprop as cp
from clearprop.definitions.parameters import Layout
from clearprop.descent import (
    NetworkLoss,
    PathRecorder,
    path_surface,
    random_surface,
    sharpness,
    train_paths,
)
from clearprop.descent.document import LEVELS, levels_of
from clearprop.descent.network import filter_normalised
from clearprop.descent.plane import plane_of
from tests import jax_reading  # noqa: F401 - sets JAX to float64

NET = cp.Chain(cp.Dense(3, 5), cp.Tanh(), cp.Dense(5, 2))
LOSS = cp.SquaredError()


def rows(seed=0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((40, 3))
    return x, np.column_stack([np.sin(x[:, 0]), x[:, 1] * x[:, 2]])


def by_hand(vector, x, t):
    """Return the loss without a line of the package: W₁ b₁ W₂ b₂ one after the other."""
    w1, b1 = vector[:15].reshape(3, 5), vector[15:20]
    w2, b2 = vector[20:30].reshape(5, 2), vector[30:]
    xp = jax.numpy
    return xp.mean(0.5 * xp.sum((t - (xp.tanh(x @ w1 + b1) @ w2 + b2)) ** 2, axis=1))


@pytest.fixture(scope="module")
def paths():
    x, t = rows()
    params = NET.init(np.random.default_rng(0))
    options = {"optimizer": cp.Adam(0.02), "epochs": 25, "engine": "numpy"}
    return train_paths(NET, LOSS, params, x, t, restarts=3, seed=0, **options)


@pytest.fixture(scope="module")
def loss():
    return NetworkLoss.of(NET, LOSS, NET.init(np.random.default_rng(0)), *rows())


def test_heights_are_the_loss(loss, paths):
    x, t = rows()
    for path in paths:
        for weights in path.weights[::8]:
            assert loss.height(weights) == pytest.approx(float(by_hand(weights, x, t)), rel=1e-12)
            slope = jax.grad(by_hand)(jax.numpy.asarray(weights), x, t)
            np.testing.assert_allclose(loss.slope(weights), np.asarray(slope), atol=1e-12)


def test_a_recorder_keeps_start_every_epoch_and_end():
    x, t = rows()
    params = NET.init(np.random.default_rng(1))
    recorder = PathRecorder(params)
    result = cp.train(NET, LOSS, params, x, t, epochs=7, seed=0, on_epoch=recorder, engine="numpy")
    layout = Layout.of(params)
    assert recorder.weights.shape == (8, layout.size)
    np.testing.assert_array_equal(recorder.weights[0], layout.pack(params))
    np.testing.assert_array_equal(recorder.weights[-1], layout.pack(result.params))
    shorter = cp.train(NET, LOSS, params, x, t, epochs=3, seed=0, engine="numpy")
    np.testing.assert_array_equal(recorder.weights[3], layout.pack(shorter.params))


def test_paths_of_restarts_begin_elsewhere_and_come_best_first(paths):
    starts = [tuple(path.weights[0]) for path in paths]
    assert len(set(starts)) == 3
    given = Layout.of(paths[0].result.params).pack(NET.init(np.random.default_rng(0)))
    assert tuple(given) in starts
    finals = [path.result.final_loss for path in paths]
    assert finals == sorted(finals)


def test_the_plane_has_start_and_end_exactly_and_its_heights_are_the_loss(loss, paths):
    x, t = rows()
    surface = path_surface(loss, paths, points=11)
    track, plane = paths[0].weights, surface.plane
    np.testing.assert_array_equal(plane.at(0.0), track[0])
    np.testing.assert_array_equal(plane.at(1.0), track[-1])
    for a, weights in ((0.0, track[0]), (1.0, track[-1])):
        column, row = surface.a.tolist().index(a), surface.b.tolist().index(0.0)
        assert surface.heights[row, column] == loss.height(weights)
    for row, b in enumerate(surface.b):
        for column, a in enumerate(surface.a):
            aside = plane.aside
            there = track[0] + a * (track[-1] - track[0]) + b * aside
            assert surface.heights[row, column] == pytest.approx(
                float(by_hand(there, x, t)), rel=1e-10
            )


def test_the_path_on_the_plane_and_how_far_off_it_is(loss, paths):
    surface = path_surface(loss, paths, points=5)
    track, plane = paths[0].weights, surface.plane
    shown = surface.paths[0]
    np.testing.assert_allclose(shown.coordinates[[0, -1]], [[0, 0], [1, 0]], atol=1e-12)
    np.testing.assert_allclose(shown.off_plane[[0, -1]], 0, atol=1e-12)
    # Pythagoras: a point is its place on the plane and a rest that stands upright on it.
    on_plane = track[0] + shown.coordinates @ np.array([plane.along, plane.aside])
    rest = track - on_plane
    np.testing.assert_allclose(rest @ plane.along, 0, atol=1e-10)
    np.testing.assert_allclose(rest @ plane.aside, 0, atol=1e-10)
    np.testing.assert_allclose(np.linalg.norm(rest, axis=1), shown.off_plane, atol=1e-12)
    # The direction aside is the best there is: no other leaves less in squares.
    rng = np.random.default_rng(0)
    unit = plane.along / np.linalg.norm(plane.along)
    offsets = track - track[0]
    offsets = offsets - np.outer(offsets @ unit, unit)
    for _ in range(50):
        other = rng.standard_normal(len(unit))
        other -= (other @ unit) * unit
        other /= np.linalg.norm(other)
        left = offsets - np.outer(offsets @ other, other)
        assert (left**2).sum() >= (rest**2).sum()
    assert surface.off_plane == shown.off_plane.max() / np.linalg.norm(plane.along)
    assert f"off the plane by at most {surface.off_plane:.4g}" in str(surface)
    np.testing.assert_array_equal(shown.losses, [loss.height(weights) for weights in track])


def test_gradients_on_the_path_are_jax_s_and_their_part_in_the_plane(loss, paths):
    x, t = rows()
    surface = path_surface(loss, paths, points=3)
    plane = surface.plane
    for path, track in zip(surface.paths, (one.weights for one in paths), strict=True):
        for epoch in (0, 7, 25):
            here = jax.numpy.asarray(track[epoch])
            slope = np.asarray(jax.grad(by_hand)(here, x, t))
            along = jax.grad(
                lambda ab, here=here: by_hand(
                    here + ab[0] * plane.along + ab[1] * plane.aside, x, t
                )
            )(jax.numpy.zeros(2))
            np.testing.assert_allclose(path.slopes[epoch], along, rtol=1e-9, atol=1e-12)
            assert path.steepness[epoch] == pytest.approx(np.linalg.norm(slope), rel=1e-12)
            basis, _ = np.linalg.qr(np.column_stack([plane.along, plane.aside]))
            assert path.in_plane[epoch] == pytest.approx(np.linalg.norm(basis.T @ slope), rel=1e-9)
    without = path_surface(loss, paths[:1], points=3, gradients=False).paths[0]
    assert (without.slopes, without.steepness, without.in_plane) == (None, None, None)


def test_what_is_below_a_path_and_how_long_the_weights_are(loss, paths):
    x, t = rows()
    surface = path_surface(loss, paths, points=4)
    plane, shown, track = surface.plane, surface.paths[1], paths[1].weights
    for epoch in (0, 11, 25):
        a, b = shown.coordinates[epoch]
        assert shown.below[epoch] == pytest.approx(
            float(by_hand(plane.origin + a * plane.along + b * plane.aside, x, t)), rel=1e-10
        )
        assert shown.norms["dense1.W"][epoch] == pytest.approx(
            np.sqrt((track[epoch][:15] ** 2).sum()), rel=1e-14
        )
    there = plane.origin + surface.a[2] * plane.along + surface.b[1] * plane.aside
    assert list(surface.norms) == ["θ", "dense1.W", "dense1.b", "dense2.W", "dense2.b"]
    assert surface.norms["θ"][1, 2] == pytest.approx(np.sqrt((there**2).sum()), rel=1e-14)
    assert surface.norms["dense2.b"][1, 2] == pytest.approx(
        np.sqrt((there[30:] ** 2).sum()), rel=1e-12
    )


def test_the_variance_along_the_axes_and_what_is_left_of_it(loss, paths):
    surface = path_surface(loss, paths, points=3)
    track, plane = paths[0].weights, surface.plane
    whole = track.var(axis=0).sum()
    for share, axis in zip(surface.explained, (plane.along, plane.aside), strict=True):
        assert share == pytest.approx((track @ (axis / np.linalg.norm(axis))).var() / whole)
    rest = track - track[0] - surface.paths[0].coordinates @ np.array([plane.along, plane.aside])
    assert sum(surface.explained) == pytest.approx(1 - rest.var(axis=0).sum() / whole)
    assert 0.5 < sum(surface.explained) < 1
    (alone,) = path_surface(loss, paths, points=3, dimensions=1).explained
    assert alone == surface.explained[0]
    assert random_surface(loss, track[-1], points=3).explained == ()


def test_curvature_where_it_is_asked_for(loss, paths):
    end = paths[0].weights[-1]
    found = path_surface(loss, paths, points=3, curvature=True)
    assert found.sharpness == sharpness(loss, end)
    assert str(found).endswith(str(found.sharpness))
    assert found.to_dict()["sharpness"]["largest"] == found.sharpness.largest
    assert random_surface(loss, end, points=3, curvature=True).sharpness == found.sharpness
    assert random_surface(loss, end, points=3).sharpness is None


def test_levels_are_heights_with_equal_area_between_them(loss, paths):
    heights = path_surface(loss, paths, points=31).heights
    levels = levels_of(heights)
    assert len(levels) == LEVELS
    assert np.isin(levels, heights).all()
    assert (levels[0], levels[-1]) == (heights.min(), heights.max())
    counts = [
        ((low < heights) & (heights <= high)).sum() for low, high in itertools.pairwise(levels)
    ]
    assert set(counts) == {80}  # 960 of 961 points are above the lowest
    assert levels_of(np.array([[np.nan, np.inf]])).size == 0


def test_the_line_from_start_to_end(loss, paths):
    surface = path_surface(loss, paths[:1], dimensions=1, points=9)
    assert surface.b is None
    assert surface.heights.shape == (9,)
    track = paths[0].weights
    assert surface.heights[surface.a.tolist().index(0.0)] == loss.height(track[0])
    assert surface.heights[surface.a.tolist().index(1.0)] == loss.height(track[-1])


def test_float32_paths_keep_their_ends():
    rng = np.random.default_rng(0)
    track = rng.standard_normal((6, 32)).astype(np.float32)
    plane = plane_of(track)
    assert plane.at(0.3, 0.2).dtype == np.float32
    np.testing.assert_array_equal(plane.at(1.0), track[-1])


def test_random_directions_are_as_long_as_each_units_weights(paths):
    weights = paths[0].weights[-1]
    layout = Layout.of(paths[0].result.params)
    direction = filter_normalised(layout, weights, np.random.default_rng(0))
    drawn, own = layout.unpack(direction), layout.unpack(weights)
    for layer in ("dense1", "dense2"):
        np.testing.assert_allclose(
            np.linalg.norm(drawn[layer]["W"], axis=0), np.linalg.norm(own[layer]["W"], axis=0)
        )
        assert (drawn[layer]["b"] == 0).all()


def test_random_surfaces_have_the_trained_weights_in_the_middle(loss, paths):
    weights = paths[0].weights[-1]
    surface = random_surface(loss, weights, points=7, seed=3)
    assert surface.heights[3, 3] == loss.height(weights)
    there = weights + surface.a[5] * surface.plane.along + surface.b[1] * surface.plane.aside
    assert surface.heights[1, 5] == loss.height(there)
    again = random_surface(loss, weights, points=7, seed=3)
    np.testing.assert_array_equal(surface.heights, again.heights)
    assert random_surface(loss, weights, points=7, dimensions=1).heights.shape == (7,)
    assert json.dumps(surface.to_dict(), allow_nan=False)


def test_sharpness_is_the_hessian_of_jax(loss, paths):
    x, t = rows()
    weights = paths[0].weights[-1]
    hessian = np.asarray(jax.hessian(by_hand)(jax.numpy.asarray(weights), x, t))
    gradient = np.asarray(jax.grad(by_hand)(jax.numpy.asarray(weights), x, t))
    found = sharpness(loss, weights)
    values = np.linalg.eigvalsh(hessian)
    assert found.largest == pytest.approx(values[-1], rel=1e-6)
    assert found.smallest == pytest.approx(values[0], rel=1e-6, abs=1e-6 * values[-1])
    along = gradient @ hessian @ gradient / (gradient @ gradient)
    assert found.along_gradient == pytest.approx(along, rel=1e-5)
    assert found.steepness == pytest.approx(np.linalg.norm(gradient), rel=1e-12)
    assert found.largest_rate == 2 / found.largest


@pytest.mark.parametrize(
    ("track", "message"),
    [
        (np.zeros((3, 4)), "ends where it began"),
        (np.outer(np.arange(4.0), np.ones(5)), "straight line"),
        (np.zeros((1, 4)), "at least two positions"),
    ],
)
def test_paths_that_span_no_plane(track, message):
    loss = NetworkLoss.of(NET, LOSS, NET.init(np.random.default_rng(0)), *rows())
    with pytest.raises(ValueError, match=message):
        path_surface(loss, [track])


def test_a_loss_that_overflows_is_named_not_drawn(paths):
    x, t = rows()
    net = cp.Chain(cp.Dense(3, 1))
    params = net.init(np.random.default_rng(0))
    loss = NetworkLoss.of(net, LOSS, params, x, t[:, :1])
    surface = random_surface(loss, Layout.of(params).pack(params), reach=1e200, points=5)
    assert "points are not finite" in str(surface)
    assert "Infinity" in json.dumps(surface.to_dict(), allow_nan=False)


def test_surface_options_that_cannot_be(loss, paths):
    for options in ({"points": 2}, {"dimensions": 3}):
        with pytest.raises(ValueError, match="must be"):
            random_surface(loss, paths[0].weights[-1], **options)
    with pytest.raises(ValueError, match="restarts must be at least 1"):
        train_paths(NET, LOSS, NET.init(np.random.default_rng(0)), *rows(), restarts=0)
