"""JAX as an oracle: its own autodiff of the same forward passes, eager and compiled."""

import jax
import numpy as np
import pytest

import clearprop as cp
from clearprop.backprop import run_pass
from clearprop.readings import complex_step
from clearprop.readings import numpy as numpy_reading
from tests import jax_reading
from tests.jax_reading import SAFE_ROWS, to_numpy
from tests.registry import LAYERS, LOSSES
from tests.test_conformance import layer_pass, loss_pass
from tests.trees import difference, random_like

TOLERANCE, FLOOR = 1e-12, 1.0
ROWS, WIDTH = 6, 4

every_layer = pytest.mark.parametrize("example", LAYERS, ids=lambda example: example.name)
every_loss = pytest.mark.parametrize("example", LOSSES, ids=lambda example: example.name)


def functions_of(reading):
    helpers = {"Any", "log_sum_exp_of_shifted"}
    public = {name for name, value in vars(reading).items() if callable(value) and name[0] != "_"}
    return public - helpers


def test_all_readings_offer_the_same_primitives():
    offered = functions_of(numpy_reading)
    assert functions_of(complex_step) == offered
    assert functions_of(jax_reading.xp) == offered
    listed = cp.readings.__doc__
    assert [name for name in sorted(offered) if name not in listed] == []


@every_layer
@pytest.mark.one_in(4)
def test_layer_agrees_with_jax(example):
    assert ROWS <= SAFE_ROWS
    layer, params, x, drawn, dy = layer_pass(example, ROWS, WIDTH, seed=3)

    def forward(params, x):
        return layer.forward(jax_reading.xp, params, x, drawn)

    def both(params, x, dy):
        y, saved = forward(params, x)
        return y, layer.pullback(jax_reading.xp, params, saved, dy)

    y, saved = layer.forward(numpy_reading, params, x, drawn)
    dx, gradients = layer.pullback(numpy_reading, params, saved, dy)
    ours = (y, (dx, gradients))

    jax_y, pull = jax.vjp(lambda *point: forward(*point)[0], params, x)
    d_params, d_x = pull(dy)
    if not gradients:
        d_params = {}
    autodiff = to_numpy((jax_y, (d_x, d_params)))
    assert difference(ours, autodiff, FLOOR) <= TOLERANCE

    # The compiled oracle is held against the eager one, and both against NumPy.
    eager, compiled = to_numpy(both(params, x, dy)), to_numpy(jax.jit(both)(params, x, dy))
    assert difference(eager, ours, FLOOR) <= TOLERANCE
    assert difference(compiled, eager, FLOOR) <= TOLERANCE
    assert difference(compiled, autodiff, FLOOR) <= TOLERANCE


@every_loss
@pytest.mark.one_in(2)
def test_loss_agrees_with_jax(example):
    loss, o, t = loss_pass(example, ROWS, WIDTH, seed=4)

    def both(o):
        return loss.link(jax_reading.xp, o), loss.value(jax_reading.xp, o, t)

    def three(o):
        return (*both(o), loss.gradient(jax_reading.xp, o, t))

    ours = (
        loss.link(numpy_reading, o),
        loss.value(numpy_reading, o, t),
        loss.gradient(numpy_reading, o, t),
    )
    autodiff = jax.grad(lambda o: both(o)[1].sum())(o)
    eager, compiled = to_numpy(three(o)), to_numpy(jax.jit(three)(o))
    assert difference(ours[2], np.asarray(autodiff), FLOOR) <= TOLERANCE
    assert difference(eager, ours, FLOOR) <= TOLERANCE
    assert difference(compiled, eager, FLOOR) <= TOLERANCE


NETWORKS = {
    "deep": (
        cp.Chain(
            cp.Dense(5, 8), cp.GELU(), cp.Residual(cp.Chain(cp.LayerNorm(8), cp.Dense(8, 8))),
            cp.Mish(), cp.Dense(8, 3),
        ),
        LOSSES[9],
    ),
    "normalised": (
        cp.Chain(cp.Dense(5, 6), cp.BatchNorm(6), cp.Tanh(), cp.Dense(6, 2)),
        LOSSES[0],
    ),
    "counting": (cp.Chain(cp.Dense(5, 6), cp.SiLU(), cp.Dense(6, 2)), LOSSES[6]),
}  # fmt: skip
FAST = "counting"
"""The network that JAX compiles in the shortest time; the others are slow."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name != FAST)) for name in NETWORKS]
)
def test_whole_pass_agrees_with_jax(name):
    net, example = NETWORKS[name]
    rng = np.random.default_rng(5)
    params = random_like(net.init(rng), rng, 0.6)
    x = rng.standard_normal((ROWS, 5))
    outputs = net.output_width(5)
    t = example.loss.targets(example.targets(rng, ROWS, outputs), outputs)
    weights = rng.uniform(0.5, 2.0, ROWS)

    def one_pass(params):
        done = run_pass(jax_reading.xp, net, example.loss, params, x, t, weights)
        return done.value, done.gradients

    ours = cp.backprop(net, example.loss, params, x, t, sample_weight=weights)
    value, autodiff = jax.value_and_grad(lambda params: one_pass(params)[0])(params)
    assert ours[0] == pytest.approx(float(value), rel=1e-12)
    assert difference(ours[1], to_numpy(autodiff), FLOOR) <= TOLERANCE

    compiled_value, compiled = jax.jit(one_pass)(params)
    assert float(compiled_value) == pytest.approx(float(value), rel=1e-12)
    assert difference(to_numpy(compiled), to_numpy(autodiff), FLOOR) <= TOLERANCE
