"""Every layer and every loss keeps every promise: gradients, dtypes, purity, row weights."""

import inspect
import pkgutil
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

import clearprop as cp
from clearprop.definitions.parameters import leaves_of
from clearprop.readings import numpy as xp
from tests.oracles import away_from, layer_gradient, loss_gradient
from tests.registry import LAYERS, LOSSES, recalled
from tests.trees import arrays_of, difference, examples, frozen, random_like, same_bits

TOLERANCE = 1e-11
FLOOR = 1e-3

every_layer = pytest.mark.parametrize("example", LAYERS, ids=lambda example: example.name)
every_loss = pytest.mark.parametrize("example", LOSSES, ids=lambda example: example.name)
sizes = st.integers(1, 5)
seeds = st.integers(0, 2**32 - 1)


def layer_pass(example, rows, width, seed, dtype=np.float64):
    """Return a layer, its parameters, x, what it is given, and an error signal dy."""
    rng = np.random.default_rng(seed)
    layer = example.make(width)
    params = random_like(layer.init(rng, dtype), rng)
    x = away_from(example.kinks, 2.0 * rng.standard_normal((rows, width))).astype(dtype)
    drawn = example.given(layer, rng, rows, width, dtype)
    outputs = layer.output_width(width)
    return layer, params, x, drawn, rng.standard_normal((rows, outputs)).astype(dtype)


def loss_pass(example, rows, outputs, seed, dtype=np.float64):
    """Return a loss, raw outputs and targets."""
    rng = np.random.default_rng(seed)
    t = example.loss.targets(example.targets(rng, rows, outputs), outputs, dtype)
    error = away_from(example.kinks, 2.0 * rng.standard_normal((rows, outputs)))
    return example.loss, (t - error).astype(dtype), t


def concrete(base):
    """Return the package's classes below `base` that can be made."""
    below = {cls for child in base.__subclasses__() for cls in {child, *concrete(child)}}
    return {
        cls
        for cls in below
        if cls.__module__.split(".")[0] == "clearprop" and not inspect.isabstract(cls)
    }


@pytest.mark.parametrize(
    ("base", "table"),
    [
        (cp.Layer, {type(example.make(2)) for example in LAYERS}),
        (cp.Loss, {type(example.loss) for example in LOSSES}),
    ],
    ids=["layers", "losses"],
)
def test_every_layer_and_loss_of_the_package_is_in_the_table(base, table):
    for module in pkgutil.walk_packages(cp.__path__, "clearprop."):
        if not module.name.startswith(("clearprop.cli", "clearprop.data")):
            import_module(module.name)
    exported = {cls for cls in map(cp.__dict__.get, cp.__all__) if inspect.isclass(cls)}
    exported = {cls for cls in exported if issubclass(cls, base) and not inspect.isabstract(cls)}
    assert len(concrete(base)) > 5
    # What `explaining` and `health` make are the same layers, watched or with a known slip in
    # them; those of `learning` stand for a layer that is not known yet while it is traced.
    others = ("clearprop.explaining", "clearprop.health", "clearprop.learning")
    found = {c for c in concrete(base) if not c.__module__.startswith(others)}
    assert (found | exported) - table == set()


# A batch of one or two rows leaves BatchNorm no slope to speak of, and one value a row leaves
# LayerNorm none: dx is then a difference of equal numbers, times 1 / sqrt(ε). It is right to
# rounding, which is 1e-16 · 316 here and within the tolerance like everything else.
@every_layer
@examples(20)
@given(rows=sizes, width=sizes, seed=seeds)
def test_pullback_is_the_derivative_of_forward(example, rows, width, seed):
    layer, params, x, drawn, dy = layer_pass(example, rows, width, seed)
    _, saved = layer.forward(xp, params, x, drawn)
    dx, gradients = layer.pullback(xp, params, saved, dy)
    oracle = layer_gradient(layer, params, x, drawn, dy)
    assert difference((gradients, dx), oracle, FLOOR) <= TOLERANCE


@every_loss
@examples(20)
@given(rows=sizes, outputs=sizes, seed=seeds)
def test_loss_gradient_is_the_derivative_of_its_value(example, rows, outputs, seed):
    loss, o, t = loss_pass(example, rows, outputs, seed)
    ours = loss.gradient(xp, o, t)
    assert ours.shape == o.shape
    assert loss.value(xp, o, t).shape == (rows,)
    assert difference(ours, loss_gradient(loss, o, t), FLOOR) <= TOLERANCE


@every_layer
def test_parameter_gradients_alone_are_those_of_the_pullback(example):
    layer, params, x, drawn, dy = layer_pass(example, 4, 3, seed=0)
    _, saved = layer.forward(xp, params, x, drawn)
    alone = layer.parameter_gradients(xp, params, saved, dy)
    _, gradients = layer.pullback(xp, params, saved, dy)
    assert alone.keys() == gradients.keys()
    assert same_bits(alone, gradients)


@every_layer
def test_every_parameter_has_a_gradient_of_its_name_and_shape(example):
    layer, params, x, drawn, dy = layer_pass(example, 4, 3, seed=0)
    _, saved = layer.forward(xp, params, x, drawn)
    dx, gradients = layer.pullback(xp, params, saved, dy)
    assert dx.shape == x.shape
    shapes = {path: array.shape for path, array in leaves_of(params)}
    assert {path: array.shape for path, array in leaves_of(gradients)} == shapes


