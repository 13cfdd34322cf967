"""Whole networks: right along random directions, whatever they are made of and fed with."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import clearprop as cp
from clearprop.backprop import mean_loss
from clearprop.definitions.parameters import leaves_of
from clearprop.readings import complex_step
from tests.oracles import directional
from tests.random_networks import cases
from tests.registry import LOSSES
from tests.spies import train
from tests.trees import arrays_of, difference, examples, random_like, same_bits, tree_map

FLOOR = 1e-3


def run(case, params=None, x=None, t=None):
    return cp.backprop(
        case.network,
        case.example.loss,
        case.params if params is None else params,
        case.x if x is None else x,
        case.t if t is None else t,
        sample_weight=case.weights,
        given=case.given,
    )


def loss_of(case, params):
    """Return E in complex numbers, by the forward pass alone."""
    t = case.example.loss.targets(case.t, case.network.output_width(case.x.shape[1]))
    output, _ = case.network.forward(complex_step, params, case.x, case.given)
    return mean_loss(complex_step, case.example.loss, output, t, case.weights)


@examples(150)
@given(case=cases(), seed=st.integers(0, 2**32 - 1))
def test_gradient_is_right_along_random_directions(case, seed):
    _, gradients = run(case)
    rng = np.random.default_rng(seed)
    for _ in range(3):
        direction = random_like(case.params, rng)
        length = np.sqrt(sum(np.sum(way * way) for way in arrays_of(direction)))
        direction = tree_map(lambda way, length=length: way / length, direction)
        pairs = zip(arrays_of(gradients), arrays_of(direction), strict=True)
        ours = sum(np.sum(gradient * way) for gradient, way in pairs)
        other = directional(lambda point: loss_of(case, point), case.params, direction)
        assert abs(ours - other) <= 1e-12 * max(abs(other), FLOOR)


@examples(60)
@given(case=cases(LOSSES))
def test_checker_agrees_that_random_networks_are_right(case):
    report = cp.check_gradients(
        case.network, case.example.loss, case.params, case.x, case.t,
        sample_weight=case.weights, given=case.given, entries=20, directions=2,
    )  # fmt: skip
    assert report, str(report)


@examples(60)
@given(case=cases(LOSSES))
def test_gradients_are_named_and_shaped_as_the_parameters(case):
    _, gradients = run(case)
    expected = [(path, array.shape) for path, array in leaves_of(case.params)]
    assert [(path, array.shape) for path, array in leaves_of(gradients)] == expected


@examples(60)
@given(case=cases(LOSSES))
def test_float32_gives_float32_close_to_float64(case):
    params, drawn = tree_map(lambda a: a.astype(np.float32), (case.params, case.given))
    value, _ = run(case)
    assume(abs(value) < 1e4)
    narrow_value, narrow = cp.backprop(
        case.network, case.example.loss, params, case.x, case.t,
        sample_weight=case.weights, given=drawn,
    )  # fmt: skip
    assert {array.dtype for array in arrays_of(narrow)} == {np.dtype(np.float32)}
    assert narrow_value == pytest.approx(value, rel=1e-3, abs=1e-4)


def fortran(array):
    return np.asfortranarray(array)


def strided(array):
    spread = np.full((*array.shape[:-1], 2 * array.shape[-1]), np.nan)
    spread[..., ::2] = array
    return spread[..., ::2]


def backwards(array):
    return array[::-1].copy()[::-1]


def read_only(array):
    copy = array.copy()
    copy.flags.writeable = False
    return copy


def other_byte_order(array):
    return array.astype(array.dtype.newbyteorder())


LAYOUTS = [fortran, strided, backwards, read_only, other_byte_order]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
@examples(25)
@given(case=cases(LOSSES))
def test_layout_in_memory_changes_nothing(layout, case):
    value, gradients = run(case)
    params = case.params if layout is other_byte_order else tree_map(layout, case.params)
    other_value, other = run(case, params, layout(case.x), layout(np.asarray(case.t)))
    assert other_value == pytest.approx(value, rel=1e-12, abs=1e-14)
    assert difference(other, gradients, FLOOR) <= 1e-12


def test_memory_mapped_rows_are_read_and_left_alone(tmp_path):
    rng = np.random.default_rng(0)
    x, t = rng.standard_normal((50, 4)), rng.standard_normal((50, 2))
    for name, array in (("x", x), ("t", t)):
        np.save(tmp_path / f"{name}.npy", array)
    before = (tmp_path / "x.npy").read_bytes()
    mapped = [np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in ("x", "t")]
    net = cp.Chain(cp.Dense(4, 3), cp.Tanh(), cp.Dense(3, 2))
    params = net.init(rng)

    value, gradients = cp.backprop(net, cp.SquaredError(), params, *mapped)
    expected = cp.backprop(net, cp.SquaredError(), params, x, t)
    assert value == expected[0]
    assert same_bits(gradients, expected[1])
    trained, plain = (train(net, params, *rows, epochs=3) for rows in (mapped, (x, t)))
    assert same_bits(trained.params, plain.params)
    assert (tmp_path / "x.npy").read_bytes() == before


@pytest.mark.parametrize("layout", LAYOUTS[:4], ids=lambda layout: layout.__name__)
def test_every_parameter_moves_in_every_layout(layout):
    rng = np.random.default_rng(1)
    inner = cp.Chain(cp.Dense(5, 3), cp.Softplus(), cp.Dense(3, 5))
    # BatchNorm not straight after a sum: a bias that it takes off again has no gradient.
    net = cp.Chain(
        cp.Dense(4, 5), cp.LayerNorm(5), cp.GELU(), cp.Residual(inner), cp.Tanh(),
        cp.BatchNorm(5), cp.Dense(5, 2),
    )  # fmt: skip
    params = random_like(net.init(rng), rng)
    x, t = rng.standard_normal((20, 4)), rng.standard_normal((20, 2))

    def trained(params, x, t, optimizer):
        return train(net, params, x, t, optimizer=optimizer, batch_size=8, shuffle=False).params

    for optimizer in (cp.SGD(0.1, momentum=0.9), cp.RMSProp(0.01), cp.AdamW(0.01)):
        plain = trained(params, x, t, optimizer)
        other = trained(tree_map(layout, params), layout(x), layout(t), optimizer)
        assert difference(other, plain, FLOOR) <= 1e-12
        for (path, before), (_, after) in zip(leaves_of(params), leaves_of(other), strict=True):
            assert (before != after).all(), f"{path} did not move"