@every_layer
def test_output_width_is_the_width_of_the_output(example):
    layer, params, x, drawn, _ = layer_pass(example, 4, 3, seed=0)
    y, _ = layer.forward(xp, params, x, drawn)
    assert y.shape == (4, layer.output_width(3))


@every_layer
def test_layer_keeps_float32(example):
    layer, params, x, drawn, dy = layer_pass(example, 4, 3, 0, np.float32)
    y, saved = layer.forward(xp, params, x, drawn)
    everything = (y, saved, layer.pullback(xp, params, saved, dy))
    assert {array.dtype for array in arrays_of(everything)} == {np.dtype(np.float32)}


@every_loss
def test_loss_keeps_float32(example):
    loss, o, t = loss_pass(example, 4, 3, 0, np.float32)
    everything = [t, loss.link(xp, o), loss.value(xp, o, t), loss.gradient(xp, o, t)]
    assert [array.dtype for array in everything] == [np.float32] * 4


@every_layer
def test_layer_is_pure(example):
    """Read-only arguments suffice, and a second call gives the same bits."""
    layer, *arguments = layer_pass(example, 4, 3, seed=0)
    params, x, drawn, dy = map(frozen, arguments)
    before = repr(layer), vars(layer).copy()

    y, saved = layer.forward(xp, params, x, drawn)
    saved = frozen(saved)
    first = (y, saved, layer.pullback(xp, params, saved, dy))
    again = layer.forward(xp, params, x, drawn)
    assert same_bits(first, (*again, layer.pullback(xp, params, again[1], dy)))
    assert same_bits((params, x, drawn, dy), tuple(arguments))
    assert repr(layer) == before[0]
    kept = {name: value for name, value in vars(layer).items() if name != "children"}
    assert kept.items() <= before[1].items()


@every_loss
def test_loss_is_pure(example):
    loss, *arguments = loss_pass(example, 4, 3, seed=0)
    o, t = map(frozen, arguments)

    def everything():
        return [loss.link(xp, o), loss.value(xp, o, t), loss.gradient(xp, o, t)]

    assert same_bits(everything(), everything())
    assert same_bits([o, t], arguments)


# BatchNorm in training standardises with statistics of the rows as they come, not as they weigh:
# a row that comes twice moves them, one of weight 2 does not. As a prediction's constants they
# are the same for both, and there it keeps the promise.
@pytest.mark.parametrize(
    "example", [e for e in LAYERS if e.each_row_alone], ids=lambda example: example.name
)
def test_row_twice_is_weight_two_through_a_layer(example):
    rng = np.random.default_rng(1)
    layer = example.make(3)
    net = cp.Chain(cp.Dense(2, 3), layer)
    name = list(net.children)[1]
    params = random_like(net.init(rng), rng)
    x, t = rng.standard_normal((5, 2)), rng.standard_normal((5, layer.output_width(3)))
    drawn = example.given(layer, rng, 5, 3, np.float64)
    twice = np.array([0, 1, 1, 2, 3, 3, 4])
    rowwise = example.given is not recalled  # masks have a row for each row, statistics have not
    drawn_twice = _rows_of(drawn, twice) if rowwise else drawn

    weighted = cp.backprop(
        net, cp.SquaredError(), params, x, t, sample_weight=[1, 2, 1, 2, 1], given={name: drawn}
    )
    repeated = cp.backprop(
        net, cp.SquaredError(), params, x[twice], t[twice], given={name: drawn_twice}
    )
    assert weighted[0] == pytest.approx(repeated[0], rel=1e-13)
    assert difference(weighted[1], repeated[1], FLOOR) <= 1e-12


@every_loss
def test_row_twice_is_weight_two_for_a_loss(example):
    rng = np.random.default_rng(2)
    net = cp.Chain(cp.Dense(2, 3))
    params = random_like(net.init(rng), rng)
    x, t = rng.standard_normal((5, 2)), example.targets(rng, 5, 3)
    twice = np.array([0, 1, 1, 2, 3, 3, 4])
    weighted = cp.backprop(net, example.loss, params, x, t, sample_weight=[1, 2, 1, 2, 1])
    repeated = cp.backprop(net, example.loss, params, x[twice], t[twice])
    assert weighted[0] == pytest.approx(repeated[0], rel=1e-13)
    assert difference(weighted[1], repeated[1], FLOOR) <= 1e-12


def _rows_of(tree, rows):
    if isinstance(tree, dict):
        return {name: _rows_of(branch, rows) for name, branch in tree.items()}
    return None if tree is None else tree[rows]


@every_loss
def test_a_link_has_a_name_unless_it_is_the_identity(example):
    loss, o, _ = loss_pass(example, 2, 3, 0)
    assert (loss.link_name == "") == np.array_equal(loss.link(xp, o), o)


@every_layer
def test_a_layer_takes_sparse_rows_if_it_says_so(example):
    layer, params, x, drawn, _ = layer_pass(example, 4, 3, 0)
    if layer.takes_sparse:
        y, saved = layer.forward(xp, params, csr_array(x), drawn)
        wanted, dense = layer.forward(xp, params, x, drawn)
        assert difference(y, wanted, FLOOR) <= TOLERANCE
        got = layer.parameter_gradients(xp, params, saved, np.ones_like(wanted))
        right = layer.parameter_gradients(xp, params, dense, np.ones_like(wanted))
        assert difference(got, right, FLOOR) <= TOLERANCE
    assert layer.takes_sparse == isinstance(layer, cp.Dense)
